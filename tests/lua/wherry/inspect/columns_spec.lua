-- What stands in a column, in words.
local columns = require "wherry.inspect.columns"

local function stats(fields)
    local result = { null = 0, integer = 0, real = 0, text = 0, blob = 0, accepted = {}, text_characters = 0,
        uuid_hyphens = 0, uuid_digits = 0, uuid_upper = 0, times_with_t = 0, times_with_z = 0, fraction_digits = 0,
        blob_bytes = 0, blobs_of_16 = 0, texts_with_nul = 0, texts_invalid = 0, text_bytes = 0 }
    for name, value in pairs(fields) do
        result[name] = value
    end
    return result
end

describe("inspect.columns", function()
    it("says what the values are, the commonest class first", function()
        assert.equal("no rows", columns.text(stats {}))
        assert.equal("1,204 integers: 1 to 9,999; 1 text: at most 1 character; 3 NULL", columns.text(stats {
            integer = 1204, integer_min = 1, integer_max = 9999, text = 1, text_characters = 1, null = 3 }))
        assert.equal("2 integers: all 0 or 1", columns.text(stats { integer = 2, integers_bool = true }))
        assert.equal("2 reals: 1 to 2.5", columns.text(stats { real = 2, real_min = 1.0, real_max = 2.5,
            reals_fraction = true }))
        assert.equal("1 real: 2, all whole numbers", columns.text(stats { real = 1, real_min = 2.0, real_max = 2.0 }))
        assert.equal("2 blobs: all of 16 bytes", columns.text(stats { blob = 2, blobs_of_16 = 2, blob_bytes = 16 }))
        assert.equal("2 blobs: at most 1,000 bytes", columns.text(stats { blob = 2, blob_bytes = 1000 }))
    end)

    it("knows what all texts would be", function()
        local function of(accepted, fields)
            fields.text, fields.accepted = 2, { [accepted] = 2 }
            return columns.text(stats(fields)):match ": (.*)"
        end
        assert.equal("all UUIDs (36 characters)", of("uuid", { uuid_hyphens = 2 }))
        assert.equal("all UUIDs (32 digits, upper case)", of("uuid", { uuid_digits = 2, uuid_upper = 1 }))
        assert.equal("all UUIDs (in several forms)", of("uuid", { uuid_digits = 1, uuid_hyphens = 1 }))
        assert.equal("all dates", of("date", {}))
        assert.equal("all times with an offset (Z)", of("timestamptz", { times_with_z = 2 }))
        assert.equal("all times with an offset", of("timestamptz", { times_with_z = 1 }))
        assert.equal("all times without an offset (T between date and time, up to 3 fraction digits)",
            of("timestamp", { times_with_t = 2, fraction_digits = 3 }))
        assert.equal("all times without an offset (T or a space between date and time)",
            of("timestamp", { times_with_t = 1 }))
        assert.equal("all JSON objects or arrays", of("jsonb", {}))
    end)

    it("calls a column mixed whose values are not what it declares", function()
        local function mixed(affinity, fields)
            return columns.is_mixed({ affinity = affinity }, stats(fields))
        end
        assert.is_false(mixed("integer", { integer = 3, null = 1 }))
        assert.is_true(mixed("integer", { integer = 3, text = 1 }))
        assert.is_true(mixed("text", { blob = 1 }))
        assert.is_false(mixed("numeric", { integer = 1, real = 1 }))
        assert.is_false(mixed("numeric", { text = 1 }))
        assert.is_true(mixed("numeric", { text = 1, integer = 1 }))
        assert.is_false(mixed("blob", {}))
        assert.is_true(mixed("blob", { text = 1, blob = 1 }))
    end)

    it("gives large integers as digits in a document", function()
        local document = columns.document { name = "n", affinity = "integer", mixed = false,
            stats = stats { integer = 1, integer_min = math.mininteger, integer_max = 5 } }
        assert.equal("-9223372036854775808", document.integer_min)
        assert.equal(5, document.integer_max)
    end)
end)
