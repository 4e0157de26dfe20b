-- Seconds of moments as SQLite's own SQL computes them.
local moments = require "wherry.witness.moments"
local process = require "tests.support.process"
local w = require "wherry"

describe("moments of the witness", function()
    local db, place
    setup(function()
        place = process.directory "moments"
        process.shell(("sqlite3 %s/app.db 'CREATE TABLE t(a)'"):format(place))
        db = w.sqlite(place .. "/app.db"):open()
    end)
    teardown(function()
        db:close()
        process.shell("rm -rf " .. place)
    end)

    -- The steps over a value, which is SQL.
    local function computed(steps, value)
        local sql = value
        for _, step in ipairs(steps) do
            sql = ("(%s)"):format(step:gsub("{v}", { ["{v}"] = sql }))
        end
        return db:value("SELECT " .. sql)
    end

    local function each(steps, cases)
        for value, expected in pairs(cases) do
            local found = computed(steps, value)
            assert.equal(expected, found == nil and "NULL" or math.tointeger(found), value)
        end
    end

    it("are of texts, with and without offset", function()
        each(moments.sqlite("iso", 3600), {
            ["'1970-01-01'"] = -3600, ["'1970-01-01 01:00'"] = 0, ["'1970-01-01T01:00:01'"] = 1,
            ["' 1970-01-01 01:00:01.999999 '"] = 1, ["'1970-01-01 00:00:00Z'"] = 0, ["'1970-01-01 00:00+01'"] = -3600,
            ["'1970-01-01T00:00:00.5-0130'"] = 5400, ["'1970-01-01 00:00:00 +05:30'"] = -19800,
            ["'1970-01-01 00:00:00+00:00:30'"] = -30, ["'9999-12-31 23:59:59Z'"] = 253402300799,
            ["'0001-01-01 00:00:00Z'"] = -62135596800, ["'1969-12-31 23:59:59.9Z'"] = -1, ["'infinity'"] = "NULL",
            ["'0044-03-15 00:00:00 BC'"] = "NULL", ["'0044-03-15 00:00:00+00:00 BC'"] = "NULL",
            ["5"] = "NULL", ["x'00'"] = "NULL", ["NULL"] = "NULL",
            ["''"] = "NULL",
        })
    end)

    it("are of numbers of a unit since an epoch, down to the second below", function()
        each(moments.sqlite("unix", 0), { ["5"] = 5, ["-1.5"] = -2, ["1.99999955"] = 2, ["1.9999994"] = 1,
            ["'-1.25'"] = -2, ["' 7 '"] = 7, ["'x'"] = "NULL", ["'1e3'"] = "NULL" })
        each(moments.sqlite("unix_ms", 0), { ["1999"] = 1, ["-1"] = -1, ["-1000"] = -1, ["1999.9999"] = 2 })
        each(moments.sqlite("unix_ns", 0), { ["1700000000999999000"] = 1700000000, ["-1000"] = -1 })
        each(moments.sqlite("ticks", 0), { ["621355968000000000"] = 0, ["0"] = -62135596800 })
        each(moments.sqlite("core_data", 0), { ["0"] = 978307200, ["0.5"] = 978307200 })
        each(moments.sqlite("webkit", 0), { ["11644473600000000"] = 0, ["11644473599999999"] = -1 })
        each(moments.sqlite("julian", 0), { ["2440587.5"] = 0, ["2440587"] = -43200,
            ["2460310.500011574"] = 1704067201 })
        each(moments.sqlite("go", 7200), { ["'1970-01-01 03:30:00.25 +0330 +0330 m=+8.5'"] = 0,
            ["'1969-12-31 23:59:59 +0000 UTC'"] = -1 })
    end)

    it("are durations in units, which have no epoch", function()
        each(moments.sqlite_duration "ticks", { ["864000000000"] = 86400, ["-1"] = -1 })
        assert.is_nil(moments.sqlite_duration "iso")
        assert.is_nil(moments.sqlite_duration(nil))
    end)

    it("are times of day", function()
        each(moments.sqlite_clock(), { ["'00:00'"] = 0, ["'24:00:00'"] = 86400, ["'10:00:01.9'"] = 36001,
            ["'10:00+02'"] = 28800, ["'00:00:00-03:30'"] = 12600, ["'10:00:00Z'"] = 36000, ["10"] = "NULL",
            ["'noon'"] = "NULL" })
    end)
end)
