-- --idiomatic: which texts become jsonb, uuid, timestamptz and date, and what is said about it.
local types = require "wherry.schema.types"

local IDIOMATIC = { idiomatic = true }

-- n texts, of which so many are of each form; further fields count their details.
local function texts(n, accepted, more)
    local stats = { null = 0, integer = 0, real = 0, text = n, blob = 0, blobs_of_16 = 0, texts_with_nul = 0,
        texts_invalid = 0, accepted = { uuid = 0, jsonb = 0, date = 0, timestamp = 0, timestamptz = 0 }, against = {},
        uuid_hyphens = accepted.uuid or 0, uuid_digits = 0, uuid_upper = 0, uuid_rfc = 0, times_with_t = 0,
        times_with_z = 0, times_plain = 0, fraction_digits = 0 }
    for name in pairs(stats.accepted) do
        stats.accepted[name] = accepted[name] or 0
        stats.against[name] = stats.accepted[name] < n and "odd one" or nil
    end
    for key, value in pairs(more or {}) do
        stats[key] = value
    end
    return stats
end

local function choose(declared, stats, options)
    local column = { name = "c", declared = declared, affinity = types.affinity(declared) }
    local chosen, note, kind = types.choose(column, stats, options or IDIOMATIC)
    return chosen.display, note, kind
end

describe("idiomatic types", function()
    it("are taken where all texts are of the form, and only when asked for", function()
        assert.same({ "jsonb", "declared TEXT, jsonb by what it holds (2 text); exact bytes are not kept (key order "
            .. "and white space of JSON)", "json" }, { choose("TEXT", texts(2, { jsonb = 2 })) })
        assert.same({ "date", "declared TEXT, date by what it holds (2 text)", "time" },
            { choose("TEXT", texts(2, { date = 2 })) })
        assert.same({ "date", nil, "time" }, { choose("DATE", texts(2, { date = 2 })) })
        for _, form in ipairs { "jsonb", "date", "uuid", "timestamptz" } do
            assert.equal("text", (choose("TEXT", texts(2, { [form] = 2 }), {})))
            assert.equal("text", (choose("TEXT", texts(3, { [form] = 2 }))))
            local beside = texts(2, { [form] = 2 })
            beside.integer = 1
            assert.equal("text", (choose("JSON", beside)))
        end
        assert.same({ "text", nil, "text" }, { choose("TEXT", texts(4, { jsonb = 2, date = 2 })) })
    end)

    it("take UUIDs with hyphens, 32 digits by their bits or the declaration", function()
        assert.same({ "uuid", nil, "uuid" }, { choose("UUID", texts(2, { uuid = 2 })) })
        assert.same({ "uuid", "declared CHAR(36), uuid by what it holds (2 text); exact bytes are not kept (1 of 2 in "
            .. "upper case)", "uuid" }, { choose("CHAR(36)", texts(2, { uuid = 2 }, { uuid_upper = 1 })) })
        local hashes = texts(3, { uuid = 3 }, { uuid_hyphens = 0, uuid_digits = 3, uuid_rfc = 2 })
        assert.equal("text", (choose("CHAR(32)", hashes)))
        local _, note = choose("ID", hashes)
        assert.matches("version and variant", note)
        assert.equal("uuid", (choose("GUID", hashes)))
        hashes.uuid_rfc = 3
        local chosen
        chosen, note = choose("CHAR(32)", hashes)
        assert.equal("uuid", chosen)
        assert.matches("all without hyphens", note)
    end)

    it("take blobs of 16 bytes as UUIDs only where they are declared so", function()
        local stats = texts(0, {}, { blob = 3, blobs_of_16 = 3 })
        local chosen, note, kind = choose("UUID", stats)
        assert.same({ "uuid", "uuid" }, { chosen, kind })
        assert.matches("3 blobs of 16 bytes", note)
        assert.equal("bytea", (choose("BLOB", stats)))
        stats.blobs_of_16 = 2
        assert.equal("bytea", (choose("UUID", stats)))
    end)

    it("take times with an offset, others by the declaration or in SQLite's own form", function()
        local chosen, note, kind = choose("TEXT", texts(2, { timestamptz = 2 }))
        assert.same({ "timestamp with time zone", "time" }, { chosen, kind })
        assert.matches("exact bytes are not kept %(offsets other than %+00 are moved to UTC%)", note)
        chosen, note = choose("TEXT", texts(3, { timestamp = 3 }, { times_plain = 3 }))
        assert.equal("timestamp with time zone", chosen)
        assert.matches("all without an offset, taken as UTC", note)
        local naive = texts(3, { timestamp = 3 }, { times_plain = 2, times_with_t = 1 })
        assert.equal("text", (choose("TEXT", naive)))
        assert.matches("whose zone is not known", select(2, choose("ODD", naive)))
        for _, declared in ipairs { "DATETIME", "TIMESTAMP", "timestamp with time zone" } do
            assert.equal("timestamp with time zone", (choose(declared, naive)))
        end
        chosen, note = choose("DATETIME", texts(3, { timestamp = 1, timestamptz = 2 }))
        assert.equal("timestamp with time zone", chosen)
        assert.matches("1 of 3 without an offset, taken as UTC", note)
        assert.equal("text", (choose("DATETIME", texts(3, { timestamp = 2, date = 1 }))))
    end)

    it("name the first value that stands against what the declaration asks for", function()
        local _, note = choose("JSON", texts(9, { jsonb = 7 }))
        assert.equal('declared JSON, text by what it holds (9 text); 7 of 9 texts are jsonb, not "odd one"', note)
    end)

    it("go by the declaration alone where there are no values", function()
        local expected = { JSON = "jsonb", JSONB = "jsonb", UUID = "uuid", GUID = "uuid", DATE = "date",
            DATETIME = "timestamp with time zone", TIMESTAMP = "timestamp with time zone", TIME = "text",
            TEXT = "text", INTEGER = "bigint", BLOB = "bytea", BOOLEAN = "boolean", [""] = "text" }
        for declared, display in pairs(expected) do
            assert.equal(display, (choose(declared, texts(0, {}))))
            assert.equal(display, (choose(declared)))
        end
    end)
end)
