-- Runs that are disturbed in a chosen phase: the server crashes, a session is ended, wherry is killed. Retried within
-- the run, or resumed, each ends as an undisturbed run.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"

describe("a run that is disturbed", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE parent(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE);
        CREATE TABLE child(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent(id) ON DELETE CASCADE, v REAL);
        CREATE INDEX child_v ON child(v DESC);
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2500)
        INSERT INTO parent SELECT n, 'name ' || n FROM c;
        INSERT INTO child SELECT id, id, id / 3.0 FROM parent;
        DELETE FROM parent WHERE id > 2400; DELETE FROM child WHERE id > 2300;]]

    -- Phases of a run as the server sees them: the statement that lasts.
    local PHASES = {
        { "its first step", "CREATE TABLE public.parent%%" }, { "its primary keys", "ALTER TABLE%%PRIMARY KEY%%" },
        { "its indexes", "CREATE INDEX%%" }, { "its foreign keys", "ALTER TABLE%%FOREIGN KEY%%" },
        { "their validation", "ALTER TABLE%%VALIDATE%%" },
    }

    -- A database in which the first statement like `pattern` lasts for some seconds.
    local function slow_database(pattern)
        local database = h.database()
        -- the test server answers before a commit is written: a crash would lose it
        h.sql(database, ("ALTER DATABASE %s SET synchronous_commit = on"):format(database))
        h.sql(database, ([[CREATE SCHEMA aux; CREATE SEQUENCE aux.times;
            CREATE FUNCTION aux.slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
                IF current_query() LIKE '%s' AND nextval('aux.times') = 1 THEN PERFORM pg_sleep(1.2); END IF;
            END $$;
            CREATE EVENT TRIGGER slow ON ddl_command_end EXECUTE FUNCTION aux.slow()]]):format(
            (pattern:gsub("%%%%", "%%"))))
        return database
    end

    local function sleeper(database)
        local pid = h.sql(database, ([[SELECT pid FROM pg_stat_activity
            WHERE datname = '%s' AND wait_event = 'PgSleep']]):format(database))
        return pid ~= "" and pid or nil
    end

    local function wait_for_phase(database)
        return assert(h.process.wait(20, function()
            return sleeper(database)
        end), "the run did not get to this phase")
    end

    ---Everything in the target but the journal and what the test put there.
    local function contents(database)
        h.sql(database, "DROP EVENT TRIGGER IF EXISTS slow")
        local host = h.url(database):match "host=(.*)$":gsub("%%2F", "/")
        local dump = h.process.shell(("pg_dump --inserts -U postgres -h %s -N wherry -N aux %s"):format(host, database))
        return (dump:gsub("\\restrict [^\n]*\n", ""):gsub("\\unrestrict [^\n]*", ""))
    end

    -- What a run of SOURCE makes that nothing disturbs.
    local left
    local function undisturbed(file)
        if not left then
            local database = h.database()
            h.run(0, { file, h.url(database) })
            left = contents(database)
        end
        return left
    end

    for _, phase in ipairs(PHASES) do
        local name, pattern = table.unpack(phase)

        it(("in %s by a crash of the server, or by the end of its session, goes on by itself"):format(name), function()
            local file = h.source(SOURCE)
            local expected = undisturbed(file)
            for _, disturb in ipairs { "kill -KILL %s", "kill -TERM %s" } do
                local database = slow_database(pattern)
                local running = h.start { "run", file, h.url(database), "--batch-size=500", "--retry=30s", "--json" }
                os.execute(disturb:format(wait_for_phase(database)))
                local result = running:finish(40)
                assert.equal(0, result.code, result.said)
                assert.equal(expected, contents(database))
                assert.matches("trying again", result.stderr)
            end
        end)

        it(("in %s by kill -9 is resumed, behind the dead client's session"):format(name), function()
            local file = h.source(SOURCE)
            local expected, database = undisturbed(file), slow_database(pattern)
            local running = h.start { "run", file, h.url(database), "--batch-size=500", "--json" }
            wait_for_phase(database)
            running:kill "KILL"
            local result = h.run(0, { file, h.url(database), "--resume" })
            assert.equal(expected, contents(database), result.said)
            for _, table_name in ipairs { "parent", "child" } do
                compare.table(database, file, table_name)
            end
        end)

        it(("in %s by Ctrl-C tells what is there, and is taken back without a trace"):format(name), function()
            local file = h.source(SOURCE)
            local expected, database = undisturbed(file), slow_database(pattern)
            local running = h.start { "run", file, h.url(database), "--batch-size=500", "--json" }
            wait_for_phase(database)
            running:kill "INT"
            local result = running:finish(10)
            assert.equal(130, result.code, result.said)
            for _, object in ipairs(result.json.objects) do
                local made = h.sql(database, ("SELECT count(*) FROM pg_class WHERE relname = '%s'"):format(object.name))
                if result.json.run == 1 and object.kind == "index" and made == "0" then
                    assert.equal("not_carried", object.outcome, result.said)
                end
            end
            local again = h.run(0, { file, h.url(database), "--restart" })
            assert.equal(expected, contents(database), again.said)
        end)
    end

    it("by another session that takes the journal's lock ends at once, resumable", function()
        local file, database = h.source [[CREATE TABLE t(v INTEGER);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)
            INSERT INTO t SELECT n FROM c;]], h.database()
        h.sql(database, [[CREATE TABLE t(v int);
            CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
            CREATE TRIGGER pause BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION pause()]])
        local arguments = { "run", file, h.url(database), "--triggers=fire", "--batch-size=1000", "--json" }
        local running = h.start(arguments)
        wait_for_phase(database)
        local lock = "hashtextextended('wherry journal wherry', 0)"
        h.process.shell(("psql -X -q -d %s -c %s >/dev/null 2>&1 &"):format(h.process.quote(h.url(database)),
            h.process.quote(("SELECT pg_advisory_lock(%s), pg_sleep(30)"):format(lock))))
        local others = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted = %s"
        local end_holder = ("SELECT pg_terminate_backend(pid) FROM (%s) AS held"):format(others:format "true")
        assert(h.process.wait(10, function() return h.sql(database, others:format "false") ~= "" end))
        h.sql(database, end_holder)
        local result = running:finish(12) -- 20 s of load are left
        h.sql(database, end_holder)
        assert.equal(5, result.code, result.said)
        assert.matches("the journal's lock was lost .* is another session's now %(server process %d+",
            result.json.error.message)
        assert.is_true(tonumber(h.sql(database, "SELECT count(*) FROM t")) < 12000)
        h.sql(database, [[CREATE OR REPLACE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RETURN NULL; END $$]])
        h.run(0, { file, h.url(database), "--triggers=fire", "--resume" })
        assert.equal("20000", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("in ANALYZE by a crash of the server goes on by itself", function()
        local file, database = h.source "CREATE TABLE t(v INTEGER); INSERT INTO t VALUES (1), (2);", h.database()
        h.sql(database, ("ALTER DATABASE %s SET synchronous_commit = on"):format(database))
        h.sql(database, [[CREATE SCHEMA aux; CREATE SEQUENCE aux.times; CREATE TABLE t(v int);
            CREATE FUNCTION aux.slow(v int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
                IF current_query() LIKE 'ANALYZE%' AND nextval('aux.times') = 1 THEN PERFORM pg_sleep(1.2); END IF;
                RETURN v; END $$;
            CREATE INDEX ON t (aux.slow(v))]])
        local running = h.start { "run", file, h.url(database), "--retry=30s", "--json" }
        os.execute("kill -KILL " .. wait_for_phase(database))
        local result = running:finish(40)
        assert.equal(0, result.code, result.said)
        compare.table(database, file, "t")
    end)

    it("in its load by crashes of the server goes on by itself, exactly once", function()
        local file, database = h.source [[CREATE TABLE t(v INTEGER);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000)
            INSERT INTO t SELECT n FROM c;]], h.database()
        h.sql(database, ("ALTER DATABASE %s SET synchronous_commit = on"):format(database))
        h.sql(database, [[CREATE TABLE t(v int);
            CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$;
            CREATE TRIGGER pause BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION pause()]])
        local running = h.start { "run", file, h.url(database), "--triggers=fire", "--batch-size=1000", "--retry=30s",
            "--json" }
        for _ = 1, 2 do
            os.execute("kill -KILL " .. wait_for_phase(database))
            h.process.wait(10, function()
                return pcall(h.sql, database, "SELECT 1")
            end)
        end
        local result = running:finish(40)
        assert.equal(0, result.code, result.said)
        compare.table(database, file, "t")
    end)
end)
