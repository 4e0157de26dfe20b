-- Dead runs, and two at once: what the server goes on with behind a dead client, one that is cut off, a second run.
-- Going on never doubles, and never refuses a run that was killed a moment ago.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local faults = require "tests.support.faults"
local faults_proxy = require "tests.support.faults_proxy"
local server = require "tests.support.server"

describe("a run", function()
    after_each(h.cleanup)

    local ROWS = 40

    ---A source, and a target that needs `pause` seconds a row for an index, or a step.
    local function prepared(pause, more)
        local file, database = h.source(([[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)
            INSERT INTO t SELECT n, 'value ' || n FROM c;]]):format(ROWS)), h.database()
        h.sql(database, ([[CREATE TABLE t(id bigint, v text);
            CREATE FUNCTION slow(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
                $$ BEGIN PERFORM pg_sleep(%g); RETURN $1; END $$;]]):format(pause) .. more)
        return file, database
    end

    local INDEX = "CREATE INDEX slowly ON t (slow(v)); CREATE UNIQUE INDEX once ON t (id);"
    local STEPS = [[CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM slow(clock_timestamp()::text); RETURN NULL; END $$;
        CREATE TRIGGER pause BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION pause();]]

    local function quick(database)
        h.sql(database, [[CREATE OR REPLACE FUNCTION slow(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
            $$ BEGIN RETURN $1; END $$]])
    end

    local function at_sleep(database)
        return h.sql(database, [[SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'
            AND datname = current_database()]]) ~= "0"
    end

    local function wait_until(ready, what)
        assert(h.process.wait(20, ready), what)
    end

    local function killed(running)
        running:kill "KILL"
        wait_until(function() return not running:running() end, "it did not die")
    end

    local function whole(file, database)
        compare.table(database, file, "t")
        assert.equal(("%d|%d"):format(ROWS, ROWS), h.sql(database, "SELECT count(*), count(DISTINCT id) FROM t"))
        assert.equal("done", h.sql(database, "SELECT DISTINCT state FROM wherry.run WHERE state <> 'removed'"))
    end

    local function has_indexes(database)
        assert.equal("CREATE UNIQUE INDEX once ON public.t USING btree (id)\n"
            .. "CREATE INDEX slowly ON public.t USING btree (slow(v))", h.sql(database,
                "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1 DESC"))
    end

    it("that was killed during CREATE INDEX, which goes on in the server, is gone on with at once", function()
        local file, database = prepared(0.5, INDEX)
        local running = h.start({ "run", file, h.url(database) }, { keeps = true })
        wait_until(function() return at_sleep(database) end, "no index was begun")
        killed(running)
        assert.is_true(at_sleep(database), "the server noticed too early")
        quick(database)
        local at = h.process.clock()
        h.run(0, { file, h.url(database), "--resume" })
        assert.is_true(h.process.clock() - at < 3 * h.PROMPT, "took " .. h.process.clock() - at)
        whole(file, database)
        has_indexes(database)
        assert.is_false(at_sleep(database))
    end)

    it("whose dead sessions do not notice their end by themselves ends them", function()
        local file, database = prepared(0.5, INDEX)
        local running = h.start({ "run", file, h.url(database) }, { keeps = true })
        wait_until(function() return at_sleep(database) end, "no index was begun")
        killed(running)
        -- An earlier server does not look after its client: one more session, as that would leave it.
        local argv = ("PGAPPNAME='wherry run 1' %s -XAtq %s >%s 2>&1"):format(server.program "psql",
            h.process.quote(h.url(database)), h.path "orphan")
        local orphan = assert(io.popen(argv, "w"))
        wait_until(function() return not at_sleep(database) end, "the server did not notice")
        orphan:write "BEGIN; SELECT count(*) FROM (SELECT FROM wherry.object FOR UPDATE) AS o; SELECT pg_sleep(600);\n"
        orphan:flush()
        wait_until(function() return at_sleep(database) end, "there is no orphan")
        quick(database)
        local result = h.run(0, { file, h.url(database), "--resume" })
        assert.matches("ends server process %d+, which a dead run has left behind: .*pg_sleep", result.stderr)
        orphan:close()
        whole(file, database)
        has_indexes(database)
    end)

    it("that was killed during CREATE INDEX is taken back with --restart, index and all", function()
        local file, database = prepared(0.5, INDEX)
        local running = h.start({ "run", file, h.url(database) }, { keeps = true })
        wait_until(function() return at_sleep(database) end, "no index was begun")
        killed(running)
        quick(database)
        h.run(0, { file, h.url(database), "--restart" })
        whole(file, database)
        has_indexes(database)
        assert.equal("removed|done", h.sql(database, "SELECT string_agg(state, '|' ORDER BY id) FROM wherry.run"))
    end)

    it("that was killed during a COMMIT, whose acknowledgement nobody hears, finds the step done", function()
        local file, database = prepared(1, [[CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM slow(clock_timestamp()::text); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                WHEN (NEW.id % 10 = 0) EXECUTE FUNCTION hold();]])
        local words = { file, h.url(database), "--batch-size=10", "--triggers=fire", "--jobs=1" }
        local running = h.start({ "run", table.unpack(words) }, { keeps = true })
        wait_until(function() return h.sql(database, [[SELECT count(*) FROM pg_stat_activity
            WHERE wait_event = 'PgSleep' AND query = 'COMMIT' AND datname = current_database()]]) == "1" end,
            "no COMMIT was seen")
        killed(running)
        assert.equal("0", h.sql(database, "SELECT count(*) FROM t"))
        wait_until(function() return h.sql(database, "SELECT count(*) FROM t") == "10" end, "it was not committed")
        quick(database)
        words[#words + 1] = "--resume"
        h.run(0, words)
        whole(file, database)
        assert.equal("4", h.sql(database, "SELECT count(*) FROM wherry.slice WHERE read > 0"))
    end)

    it("is announced, not repeated, when it was killed half-way and --resume is not said", function()
        local file, database = prepared(0.3, STEPS)
        local words = { "run", file, h.url(database), "--batch-size=10", "--triggers=fire" }
        local running = h.start(words, { keeps = true })
        wait_until(function() return h.sql(database, "SELECT count(*) >= 10 FROM t") == "t" end, "no step was done")
        killed(running)
        wait_until(function() return not at_sleep(database) end, "the step did not end")
        quick(database)
        words[#words + 1] = "--json"
        local result = h.wherry(words)
        assert.equal(4, result.code, result.said)
        local finding = result.json.findings[1]
        assert.equal("unfinished_run", finding.code)
        assert.matches("run 1 of this file was cut short; it was begun at [%d-]+ [%d:]+ UTC by .+ on host .+, and %d0 "
            .. "rows of it stand in the target", finding.reason)
        h.run(0, { file, h.url(database), "--batch-size=10", "--triggers=fire", "--resume" })
        whole(file, database)
        h.run(0, { file, h.url(database), "--resume" })
        h.run(0, { file, h.url(database), "--resume=1" })
        whole(file, database)
    end)

    it("keeps a second one away, which is told who is at work", function()
        local file, database = prepared(1, STEPS)
        local other = h.source "CREATE TABLE u(id INTEGER PRIMARY KEY); INSERT INTO u VALUES (1)"
        local running = h.start { "run", file, h.url(database), "--batch-size=10", "--triggers=fire" }
        wait_until(function() return at_sleep(database) end, "no step was begun")
        local result = h.wherry({ "run", other, h.url(database), "--json" }, { keeps = true })
        assert.equal(3, result.code, result.said)
        local user, host = h.process.shell "id -un", h.process.shell "uname -n"
        assert.matches("another run is at work on this target %(server process %d+, client local, connected since",
            result.json.error.message)
        assert.matches(("; run 1 of %s on host %s, begun "):format(user, host), result.json.error.message, 1, true)
        quick(database)
        assert.equal(0, running:finish(30).code)
        whole(file, database)
        assert.equal("1", h.sql(database, "SELECT count(*) FROM wherry.run"))
    end)

    it("takes the lock over from one that is cut off: nothing is heard of it any more", function()
        local file, database = prepared(0.5, STEPS)
        local proxy <close> = faults_proxy.start(faults.built "proxy", server.get().socket, "half", 0, 0)
        local running = h.start({ "run", file, proxy:url(database), "--batch-size=10", "--triggers=fire" },
            { keeps = true })
        wait_until(function() return h.sql(database, "SELECT count(*) >= 10 FROM t") == "t" end, "no step was done")
        killed(running)
        quick(database)
        local words = { file, h.url(database), "--batch-size=10", "--triggers=fire", "--resume" }
        local at = h.process.clock()
        local refused = h.run(3, { "--retry=1s", table.unpack(words) }, { keeps = true })
        assert.matches("another run is at work on this target %(server process %d+, .*; run 1 of ",
            refused.json.error.message)
        local result = h.run(0, words, { keeps = true })
        assert.is_true(h.process.clock() - at < 60, "took " .. h.process.clock() - at)
        assert.matches("nothing has been heard for %d+ s of the session that holds the journal's lock", result.stderr)
        whole(file, database)
    end)

    it("begins where nothing is begun, with --resume, too", function()
        local file, database = prepared(0, "")
        local result = h.run(0, { file, h.url(database), "--resume" })
        assert.matches("no run of this file is unfinished: a new run begins", result.stderr)
        whole(file, database)
    end)
end)
