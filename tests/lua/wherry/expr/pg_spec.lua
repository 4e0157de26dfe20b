-- The printer's public functions: what they return, what each use allows, and how a refusal reads.
local printing = require "tests.support.printing"
local scope = require "wherry.expr.pg.scope"
local types = require "wherry.schema.types"

describe("pg", function()
    it("tells kind, outcome, functions and volatility of a value", function()
        local printed = printing.print("a / 2")
        assert.same({ "a / 2", "integer", "exact", "immutable" }, { printed.sql, printed.kind, printed.outcome,
            printed.volatility })
        assert.same({ {}, {} }, { printed.notes, printed.functions })
        printed = printing.print("s GLOB u OR a >> b")
        assert.same({ sqlite_glob = true, sqlite_shift_right = true }, printed.functions)
        assert.equal("immutable", printed.volatility)
    end)

    it("says what differs, each thing once", function()
        local printed = printing.print("(a + 1) * (a + 2)")
        assert.equal("changed", printed.outcome)
        assert.same({ "beyond 64 bits PostgreSQL raises an error where SQLite goes on with a real" }, printed.notes)
    end)

    it("makes conditions of any value", function()
        assert.same({}, printing.wrong({
            { "a", "a <> 0" }, { "f", "f" }, { "r", "r <> 0" }, { "s", "public.sqlite_real(s) <> 0" }, { "1", "TRUE" },
            { "'5x'", "TRUE" }, { "'abc'", "FALSE" }, { "NULL", "NULL" }, { "a > 5", "a > 5" },
            { "x", "public.sqlite_real(encode(x, 'escape')) <> 0" },
            { "m", "refused: m holds integers and texts as text" },
        }, { form = "condition" }))
    end)

    it("takes no column in a default and no subquery in a check", function()
        assert.same({}, printing.wrong({
            { "a", "refused: no such column: a" }, { [["text"]], "'text'" }, { "1 + 1", "2" },
            { "(SELECT 1)", "refused: a subquery in a DEFAULT" }, { "count(*)", "refused: an aggregate in a DEFAULT" },
        }, { use = "default", scope = scope.none() }))
        assert.same({}, printing.wrong({
            { "a IN (SELECT 1)", "refused: a subquery in a CHECK" }, { "sum(a)", "refused: an aggregate in a CHECK" },
            { "nosuch(a)", "refused: the function nosuch() is not translated" },
            { "?1", "refused: a parameter" }, { "length()", "refused: wrong number of arguments to function length()" },
            { "length(nosuch)", "refused: no such column: nosuch" }, { "v.a", "refused: no such table: v" },
            { "s COLLATE nosuch", "refused: the collation NOSUCH is not known" },
        }, { use = "check" }))
    end)

    it("wants a generated column and an index to give the same every time", function()
        for _, use in ipairs { "generated", "index", "check" } do
            local printed, reason = printing.print("datetime('now') > s", { use = use })
            assert.is_nil(printed)
            assert.matches("always", reason)
        end
        assert.equal("stable", printing.print("datetime('now') > s", { use = "view" }).volatility)
    end)

    it("stores values as a column does", function()
        local function column(type, affinity, kind)
            return { form = "assign", column = { name = "v", type = types[type], affinity = affinity, kind = kind } }
        end
        assert.same({}, printing.wrong({ { "'5'", "5" }, { "5.0", "5" }, { "TRUE", "1" }, { "NULL", "NULL" },
            { "f", "f::integer" }, { "'x'", "refused: 'x' cannot be of type bigint" } }, column("bigint", "integer")))
        assert.same({}, printing.wrong({ { "5", "'5'" }, { "1.5", "'1.5'" }, { "a", "a::text" }, { "s", "s" } },
            column("text", "text")))
        assert.same({}, printing.wrong({ { "5", "5.0" }, { "a", "a::double precision" }, { "r", "r" } },
            column("double", "real")))
        assert.same({}, printing.wrong({ { "1", "TRUE" }, { "0", "FALSE" }, { "'true'", "changed: TRUE" },
            { "a > 5", "a > 5" }, { "2", "refused: 2 cannot be of type boolean" } }, column("boolean", "numeric")))
    end)
end)
