-- Literals and columns on the way back.
local back = require "wherry.expr.back"
local pg_parse = require "wherry.expr.pg_parse"
local way_back = require "tests.support.way_back"

describe("literals on the way back", function()
    it("keep their class", function()
        way_back.each {
            ["5"] = { "5" }, ["9223372036854775807"] = { "9223372036854775807" }, ["1.50"] = { "1.50" },
            ["'it''s'"] = { "'it''s'" }, ["true"] = { "1" }, ["NULL"] = { "NULL" }, ["1e5"] = { nil, "exponent" },
            ["i"] = { "i" }, ["nothing"] = { nil, "no column nothing" }, ["VALUE"] = { nil, "domain" },
            ["CURRENT_USER"] = { nil, "session" }, ["ROW(1, 2)"] = { nil, "row" }, ["ar[1]"] = { nil, "subscript" },
            ["(c COLLATE \"C\")"] = { "c" }, ["(ci COLLATE \"C\")"] = { nil, "COLLATE" },
        }
    end)

    it("do not trust a backslash that was printed without standard strings", function()
        local settings = { bytewise = true, ascii_case = true, standard_strings = false, date_style = "ISO" }
        assert.matches("standard_conforming", (select(2, way_back.value("'a\\b'", "check", { settings = settings }))))
        assert.equal("'a\\b'", (way_back.value "'a\\b'"))
    end)

    it("read VALUE as the column of the domain", function()
        local options = way_back.options("check", { value = { name = "x", kind = { kind = "integer", bits = 32 } } })
        local made = back.condition(assert(pg_parse.expression "(VALUE > 0)"), options)
        assert.equal("x > 0", made.sql)
    end)
end)
