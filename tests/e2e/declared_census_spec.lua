-- Tables that are there, and a plan that says nothing of their times and UUIDs: a census tells how the values are
-- stored, the server's own arithmetic says what they have to be; what the values do not tell is asked.
local h = require "tests.support.harness"

describe("stored forms by census", function()
    after_each(h.cleanup)

    -- A million seconds apart, from 1995 to 2058, and to the millisecond.
    local ROWS = [[WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000),
        m(n, ms) AS (SELECT n, 800000000000 + n * 1000000007 FROM c)]]

    local SOURCE = [[CREATE TABLE seen(id INTEGER PRIMARY KEY, s REAL, ms, us INTEGER, ns TEXT, jd REAL, go TEXT,
            iso TEXT, made BLOB, guid BLOB, none);]] .. ROWS .. [[
        INSERT INTO seen SELECT n, ms / 1000.0, ms, ms * 1000, ms * 1000000, julianday(ms / 1000.0, 'unixepoch'),
            strftime('%Y-%m-%d %H:%M:%f', ms / 1000.0 + 12600, 'unixepoch') || ' +0330 +0330 m=+1.25',
            strftime('%Y-%m-%dT%H:%M:%fZ', ms / 1000.0, 'unixepoch'), NULL, NULL, NULL FROM m;]]

    local TARGET = [[CREATE TABLE seen(id int PRIMARY KEY, s timestamptz, ms timestamptz, us timestamp, ns timestamptz,
        jd timestamptz, go timestamptz, iso timestamptz, made uuid, guid uuid, none date)]]

    -- Version 4 as it is and in .NET's order, with the row's number at both ends.
    local function source()
        local parts = { SOURCE }
        for n = 1, 2000 do
            local low, high = n * 7919 % 256, n * 104729 % 256
            parts[#parts + 1] = ("UPDATE seen SET made = x'%08x%04x4%03x80%02x0000%08x', guid = x'%08x%04x%02x4%x80%02x"
                .. "0000%08x' WHERE id = %d;"):format(n, low, high, high, n, n, low, high, n % 16, high, n, n)
        end
        return h.source("BEGIN;" .. table.concat(parts, "\n") .. "COMMIT;")
    end

    local function script(file, database, more)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, %s }]]):format(file, h.url(database), more or ""))
    end

    -- How many rows there are, and how many of them are not what they have to be.
    local WRONG = [[SELECT count(*), count(*) FILTER (WHERE s <> at OR ms <> at OR us AT TIME ZONE 'UTC' <> at
            OR ns <> at OR jd <> at OR go <> at OR iso <> at OR none IS NOT NULL
            OR right(made::text, 8) <> lpad(to_hex(id), 8, '0') OR substr(made::text, 15, 1) <> '4'
            OR left(made::text, 8) <> lpad(to_hex(id), 8, '0') OR substr(guid::text, 15, 1) <> '4'
            OR left(guid::text, 8) <> right(to_hex((id & 255)::bigint * 16777216 + (id >> 8) * 65536 + 4294967296), 8))
        FROM (SELECT *, timestamptz '1970-01-01 00:00:00+00'
            + (800000000000 + id::bigint * 1000000007) * interval '1 millisecond' AS at FROM seen) AS t]]

    it("are taken where all values speak for one, in odd zones, with a receipt", function()
        local database = h.database()
        h.sql(database, TARGET)
        h.sql(database, ("ALTER DATABASE %s SET timezone = 'Asia/Kathmandu'"):format(database))
        local file = source()
        local plan = script(file, database)
        local shown = h.wherry({ "plan", plan }, { env = { TZ = "Pacific/Chatham", PGTZ = "America/St_Johns" } })
        assert.equal(0, shown.code, shown.said)
        for _, words in ipairs {
            "    ms timestamp with time zone <- ms, stored as unix_ms; 2,000 integers from 8.01e11 to 2.8e12 "
                .. "(1995-05-20 to 2058-09-23): unix_ms by census\n",
            "    jd timestamp with time zone <- jd, stored as julian; 2,000 reals from ",
            "    us timestamp without time zone <- us, stored as unix_us; ",
            "    ns timestamp with time zone <- ns, stored as unix_ns; 2,000 integers (2,000 as text) from ",
            "    go timestamp with time zone <- go, stored as go; 2,000 texts of Go's Time.String(), first ",
            "    iso timestamp with time zone <- iso\n",
            "    made uuid <- made, stored as uuid; 2,000 blobs of 16 bytes",
            "    guid uuid <- guid, stored as uuid_net; ", "-- column seen.ms: exact: 2,000 integers",
        } do
            assert.is_truthy(shown.stdout:find(words, 1, true), words .. "\n" .. shown.stdout)
        end
        h.run(0, { plan }, { env = { TZ = "Pacific/Chatham", PGTZ = "America/St_Johns" } })
        assert.equal("2000|0", h.sql(database, WRONG))
    end)

    it("are asked for where values do not tell, and nothing is written", function()
        local database = h.database()
        h.sql(database, "CREATE TABLE seen(id int PRIMARY KEY, a timestamptz, b timestamptz, c date, d uuid)")
        local file = h.source [[CREATE TABLE seen(id INTEGER PRIMARY KEY, a, b, c, d);
            INSERT INTO seen VALUES (1, 1700000000000, 700000000.5, 19700, x'00112233445547668899aabbccddeeff'),
                (2, '2024-01-01 00:00:00', NULL, NULL, NULL), (3, 1700000000, 710000000, 19701, NULL);]]
        local result = h.run(4, { script(file, database) })
        local found = {}
        for _, finding in ipairs(result.json.findings) do
            assert.equal("stored_form", finding.code)
            found[finding.column] = finding.reason .. " / " .. finding.hint
        end
        assert.matches("1 integer: 1.7e12 (unix_ms: 2023-11-14); 1 integer: 1.7e9 (unix: 2023-11-14); 1 text in ISO, "
            .. 'first "2024-01-01 00:00:00"', found.a, 1, true)
        assert.matches('columns = { a = { stored = "unix_ms" } } declares it', found.a, 1, true)
        assert.matches("unix (1992-03-07 to 1992-07-01), core_data (2023-03-08 to 2023-07-02)", found.b, 1, true)
        assert.matches("2 integers from 19700 to 19701", found.c, 1, true)
        assert.matches('stored = "uuid_net"', found.d, 1, true)
        assert.equal("relation seen\nrelation seen_pkey", h.objects(database))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM seen"))
        -- declared, the same rows go in
        h.sqlite(file, "DELETE FROM seen WHERE id > 1;")
        h.run(0, { script(file, database, [[tables = { seen = { columns = { a = { stored = "unix_ms" },
            b = { stored = "core_data" }, d = { stored = "uuid_net" } }, skip = { c = "days" } } }]]) })
        assert.equal("2023-11-14 22:13:20+00|2023-03-08 20:26:40.5+00|33221100-5544-6647-8899-aabbccddeeff",
            h.sql(database, "SELECT a, b, d FROM seen"))
    end)

    it("look at the rows that the plan carries, and only these", function()
        local database = h.database()
        h.sql(database, "CREATE TABLE seen(id int PRIMARY KEY, a timestamptz)")
        local file = h.source [[CREATE TABLE seen(id INTEGER PRIMARY KEY, a);
            INSERT INTO seen VALUES (1, 1700000000000), (2, 'n/a'), (3, 1700000000001);]]
        h.run(0, { script(file, database, [[tables = { seen = { where = "typeof(a) = 'integer'" } }]]) })
        assert.equal("2023-11-14 22:13:20.001+00", h.sql(database, "SELECT max(a) FROM seen"))
    end)
end)
