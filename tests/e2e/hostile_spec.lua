-- Surroundings that work against a run: settings of database and session, odd file names, names made to harm a
-- terminal, locks, signals in every phase.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("in hostile surroundings", function()
    after_each(h.cleanup)

    local VALUES = [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, d DATETIME, b BLOB, r REAL);
        INSERT INTO t VALUES (1, 'a\b''c', '2024-02-01 03:04:05', x'00ff5c', 0.1), (2, NULL, NULL, NULL, -1e-300),
            (3, '', '2024-12-31 23:59:59.999999', x'', 1e15);]]

    it("settings of the database and the session change no value", function()
        local settings = { "DateStyle = 'SQL, DMY'", "TimeZone = 'Asia/Tokyo'", "bytea_output = 'escape'",
            "standard_conforming_strings = off", "search_path = 'nowhere'", "extra_float_digits = -15",
            "default_transaction_isolation = 'serializable'", "quote_all_identifiers = on" }
        local file, existing, created = h.source(VALUES), h.database(), h.database()
        h.sql(existing, "CREATE TABLE t(id int PRIMARY KEY, v text, d timestamptz, b bytea, r float8)")
        for _, database in ipairs { existing, created } do
            for _, setting in ipairs(settings) do
                h.sql("postgres", ("ALTER DATABASE %s SET %s"):format(database, setting))
            end
            h.run(0, { file, h.url(database) }, { env = { PGTZ = "America/New_York", PGDATESTYLE = "German",
                PGCLIENTENCODING = "LATIN1" } })
            h.sql("postgres", ("ALTER DATABASE %s RESET ALL"):format(database))
            compare.table(database, file, "t")
        end
    end)

    it("a database that only may be read is told as such, with nothing written", function()
        local file, database = h.source(VALUES), h.database()
        h.sql("postgres", ("ALTER DATABASE %s SET default_transaction_read_only = on"):format(database))
        local result = h.wherry { "run", file, h.url(database), "--json" }
        assert.is_true(result.code == 3 or result.code == 4, result.said)
        assert.matches("read%-only", result.json.error.message)
    end)

    it("file names are file names, whatever SQLite's URIs make of them", function()
        for _, name in ipairs { "weird?mode=memory.db", "100%41.db", "a#b.db", "sp ace.db", "-dash.db", "new\nline.db",
            "ü.db", "file:x.db", "q'uote.db" } do
            local file, database = h.source("CREATE TABLE t(x INTEGER); INSERT INTO t VALUES (42);", name), h.database()
            local result = h.run(0, { file, h.url(database) })
            assert.equal("42", h.sql(database, "SELECT x FROM t"), name)
            assert.equal(file, result.json.sources[1].path)
        end
    end)

    it("Ctrl-C while the command line is loaded is an interruption as any other", function()
        local file, database = h.source(VALUES), h.database()
        for _, module in ipairs { "wherry.core", "wherry.report" } do
            local result = h.wherry({ "run", file, h.url(database), "--json" }, { env = { LUA_INIT = ([[
                local load = require
                function require(name)
                    if name == "%s" then
                        require = load
                        io.popen("kill -INT $PPID"):close()
                    end
                    return load(name)
                end]]):format(module) } })
            assert.equal(130, result.code, result.said)
            assert.equal("interrupted", result.json.status)
            assert.not_matches("traceback", result.stderr)
        end
    end)

    it("a pipe or a device as source is refused, and not waited for", function()
        local pipe = h.subdirectory "pipes" .. "/fifo.db"
        h.process.shell("mkfifo " .. pipe)
        for _, path in ipairs { pipe, "/dev/null", "/dev/zero" } do
            assert.is_true(h.run(3, { path, h.url(h.database()) }, { timeout = 30 }).seconds < h.PROMPT)
        end
    end)

    it("names with escape sequences reach no terminal, names that are not UTF-8 no document", function()
        local red = h.source("CREATE TABLE \"a\27[31mred\"(id INTEGER PRIMARY KEY, v TEXT); "
            .. "INSERT INTO \"a\27[31mred\" VALUES (1, 'x' || char(27) || char(0));")
        local plain = h.wherry { "run", red, h.url(h.database()) }
        assert.equal(5, plain.code, plain.said)
        assert.is_nil((plain.stdout .. plain.stderr):find("\27", 1, true))

        local broken, database = h.source("CREATE TABLE \"bad\xff\xfe\"(id INTEGER PRIMARY KEY, \"c\xc3\" TEXT); "
            .. "INSERT INTO \"bad\xff\xfe\" VALUES (1, 'x');"), h.database()
        local result = h.wherry { "run", broken, h.url(database), "--json" }
        assert.is_truthy(utf8.len(result.stdout), "the document is not UTF-8")
        assert.is_true(result.code == 0 or result.code == 4, result.said)
        if result.code == 4 then
            assert.equal("", h.objects(database))
        else
            assert.equal("1", h.sql(database, "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^bad'"))
            assert.is_true(#ledger.objects(result.json, "bad") > 0)
        end
    end)

    it("Ctrl-C ends the wait for a table that somebody else has locked", function()
        local file, database = h.source(VALUES), h.database()
        h.sql(database, "CREATE TABLE t(id int PRIMARY KEY, v text, d timestamptz, b bytea, r float8)")
        local psql = assert(io.popen("psql -Xq " .. h.process.quote(h.url(database)), "w"))
        psql:write "BEGIN; LOCK t IN ACCESS EXCLUSIVE MODE;\n"
        psql:flush()
        assert(h.process.wait(5, function()
            return h.sql("postgres", "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted")
                ~= "0"
        end))
        local running = h.start { "run", file, h.url(database), "--json" }
        h.process.sleep(0.5)
        assert.is_true(running:running())
        local at = h.process.clock()
        running:kill "INT"
        local result = running:finish(20)
        local took = h.process.clock() - at
        psql:write "ROLLBACK;\n"
        psql:close()
        assert.equal(130, result.code, result.said)
        assert.is_true(took < h.PROMPT, took .. " s")
        assert.equal("0", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("Ctrl-C in any phase ends within a second, and the run goes on from there", function()
        local file = h.source [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, f BOOLEAN, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200000)
            INSERT INTO t SELECT n, n, n % 2, 'row ' || n FROM c;
            CREATE INDEX t_v ON t(v); CREATE UNIQUE INDEX t_n ON t(n);]]
        local whole = h.run(0, { file, h.url(h.database()) }).seconds
        local interrupted = 0
        for part = 1, 5 do
            local database = h.database()
            local running = h.start { "run", file, h.url(database), "--json" }
            h.process.sleep(whole * part / 6)
            local at = h.process.clock()
            running:kill "INT"
            local result = running:finish(20)
            assert.is_true(h.process.clock() - at < h.PROMPT, "took too long" .. result.said)
            assert.is_true(result.code == 130 or result.code == 0, result.said)
            if result.code == 130 then
                interrupted = interrupted + 1
                h.run(0, { file, h.url(database), "--resume" })
            end
            assert.equal("200000|20000100000|3", h.sql(database, [[SELECT count(*), sum(n),
                (SELECT count(*) FROM pg_indexes WHERE tablename = 't') FROM t]]))
        end
        assert.is_true(interrupted >= 2, "too few runs were interrupted: " .. interrupted)
    end)
end)
