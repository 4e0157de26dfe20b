-- JSON functions that read: json_valid for every text, elements, types, documents as they are written.
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"
local kinds_scope = require "tests.support.kinds_scope"

local columns = kinds_scope.new { j = "text", s = "text", n = "integer", b = "blob", DOC = "json" }
local value, sql = columns.value, columns.sql

describe("JSON in a CHECK", function()
    it("is valid or not for every text, NULL included", function()
        local printed = pg.condition(assert(parse.expression "json_valid(j)"),
            { scope = columns.scope, use = "check", schema = "app" })
        assert.equal("COALESCE(app.sqlite_json_valid(j), FALSE)", printed.sql)
        assert.same({ "exact", "immutable" }, { printed.outcome, printed.volatility })
        assert.same({ sqlite_json_valid = true }, printed.functions)
    end)

    it("is always valid in a column of type jsonb", function()
        assert.equal("doc IS NOT NULL", sql "json_valid(doc)")
    end)
end)

describe("what is read of a document", function()
    it("is found by a path", function()
        for expression, expected in pairs {
            ["json_type(j)"] = "app.sqlite_json_type(j)", ["json_type(j, '$.a')"] = "app.sqlite_json_type(j, '$.a')",
            ["json_array_length(j, '$.a')"] = "app.sqlite_json_array_length(j, '$.a')",
            ["json(j)"] = "app.sqlite_json_minify(j)",
            ["j -> 'a'"] = "app.sqlite_json_minify(app.sqlite_json_element(j, '$.a'))",
        } do
            local text, outcome = sql(expression)
            assert.equal(expected, text)
            assert.equal("exact", outcome)
        end
    end)

    it("is NULL of a NULL", function()
        for _, expression in ipairs { "json_extract(NULL, '$.a')", "json_extract(j, NULL)", "NULL -> 'a'", "json(NULL)",
            "json_type(NULL)" } do
            assert.equal("null", value(expression).kind)
        end
    end)

    it("is no blob and has a well-formed path", function()
        local _, reason = value "json_extract(b, '$.a')"
        assert.equal("JSON cannot hold BLOB values", reason)
        _, reason = value "json_extract(j, 'a')"
        assert.equal("JSON path error near a", reason)
    end)
end)
