-- Columns whose stored form the plan declares, into tables that are there: the server's own arithmetic says what the
-- values have to be, and a value of another form stops the load.
local h = require "tests.support.harness"

describe("declared columns", function()
    after_each(h.cleanup)

    -- Milliseconds since 1970 from 1881 to 2058; SQLite's own functions make the other forms of them.
    local SOURCE = [[CREATE TABLE seen(id INTEGER PRIMARY KEY, made_at, day REAL, local_at TEXT, ticks INTEGER, go TEXT,
            apple REAL, guid BLOB, said TEXT);
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000),
            m(n, ms) AS (SELECT n, (n - 1000) * 2799999713 FROM c)
        INSERT INTO seen SELECT n, ms, julianday(ms / 1000.0, 'unixepoch'),
            strftime('%Y-%m-%d %H:%M:%f', ms / 1000.0 + 7200, 'unixepoch'), 621355968000000000 + ms * 10000,
            strftime('%Y-%m-%d %H:%M:%f', ms / 1000.0 + 3600, 'unixepoch') || ' +0100 CET m=+0.5',
            ms / 1000.0 - 978307200, x'33221100554477668899aabbccddeeff', 'text ' || n FROM m;]]

    local TARGET = [[CREATE TABLE seen(id int PRIMARY KEY, made_at timestamptz, at_day timestamptz,
        local_at timestamptz, ticks_at timestamp, go_at timestamptz, apple timestamptz, guid uuid, said text)]]

    local COLUMNS = [[columns = { at_day = { from = "day", stored = "julian" }, local_at = { zone = "+02:00" },
        ticks_at = { from = "ticks", stored = "ticks" }, go_at = { from = "go", stored = "go" },
        apple = { stored = "core_data" }, guid = { stored = "uuid_net" } }]]

    local function prepare(more, target)
        local file, database = h.source(SOURCE .. (more or "")), h.database()
        h.sql(database, target or TARGET)
        return database, h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, columns = { ["*_at"] = { stored = "iso" },
                made_at = { stored = "unix_ms" } }, tables = { seen = { %s } } }]]):format(file, h.url(database),
            COLUMNS))
    end

    -- How many rows there are, and how many of them are not what they have to be.
    local WRONG = [[SELECT count(*), count(*) FILTER (WHERE made_at <> at OR at_day <> at OR local_at <> at
            OR ticks_at AT TIME ZONE 'UTC' <> at OR go_at <> at OR apple <> at
            OR guid <> '00112233-4455-6677-8899-aabbccddeeff') FROM
        (SELECT *, timestamptz '1970-01-01 00:00:00+00'
            + (id::bigint - 1000) * 2799999713 * interval '1 millisecond' AS at FROM seen) AS t]]

    it("arrive as the moments that they mean", function()
        local database, script = prepare()
        h.run(0, { script })
        assert.equal("2000|0", h.sql(database, WRONG))
    end)

    it("arrive as such through text COPY", function()
        local database, script = prepare("UPDATE seen SET said = 'a & b';", (TARGET:gsub("said text", "said tsquery")))
        h.run(0, { script })
        assert.equal("2000|0", h.sql(database, WRONG))
        assert.matches("text COPY", h.wherry { "plan", script }.said)
    end)

    it("stop the load at a value of another form, and nothing is lost", function()
        local database, script = prepare "UPDATE seen SET made_at = '2024-02-29 12:00:00' WHERE id = 1500;"
        local result = h.run(5, { script, "--batch-size=500" })
        local fault = result.json.error
        assert.same({ "seen", "made_at" }, { fault.table, fault.column })
        assert.same({ class = "text", text = "2024-02-29 12:00:00" }, fault.value)
        assert.matches("1500", fault.key)
        assert.matches("declared to hold unix_ms", fault.message)
        local there = tonumber(h.sql(database, "SELECT count(*) FROM seen"))
        assert.equal(("%d|0"):format(there), h.sql(database, WRONG))
    end)

    it("stand in the plan, and are findings where a type has no use for them", function()
        local database, script = prepare()
        local shown = h.wherry { "plan", script }
        assert.equal(0, shown.code, shown.said)
        for _, words in ipairs { "made_at timestamp with time zone <- made_at, stored as unix_ms\n",
            "local_at timestamp with time zone <- local_at, stored as iso, zone +02:00\n",
            "guid uuid <- guid, stored as uuid_net\n", "said text <- said\n" } do
            assert.is_truthy(shown.stdout:find(words, 1, true), shown.stdout)
        end
        h.sql(database, "ALTER TABLE seen ALTER made_at TYPE text")
        local result = h.run(4, { script })
        assert.equal("stored_type", result.json.findings[1].code)
    end)
end)
