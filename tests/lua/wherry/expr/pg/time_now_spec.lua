-- Moments that begin with 'now' as intervals, and strftime's formats as to_char takes them.
local now = require "wherry.expr.pg.time_now"

local UTC = "statement_timestamp() AT TIME ZONE 'UTC'"

describe("a moment", function()
    it("is moved by modifiers", function()
        assert.equal(UTC, now.moment {})
        assert.equal(("(%s) + interval '-1 day' + interval '12 hours'"):format(UTC), now.moment { "-1 day",
            "+12 hours" })
        assert.equal(("date_trunc('year', %s) + interval '3 months'"):format(UTC),
            now.moment { "start of year", "+3 months" })
        assert.equal("statement_timestamp()::timestamp + interval '1 day'", now.moment { "localtime", "+1 day" })
    end)

    it("is left to a runtime function where PostgreSQL would go another way", function()
        for _, modifiers in ipairs { { "+1 month" }, { "start of month", "+1 day", "+1 month" },
            { "weekday 0" }, { "utc" },
            { "+1.5 days" }, { "+1000000 days" }, { "start of week" }, { "+1 day", "localtime" },
            { "+400000 days", "+400000 days" } } do
            assert.is_nil((now.moment(modifiers)))
        end
    end)
end)

describe("a format", function()
    it("is to_char's", function()
        assert.equal("YYYY-MM-DD HH24:MI:SS", now.pattern "%Y-%m-%d %H:%M:%S")
        assert.equal('YYYY-MM-DD"T"HH24:MI:SS.MS"Z"', now.pattern "%Y-%m-%dT%H:%M:%fZ")
        assert.equal('"day "DDD%', now.pattern "day %j%%")
        assert.equal('"say \\"hi\\\\"', now.pattern 'say "hi\\')
    end)

    it("is none where letters would run together or mean nothing", function()
        for _, format in ipairs { "%W", "%w", "%s", "%J", "%q", "%", "%d%d", "%S%S", "%j%d" } do
            assert.is_nil(now.pattern(format))
        end
    end)
end)
