-- Defaults: the same value on both sides, or a receipt that says why not.
local defaults = require "wherry.schema.defaults"
local harness = require "tests.support.harness"
local process = require "tests.support.process"
local scope = require "wherry.expr.pg.scope"
local sqlite_query = require "tests.support.sqlite_query"
local types = require "wherry.schema.types"

local function translate(sql, affinity, type)
    return defaults.translate({ schema = "public", functions = {} }, sql,
        { name = "v", type = types[type], kind = scope.kind_of(types[type]), affinity = affinity })
end

describe("defaults.translate", function()
    it("writes numbers as the target type takes them", function()
        assert.equal("5", (translate("5", "integer", "bigint")))
        assert.equal("-5", (translate("- 5", "integer", "bigint")))
        assert.equal("5", (translate("+5", "integer", "bigint")))
        assert.equal("5", (translate("- -5", "integer", "bigint")))
        assert.equal("-9223372036854775808", (translate("-9223372036854775808", "integer", "bigint")))
        assert.equal("255", (translate("0xFF", "integer", "bigint")))
        assert.equal("-1", (translate("0xFFFFFFFFFFFFFFFF", "integer", "bigint")))
        assert.equal("0.1", (translate(".1", "real", "double")))
        assert.equal("0.30000000000000004", (translate("0.30000000000000004", "real", "double")))
        assert.equal("'Infinity'", (translate("9e999", "real", "double")))
        assert.equal("1.5", (translate("((1.5))", "numeric", "numeric")))
    end)

    it("heeds the affinity that stores the value", function()
        assert.equal("0", (translate("'0'", "integer", "bigint")))
        assert.equal("1000", (translate("' 1e3 '", "integer", "bigint")))
        assert.equal("3", (translate("3.0", "numeric", "bigint")))
        assert.equal("'5'", (translate("5", "text", "text")))
        assert.equal("'1.5'", (translate("1.50", "text", "text")))
        assert.equal("'1.0e+20'", (translate("1e20", "text", "text")))
        assert.equal("'007'", (translate("'007'", "text", "text")))
    end)

    it("makes booleans of 0, 1, TRUE, FALSE and of words", function()
        for sql, value in pairs({ ["0"] = "false", ["1"] = "true", TRUE = "true", ["false"] = "false",
            ["'1'"] = "true" }) do
            local text, outcome = translate(sql, "numeric", "boolean")
            assert.same({ value, "exact" }, { text, outcome })
        end
        for sql, value in pairs({ ["'false'"] = "false", ["'T'"] = "true", ["'off'"] = "false" }) do
            local text, outcome, note = translate(sql, "numeric", "boolean")
            assert.same({ value, "changed" }, { text, outcome })
            assert.is_string(note)
        end
    end)

    it("quotes texts and blobs", function()
        assert.equal("'it''s'", (translate("'it''s'", "text", "text")))
        assert.equal("E'a\\\\b'", (translate("'a\\b'", "text", "text")))
        assert.equal("E'\\\\x00ff'", (translate("X'00FF'", "blob", "bytea")))
        assert.equal("E'\\\\x6162'", (translate("'ab'", "blob", "bytea")))
    end)

    it("writes the current time as text in UTC", function()
        assert.matches("YYYY%-MM%-DD HH24:MI:SS", (translate("CURRENT_TIMESTAMP", "text", "text")))
        -- SQLite's CURRENT_TIMESTAMP is the statement's moment; now() would be the transaction's.
        assert.matches("statement_timestamp", (translate("CURRENT_TIMESTAMP", "text", "text")))
        assert.matches("'YYYY%-MM%-DD'", (translate("(current_date)", "numeric", "text")))
        assert.matches("'HH24:MI:SS'", (translate("Current_Time", "text", "text")))
    end)

    it("leaves NULL out and calls it exact", function()
        assert.same({ nil, "exact" }, { translate("NULL", "text", "text") })
        assert.same({ nil, "exact" }, { translate("(null)", "integer", "bigint") })
    end)

    it("writes times, dates, UUIDs and JSON for their types", function()
        local uuid = "'6F9619FF-8B86-D011-B42D-00C04FC964FF'"
        for _, case in ipairs({
            { "'2024-02-29'", "date", "'2024-02-29'" }, { "'2024-01-02 03:04:05'", "timestamptz",
                "'2024-01-02 03:04:05+00'" },
            { "'2024-01-02T03:04:05.123Z'", "timestamptz", "'2024-01-02T03:04:05.123Z'" },
            { "'2024-01-02 03:04:05-03:30'", "timestamptz", "'2024-01-02 03:04:05-03:30'" }, { uuid, "uuid", uuid },
            { "'{}'", "jsonb", "'{}'" }, { "CURRENT_TIMESTAMP", "timestamptz", "statement_timestamp()" },
        }) do
            assert.same({ case[3], "exact" }, { translate(case[1], "numeric", case[2]) }, case[1])
        end
        for _, case in ipairs({
            { "'2023-02-29'", "date" }, { "'now'", "date" }, { "'2024-01-02 24:00:00'", "timestamptz" },
            { "'infinity'", "timestamptz" }, { "5", "timestamptz" }, { "'6F9619FF-8B86'", "uuid" },
            { "'2024-01-02'", "timestamptz" },
        }) do
            local text, outcome = translate(case[1], "numeric", case[2])
            assert.same({ nil, "not_carried" }, { text, outcome }, case[1])
        end
    end)

    it("gives expressions to the printer, in parentheses where PostgreSQL wants them", function()
        assert.equal("3", (translate("1 + 2", "integer", "bigint")))
        assert.equal("3", (translate("(1)+(2)", "integer", "bigint")))
        assert.equal("(1 = 1)::integer", (translate("1 = 1", "integer", "bigint")))
        assert.equal("(1 = 1)", (translate("1 = 1", "numeric", "boolean")))
        assert.equal("floor(extract(epoch FROM statement_timestamp()))::bigint",
            (translate("strftime('%s', 'now')", "integer", "bigint")))
        local text, outcome, note = translate("unixepoch() * 1000", "integer", "bigint")
        assert.equal("(floor(extract(epoch FROM statement_timestamp()))::bigint * 1000)", text)
        assert.same({ "exact" }, { outcome, note })
    end)

    it("does not carry what PostgreSQL cannot give or hold, and says so", function()
        for _, case in ipairs({
            { "sha3('x')", "text", "text" }, { "datetime('now')", "integer", "bigint" },
            { "a", "text", "text" }, { "'abc'", "integer", "bigint" }, { "1.5", "integer", "bigint" },
            { "9223372036854775808", "integer", "bigint" }, { "x'00'", "text", "text" }, { "5", "blob", "bytea" },
            { "CURRENT_TIMESTAMP", "numeric", "bigint" }, { "2", "numeric", "boolean" },
            { "'maybe'", "numeric", "boolean" }, { "9007199254740993", "numeric", "double" },
            { "'\xff'", "text", "text" }, { "1 + 1", "numeric", "boolean" },
        }) do
            local text, outcome, note = translate(table.unpack(case))
            assert.same({ nil, "not_carried" }, { text, outcome }, case[1])
            assert.is_string(note)
        end
    end)
end)

describe("defaults on both sides", function()
    local directory
    setup(function()
        directory = process.directory "defaults"
    end)
    teardown(function()
        os.execute("rm -rf " .. process.quote(directory))
        harness.cleanup()
    end)

    local cases = {
        { "INTEGER", "integer", "bigint", { "0", "-1", "'12'", "' 7 '", "'1.'", "1e3", "0x10", "TRUE", "'1e2'",
            "9223372036854775807", "-9223372036854775808" } },
        { "REAL", "real", "double", { "0", "1500", "0.1", "'.5'", "1e-320", "1.7976931348623157e308", "-0.5", "9e999",
            "'1e1'",
            "9007199254740993", "1e22", "123456789012345678" } },
        { "TEXT", "text", "text", { "'x'", "''", "'it''s \\ \"'", "5", "-1.5", "1e20", "1e15", "123456789.125", "0.1",
            "1e-7",
            "TRUE", "x", "'größe'", "-0.0", "100000000000000.0", "1e100" } },
        { "BLOB", "blob", "bytea", { "x''", "x'00ff'", "'text'" } },
        { "NUMERIC", "numeric", "numeric", { "1.1", "12345678901234567890", "'1.50'", "1e3", "-7", "1e-10" } },
        { "BOOLEAN", "numeric", "boolean", { "0", "1", "'0'", "TRUE", "FALSE" } },
    }
    -- How each side shows a value, so that equal values give equal text.
    local shown_here = { bigint = "CAST(v AS TEXT)", double = "hex(ieee754_to_blob(v))", text = "hex(v)",
        bytea = "hex(v)", numeric = "hex(ieee754_to_blob(CAST(v AS REAL)))",
            boolean = "CASE v WHEN 0 THEN 'false' ELSE 'true' END" }
    local shown_there = { bigint = "v::text", double = "upper(encode(float8send(v), 'hex'))",
        text = "upper(encode(convert_to(v, 'UTF8'), 'hex'))",
        bytea = "upper(encode(v, 'hex'))", numeric = "upper(encode(float8send(v::float8), 'hex'))",
        boolean = "v::text" }

    it("are the same value", function()
        local here, there, count = {}, {}, 0
        for _, case in ipairs(cases) do
            local declared, affinity, type, texts = table.unpack(case)
            for _, text in ipairs(texts) do
                count = count + 1
                local script = "CREATE TABLE t%d(k INT, v %s DEFAULT %s); INSERT INTO t%d(k) VALUES(1);"
                here[#here + 1] = script:format(count, declared, text, count)
                local sql, outcome = translate(text == "x" and "'x'" or text, affinity, type)
                assert.equal("exact", outcome, text)
                there[#there + 1] = script:format(count, types[type].display, sql, count)
            end
        end
        local query = sqlite_query.open(sqlite_query.database(directory, table.concat(here, "\n")))
        local database = harness.database()
        harness.sql(database, table.concat(there, "\n"))
        count = 0
        for _, case in ipairs(cases) do
            for _, text in ipairs(case[4]) do
                count = count + 1
                local type = case[3]
                local a = query(("SELECT %s AS v FROM t%d"):format(shown_here[type], count))[1].v
                local b = harness.sql(database, ("SELECT %s FROM t%d"):format(shown_there[type], count))
                assert.equal(a, b, type .. " " .. text)
            end
        end
    end)
end)
