-- Constants as PostgreSQL prints them, as SQLite stores them.
local constant = require "wherry.expr.back.constant"
local core = require "wherry.core"

describe("constant", function()
    it("rounds decimals to a scale, half away from zero", function()
        for _, case in ipairs { { "0", 2, "0.00" }, { "1.005", 2, "1.01" }, { "-1.005", 2, "-1.01" }, { "9.999", 2,
            "10.00" }, { "-0.001", 2, "0.00" }, { "007.5", nil, "7.5" }, { "99.5", 0, "100" }, { ".5", 1, "0.5" },
            { "0.4", 0, "0" }, { "1e5", 2, nil }, { "NaN", 2, nil }, { "", 2, nil } } do
            assert.equal(case[3], constant.decimal(case[1], case[2]), case[1])
        end
        assert.same({ 4, 2, 0, 2, 3 }, { constant.digits "12.34", constant.digits "0.12", constant.digits "0.00",
            constant.digits "1.20", constant.digits "-100" })
    end)

    it("reads booleans and bytes", function()
        assert.same({ true, false, true }, { constant.boolean "t", constant.boolean "FALSE", constant.boolean " on " })
        assert.is_nil(constant.boolean "2")
        assert.equal("\0\xff", constant.blob "\\x00ff")
        assert.is_nil(constant.blob "\\x0")
        assert.is_nil(constant.blob "abc")
    end)

    it("reads times, with the zone made UTC", function()
        assert.equal("2024-02-29", constant.date "2024-02-29")
        assert.equal("2024-02-29 00:00:00.000000", constant.timestamp "2024-02-29")
        assert.equal("2024-02-29 01:02:03.500000", constant.timestamp "2024-02-29 01:02:03.5")
        assert.equal("2024-02-29 23:30:00.000000+00:00", constant.timestamptz "2024-03-01 05:00:00+05:30")
        assert.equal("2024-01-01 00:30:00.000000+00:00", constant.timestamptz "2023-12-31 23:30:00-01")
        assert.equal("2000-03-01 00:00:00.000000+00:00", constant.timestamptz "2000-02-29 23:59:59.0-00:00:01")
        for _, text in ipairs { "infinity", "now", "2024-02-29 BC", "12024-01-01", "29.02.2024" } do
            assert.is_nil(constant.timestamp(text), text)
            assert.is_nil(constant.date(text), text)
        end
        assert.is_nil(constant.timestamptz "2024-02-29 00:00:00")
        assert.is_nil(constant.timestamptz "0000-01-01 00:00:00+01")
    end)

    it("reads intervals and writes them as ISO 8601", function()
        for text, iso in pairs { ["1 day"] = "P1D", ["1 year 2 mons 3 days 04:05:06"] = "P1Y2M3DT4H5M6S",
            ["00:00:00"] = "PT0S", ["-00:00:01.5"] = "PT-1.5S", ["36:00:00"] = "PT36H", ["-1 days +02:03:00"] =
            "P-1DT2H3M" } do
            assert.equal(iso, constant.iso_interval(constant.interval(text)), text)
        end
        assert.is_nil(constant.interval "1 century")
        assert.is_nil(constant.interval "")
    end)

    it("reads arrays of one dimension", function()
        assert.same({ "a", "b c", false, "NULL", 'q"\\' }, constant.array [[{a,"b c",NULL,"NULL","q\"\\"}]])
        assert.same({}, constant.array "{}")
        for _, text in ipairs { "{{a}}", "{a,}", "a", "[0:1]={1,2}", '{"a}' } do
            assert.is_nil(constant.array(text), text)
        end
    end)

    -- What generated SQL compares columns with has to be what the way back writes into them.
    it("are written as codecs write the values of columns", function()
        local function written(name, text, typmod)
            local codec = core.codec { oid = 0, name = name, typmod = typmod }
            return (codec:get(codec:put(text)))
        end
        for _, text in ipairs { "2024-02-29 01:02:03", "2024-02-29 01:02:03.5", "1999-12-31 23:59:59.999999",
            "0001-01-02 00:00:00.000001", "9999-12-30 12:00:00" } do
            assert.equal(written("timestamp", text), constant.timestamp(text))
            assert.equal(written("time", text:sub(12)), constant.time(text:sub(12)))
            assert.equal(written("date", text:sub(1, 10)), constant.date(text:sub(1, 10)))
            for _, offset in ipairs { "+00", "+05:30", "-03:30", "+14", "-00:00:07" } do
                assert.equal(written("timestamptz", text .. offset), constant.timestamptz(text .. offset))
            end
        end
        for _, text in ipairs { "1 year 2 mons 3 days 04:05:06.5", "-1 days", "00:00:00", "36:00:00",
            "-00:00:00.000001", "-1 years -2 mons +3 days -04:05:06", "3 days -04:05:06.7" } do
            assert.equal(written("interval", text), constant.iso_interval(constant.interval(text)))
        end
        for _, text in ipairs { "5.5", "-0.25", "100", "0", "-7.10" } do
            assert.equal(written("numeric", text, ((10 << 16) | 2) + 4), constant.decimal(text, 2))
        end
        assert.equal(written("bool", "t"), constant.boolean "t" and 1 or 0)
        assert.equal(written("bytea", "\0\xff"), constant.blob "\\x00ff")
    end)
end)
