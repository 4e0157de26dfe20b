-- wherry status from another terminal: of a run at work, a killed one, one that was gone on with or taken back, a
-- finished one; --watch; what has no journal, or another role's. And wherry forget.
local cjson = require "cjson"
local h = require "tests.support.harness"
local compare = require "tests.support.compare"

describe("wherry status", function()
    after_each(h.cleanup)

    local ROWS = [[CREATE TABLE big(id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE small(id INTEGER PRIMARY KEY, v TEXT);
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)
        INSERT INTO big SELECT n, 'value ' || n FROM c; INSERT INTO small VALUES (1, 'one');]]

    ---A target that takes `seconds` for each row of big.
    local function slow_target(seconds)
        local database = h.database()
        h.sql(database, ([[CREATE TABLE big(id int PRIMARY KEY, v text); CREATE TABLE small(id int PRIMARY KEY, v text);
            CREATE SCHEMA aux; CREATE FUNCTION aux.slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(%g); RETURN new; END $$;
            CREATE TRIGGER slow BEFORE INSERT ON big FOR EACH ROW EXECUTE FUNCTION aux.slow()]]):format(seconds))
        return database
    end

    local function status(database, ...)
        local result = h.wherry { "status", h.url(database), "--json", ... }
        assert.equal(0, result.code, result.said)
        return result.json
    end

    ---The newest run when it is as `wanted` says; fails when it does not become so.
    local function wait_for(database, wanted)
        return assert(h.process.wait(20, function()
            local run = status(database).runs[1]
            return run and wanted(run) and run or nil
        end), "the run did not come that far")
    end

    local function has_read(rows)
        return function(run) return run.state == "running" and run.rows >= rows end
    end

    local function start(file, database, ...)
        return h.start({ "run", file, h.url(database), "--batch-size=5", "--json", "--triggers=fire", ... })
    end

    it("shows a run at work, then that it is done", function()
        local file, database = h.source(ROWS:format(80)), slow_target(0.05)
        local running = start(file, database)
        local run = wait_for(database, has_read(10))
        assert.same({ 1, "loading", 81, file }, { run.run, run.phase, run.rows_expected, run.source.path })
        assert.is_true(run.rows_per_second > 1 and run.rows_per_second < 60, run.rows_per_second)
        assert.is_true(run.seconds_left > 0 and run.seconds_left < 60, run.seconds_left)
        assert.same({ h.process.shell "id -un", h.process.shell "hostname" }, { run.operator, run.host })
        assert.matches("^wherry run ", run.command)
        assert.matches("^%d+%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", run.started)
        assert.is_true(run.lanes >= 1 and run.sessions == run.lanes + 1, run.sessions)
        local big = run.tables[1].table == "big" and run.tables[1] or run.tables[2]
        assert.same({ "public.big", "loading", 80 }, { big.target, big.state, big.total })
        local text = h.wherry { "status", h.url(database) }
        assert.matches("^run 1 is running: loads rows\n", text.stdout)
        assert.matches("rows/s, about %d+ s left", text.stdout)
        assert.matches("under way: big %d+ of 80 rows", text.stdout)
        local result = running:finish(30)
        assert.equal(0, result.code, result.said)
        run = status(database).runs[1]
        assert.same({ "done", "verified", 81, 0 }, { run.state, run.status, run.rows, run.lanes })
        assert.same({ cjson.null, cjson.null, cjson.null }, { run.phase, run.seconds_left, run.error })
        compare.table(database, file, "big")
    end)

    it("says of a killed run that it is dead, and of one gone on with that it is done", function()
        local file, database = h.source(ROWS:format(60)), slow_target(0.05)
        local running = start(file, database)
        wait_for(database, has_read(10))
        running:kill "KILL"
        local dead = wait_for(database, function(run) return run.state == "dead" end)
        assert.is_true(dead.rows >= 10 and dead.rows < 60)
        local text = h.wherry { "status", h.url(database) }
        assert.matches("^run 1 is dead", text.stdout)
        assert.matches("%-%-resume goes on with it", text.stdout)
        local refused = h.wherry { "forget", "1", h.url(database) }
        assert.equal(4, refused.code, refused.said)
        assert.matches("run 1 is not over", refused.stderr)
        h.run(0, { file, h.url(database), "--triggers=fire", "--resume" })
        local run = status(database, "1").runs[1]
        assert.same({ "done", "verified", 61 }, { run.state, run.status, run.rows })
        assert.equal("60", h.sql(database, "SELECT count(*) FROM big"))
    end)

    it("shows what is put aside while a run is at work and when it is killed, until it is back", function()
        local file, database = h.source(ROWS:format(50)), h.database()
        h.sql(database, [[CREATE TABLE big(id int PRIMARY KEY, v text); CREATE INDEX big_v ON big (v);
            CREATE TABLE small(id int PRIMARY KEY, v text); CREATE SCHEMA aux; CREATE SEQUENCE aux.times;
            CREATE FUNCTION aux.slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
                IF current_query() LIKE '%INDEX%big_v%' AND nextval('aux.times') = 1 THEN PERFORM pg_sleep(60); END IF;
            END $$; CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('CREATE INDEX')
                EXECUTE FUNCTION aux.slow()]])
        local function aside(run)
            local names = {}
            for _, object in ipairs(run.objects) do
                names[#names + 1] = object.was_there and object.name or nil
            end
            return (" " .. table.concat(names, " ") .. " "):find(" big_v ", 1, true) ~= nil
        end
        local running = h.start { "run", file, h.url(database), "--indexes=rebuild", "--json" }
        local run = wait_for(database, function(run) return run.phase == "placing" and aside(run) end)
        assert.equal("running", run.state)
        assert(h.process.wait(10, function()
            return h.sql(database, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1"
        end))
        running:kill "KILL"
        wait_for(database, function(dead) return dead.state == "dead" and aside(dead) end)
        local text = h.wherry { "status", "1", h.url(database) }
        assert.matches("\n  aside: +%d+ %(index 1", text.stdout)
        assert.matches("Put aside, and not back yet:\n", text.stdout)
        assert.matches("CREATE INDEX big_v ON public.big USING btree %(v%);\n", text.stdout)
        h.run(0, { file, h.url(database), "--resume" })
        assert.same({}, status(database).runs[1].objects)
        assert.equal("3", h.sql(database, "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'"))
    end)

    it("tells what stopped a run, what was taken back, and who began each", function()
        local database = h.database()
        h.sql(database, "CREATE TABLE big(id int PRIMARY KEY, v int)")
        local file = h.source "CREATE TABLE big(id INTEGER PRIMARY KEY, v); INSERT INTO big VALUES (1, 'one');"
        h.run(5, { file, h.url(database) })
        local run = status(database).runs[1]
        assert.same({ "stopped", "failed" }, { run.state, run.status })
        assert.matches("integer", run.error)
        local text = h.wherry { "status", h.url(database), "--watch" }
        assert.equal(5, text.code, text.said)
        assert.matches("run 1 stopped half%-way: failed", text.stdout)
        h.sqlite(file, "UPDATE big SET v = 1;")
        h.run(0, { file, h.url(database), "--restart" })
        local runs = status(database).runs
        assert.same({ 2, "done", 1, "removed" }, { runs[1].run, runs[1].state, runs[2].run, runs[2].state })
        assert.equal(1, h.wherry({ "status", h.url(database), "--watch", "1" }).code)
        assert.equal(0, h.wherry({ "status", h.url(database), "--watch" }).code)
    end)

    it("is an operations log without passwords", function()
        local file, database = h.source(ROWS:format(5)), h.database()
        local role, password = h.role()
        h.sql(database, ("GRANT CREATE ON SCHEMA public TO %s; GRANT CREATE ON DATABASE %s TO %s"):format(role,
            database, role))
        h.run(0, { file, h.url(database, role, password) })
        for _, argv in ipairs { { "--json" }, {}, { "1" }, { "--all", "--verbose" } } do
            local result = h.wherry { "status", h.url(database, role, password), table.unpack(argv) }
            assert.equal(0, result.code, result.said)
            assert.matches("wherry run %S+ postgresql://" .. role .. ":%*%*%*%*@", result.stdout)
        end
    end)

    it("has nothing to tell where there is no journal, and knows no other runs than the journal's", function()
        local database = h.database()
        local none = status(database)
        assert.same({ "done", 0 }, { none.status, #none.runs })
        assert.matches("no journal", h.wherry({ "status", h.url(database) }).stdout)
        assert.equal(2, h.wherry({ "status", h.url(database), "7", "--watch" }).code)
        assert.equal(2, h.wherry({ "status", h.url(database), "7", "--json" }).code)
        h.run(0, { h.source(ROWS:format(5)), h.url(database) })
        assert.equal(2, h.wherry({ "status", h.url(database), "7" }).code)
        assert.equal(2, h.wherry({ "forget", h.url(database), "7" }).code)
        assert.equal("", h.objects(h.database()))
    end)

    it("is told of a wrong address at once", function()
        for _, url in ipairs { "postgresql:///nothing?host=/nowhere", h.url "nothing_of_that_name" } do
            local result = h.wherry { "status", url, "--json" }
            assert.equal(3, result.code, result.said)
            assert.matches("nothing", result.json.error.message .. result.json.target.url)
            assert.equal(3, h.wherry({ "status", url, "--watch" }).code)
        end
    end)

    it("needs no more than the right to read the journal, and says how to get it", function()
        local file, database = h.source(ROWS:format(5)), h.database()
        h.run(0, { file, h.url(database) })
        local role, password = h.role()
        local refused = h.wherry { "status", h.url(database, role, password), "--json" }
        assert.equal(3, refused.code, refused.said)
        assert.matches("another role's", refused.json.error.message, 1, true)
        for grant in refused.json.error.hint:gmatch "GRANT[^;]*" do
            h.sql(database, grant)
        end
        assert.equal("done", h.wherry({ "status", h.url(database, role, password), "--json" }).json.runs[1].state)
        assert.equal(3, h.wherry({ "forget", h.url(database, role, password), "1" }).code)
    end)

    it("sees a run at work whose sessions are another role's", function()
        local file, database = h.source(ROWS:format(60)), slow_target(0.05)
        local running = start(file, database)
        wait_for(database, has_read(5))
        local role, password = h.role()
        h.sql(database, ("GRANT USAGE ON SCHEMA wherry TO %s; GRANT SELECT ON ALL TABLES IN SCHEMA wherry TO %s")
            :format(role, role))
        local result = h.wherry { "status", h.url(database, role, password), "--json" }
        local run = result.json.runs[1]
        assert.same({ "running", "loading" }, { run.state, run.phase }, result.said)
        assert.is_true(run.lanes >= 1)
        assert.equal(0, running:finish(20).code)
    end)

    it("finds the runs of a source, and of the journal that is named", function()
        local one, other, database = h.source(ROWS:format(3)), h.source "CREATE TABLE x(v);", h.database()
        h.run(0, { one, h.url(database), "--journal=J'x" })
        h.run(0, { other, h.url(database), "--journal=J'x" })
        assert.equal(0, #status(database).runs)
        assert.equal(2, #status(database, "--journal=J'x").runs)
        local mine = status(database, "--journal=J'x", one).runs
        assert.same({ 1, 1 }, { #mine, mine[1].run })
        assert.equal(2, h.wherry({ "status", h.url(database), "--journal=J'x", one, "2" }).code)
    end)

    it("names made to harm a terminal reach none", function()
        local database = h.database()
        local file = h.source("CREATE TABLE \"a\27[31mred\"(id INTEGER PRIMARY KEY); "
            .. "INSERT INTO \"a\27[31mred\" VALUES (1);", "e\27[2Jvil.db")
        h.run(0, { file, h.url(database) })
        h.sql(database, [[UPDATE wherry.run SET operator = E'\x1b]0;title\x07', host = E'a\nb',
            command = E'wherry \x1b[31m\u009b', error = E'\x1b[2J', state = 'stopped', status = E'\x1b[5m';
            INSERT INTO wherry.object (run, kind, name, state, outcome, reason, aside_sql, sql)
            VALUES (1, E'in\x1bdex', E'\x1b[1m', 'failed', 'exact', E'\x1b[7m', 'x', E'CREATE \x1b[0m'),
                (1, E'in\x1bdex', E'\x1b[1m', 'aside', 'exact', NULL, 'x', E'CREATE \x1b[0m')]])
        for _, argv in ipairs { {}, { "1" }, { "--watch", "1" }, { "--verbose" } } do
            local result = h.wherry { "status", h.url(database), table.unpack(argv) }
            assert.is_nil(result.stdout:gsub("\n", ""):find "[%c]", result.said)
            assert.is_nil(result.stdout:find("\xc2\x9b", 1, true))
        end
        assert.is_truthy(utf8.len(h.wherry({ "status", h.url(database), "1", "--json" }).stdout))
    end)
end)
