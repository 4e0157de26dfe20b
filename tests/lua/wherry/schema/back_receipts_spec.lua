-- Receipts of what SQLite has no place for.
local receipts = require "wherry.schema.back_receipts"

describe("back_receipts", function()
    local function work()
        return { created = { receipts = {} } }
    end

    it("joins notes behind what goes before them", function()
        assert.equal("of x; a; b", receipts.notes({ "a", "b" }, "of x"))
        assert.is_nil(receipts.notes {})
        assert.equal("a b", receipts.one_line " a\n  b\t")
    end)

    it("tells of a table's objects", function()
        local made = work()
        receipts.of_table(made, { name = "t", exclusions = { { name = "e", sql = "EXCLUDE\n(a WITH =)" } },
            policies = { "p" }, rules = { "r" } })
        assert.same({
            { kind = "exclusion constraint", name = "e", table = "t", outcome = "not_carried",
                note = "SQLite has none: EXCLUDE (a WITH =)" },
            { kind = "policy", name = "p", table = "t", outcome = "not_carried",
                note = "SQLite has no row-level security" },
            { kind = "rule", name = "r", table = "t", outcome = "not_carried", note = "SQLite has no rules" },
        }, made.created.receipts)
    end)

    it("tells of the schema's objects, the runtime functions among them", function()
        local made = work()
        receipts.of_schema(made, { views = { { name = "v", kind = "m", sql = "SELECT 1" } },
            triggers = { { name = "g", table = "t", sql = "CREATE TRIGGER g" } },
            functions = { { name = "sqlite_glob", arguments = "a text", kind = "f", runtime = true },
                { name = "f", arguments = "", kind = "p" } }, free_sequences = { "s" } })
        local found = {}
        for i, one in ipairs(made.created.receipts) do
            found[i] = ("%s %s %s"):format(one.kind, one.name, one.outcome)
        end
        assert.same({ "materialized view v not_carried", "trigger g not_carried",
            "function sqlite_glob(a text) exact", "procedure f() not_carried", "sequence s not_carried" }, found)
    end)
end)
