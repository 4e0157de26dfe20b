-- Which tables go back.
local choice = require "wherry.back.choice"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"
local Target = require "tests.support.target"

describe("back.choice", function()
    local function model(list)
        return models.target(list, { settings = { schema_exists = true } })
    end

    it("reads partitions by their parent, and no heirs", function()
        local m = model { { name = "t" }, { name = "Parts", kind = "p" } }
        assert.equal("ONLY public.t", choice.source_sql(m.tables[1]))
        assert.equal('public."Parts"', choice.source_sql(m.tables[2]))
    end)

    it("leaves out what --only and --skip say", function()
        local outcome = Outcome.new()
        local skip = choice.skipped(model { { name = "a" }, { name = "ab" }, { name = "c" } },
            { schema = "public", only = { "a*" }, skip = { "ab" } }, outcome)
        assert.same({ ab = true, c = true }, skip)
        assert.equal(2, #outcome.objects)
        choice.skipped(model { { name = "a" } }, { schema = "public", only = { "typo" }, skip = {} }, outcome)
        assert.equal("unknown_table", outcome.findings[1].code)
    end)

    it("raises for a schema without tables, but not for one that is not there", function()
        local options = { schema = "public", only = {}, skip = {} }
        assert.equal("environment", Target.fault(choice.skipped, model {}, options, Outcome.new()).kind)
        assert.same({}, choice.skipped(models.target({}, { settings = { schema_exists = false } }), options,
            Outcome.new()))
    end)

    it("finds what this role may not read", function()
        local m, outcome = model { { name = "a", can_select = false }, { name = "b", rls_in_force = true },
            { name = "c" } }, Outcome.new()
        for _, t in ipairs(m.tables) do
            choice.check_rights(t, outcome)
        end
        assert.equal(2, #outcome.findings)
        assert.same({ "missing_right", "row_security" }, { outcome.findings[1].code, outcome.findings[2].code })
    end)

    it("takes away conditions against which rows stand, and asks only where that may be", function()
        local function checked(name, valid)
            return { { name = name, valid = valid, expression = "x > 0" } }
        end
        local m, outcome = model { { name = "bad", checks = checked("one", false) },
            { name = "fine", checks = checked("two", false) }, { name = "valid", checks = checked("three", true) },
            { name = "left", checks = checked("four", false) },
            { name = "closed", checks = checked("five", false), can_select = false } }, Outcome.new()
        local query, asked = models.query { { "public.bad", { { n = "3" } } }, { "public.fine", { { n = "0" } } } }
        choice.drop_violated(m, { left = true }, query, outcome)
        local kept = {}
        for i, t in ipairs(m.tables) do
            kept[i] = #t.checks
        end
        assert.same({ 0, 1, 1, 1, 1 }, kept)
        assert.equal(2, #asked)
        assert.same({ "check one: not_carried, NOT VALID in PostgreSQL, and 3 rows stand against it" },
            models.receipts(outcome.objects))
    end)
end)
