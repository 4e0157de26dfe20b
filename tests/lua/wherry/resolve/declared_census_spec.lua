-- Columns of times and UUIDs of tables that are there, about which nothing is declared: which are looked at, and what
-- becomes of the answer.
local declared_census = require "wherry.resolve.declared_census"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"
local w = require "wherry"

local function type_of(name, more)
    local made = { oid = 1, name = name, typmod = -1, display = name }
    for key, value in pairs(more or {}) do
        made[key] = value
    end
    return made
end

local function statistics(more)
    local made = { integer = 0, real = 0, text = 0, blob = 0, null = 0, decades = {}, julian = 0, texts_iso = 0,
        texts_go = 0, texts_other = 0, blobs_of_16 = 0, blobs_even = 0 }
    for key, value in pairs(more or {}) do
        made[key] = value
    end
    return made
end

local MILLIS = statistics { decades = { [12] = { integers = 1204, reals = 0, texts = 0, integer_min = 1600000000000,
    integer_max = 1750000000000 } } }
local NOUGHT = statistics { decades = { [0] = { integers = 1, reals = 0, texts = 0, integer_min = 0,
    integer_max = 0 } } }

local function decide(fields, columns, answers, where)
    fields.from = w.sqlite "a.db"
    local source = models.source { { name = "seen", columns = { "at", "b", "c" } } }.tables[1]
    local asked
    local context = { plan = w.plan(fields), outcome = Outcome.new(), census = function(reads)
        asked = reads
        return { answers }
    end }
    local load = { columns = columns, where = where }
    declared_census.decide(context, { { source = source, target = { schema = "public", name = "seen" },
        entry = context.plan.tables.seen or {}, load = load } })
    return context.outcome, asked
end

local function column(target, type, source)
    return { source = source or target, target = target, type = type }
end

describe("declared_census", function()
    it("looks at undeclared columns of these types only, as the plan selects their rows", function()
        local _, asked = decide({ zone = "+01:00", columns = { b = { stored = "iso" }, c = { zone = "+02:00" } } }, {
            column("at", type_of("timestamptz", { zone = 3600 }), "b"), column("b", type_of "date"),
            column("c", type_of "timestamp"), column("id", type_of "int8"),
            column("list", type_of("timestamptz", { kind = "array" })), column("guid", type_of "uuid", "c"),
        }, { statistics(), statistics() }, "at > 0")
        assert.equal(1, #asked)
        assert.same({ "stored", "stored" }, asked[1].wanted)
        assert.matches('^SELECT "b", "c" FROM "seen"', asked[1].select)
        assert.matches("at > 0", asked[1].select, 1, true)
        _, asked = decide({}, { column("id", type_of "int8") }, {})
        assert.is_nil(asked)
    end)

    it("takes the stored form, and leaves the evidence", function()
        local list = { column("made_at", type_of("timestamptz", { zone = 3600 }), "at"), column("b", type_of "date") }
        local kept = list[2].type
        local outcome = decide({}, list, { MILLIS, statistics() })
        assert.same({}, outcome.findings)
        assert.same({ "unix_ms" }, { list[1].type.stored, list[1].type.zone })
        assert.equal("1,204 integers from 1.6e12 to 1.75e12 (2020-09-13 to 2025-06-15): unix_ms by census",
            list[1].evidence)
        assert.same({ "column seen.at: exact, " .. list[1].evidence }, models.receipts(outcome.objects))
        assert.equal(kept, list[2].type)
        assert.is_nil(list[2].evidence)
    end)

    it("finds what the values do not tell", function()
        local list = { column("made_at", type_of "timestamptz", "at") }
        local outcome = decide({}, list, { NOUGHT })
        assert.same({ "stored_form seen.made_at" }, models.codes(outcome.findings))
        assert.equal("its type is timestamptz, and its numbers do not tell their unit: 1 integer: 0",
            outcome.findings[1].reason)
        assert.is_nil(list[1].type.stored)
        assert.same({}, outcome.objects)
    end)
end)
