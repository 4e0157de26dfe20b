-- Runs that are interrupted: Ctrl-C, kill -9, a connection cut. Resumed, each ends as an undisturbed run.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("an interrupted run", function()
    after_each(h.cleanup)

    local ROWS = 6000

    ---A source of two tables, the second without a key, and a target whose trigger makes a step last `pause` seconds.
    local function prepared(pause)
        local file, database = h.source(([[CREATE TABLE big(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)
            INSERT INTO big SELECT n, 'value ' || n FROM c;
            CREATE TABLE bag(v TEXT); INSERT INTO bag SELECT v FROM big LIMIT 2500;
            INSERT INTO bag VALUES (NULL), (NULL);]])
            :format(ROWS)), h.database()
        -- No key in the target: a row loaded twice would stand there twice.
        h.sql(database, ([[CREATE TABLE big(id int, v text); CREATE TABLE bag(v text);
            CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(%g); RETURN NULL; END $$;
            CREATE TRIGGER pause BEFORE INSERT ON big FOR EACH STATEMENT EXECUTE FUNCTION pause();
            CREATE TRIGGER pause BEFORE INSERT ON bag FOR EACH STATEMENT EXECUTE FUNCTION pause()]]):format(pause))
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, order = { "big", "bag" },
                tables = { big = { triggers = "fire" }, bag = { triggers = "fire" } } }]]):format(file,
            h.url(database)))
        return file, database, script
    end

    local function count(database, name)
        return tonumber(h.sql(database, "SELECT count(*) FROM " .. (name or "big")))
    end

    local function wait_for(database, rows)
        assert(h.process.wait(20, function()
            return count(database) >= rows
        end), "the run did not get that far")
    end

    local function begun(script)
        return h.start { "run", script, "--batch-size=1000", "--json" }
    end

    local NO_PAUSE = [[CREATE OR REPLACE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RETURN NULL; END $$]]

    local function resumed(file, database, script)
        h.sql(database, NO_PAUSE)
        local result = h.run(0, { script, "--batch-size=1000", "--resume" })
        compare.table(database, file, "big")
        compare.table(database, file, "bag")
        local target = ledger.target(result.json, "public.big")
        assert.same({ ROWS, ROWS }, { target.passed, target.inserted }, result.said)
        return result
    end

    it("by Ctrl-C ends within a second with 130, says how to go on, and goes on", function()
        local file, database, script = prepared(0.25)
        local running = begun(script)
        wait_for(database, 2000)
        local at = h.process.clock()
        running:kill "INT"
        local result = running:finish(10)
        assert.is_true(h.process.clock() - at < h.PROMPT, "took " .. h.process.clock() - at .. " s" .. result.said)
        assert.equal(130, result.code, result.said)
        assert.equal("interrupted", result.json.status)
        local loaded = count(database)
        assert.is_true(loaded >= 2000 and loaded < ROWS and loaded % 1000 == 0, "loaded: " .. loaded)
        assert.equal(loaded, ledger.target(result.json, "public.big").inserted, result.said)
        assert.matches("%-%-resume", result.stdout .. result.stderr)
        assert.equal("0", h.sql(database, ([[SELECT count(*) FROM pg_stat_activity WHERE datname = '%s'
            AND pid <> pg_backend_pid()]]):format(database)), "a connection was left")
        resumed(file, database, script)
    end)

    it("by Ctrl-C while the server is busy for long ends within a second too", function()
        local _, database, script = prepared(30)
        local running = begun(script)
        assert(h.process.wait(20, function()
            return h.sql(database, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") ~= "0"
        end), "the run did not get to its first step")
        local at = h.process.clock()
        running:kill "INT"
        local result = running:finish(40)
        assert.is_true(h.process.clock() - at < h.PROMPT, "took " .. h.process.clock() - at .. " s" .. result.said)
        assert.equal(130, result.code)
        assert.equal(0, count(database))
    end)

    it("by SIGTERM ends with 143", function()
        local file, database, script = prepared(0.25)
        local running = begun(script)
        wait_for(database, 1000)
        running:kill "TERM"
        assert.equal(143, running:finish(10).code)
        resumed(file, database, script)
    end)

    it("by kill -9 is taken up again, exactly once", function()
        local file, database, script = prepared(0.15)
        for _, rows in ipairs { 1000, 3000 } do
            local running = rows == 1000 and begun(script)
                or h.start { "run", script, "--batch-size=1000", "--resume", "--json" }
            wait_for(database, rows)
            running:kill "KILL"
            h.process.wait(5, function()
                return not running:running()
            end)
            h.process.wait(5, function() -- the server still ends the step that was under way
                return h.sql(database, ([[SELECT count(*) FROM pg_stat_activity WHERE datname = '%s'
                    AND pid <> pg_backend_pid()]]):format(database)) == "0"
            end)
        end
        resumed(file, database, script)
    end)

    it("by kill -9 at many moments, killed and resumed again and again, loses and doubles nothing", function()
        local file, database, script = prepared(0.01)
        local args = { "run", script, "--batch-size=500", "--json" }
        local random = require "tests.support.values".random(os.time())
        for _ = 1, 8 do
            local running = h.start(args)
            h.process.sleep(0.05 + random(300) / 1000)
            running:kill "KILL"
            h.process.wait(5, function()
                return not running:running()
            end)
            if h.sql(database, "SELECT to_regclass('wherry.run') IS NOT NULL") == "t"
                and h.sql(database, "SELECT count(*) FROM wherry.run") ~= "0" then
                args[4], args[5] = "--resume", "--json"
            end
        end
        local result = h.wherry(args)
        -- The last of the killed ones may have been done already.
        assert.is_true(result.code == 0 or result.code == 4, result.said)
        compare.table(database, file, "big")
        compare.table(database, file, "bag")
    end)

    it("by a lost connection is retried inside the run", function()
        local file, database, script = prepared(0.2)
        local running = h.start { "run", script, "--batch-size=1000", "--retry=20s", "--json" }
        for _, rows in ipairs { 1000, 3000 } do
            wait_for(database, rows)
            h.sql(database, ([[SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'
                AND pid <> pg_backend_pid()]]):format(database))
        end
        local result = running:finish(40)
        assert.equal(0, result.code, result.said)
        compare.table(database, file, "big")
        compare.table(database, file, "bag")
        assert.equal(ROWS, ledger.target(result.json, "public.big").inserted, result.said)
        assert.matches("connection", result.stderr:lower())
    end)

    it("by a connection that does not come back ends with 5 or 3 and can go on", function()
        local file, database, script = prepared(0.2)
        local running = h.start { "run", script, "--batch-size=1000", "--retry=1s", "--json" }
        wait_for(database, 1000)
        h.sql("postgres", ("ALTER DATABASE %s ALLOW_CONNECTIONS false"):format(database))
        h.sql("postgres", ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'"):format(
            database))
        local result = running:finish(30)
        h.sql("postgres", ("ALTER DATABASE %s ALLOW_CONNECTIONS true"):format(database))
        assert.equal(5, result.code, result.said)
        assert.matches("%-%-resume", result.stdout .. result.stderr)
        resumed(file, database, script)
    end)

    it("that is resumed by its name, and one that is done, are told apart", function()
        local file, database, script = prepared(0.25)
        local running = begun(script)
        wait_for(database, 1000)
        running:kill "INT"
        local name = running:finish(10).json.run
        h.sql(database, NO_PAUSE)
        local wrong = h.wherry { "run", script, "--resume=no-such-run", "--json" }
        assert.is_true(wrong.code == 4 or wrong.code == 2, wrong.said)
        local done = h.run(0, { script, "--batch-size=1000", ("--resume=%d"):format(name) })
        assert.equal(name, done.json.run)
        compare.table(database, file, "big")
        local again = h.wherry { "run", script, ("--resume=%d"):format(name), "--json" }
        assert.equal(ROWS, count(database), again.said)
    end)
end)
