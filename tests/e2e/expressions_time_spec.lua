-- Date and time functions give what they give in SQLite: formats, modifiers, zones, julian days, overflow.
local Differential = require "tests.support.differential"

local TEXTS = {
    "2024-02-29", "2024-02-29 12:34", "2024-02-29 12:34:56", "2024-02-29T12:34:56.789", "2024-02-29 12:34:56.7899999",
    "2023-02-31", "2023-02-31 24:00:00", "2024-12-31 23:59:59.9996", "2024-01-01 00:00:00Z", "2024-01-01 00:00+05:30",
    "2024-01-01 00:00:00.5 -14:59", "2024-01-01 00:00:00-15:00", "2024-01-01 00:00:00+0530", "0000-01-01", "9999-12-31",
    "9999-12-31 23:59:59.999", "-0001-06-15", "-4713-11-24 12:00:00", "-4714-01-01", "10000-01-01",
    "1969-12-31 23:59:59",
    "1600-02-29 01:02:03", "2024-13-01", "2024-00-01", "2024-01-32", "2024-1-1", "2024-01-01x", " 2024-01-01",
    "2024-01-01 ", "2024-01-01  T 10:00", "2024-01-01\t10:00", "12:34", "24:00", "24:01:02.5", "25:00",
    "12:60", "12:00:60",
    "12:00:00.", "12:34:56.123456789012345678", "2460370.5", " 2460370.024268391 ", "+5", ".5", "5.", "1e6", "1e",
    "1e400", "0x10", "1709209200", "-1", "", " ", "today", "日本", false,
}

local INTEGERS = { 0, 1, -1, 5373484, 5373485, 2460370, 1709209200, 1709209200123, -62167219200, 253402300799,
    253402300800, -210866760000, -210866760001, math.maxinteger, math.mininteger, false }

local REALS = { 0.0, 0.5, 2440587.5, 2460370.0242683911, 5373484.499999994, 5373484.5, -0.5, 1709209200.5,
1709209200.9996,
    1e18, -1e18, 1e300, 2460370.499999999, 1 / 3, false }

local MODIFIERS = {
    "'+1 day'", "'-1 days'", "'+1.5 days'", "'36 hours'", "'-90 minutes'", "'+0.0005 seconds'", "'-59.9999 second'",
    "'+1 month'", "'-13 months'", "'+1.5 months'", "'+11 MONTHS'", "'+1 year'", "'-1 year'", "'-4 years'",
    "'+0.25 years'",
    "'+14712 years'", "'+99999999999 days'", "'start of day'", "'start of month'", "'start of year'", "'start of week'",
    "'weekday 0'", "'weekday 3'", "'weekday 6.0'", "'weekday 7'", "'+01:30'", "'-23:59:59.999'", "'+1:30'", "'+01:60'",
    "'unixepoch'", "'julianday'", "'auto'", "'UnixEpoch'", "'tomorrow'", "''", "'5 days'", "'5days'",
    "'+ 5 days'", "'+1e1 days'",
    "'start of month', '+1 month', '-1 day'", "'start of year', '+9 months', 'weekday 2'",
    "'unixepoch', 'start of day'",
    "'auto', '+1 month'", "'+1 day', 'unixepoch'", "'-1 month', '+1 month'", "'weekday 1', '-7 days'",
}

local FORMATS = { "%Y-%m-%d", "%Y-%m", "%Y", "%H:%M:%S", "%H:%M:%f", "%Y-%m-%dT%H:%M:%fZ", "%s", "%J", "%j", "%w", "%W",
    "%d/%m/%Y %%", "week %W of %Y", "%Y%m%d", "", "plain", "é %Y", "%q", "%", "%Y%" }

describe("times of stored values", function()
    local t

    setup(function()
        t = Differential.open({ { name = "s", kind = "text", values = TEXTS },
            { name = "n", kind = "integer", values = INTEGERS }, { name = "r", kind = "real", values = REALS },
            { name = "m", kind = "text", values = { "+1 day", "start of month", "-1 month", "x", "+12:00", false } } },
            { rows = #TEXTS })
    end)

    teardown(function()
        t:close()
    end)

    it("are the same without modifiers", function()
        local list = {}
        for _, name in ipairs { "date", "time", "datetime", "julianday", "unixepoch" } do
            for _, column in ipairs { "s", "n", "r" } do
                list[#list + 1] = ("%s(%s)"):format(name, column)
            end
        end
        assert.same({}, (t:problems(list, "exact")))
    end)

    it("are the same with every modifier", function()
        local list = {}
        for _, modifier in ipairs(MODIFIERS) do
            for _, column in ipairs { "s", "n", "r" } do
                list[#list + 1] = ("datetime(%s, %s)"):format(column, modifier)
            end
            list[#list + 1] = ("julianday(s, %s)"):format(modifier)
            list[#list + 1] = ("unixepoch(r, %s)"):format(modifier)
        end
        assert.same({}, (t:problems(list, "exact")))
    end)

    it("are the same in every format", function()
        local list = {}
        for _, format in ipairs(FORMATS) do
            for _, arguments in ipairs { "s", "n, 'unixepoch'", "r", "s, '-1 month'" } do
                list[#list + 1] = ("strftime('%s', %s)"):format(format, arguments)
            end
        end
        assert.same({}, (t:problems(list, "exact")))
    end)

    it("are the same inside other expressions", function()
        assert.same({}, (t:problems({
            "date(s) = date(r)", "datetime(s) > '2024-01-01'", "strftime('%Y', s) = '2024'",
            "coalesce(date(s), 'none')",
            "CAST(strftime('%Y', s) AS INTEGER)", "CAST(strftime('%s', s) AS INTEGER)", "date(s) IS NOT NULL",
            "unixepoch(s) BETWEEN 0 AND 1709209200", "substr(datetime(s), 1, 10)", "date(n, 'unixepoch') LIKE '2024-%'",
            "strftime('%w', s) IN ('0', '6')", "CASE strftime('%w', s) WHEN '0' THEN 'Sunday' ELSE 'other' END",
            "time(s) || ' ' || date(s)", "date('2024-01-31', '+1 month')", "julianday('2024-03-01')",
        }, "exact")))
    end)

    it("are the same with modifiers from a column, but for the zone", function()
        local result = t:compare "datetime(s, m)"
        assert.equal("changed", result.outcome)
        assert.same({}, result.wrong)
    end)
end)
