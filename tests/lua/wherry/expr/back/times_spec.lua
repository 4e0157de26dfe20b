-- Times on the way back.
local core = require "wherry.core"
local process = require "tests.support.process"
local way_back = require "tests.support.way_back"

describe("times on the way back", function()
    it("take the clock in each type's stored form", function()
        local function into(column)
            return way_back.assign(column[1], column[2])
        end
        for _, case in ipairs {
            { "now()", "tz", "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')", "not of the transaction; to" },
            { "statement_timestamp()", "tz", "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')", "^changed: to the" },
            { "CURRENT_TIMESTAMP", "ts", "strftime('%Y-%m-%d %H:%M:%f000', 'now')", "session's time zone" },
            { "(now() AT TIME ZONE 'UTC'::text)", "ts", "strftime('%Y-%m-%d %H:%M:%f000', 'now')", "milli" },
            { "CURRENT_DATE", "d", "date('now')", "session's time zone" },
            { "(now())::date", "d", "date('now')", "zone" },
            { "LOCALTIME", "tm", "strftime('%H:%M:%f000', 'now')", "zone" },
            { "floor(EXTRACT(epoch FROM statement_timestamp()))", "k", "CAST(strftime('%s', 'now') AS INTEGER)",
                "^exact" },
            { "(EXTRACT(epoch FROM now()))::bigint", "k", "CAST(strftime('%s', 'now') AS INTEGER)", "whole seconds" },
            { "to_char((statement_timestamp() AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD HH24:MI:SS'::text)", "t",
                "CURRENT_TIMESTAMP", "^exact" },
            { "to_char((statement_timestamp() AT TIME ZONE 'UTC'::text), 'YYYY\"T\"MM.SS.MS'::text)", "t",
                "strftime('%YT%m.%f', 'now')", "^exact" },
        } do
            local sql, outcome = into(case)
            assert.equal(case[3], sql, case[1])
            assert.matches(case[4], outcome)
        end
    end)

    it("are in the form in which codecs write the values of columns", function()
        for type, case in pairs { timestamptz = { "now()", "tz" }, timestamp = { "CURRENT_TIMESTAMP", "ts" },
            date = { "CURRENT_DATE", "d" }, time = { "LOCALTIME", "tm" } } do
            local sql = way_back.assign(case[1], case[2])
            local now = process.shell(("sqlite3 :memory: %s"):format(process.quote("SELECT " .. sql)))
            local codec = core.codec { oid = 0, name = type }
            assert.equal(now, (codec:get(codec:put(now))), type)
        end
    end)

    it("refuse other zones, forms and kinds", function()
        way_back.each({
            ["(now() AT TIME ZONE 'Europe/Berlin'::text)"] = { nil, "time zone" }, ["(tz)::date"] = { nil, "column" },
            ["CURRENT_TIME"] = { nil, "CURRENT_TIME" }, ["CURRENT_TIMESTAMP(3)"] = { nil, "CURRENT" },
            ["to_char(now(), 'YYYY'::text)"] = { nil, "to_char" },
            ["to_char((now() AT TIME ZONE 'UTC'::text), 'Day'::text)"] = { nil, "to_char" },
        }, "default")
        way_back.each {
            ["EXTRACT(year FROM tz)"] = { nil, "year" }, ["EXTRACT(hour FROM d)"] = { nil, "hour" },
            ["EXTRACT(century FROM d)"] = { nil, "century" }, ["(tz)::date"] = { nil, "timestamptz to date" },
            ["date_trunc('day'::text, ts)"] = { nil, "date_trunc" },
        }
    end)

    it("take fields and parts of stored times", function()
        way_back.each {
            ["EXTRACT(year FROM d)"] = { "CAST(strftime('%Y', d) AS INTEGER)", "years" },
            ["(ts)::date"] = { "substr(ts, 1, 10)", "years" },
            ["(d)::timestamp without time zone"] = { "d || ' 00:00:00.000000'" },
            ["(tz AT TIME ZONE 'UTC'::text)"] = { "substr(tz, 1, 26)" },
            ["(ts AT TIME ZONE 'UTC'::text)"] = { "ts || '+00:00'" },
        }
    end)
end)
