-- SELECT: what the tree holds of each clause.
local parse = require "wherry.expr.parse"

local function select(text)
    local node = assert(parse.statement(text))
    assert.equal("select", node.t)
    return node
end

local function integer(value)
    return { t = "integer", value = value, text = tostring(value) }
end

local function column(name)
    return { t = "column", name = name }
end

describe("SELECT", function()
    it("has columns with aliases and their text", function()
        local core = select("SELECT DISTINCT a AS x, b y, c 'z z', *, t.*, 't'.* , 1 +2 /* three */, d end").cores[1]
        assert.is_true(core.distinct)
        assert.same({
            { expr = column "a", alias = "x", text = "a" }, { expr = column "b", alias = "y", text = "b" },
            { expr = column "c", alias = "z z", text = "c" }, { star = true }, { star = true, table = "t" },
            { star = true, table = "t" },
            { expr = { t = "binary", op = "+", left = integer(1), right = integer(2) }, text = "1 +2 /* three */" },
            { expr = column "d", alias = "end", text = "d" },
        }, core.columns)
        assert.is_false(select("SELECT ALL a").cores[1].distinct)
    end)

    it("has its clauses", function()
        local node = select [[SELECT a FROM t WHERE b GROUP BY c, d HAVING e WINDOW w AS (ORDER BY f), v AS (w)
            ORDER BY g DESC NULLS LAST, h COLLATE nocase LIMIT 1 OFFSET 2]]
        local core = node.cores[1]
        assert.same({ t = "table", name = "t" }, core.from)
        assert.same(column "b", core.where)
        assert.same({ column "c", column "d" }, core.group_by)
        assert.same(column "e", core.having)
        assert.same({
            { name = "w", window = { order_by = { { expr = column "f", desc = false } } } },
            { name = "v", window = { base = "w" } },
        }, core.windows)
        assert.same({
            { expr = column "g", desc = true, nulls = "last" },
            { expr = { t = "collate", operand = column "h", collation = "NOCASE" }, desc = false },
        }, node.order_by)
        assert.same({ integer(1), integer(2) }, { node.limit, node.offset })
        node = select "SELECT 1 LIMIT 2, 1"
        assert.same({ integer(1), integer(2) }, { node.limit, node.offset })
    end)

    it("joins cores", function()
        local node = select [[SELECT 1 UNION SELECT 2 UNION ALL VALUES (3), (4) INTERSECT SELECT 5
            EXCEPT SELECT 6 ORDER BY 1]]
        assert.same({ "UNION", "UNION ALL", "INTERSECT", "EXCEPT" }, node.operators)
        assert.same({ t = "values", rows = { { integer(3) }, { integer(4) } } }, node.cores[3])
        assert.same({ { expr = integer(1), desc = false } }, node.order_by)
        assert.is_nil(node.cores[5].order_by)
    end)

    it("has common tables", function()
        local with = select([[WITH RECURSIVE a(x, "y") AS (SELECT 1), b AS MATERIALIZED (VALUES (1)),
            c AS NOT MATERIALIZED (SELECT 2) SELECT * FROM a]]).with
        assert.is_true(with.recursive)
        assert.same({ "a", "b", "c" }, { with.tables[1].name, with.tables[2].name, with.tables[3].name })
        assert.same({ "x", "y" }, with.tables[1].columns)
        assert.same({ nil, true, false },
            { with.tables[1].materialized, with.tables[2].materialized, with.tables[3].materialized })
        assert.is_false(select("WITH a AS (SELECT 1) SELECT 2").with.recursive)
    end)

    it("takes window, filter and over as names where they are none of the clauses", function()
        assert.equal("window", select("SELECT a window FROM t").cores[1].columns[1].alias)
        assert.equal("filter", select("SELECT count(*) filter FROM t").cores[1].columns[1].alias)
        assert.equal("over", select("SELECT count(*) over, 1 FROM t").cores[1].columns[1].alias)
        assert.equal("window", select("SELECT a FROM t window").cores[1].from.alias)
        assert.is_nil(select("SELECT a FROM t WINDOW w AS ()").cores[1].from.alias)
    end)

    it("is refused when it is none", function()
        for _, text in ipairs({ "SELECT", "SELECT FROM t", "SELECT a,", "SELECT a FROM", "SELECT a WHERE", "VALUES",
            "VALUES 1", "SELECT a GROUP BY", "SELECT 1 UNION", "SELECT 1 ORDER BY 1 UNION SELECT 2", "WITH a SELECT 1",
            "WITH a AS SELECT 1", "SELECT 1 LIMIT", "SELECT * AS x", "SELECT DISTINCT", "(SELECT 1)" }) do
            assert.is_nil((parse.statement(text)), text)
        end
    end)
end)
