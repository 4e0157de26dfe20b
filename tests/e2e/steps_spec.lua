-- before_load and after_load: each exactly once, as a step of its own, whatever kills the run before, within and behind
-- it; what they do to the run's tables is told, and the ledger closes with it.
local h = require "tests.support.harness"

describe("before_load and after_load", function()
    after_each(h.cleanup)

    local ROWS = 3

    local function source()
        return h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');]]
    end

    local function plan(file, fields)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, %s }]]):format(file, fields))
    end

    local function prepared(fields, tables)
        local file, database = source(), h.database()
        h.sql(database, (tables or "CREATE TABLE t(id int PRIMARY KEY, v text);")
            .. "CREATE TABLE log(n int GENERATED ALWAYS AS IDENTITY, at text, rows bigint)")
        return plan(file, fields), database, file
    end

    local function receipt(result, name)
        for _, object in ipairs(result.json.objects) do
            if object.kind == "hook" and object.name == name then
                return object
            end
        end
    end

    local function log(database)
        return (h.sql(database, "SELECT coalesce(string_agg(at || ' ' || rows, ', ' ORDER BY n), '') FROM log"))
    end

    -- Each says how many rows it finds, and sleeps for as long as the table `wait` says; its COMMIT waits for a standby
    -- that is not there where COMMIT names it.
    local SLOW = "CREATE TABLE t(id int PRIMARY KEY, v text); CREATE TABLE wait(place text, s float8);"

    local function step(name)
        return ([[%s = function(src, dst)
            dst:exec("insert into log (at, rows) values ($1, $2)", %q, dst:value "select count(*) from t")
            dst:exec("select pg_sleep(s) from wait where place = $1", %q)
            if os.getenv "COMMIT" == %q then
                local w = require "wherry"
                local other <close> = w.pg(os.getenv "OTHER"):open()
                other:exec "alter system set synchronous_standby_names = 'nobody'"
                other:exec "select pg_reload_conf()"
                dst:exec "select pg_sleep(0.5)"
            end
        end]]):format(name, name, name, name)
    end

    local BOTH = step "before_load" .. ", " .. step "after_load"

    local function waits(database, event)
        return h.sql(database, ([[SELECT count(*) FROM pg_stat_activity WHERE wait_event = '%s'
            AND datname = current_database()]]):format(event or "PgSleep")) ~= "0"
    end

    local function at_sleep(database, event)
        return h.process.wait(20, function() return waits(database, event) end)
    end

    local function no_sleep(database)
        assert(h.process.wait(20, function() return not waits(database) end))
    end

    local function killed(running)
        running:kill "KILL"
        assert(h.process.wait(10, function() return not running:running() end))
    end

    it("come before the rows and behind keys and foreign keys", function()
        local file, database = h.source [[CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
            CREATE TABLE t(id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p(id)); INSERT INTO t VALUES (1, 1);]],
            h.database()
        local look = [[insert into log select '%s', (select count(*) from t),
            (select count(*) from pg_constraint where conrelid = 't'::regclass and convalidated)]]
        local result = h.run(0, { plan(file, ([[before_load = { "create table log(at text, rows int, keys int)", %q },
            after_load = %q]]):format(look:format "before", look:format "after")), h.url(database) })
        assert.equal("before|0|0\nafter|1|2", h.sql(database, "SELECT * FROM log ORDER BY rows"))
        assert.equal("2 statements", receipt(result, "before_load").note)
        assert.equal("exact", receipt(result, "after_load").outcome)
    end)

    it("of SQL may be several statements, with semicolons that end nothing", function()
        local script, database = prepared [[before_load = "-- one; two\n create function f() returns text language sql "
            .. "as $x$ select 'a;b' $x$; /* ; */ insert into log (at, rows) values (f(), 1);"]]
        h.run(0, { script, h.url(database) })
        assert.equal("a;b 1", log(database))
    end)

    it("have the source, as it is read, and the target", function()
        local script, database = prepared [[after_load = function(src, dst)
            for row in src:rows "select id, v from t order by id" do
                dst:exec("insert into log (at, rows) values ($1, $2)", row.v, row.id)
            end
            local out = dst:writer("log", { "at", "rows" })
            out:write("end", 9)
            out:commit()
        end]]
        h.run(0, { script, h.url(database) })
        assert.equal("a 1, b 2, c 3, end 9", log(database))
    end)

    it("are told, and not run, by a plan and a check", function()
        local script, database = prepared [[before_load = "insert into log (at, rows) values ('x', 1)",
            after_load = function() error "never" end]]
        local shown = h.wherry { "plan", script, h.url(database) }
        assert.matches("before_load: 1 statement.-insert into log %(at, rows%) values %('x', 1%);", shown.stdout)
        assert.matches("after_load: a function of the script", shown.stdout, 1, true)
        local checked = h.wherry { "check", script, h.url(database) }
        assert.equal(0, checked.code, checked.said)
        assert.matches("the plan: step after_load: a function of the script, which a check does not run",
            checked.stdout, 1, true)
        assert.equal("", log(database))
    end)

    it("may change rows of the run: that is told, and counted into the ledger", function()
        local script, database = prepared [[before_load = "insert into t values (100, 'there')",
            after_load = { "delete from t where id < 3", "savepoint a", "insert into t values (7, 'gone')",
                "rollback to a", "update t set v = 'changed' where id = 3" }]]
        local result = h.run(0, { script, h.url(database) })
        assert.equal("3|changed\n100|there", h.sql(database, "SELECT * FROM t ORDER BY id"))
        assert.equal("1 statement; public.t has 1 row more", receipt(result, "before_load").note)
        assert.equal("5 statements; public.t has 2 rows less", receipt(result, "after_load").note)
        assert.equal("changed", receipt(result, "after_load").outcome)
        assert.equal(ROWS, result.json.targets[1].inserted)
        assert.equal(0, h.run(0, { script, h.url(database), "--resume" }).code)
    end)

    it("may empty a table, and count what others cannot see meanwhile", function()
        local script, database = prepared [[after_load = { "truncate t", "insert into t values (1, 'one')" }]]
        local result = h.run(0, { script, h.url(database) })
        assert.equal("2 statements; public.t has 2 rows less", receipt(result, "after_load").note)
    end)

    it("let the ledger see rows that somebody else writes", function()
        local script, database = prepared([[after_load = function(_, dst)
            dst:exec "delete from t where id = 1"
            local w = require "wherry"
            local other <close> = w.pg(os.getenv "OTHER"):open()
            other:exec "insert into t values (50, 'another')"
        end]])
        local result = h.run(1, { script, h.url(database) }, { env = { OTHER = h.url(database) } })
        assert.equal("ledger", result.json.findings[1].code)
        assert.matches("holds 3 rows, and the run inserted 3; before_load and after_load made it -1",
            result.json.findings[1].reason, 1, true)
    end)

    local function done_in_the_end(script, database)
        h.sql(database, "DELETE FROM wait")
        for _ = 1, 2 do
            h.run(0, { script, h.url(database), "--resume" })
        end
        assert.equal(("before_load 0, after_load %d"):format(ROWS), log(database))
    end

    it("are done once where the run is killed within their work", function()
        local script, database = prepared(BOTH, SLOW)
        local args = { "run", script, h.url(database) }
        for _, place in ipairs { "before_load", "after_load" } do
            h.sql(database, ("DELETE FROM wait; INSERT INTO wait VALUES ('%s', 60)"):format(place))
            local running = h.start(args, { keeps = true })
            assert(at_sleep(database))
            assert.matches(("hook %s, for "):format(place), h.wherry { "status", h.url(database) }.stdout)
            killed(running)
            no_sleep(database)
            assert.equal(place == "before_load" and "" or "before_load 0", log(database))
            args[4] = "--resume"
        end
        done_in_the_end(script, database)
    end)

    it("are done once where the run is killed at their COMMIT, which the server ends behind it", function()
        local script, database = prepared(BOTH, SLOW)
        local args = { "run", script, h.url(database) }
        for _, place in ipairs { "before_load", "after_load" } do
            local running = h.start(args, { keeps = true, env = { COMMIT = place, OTHER = h.url(database) } })
            local committing = at_sleep(database, "SyncRep")
            killed(running)
            h.sql(database, "ALTER SYSTEM RESET synchronous_standby_names")
            h.sql(database, "SELECT pg_reload_conf()")
            assert.is_true(committing)
            assert(h.process.wait(10, function() return log(database):find(place, 1, true) end))
            args[4] = "--resume"
        end
        done_in_the_end(script, database)
    end)

    it("are done once where their session is lost in the middle", function()
        local script, database = prepared(BOTH, SLOW)
        h.sql(database, "INSERT INTO wait VALUES ('before_load', 60), ('after_load', 60)")
        local running = h.start { "run", script, h.url(database), "--json" }
        for _, place in ipairs { "before_load", "after_load" } do
            assert(at_sleep(database))
            h.sql(database, ("DELETE FROM wait WHERE place = '%s'"):format(place))
            h.sql(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' "
                .. "AND datname = current_database()")
        end
        local result = running:finish(30)
        assert.equal(0, result.code, result.said)
        assert.matches("trying again", result.stderr)
        assert.equal(("before_load 0, after_load %d"):format(ROWS), log(database))
    end)

    it("that fail stop the run at the script's line, and are done by --resume once they are mended", function()
        local script, database, file = prepared [[before_load = "insert into log (at, rows) values ('before', 1)",
            after_load = function(_, dst)
                dst:exec "insert into log (at, rows) values ('after', 1)"
                dst:exec "insert into nowhere values (1)"
            end]]
        local result = h.run(5, { script, h.url(database) })
        assert.matches('^after_load: .*:5: .*nowhere', result.json.error.message)
        assert.equal("before 1", log(database))
        assert.matches("not done yet", receipt(result, "after_load").note)
        local mended = plan(file, [[before_load = "insert into log (at, rows) values ('never', 1)",
            after_load = "insert into log (at, rows) values ('mended', 1)"]])
        assert(os.rename(mended, script))
        h.run(0, { script, h.url(database), "--resume" })
        assert.equal("before 1, mended 1", log(database))
    end)

    it("leave nothing in the run's tables that --restart does not remove", function()
        for _, mode in ipairs { "existing", "create" } do
            local script, database = prepared(("schema = %q, "):format(mode) .. [[
                before_load = "insert into t values (100, 'x'); savepoint a; insert into t values (101, 'x')",
                after_load = function(_, dst)
                    dst:exec "update t set v = 'seen'"
                    if os.getenv "FAIL" then dst:exec "select 1/0" end
                end]], mode == "create" and "" or nil)
            h.run(5, { script, h.url(database) }, { env = { FAIL = "yes" } })
            local result = h.run(0, { script, h.url(database), "--restart" })
            assert.matches("before_load of run 1 is done: what it did elsewhere than in the run's tables stays",
                result.stderr, 1, true)
            assert.equal("1 2 3 100 101", h.sql(database, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM t"))
        end
    end)

    it("of a script that was changed are taken over with --accept-changes", function()
        local script, database, file = prepared("before_load = \"insert into log (at, rows) values ('begin', 1)\"",
            "CREATE TABLE t(id int, v text CHECK (v <> 'c'));")
        h.run(5, { script, h.url(database) })
        h.sql(database, "ALTER TABLE t DROP CONSTRAINT t_v_check")
        assert(os.rename(plan(file, [[before_load = "insert into log (at, rows) values ('never', 1)",
            after_load = "insert into log (at, rows) values ('new', 1)"]]), script))
        h.run(4, { script, h.url(database), "--resume" })
        h.run(0, { script, h.url(database), "--resume", "--accept-changes" })
        assert.equal("begin 1, new 1", log(database))
    end)
end)
