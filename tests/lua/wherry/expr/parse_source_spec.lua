-- FROM: tables, functions, subqueries and joins.
local parse = require "wherry.expr.parse"

local function source(text)
    return assert(parse.statement("SELECT * FROM " .. text)).cores[1].from
end

describe("FROM", function()
    it("has tables, functions and subqueries", function()
        assert.same({ t = "table", name = "t" }, source "t")
        assert.same({ t = "table", schema = "main", name = "t t", alias = "x" }, source 'main."t t" AS x')
        assert.same({ t = "table", name = "t", alias = "x" }, source "t 'x'")
        assert.same({ t = "table", name = "t", alias = "x" }, source "t x INDEXED BY i")
        assert.same({ t = "table", name = "t" }, source "t NOT INDEXED")
        assert.same({ t = "table", name = "json_each", alias = "j", arguments = { { t = "column", name = "a" } } },
            source "json_each(a) j")
        assert.same({ t = "table", name = "pragma_x", arguments = {} }, source "pragma_x()")
        local subquery = source "(SELECT 1) AS s"
        assert.same({ "subquery", "s", "select" }, { subquery.t, subquery.alias, subquery.select.t })
        assert.same({ t = "table", name = "t" }, source "((t))")
        assert.same({ t = "table", name = "t", alias = "left" }, source "t AS left")
    end)

    it("has joins of every kind, from the left", function()
        for text, kind in pairs({
            ["JOIN"] = "inner", ["INNER JOIN"] = "inner", ["LEFT JOIN"] = "left", ["LEFT OUTER JOIN"] = "left",
            ["RIGHT JOIN"] = "right", ["right outer join"] = "right", ["FULL JOIN"] = "full",
            ["FULL OUTER JOIN"] = "full", ["CROSS JOIN"] = "cross", ["OUTER LEFT JOIN"] = "left",
            ["INNER CROSS JOIN"] = "cross",
        }) do
            local join = source("a " .. text .. " b")
            assert.same({ kind, false, false }, { join.kind, join.natural, join.comma })
            join = source("a NATURAL " .. text .. " b")
            assert.same({ kind, true, false }, { join.kind, join.natural, join.comma })
        end
        assert.same({
            t = "join", kind = "left", natural = false, comma = false, using = { "x", "y" },
            left = {
                t = "join", kind = "inner", natural = false, comma = true, left = { t = "table", name = "a" },
                right = { t = "table", name = "b" },
            },
            right = { t = "table", name = "c" },
        }, source "a, b LEFT JOIN c USING (x, y)")
        assert.equal("binary", source("a JOIN b ON a.x = b.x").on.t)
        local nested = source "a JOIN (b JOIN c) AS d ON 1"
        assert.same({ "join", "d", "table" }, { nested.right.t, nested.right.alias, nested.left.t })
    end)

    it("is refused when it is none", function()
        for _, text in ipairs({
            "", "a JOIN", "a LEFT b", "a OUTER JOIN b", "a INNER LEFT JOIN b", "a CROSS FULL JOIN b", "a JOIN b ON",
            "a JOIN b USING x", "(a", "()", "a b c", "a.b.c", "a,", "t INDEXED BY",
        }) do
            assert.is_nil((parse.statement("SELECT * FROM " .. text)), text)
        end
    end)
end)
