-- plan/lookup: what `lookups` of a plan may say, and the keys of columns that ask them.
local ends = require "wherry.plan.ends"
local fault_of = require "tests.support.refusal"
local lookup = require "wherry.plan.lookup"
local value = require "wherry.plan.value"

describe("a lookup of a plan", function()
    it("is filled from one thing, which fits where it comes from", function()
        for _, entry in ipairs { { pg = "select 1, 2" }, { sqlite = "select 1, 2" }, { file = "map.json" },
            { file = "map.csv" }, { sqlite = "select 1, 2", from = "core" },
            { sqlite = "select 1, 2", from = ends.sqlite "x.db" },
            { pg = "select 1, 2", from = ends.pg "postgresql://h/d" } } do
            assert.equal(entry, lookup.check(entry, "lookups.l"))
        end
        for _, case in ipairs {
            { {}, "one of pg, sqlite and file says what it is filled from$" },
            { { pg = "a", sqlite = "b", file = "c.csv" }, "filled from, not pg and sqlite and file$" },
            { { file = "map.csv", from = "core" }, "a file is read by itself" },
            { { file = "map.txt" }, '"map.txt" is neither .json nor .csv' },
            { { file = "json" }, "is neither" }, { { file = "a.csv.gz" }, "is neither" },
            { { sqlite = "a", from = ends.pg "postgresql://h/d" }, "the SELECT is for SQLite" },
            { { pg = "a", from = ends.sqlite "x.db" }, "the SELECT is for PostgreSQL" },
            { { pg = "a", from = "core" }, "the SELECT is for PostgreSQL" },
        } do
            local fault = fault_of(lookup.check, case[1], "lookups.l")
            assert.equal("plan", fault.kind)
            assert.matches("^lookups%.l: .*" .. case[2], fault.message)
        end
    end)

    it("has keys of these types", function()
        local types = lookup.types
        assert.equal("select 1, 2", types.select.check("select 1, 2", "x"))
        assert.equal("core", types.lookup_end.check("core", "x"))
        local file, server = ends.sqlite "x.db", ends.pg "postgresql://h/d"
        assert.equal(file, types.lookup_end.check(file, "x"))
        assert.equal(server, types.lookup_end.check(server, "x"))
        for _, wrong in ipairs { "", 7, true, {} } do
            assert.matches("^x", fault_of(types.lookup_end.check, wrong, "x").message)
        end
        for _, word in ipairs { "bad", "null", "keep" } do
            assert.equal(word, types.missing.check(word, "x"))
        end
        assert.matches('"bad" or "null" or "keep"', fault_of(types.missing.check, "skip", "x").message)
        for _, key in ipairs(lookup.keys) do
            assert.is_truthy(key.type == "name" or types[key.type])
        end
    end)

    it("is asked for a source column or w.sql", function()
        for _, column in ipairs { { lookup = "l" }, { from = "a", lookup = "l", missing = "null" },
            { from = value.sql "lower(a)", lookup = "l" }, { from = value.hook }, {} } do
            assert.equal(column, lookup.check_column(column, "tables.t.columns.c"))
        end
        assert.matches("missing says what becomes of values", fault_of(lookup.check_column,
            { missing = "null" }, "c").message)
        for _, from in ipairs { value.hook, value.constant(7) } do
            assert.matches("^c: a source column or w.sql is looked up, not ", fault_of(lookup.check_column,
                { from = from, lookup = "l" }, "c").message)
        end
    end)
end)
