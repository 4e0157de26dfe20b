local parse = require "wherry.expr.parse"
local tree = require "wherry.expr.pg.tree"

describe("pg.tree", function()
    it("tells aggregates from other calls", function()
        for text, expected in pairs {
            ["count(*)"] = true, ["1 + max(a)"] = true, ["max(a, b)"] = false, ["sum(a) OVER ()"] = false,
            ["(SELECT sum(a) FROM t)"] = false, ["abs(total(a))"] = true, ["length(a)"] = false,
        } do
            assert.equal(expected, tree.has_aggregate(parse.expression(text)), text)
        end
    end)

    it("finds window functions", function()
        assert.is_true(tree.has_window(parse.expression "1 + rank() OVER (ORDER BY a)"))
        assert.is_false(tree.has_window(parse.expression "count(*)"))
    end)

    it("takes COLLATE off, the outermost counts", function()
        local node, collation = tree.without_collate(parse.expression "a COLLATE NOCASE COLLATE RTRIM")
        assert.same({ "a", "RTRIM" }, { node.name, collation })
    end)

    it("compares trees without regard to their text", function()
        local function same(a, b)
            return tree.equal(parse.expression(a), parse.expression(b), tree.same_name)
        end
        assert.is_true(same("a+ 1", "A + 1"))
        assert.is_true(same("t.a", "a"))
        assert.is_false(same("t.a", "u.a"))
        assert.is_false(same("a + 1", "a + 2"))
        assert.is_false(same("count(a)", "count(DISTINCT a)"))
    end)

    it("lists what AND joins", function()
        assert.equal(3, #tree.conjuncts(parse.expression "a AND (b OR c) AND d"))
        assert.same({}, tree.conjuncts(nil))
    end)
end)
