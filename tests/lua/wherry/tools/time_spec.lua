-- Times for scripts: moments at the ends of the calendar, forms there and back, and what is no moment.
local w = require "wherry"
local refusal = require "tests.support.refusal"

local parse, format = w.time.parse, w.time.format

describe("time", function()
    it("reads ISO texts, with the offset they have, else with the zone's", function()
        for text, moment in pairs {
            ["1970-01-01"] = 0,
            ["1970-01-01T00:00:00Z"] = 0,
            [" 1970-01-01 00:00 "] = 0,
            ["1970-01-01 00:00:00.000001"] = 1,
            ["1970-01-01T05:30+05:30"] = 0,
            ["1969-12-31T16:00:00-0800"] = 0,
            ["1969-12-31 23:59:59.999999"] = -1,
            ["1900-03-01"] = -2203891200000000,
            ["2024-02-29T12:00:00.5Z"] = 1709208000500000,
            ["2024-02-29T12:00:00.500000000Z"] = 1709208000500000,
            ["0001-01-01"] = -62135596800000000,
            ["9999-12-31T23:59:59.999999"] = 253402300799999999,
        } do
            assert.equal(moment, parse(text), text)
            assert.equal("integer", math.type(parse(text)))
        end
        assert.equal(-7200000000, parse("1970-01-01", "iso", "+02:00"))
        assert.equal(0, parse("1970-01-01T00:00Z", "iso", "+02:00"))
        assert.equal(0, parse("1970-01-01", nil, "UTC"))
    end)

    it("reads numbers of the stored forms", function()
        assert.equal(1700000000000000, parse(1700000000, "unix"))
        assert.equal(1700000000000000, parse("1700000000", "unix"))
        assert.equal(-1500000, parse(-1.5, "unix"))
        assert.equal(1700000000123000, parse(1700000000123, "unix_ms"))
        assert.equal(-1, parse(-1, "unix_us"))
        assert.equal(-1, parse(-1000, "unix_ns"))
        assert.equal(0, parse(2440587.5, "julian"))
        assert.equal(-62135596800000000, parse(0, "ticks"))
        assert.equal(978307200000000, parse(0, "core_data"))
        assert.equal(-11644473600000000, parse(0, "webkit"))
        assert.equal(1709204400500000, parse("2024-02-29 12:00:00.5 +0100 CET m=+0.1", "go"))
    end)

    it("refuses what is no moment, and shows it", function()
        for _, text in ipairs { "", "now", "infinity", "10000-01-01", "0000-12-31", "-0001-01-01", "2023-02-29",
            "2024-13-01", "20240101", "2016-12-31T23:59:60Z", "2016-12-31T24:00:00", "2024-01-01T25:00",
            "2024-01-01T00:00+24:00", "0001-01-01T00:00+01:00", "9999-12-31T23:59:59-01:00", "2024-01-01T10:00\0",
            "2024-01-01\xff", "2024-01-01T00:00:00.0000001" } do
            local fault = refusal(parse, text)
            assert.equal("value", fault.kind)
            assert.is_truthy(fault.message:find("w.time.parse: ", 1, true))
            assert.equal(("%q"):format(text), fault.value)
        end
        for _, number in ipairs { 0 / 0, math.huge, -math.huge, 1e300, math.maxinteger, math.mininteger } do
            assert.equal("value", refusal(parse, number, "unix").kind)
        end
        assert.equal("value", refusal(parse, math.maxinteger, "unix_us").kind)
        assert.equal("value", refusal(parse, 1, "unix_ns").kind)
        assert.equal("w.time.parse: a number is a moment with its form only, such as \"unix\" or \"unix_ms\"",
            refusal(parse, 5).message)
        assert.equal("5", refusal(parse, 5).value)
        assert.equal("w.time.parse: a text or a number is wanted, not true", refusal(parse, true).message)
        assert.equal("value", refusal(parse, w.blob "2024-01-01").kind)
    end)

    it("refuses forms and zones that there are not, also for nil", function()
        for _, call in ipairs {
            function() parse(nil, "unx") end, function() parse("2024-01-01", "uuid") end,
            function() parse(nil, "s") end, function() parse(nil, 5) end, function() parse(nil, "iso", 2) end,
            function() parse(nil, "iso", "Europe/Paris") end, function() parse(1, "unix", "+02:00") end,
            function() format(nil, "isoo") end, function() format(0, "number") end, function() format(nil, {}) end,
            function() format(0, "%Q") end, function() format(0, "%") end,
        } do
            assert.equal("usage", refusal(call).kind)
        end
        assert.is_truthy(refusal(parse, nil, "unix_sm").hint:find("unix_ms", 1, true))
        assert.is_truthy(refusal(format, nil, "pyton").hint:find("python", 1, true))
    end)

    it("gives nil for nil", function()
        assert.is_nil(parse(nil))
        assert.is_nil(parse(nil, "unix"))
        assert.is_nil(format(nil))
        assert.is_nil(format(nil, "%Y"))
    end)

    it("writes the forms of other programs", function()
        local moment = parse "2024-02-29T12:00:00.5Z"
        for form, text in pairs { iso = "2024-02-29T12:00:00.5Z", rfc3339 = "2024-02-29T12:00:00.5Z",
            javascript = "2024-02-29T12:00:00.500Z", python = "2024-02-29T12:00:00.500000",
            python_utc = "2024-02-29T12:00:00.500000+00:00", sqlalchemy = "2024-02-29 12:00:00.500000",
            postgres = "2024-02-29 12:00:00.5+00", date = "2024-02-29", ["T .3 +0000"] = "2024-02-29T12:00:00.500+0000",
            ["%d.%m.%y %H:%M:%S,%f %j %%f"] = "29.02.24 12:00:00,500000 060 %f" } do
            assert.equal(text, format(moment, form), form)
        end
        assert.equal("2024-02-29T12:00:00", format(moment - 500000, "python"))
        assert.equal("2024-02-29 12:00:00", format(moment - 500000, "sqlite"))
        assert.equal("2024-02-29T12:00:00Z", format(moment - 500000))
        assert.equal("1969-12-31T23:59:59.999999Z", format(-1))
        assert.equal("1969-12-31", format(-1, "date"))
        assert.equal("1969-12-31 999999", format(-1, "%Y-%m-%d %f"))
        assert.equal("0001-01-01", format(-62135596800000000, "date"))
        assert.equal("0001 0001-01-01", format(-62135596800000000, "%Y %F"))
        assert.equal("9999-12-31", format(253402300799999999, "date"))
    end)

    it("refuses moments beyond the years 0001 to 9999, and what is no integer", function()
        for _, moment in ipairs { 253402300800000000, -62135596800000001, math.maxinteger, math.mininteger } do
            for _, form in ipairs { "iso", "date", "%Y" } do
                local fault = refusal(format, moment, form)
                assert.equal("w.time.format: the moment is outside the years 0001 to 9999", fault.message)
                assert.equal(tostring(moment), fault.value)
            end
        end
        assert.equal("value", refusal(format, 1.0).kind)
        assert.equal("value", refusal(format, "1").kind)
    end)

    it("reads what it wrote, in every form that loses nothing", function()
        math.randomseed(7)
        for _ = 1, 2000 do
            local moment = math.random(-62135596800000000, 253402300799999999)
            if math.random(2) == 1 then
                moment = moment // 1000000 * 1000000
            end
            for _, form in ipairs { "iso", "javascript", "python", "python_utc", "sqlalchemy", "sqlite", "postgres" } do
                assert.equal(moment, parse(format(moment, form)), form)
            end
            assert.equal(moment, parse(format(moment, "%Y-%m-%d %H:%M:%S.%f")))
            assert.equal(moment // 86400000000 * 86400000000, parse(format(moment, "date")))
        end
    end)

    it("knows what time it is", function()
        local before, now, after = os.time(), w.time.now(), os.time()
        assert.is_true(before * 1000000 <= now and now < (after + 1) * 1000000)
    end)
end)
