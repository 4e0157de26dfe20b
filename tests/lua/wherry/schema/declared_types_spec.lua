-- What expressions know of columns whose type is declared: only what the values would have been by themselves.
local declared_type = require "wherry.plan.declared_type"
local declared_types = require "wherry.schema.declared_types"
local types = require "wherry.schema.types"

local function statistics(counts)
    local made = { integer = 0, real = 0, text = 0, blob = 0, null = 0, integers_bool = false,
        integers_inexact = false }
    for key, value in pairs(counts) do
        made[key] = value
    end
    return made
end

local function texts(counts)
    local made = statistics { text = 3, accepted = { uuid = 0, jsonb = 0, date = 0, timestamp = 0, timestamptz = 0 },
        against = {}, uuid_hyphens = 3, uuid_digits = 0, uuid_upper = 0, uuid_rfc = 0, times_with_t = 3,
        times_plain = 0, blobs_of_16 = 0 }
    for key, value in pairs(counts) do
        made.accepted[key] = value
    end
    return made
end

local function choose(declared, text, stats, more)
    local type = declared_type.read(text)
    for key, value in pairs(more or {}) do
        type[key] = value
    end
    local chosen, note, kind = types.choose({ name = "a", declared = declared, affinity = types.affinity(declared),
        given = { type = type } }, stats, {})
    assert.equal(type, chosen)
    return kind, note
end

describe("declared types", function()
    it("are what SQLite holds, where the values would have got the type by themselves", function()
        local whole, bools = statistics { integer = 4 }, statistics { integer = 4, integers_bool = true }
        for _, case in ipairs {
            { "integer", "INTEGER", "bigint", whole }, { "integer", "INT", "integer", whole },
            { "integer", "", "smallint", whole }, { "integer", "INTEGER", "bigint" },
            { "boolean", "INTEGER", "boolean", bools }, { "text", "TEXT", "text", statistics { text = 1 } },
            { "text", "TEXT", "varchar(9)", statistics { text = 1 } }, { "real", "REAL", "double precision",
                statistics { real = 2 } }, { "number", "REAL", "numeric", statistics { real = 2, integer = 1 } },
            { "blob", "BLOB", "bytea", statistics { blob = 2 } }, { "uuid", "TEXT", "uuid", texts { uuid = 3 } },
            { "json", "TEXT", "jsonb", texts { jsonb = 3 } },
            { "time", "TEXT", "timestamptz", texts { timestamp = 3 } },
            { "time", "TEXT", "date", texts { date = 3 } },
            { "mixed", "", "text", statistics { text = 1, integer = 1 } },
        } do
            assert.equal(case[1], choose(case[2], case[3], case[4]), case[3])
        end
    end)

    it("are a kind of their own, where the values have become something else", function()
        for _, case in ipairs {
            { "TEXT", "bigint", statistics { text = 3 } }, { "REAL", "bigint", statistics { real = 3 } },
            { "INTEGER", "text", statistics { integer = 3 } }, { "INTEGER", "double precision",
                statistics { integer = 3 } }, { "TEXT", "boolean", statistics { text = 3 } },
            { "INTEGER", "boolean", statistics { integer = 3 } }, { "REAL", "numeric(9,2)", statistics { real = 3 } },
            { "TEXT", "uuid", texts { uuid = 2 } }, { "TEXT", "json", texts { jsonb = 3 } },
            { "TEXT", "timestamp", texts { timestamp = 3 } }, { "TEXT", "timestamptz", texts { timestamp = 3 },
                { zone = 3600 } }, { "TEXT", "timestamptz(3)", texts { timestamp = 3 } },
            { "INTEGER", "timestamptz", statistics { integer = 3 }, { stored = "unix" } },
            { "TEXT", "integer[]", statistics { text = 3 } }, { "TEXT", "inet", statistics { text = 3 } },
            { "TEXT", "char(3)", statistics { text = 3 } }, { "REAL", "real", statistics { real = 3 } },
        } do
            assert.equal("declared", choose(case[1], case[2], case[3], case[4]), case[2])
        end
        assert.equal("time", choose("TEXT", "timestamptz", texts { timestamp = 3 }, { stored = "iso" }))
    end)

    it("say in their receipt what the values are", function()
        assert.equal("declared REAL, numeric(9,2) by the plan (3 real)",
            select(2, choose("REAL", "numeric(9,2)", statistics { real = 3 })))
        assert.equal("declared without a type, timestamp with time zone by the plan, stored as unix (no rows)",
            select(2, choose("", "timestamptz", nil, { stored = "unix" })))
        -- of columns that the plan computes: the values that the SELECT gives, unless they are made behind it
        for expected, column in pairs { ["computed, text by the plan (3 text)"] = { sql = "a || b" },
            ["computed, text by the plan"] = { sql = "NULL" } } do
            column.shown, column.declared, column.affinity = "x", "", "blob"
            column.given = { type = declared_type.read "text" }
            assert.equal(expected, select(2, types.choose(column, statistics { text = 3 }, {})))
        end
        assert.matches("exact bytes are not kept (key order and white space of JSON)",
            select(2, choose("TEXT", "jsonb", texts { jsonb = 3 })), 1, true)
    end)

    it("are asked of the census as far as it decides something", function()
        for text, expected in pairs { timestamptz = "candidates", jsonb = "candidates", boolean = "classes",
            ["varchar(3)"] = "types", ["uuid[]"] = "types" } do
            assert.equal(expected, declared_types.wanted(declared_type.read(text)))
        end
        assert.equal("stored", declared_types.wanted { name = "timestamptz", stored = "unix" })
        assert.equal("candidates", declared_types.wanted { name = "timestamptz", stored = "iso" })
    end)

    it("have an order, or not", function()
        for text, expected in pairs { json = false, ["json[]"] = false, point = false, jsonb = true, ["int[]"] = true,
            int4range = true } do
            assert.equal(expected, declared_types.has_order(declared_type.read(text)), text)
        end
    end)
end)
