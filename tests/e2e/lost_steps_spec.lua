-- Servers that crash and lose what they had acknowledged: steps of the load do not wait for the disk, so a crash takes
-- the last ones back, rows and journal together. The run does them again, and ends as an undisturbed one.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local faults = require "tests.support.faults"
local faults_sql = require "tests.support.faults_sql"
local server = require "tests.support.server"

describe("a crash of the server that loses acknowledged steps", function()
    -- Nothing but a commit that waits for the disk writes the log: the loss is as large as it can be.
    local FORGETFUL = { "fsync=off", "wal_writer_delay=10s", "wal_writer_flush_after=1GB", "wal_buffers=32MB",
        "checkpoint_timeout=1h", "bgwriter_lru_maxpages=0", "autovacuum=off", "shared_buffers=64MB" }

    local own
    setup(function()
        own = server.start(FORGETFUL)
        h.serve(own)
    end)
    teardown(function()
        h.serve(nil)
        h.cleanup()
        own:stop "INT"
    end)

    -- kill -9 of all of the server's processes, as the end of the machine is one.
    local function kill_server()
        local pid = own:pid()
        local children = h.process.shell(("ps -o pid= --ppid %s | tr '\n' ' '"):format(pid))
        os.execute(("kill -KILL %s %s 2>/dev/null"):format(pid, children))
        own:stop "KILL"
        assert(h.process.wait(10, function()
            for child in children:gmatch "%d+" do
                if h.process.alive(child) then
                    return false
                end
            end
            return true
        end))
    end

    local function done(case)
        local ok, count = pcall(case.sql, case, [[SELECT count(*) FROM wherry.slice WHERE state = 'done']])
        return ok and tonumber(count) or 0
    end

    local function begun(case, steps, words)
        case:reset()
        local running = h.start(case:words(words), { keeps = true })
        assert(h.process.wait(20, function() return done(case) >= steps or not running:running() end))
        assert(running:running(), "the run was too quick for the test")
        return running
    end

    local KINDS = {
        { "into tables that are there", {} },
        { "over two lanes", { args = { "--jobs=2" } } },
        { "into tables that it makes, over two lanes", { create = true, args = { "--jobs=2" } } },
        { "with keys in place, over two lanes", { args = { "--jobs=2", "--indexes=keep" } } },
        { "that rejects rows", { args = { "--jobs=2", "--on-bad=reject" }, code = 1, more = faults_sql.BAD } },
    }

    for _, kind in ipairs(KINDS) do
        local name, options = table.unpack(kind)

        it("leaves a run " .. name .. " as an undisturbed one, by itself and resumed", function()
            options.rows = 1500
            local case = faults.case(options)
            for _, steps in ipairs { 4, 300 } do
                local running = begun(case, steps, { "--batch-size=7", "--retry=30s" })
                kill_server()
                own:launch()
                local result = running:finish(60)
                assert.equal(case.code, result.code, result.said)
                case:check(("a crash behind %d steps"):format(steps))
            end
            -- As often as it takes until something was lost: the server writes its log every 10 s all the same.
            for _, steps in ipairs { 30, 300, 100, 200, 250 } do
                local running = begun(case, steps, { "--batch-size=7" })
                running:kill "KILL"
                assert(h.process.wait(10, function() return not running:running() end))
                local before = done(case)
                kill_server()
                own:launch()
                local lost = before - done(case)
                case:resume "a crash of both"
                case:check "a crash of both"
                if lost > 0 then
                    return
                end
            end
            error "the server lost nothing: the test tells nothing"
        end)
    end

    -- Each crash takes back what was done again since the one before, so that it looks like progress.
    it("for a row that makes it crash each time ends the run", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000)
            INSERT INTO t SELECT n FROM c;]], h.database()
        h.sql(database, [[CREATE TABLE t(id bigint PRIMARY KEY);
            CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN COPY (SELECT 1) TO PROGRAM 'kill -KILL $PPID'; RETURN NEW; END $$;
            CREATE TRIGGER crash BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.id = 700) EXECUTE FUNCTION crash();
            CHECKPOINT]])
        local running = h.start { "run", file, h.url(database), "--batch-size=50", "--retry=1s", "--triggers=fire",
            "--json" }
        assert.equal(5, running:finish(30).code)
        assert(h.process.wait(10, function()
            return pcall(h.sql, database, [[CREATE OR REPLACE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN RETURN NEW; END']])
        end))
        h.run(0, { file, h.url(database), "--batch-size=50", "--triggers=fire", "--resume" })
        compare.table(database, file, "t")
    end)

    it("in its builds and foreign keys does all again that they need", function()
        local file = h.source [[CREATE TABLE parent(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
            CREATE TABLE child(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent(id), v REAL);
            CREATE INDEX child_v ON child(v DESC);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2500)
            INSERT INTO parent SELECT n, 'name ' || n FROM c;
            INSERT INTO child SELECT id, id, id / 3.0 FROM parent;]]
        for _, pattern in ipairs { "CREATE UNIQUE INDEX%", "CREATE INDEX%", "%FOREIGN KEY%", "%VALIDATE%" } do
            local database, gate = h.database(), h.path "gate"
            os.remove(gate)
            h.sql(database, ([[CREATE SCHEMA aux;
                CREATE FUNCTION aux.slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
                    WHILE current_query() LIKE '%s' AND pg_stat_file('%s', true) IS NULL LOOP
                        PERFORM pg_sleep(0.1);
                    END LOOP;
                END $$;
                CREATE EVENT TRIGGER slow ON ddl_command_end EXECUTE FUNCTION aux.slow(); CHECKPOINT]])
                :format(pattern, gate))
            local running = h.start { "run", file, h.url(database), "--batch-size=100", "--retry=30s", "--jobs=2",
                "--indexes=rebuild", "--json" }
            assert(h.process.wait(20, function()
                return h.sql(database, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' LIMIT 1") == "1"
            end), pattern)
            kill_server()
            h.process.write(gate, "")
            own:launch()
            local result = running:finish(60)
            assert.equal(0, result.code, result.said)
            for _, name in ipairs { "parent", "child" } do
                compare.table(database, file, name)
            end
            assert.equal("t", h.sql(database, [[SELECT bool_and(convalidated) AND count(*) = 4 FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace]]), pattern)
            assert.equal("0", h.sql(database, "SELECT count(*) FROM wherry.slice WHERE state <> 'done'"))
        end
    end)
end)
