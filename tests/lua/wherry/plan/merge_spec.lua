-- plan/merge: what `merge` of a table may say.
local ends = require "wherry.plan.ends"
local fault_of = require "tests.support.refusal"
local plan = require "wherry.plan"
local sources = require "wherry.plan.sources"
local value = require "wherry.plan.value"
local vocabulary = require "wherry.plan.vocabulary"

describe("merge of a plan", function()
    local function check(given)
        return vocabulary.types.merge.check(given, "tables.t.merge")
    end

    it("takes columns and expressions, and which row stays", function()
        local term = value.sql "lower(n)"
        assert.same({ by = { "a", term }, keep = "first" }, check { by = { "a", term } })
        assert.equal("last", check({ by = { "a" }, keep = "last" }).keep)
    end)

    it("refuses everything else, with its place", function()
        for _, case in ipairs {
            { {}, "tables.t.merge: by is missing" }, { { by = "a" }, "tables.t.merge.by: a list of source columns" },
            { { by = {} }, "tables.t.merge.by: a list" }, { { by = { "a", b = 1 } }, "tables.t.merge.by: a list" },
            { { by = { 7 } }, "tables.t.merge.by[1]: a source column or w.sql" },
            { { by = { value.constant(1) } }, "tables.t.merge.by[1]: a source column or w.sql" },
            { { by = { "a" }, keep = "any" }, 'tables.t.merge.keep: "first" or "last" is expected' },
            { { by = { "a" }, kept = "any" }, "tables.t.merge: unknown key" },
            { "a", "tables.t.merge: a table of keys" },
        } do
            assert.matches(case[2], fault_of(check, case[1]).message, 1, true)
        end
        local integer = vocabulary.types.integer.check
        assert.equal(7, integer(7.0, "x"))
        for _, wrong in ipairs { 1.5, "7", true } do
            assert.matches("x: an integer is expected", fault_of(integer, wrong, "x").message, 1, true)
        end
    end)

    it("is what references are for, or an offset is", function()
        local function made(entry, from)
            entry.references = { "c.p_id" }
            return plan.new { from = from or ends.here "x.db", tables = { p = entry } }
        end
        made { merge = { by = { "a" } } }
        made { offset = 3 }
        made({}, { one = sources.file { "x.db", offset = 3 } })
        assert.matches("tables.p.references: its keys stay as they are", fault_of(made, {}).message, 1, true)
    end)
end)
