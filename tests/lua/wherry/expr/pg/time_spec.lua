-- Date and time functions: what PostgreSQL's own functions write, what a runtime function, what is refused.
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"

local function columns(kinds)
    return { column = function(_, _, name)
        local kind = kinds[name]
        if not kind then
            return nil, "no such column: " .. name
        end
        return { sql = name, kind = kind, affinity = kind, collation = "BINARY", not_null = false }
    end }
end

local SCOPE = columns { at = "text", n = "integer", r = "real", data = "blob" }

local function value(text, use)
    return pg.value(assert(parse.expression(text)), { scope = SCOPE, use = use or "view", schema = "app" })
end

local function sql(text, use)
    local printed, reason = value(text, use)
    assert.is_nil(reason)
    return printed.sql
end

local NOW = "statement_timestamp() AT TIME ZONE 'UTC'"

describe("the present", function()
    it("is written with to_char where it has a fixed format", function()
        for text, format in pairs {
            ["CURRENT_TIMESTAMP"] = "YYYY-MM-DD HH24:MI:SS", ["current_date"] = "YYYY-MM-DD",
            ["CURRENT_TIME"] = "HH24:MI:SS", ["datetime('now')"] = "YYYY-MM-DD HH24:MI:SS",
            ["date()"] = "YYYY-MM-DD", ["time('NOW')"] = "HH24:MI:SS",
            ["strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"] = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"',
            ["strftime('%d.%m.%Y %%', 'now')"] = "DD.MM.YYYY %",
        } do
            local printed = value(text, "default")
            assert.equal(("to_char(%s, '%s')"):format(NOW, format), printed.sql)
            assert.same({ "exact", "stable", "text" }, { printed.outcome, printed.volatility, printed.kind })
        end
    end)

    it("is counted in whole seconds, as an integer or as a text", function()
        local seconds = "floor(extract(epoch FROM statement_timestamp()))::bigint"
        assert.equal(seconds, sql "unixepoch()")
        assert.equal(seconds .. "::text", sql "strftime('%s', 'now')")
        assert.equal("integer", value("unixepoch('now')").kind)
        assert.equal("text", value("strftime('%s', 'now')").kind)
    end)

    it("is an integer again where its seconds are calculated with", function()
        local seconds = "floor(extract(epoch FROM statement_timestamp()))::bigint"
        assert.equal(seconds, sql "CAST(strftime('%s', 'now') AS INTEGER)")
        assert.equal(seconds .. " * 1000", sql "strftime('%s', 'now') * 1000")
        assert.equal(seconds .. " > n", sql "strftime('%s', 'now') > n")
    end)

    it("is refused in words that SQLite learned later", function()
        for _, text in ipairs { "unixepoch('subsec')", "datetime('now', 'subsec')", "strftime('%F', 'now')",
            "date(at, '+0001-00-00')", "date('now', '+1 month', 'floor')" } do
            local _, reason = value(text)
            assert.matches("is of a later SQLite than 3.40$", reason)
        end
    end)

    it("moves by intervals where PostgreSQL arrives at the same day", function()
        assert.equal(("to_char((%s) + interval '-7 days', 'YYYY-MM-DD')"):format(NOW), sql "date('now', '-7 days')")
        assert.equal(("to_char(date_trunc('month', %s) + interval '1 month' + interval '-1 day', 'YYYY-MM-DD')")
            :format(NOW), sql "date('now', 'start of month', '+1 month', '-1 day')")
    end)

    it("moves by a runtime function where a month has fewer days or the way is too far", function()
        assert.equal("app.sqlite_current_date('now', '+1 month')", sql "date('now', '+1 month')")
        assert.equal("app.sqlite_current_date('now', '+999999 days')", sql "date('now', '+999999 days')")
        assert.equal("app.sqlite_current_strftime('%W', 'now')", sql "strftime('%W', 'now')")
    end)

    it("is local time with a note", function()
        local printed = value "datetime('now', 'localtime')"
        assert.equal("to_char(statement_timestamp()::timestamp, 'YYYY-MM-DD HH24:MI:SS')", printed.sql)
        assert.equal("changed", printed.outcome)
        assert.matches("time zone of the server's session", printed.notes[1])
    end)

    it("is refused where the result must always be the same", function()
        for _, use in ipairs { "check", "generated", "index" } do
            local _, reason = value("at < datetime('now')", use)
            assert.equal("datetime of 'now' is not always the same", reason)
            _, reason = value("datetime(at, 'localtime')", use)
            assert.equal("datetime of the local time is not always the same", reason)
        end
    end)
end)

describe("stored times", function()
    it("are computed by immutable functions in constraints", function()
        local printed = value("date(at, '+1 day') > '2020-01-01'", "check")
        assert.equal([[app.sqlite_date(at, '+1 day') COLLATE "C" > '2020-01-01']], printed.sql)
        assert.same({ sqlite_date = true }, printed.functions)
        assert.equal("immutable", printed.volatility)
    end)

    it("may be the word now in a query", function()
        assert.equal("app.sqlite_current_date(at)", sql "date(at)")
        assert.equal("app.sqlite_datetime(n, 'unixepoch')", sql "datetime(n, 'unixepoch')")
        assert.equal("app.sqlite_julianday('2000-01-01')", sql "julianday('2000-01-01')")
    end)

    it("have NULL for a NULL", function()
        assert.equal("null", value("date(NULL, '+1 day')").kind)
        assert.equal("null", value("date(at, NULL)").kind)
        assert.equal("null", value("strftime(NULL, at)").kind)
    end)

    it("are no blobs", function()
        local _, reason = value "date(data)"
        assert.equal("a blob is taken for a time", reason)
    end)
end)
