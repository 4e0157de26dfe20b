-- The way back while something else happens: rows change, the tables are asked for by others, the server goes away, a
-- signal comes, the disk is full. A file is there when it is complete, or not at all.
local h = require "tests.support.harness"
local there_and_back = require "tests.support.there_and_back"

describe("a way back that is disturbed", function()
    after_each(h.cleanup)

    local function directory()
        return h.subdirectory "back"
    end

    local function path()
        return directory() .. "/out.db"
    end

    local function listing()
        return h.process.shell("ls -A " .. directory())
    end

    -- A database in which the first row of the first table takes some seconds to be read.
    local function slow_database()
        local database = h.database()
        h.sql(database, [[CREATE TYPE slow AS (q tsquery);
            CREATE FUNCTION slow_text(slow) RETURNS text LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_catalog.pg_sleep(2.5); RETURN 'slow'; END $$;
            CREATE CAST (slow AS text) WITH FUNCTION slow_text(slow);
            CREATE TABLE a (s slow); INSERT INTO a VALUES (ROW('x'));
            CREATE TABLE b (id int PRIMARY KEY, v text); INSERT INTO b VALUES (1, 'one'), (2, 'two')]])
        return database
    end

    local function start(database, more)
        local running = h.start { "run", h.url(database), path(), more }
        local pid = h.process.wait(20, function()
            local found = h.sql(database, ("SELECT pid FROM pg_stat_activity WHERE datname = '%s' "
                .. "AND wait_event = 'PgSleep'"):format(database))
            return found ~= "" and found
        end)
        assert(pid, "the run did not come to its slow row")
        assert.is_nil(h.process.read(path()))
        return running, pid
    end

    it("sees nothing of what changes meanwhile, and keeps its tables from being emptied", function()
        local database = slow_database()
        local running = start(database)
        h.sql(database, "UPDATE b SET v = 'changed'; DELETE FROM b WHERE id = 2; INSERT INTO b VALUES (3, 'new'); "
            .. "INSERT INTO a SELECT * FROM a")
        assert.has_error(function() h.sql(database, "SET lock_timeout = '100ms'; TRUNCATE b") end)
        local result = running:finish(30)
        assert.equal(0, result.code, result.said)
        assert.equal("1|one\n2|two", h.sqlite(path(), "SELECT * FROM b ORDER BY id;"))
        assert.equal("slow", h.sqlite(path(), "SELECT s FROM a;"))
    end)

    for signal, code in pairs { INT = 130, TERM = 143 } do
        it("leaves nothing when it is interrupted by SIG" .. signal, function()
            local running = start(slow_database())
            running:kill(signal)
            local result = running:finish(h.PROMPT)
            assert.equal(code, result.code, result.said)
            assert.equal("", listing())
        end)
    end

    it("leaves no file of this name when it is killed, and what it left goes with the next run", function()
        local database = slow_database()
        local running = start(database)
        running:kill "KILL"
        running:finish(h.PROMPT)
        assert.is_nil(h.process.read(path()))
        h.sql(database, "DROP TABLE a")
        h.run(0, { h.url(database), path() })
        assert.equal("out.db", listing())
        assert.same({ "b" }, there_and_back.tables(path()))
    end)

    it("ends when its session does, with nothing left", function()
        local database = slow_database()
        local running, pid = start(database, "--json")
        h.sql(database, ("SELECT pg_terminate_backend(%s)"):format(pid))
        local result = running:finish(h.PROMPT)
        assert.equal(3, result.code, result.said)
        assert.same({ "connection", "a" }, { result.json.error.kind, result.json.error.table })
        assert.matches("run it again", result.json.error.hint)
        assert.equal("", listing())
    end)

    it("goes on when the session ends that only keeps the snapshot", function()
        local database = slow_database()
        local running, pid = start(database)
        h.sql(database, ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s' AND pid NOT IN "
            .. "(%s, pg_backend_pid())"):format(database, pid))
        h.sql(database, "INSERT INTO b VALUES (3, 'new')")
        local result = running:finish(30)
        assert.equal(0, result.code, result.said)
        assert.equal("2", h.sqlite(path(), "SELECT count(*) FROM b;"))
    end)

    it("ends when the disk is full, with nothing left", function()
        local database = h.database()
        h.sql(database, "CREATE TABLE t AS SELECT n, repeat('x', 1000) AS v FROM generate_series(1, 2000) n")
        local limited = h.path "limited"
        h.process.write(limited, ("#!/bin/sh\ntrap '' XFSZ\nulimit -f 512\nexec %s \"$@\"\n"):format(
            os.getenv "WHERRY" or h.process.shell "pwd" .. "/build/wherry"))
        h.process.shell("chmod +x " .. limited)
        h.command(limited)
        local result = h.run(3, { h.url(database), path() })
        assert.equal("environment", result.json.error.kind, result.said)
        assert.equal("", listing())
    end)
end)
