-- Calls of functions, aggregates and windows.
local parse = require "wherry.expr.parse"

local function call(text)
    local node = assert(parse.expression(text))
    assert.equal("function", node.t)
    return node
end

local function column(name)
    return { t = "column", name = name }
end

describe("calls", function()
    it("have a name in lower case and arguments", function()
        assert.same({
            t = "function", name = "iif", arguments = { column "a", column "b" }, star = false, distinct = false,
        }, call "IIF(a, b)")
        assert.same({}, call("random()").arguments)
        assert.equal("abs", call('"ABS" (a)').name)
        assert.is_true(call("count(*)").star)
        assert.is_true(call("count(DISTINCT a)").distinct)
        assert.is_false(call("count(ALL a)").distinct)
        assert.equal("left", call("left(a, 1)").name)
    end)

    it("may order and filter their rows", function()
        local node = call "group_concat(a, ',' ORDER BY b DESC, c NULLS LAST) FILTER (WHERE d)"
        assert.same({ { expr = column "b", desc = true }, { expr = column "c", desc = false, nulls = "last" } },
            node.order_by)
        assert.same(column "d", node.filter)
        assert.same({ { expr = column "x", desc = false, nulls = "first" } },
            call("f(ORDER BY x NULLS FIRST)").order_by)
    end)

    it("may have a window", function()
        assert.equal("w", call("sum(a) OVER w").over)
        assert.equal("over", call("sum(a) OVER over").over)
        assert.same({}, call("sum(a) OVER ()").over)
        assert.same({
            base = "w", partition_by = { column "a", column "b" }, order_by = { { expr = column "c", desc = false } },
            frame = {
                unit = "ROWS", from = { kind = "preceding", expr = { t = "integer", value = 1, text = "1" } },
                to = { kind = "unbounded following" }, exclude = "TIES",
            },
        }, call([[sum(a) FILTER (WHERE x) OVER (w PARTITION BY a, b ORDER BY c
            ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES)]]).over)
        assert.same({ unit = "RANGE", from = { kind = "unbounded preceding" } },
            call("sum(a) OVER (RANGE UNBOUNDED PRECEDING)").over.frame)
        assert.same({
            unit = "GROUPS", from = { kind = "current row" }, to = { kind = "following", expr = column "n" },
        }, call("sum(a) OVER (GROUPS BETWEEN CURRENT ROW AND n FOLLOWING)").over.frame)
        for _, exclude in ipairs({ "NO OTHERS", "CURRENT ROW", "GROUP" }) do
            assert.equal(exclude, call("sum(a) OVER (ROWS CURRENT ROW EXCLUDE " .. exclude .. ")").over.frame.exclude)
        end
    end)

    it("are refused where SQLite refuses them", function()
        for _, text in ipairs({ "f(", "f(a,)", "f(*, a)", "f(a) FILTER (a)", "f(a) OVER (ROWS)", "f(DISTINCT *)",
            "f(a) OVER (ROWS UNBOUNDED FOLLOWING)", "f(a) OVER (ORDER a)", "f(a) OVER (x y)" }) do
            assert.is_nil((parse.expression(text)), text)
        end
    end)
end)
