-- INSERT, UPDATE and DELETE: what the tree holds of each clause.
local parse = require "wherry.expr.parse"

local function statement(text)
    return assert(parse.statement(text))
end

local function column(name)
    return { t = "column", name = name }
end

describe("INSERT", function()
    it("has a target, columns and rows", function()
        local node = statement "INSERT INTO main.t AS x (a, 'b') VALUES (1), (2) RETURNING *, a AS y"
        assert.same({ "insert", "main", "t", "x" }, { node.t, node.schema, node.table, node.alias })
        assert.same({ "a", "b" }, node.columns)
        assert.equal("values", node.select.cores[1].t)
        assert.same({ { star = true }, { expr = column "a", alias = "y", text = "a" } }, node.returning)
        assert.is_nil(node.conflict)
        assert.is_true(statement("INSERT INTO t DEFAULT VALUES").default_values)
        assert.is_true(statement("WITH q AS (SELECT 1) INSERT INTO t SELECT * FROM q").with ~= nil)
    end)

    it("has a conflict action", function()
        assert.equal("REPLACE", statement("REPLACE INTO t VALUES (1)").conflict)
        for _, action in ipairs({ "REPLACE", "IGNORE", "ABORT", "FAIL", "ROLLBACK" }) do
            assert.equal(action, statement("INSERT OR " .. action:lower() .. " INTO t VALUES (1)").conflict)
            assert.equal(action, statement("UPDATE OR " .. action .. " t SET a = 1").conflict)
        end
    end)

    it("has upserts", function()
        assert.same({
            {
                target = { { expr = column "a", desc = false }, { expr = column "b", desc = true } },
                target_where = column "c", set = { { columns = { "d", "e" }, value = column "f" } }, where = column "g",
            },
            {},
        }, statement([[INSERT INTO t VALUES (1) ON CONFLICT (a, b DESC) WHERE c DO UPDATE SET (d, e) = f WHERE g
            ON CONFLICT DO NOTHING]]).upserts)
    end)
end)

describe("UPDATE and DELETE", function()
    it("have their clauses", function()
        local node = statement "UPDATE t AS x INDEXED BY i SET a = b, (c, d) = (1, 2) FROM u WHERE e RETURNING f"
        assert.same({ "update", "t", "x" }, { node.t, node.table, node.alias })
        assert.same({ { "a" }, { "c", "d" } }, { node.set[1].columns, node.set[2].columns })
        assert.same({ t = "table", name = "u" }, node.from)
        assert.same(column "e", node.where)
        assert.same({ { expr = column "f", text = "f" } }, node.returning)
        node = statement "DELETE FROM main.t NOT INDEXED WHERE a ORDER BY b LIMIT 1"
        assert.same({ "delete", "main", "t" }, { node.t, node.schema, node.table })
        assert.same({ column "a", { { expr = column "b", desc = false } } }, { node.where, node.order_by })
    end)
end)

it("statements are refused when they are none", function()
    for _, text in ipairs({ "INSERT t VALUES (1)", "INSERT INTO t", "INSERT INTO t VALUES", "INSERT INTO t DEFAULT",
        "INSERT OR NOTHING INTO t VALUES (1)", "INSERT INTO t VALUES (1) ON CONFLICT", "REPLACE t VALUES (1)",
        "INSERT INTO t VALUES (1) ON CONFLICT (a) DO", "INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE", "UPDATE t",
        "UPDATE t SET", "UPDATE t SET a", "UPDATE t SET a == 1", "UPDATE t x SET a = 1", "DELETE t", "DELETE FROM",
        "WITH q AS (SELECT 1)" }) do
        assert.is_nil((parse.statement(text)), text)
    end
end)
