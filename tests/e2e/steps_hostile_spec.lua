-- before_load and after_load that do what they must not: end their transaction, write the source, keep the handles,
-- never end, swallow what has failed, change role and paths. Each is told clearly, and nothing of it stands.
local h = require "tests.support.harness"

describe("a hostile before_load", function()
    after_each(h.cleanup)

    local function prepared(body, fields)
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (1, 'a'), (2, 'b');]], h.database()
        h.sql(database, "CREATE TABLE t(id int PRIMARY KEY, v text); CREATE TABLE log(at text)")
        return h.script(([[local w = require "wherry"
            kept = kept or {}
            return w.plan { from = w.sqlite %q, before_load = function(src, dst)
                dst:exec "insert into log values ('work')"
                %s
            end, %s }]]):format(file, body, fields or "")), database
    end

    local function nothing_stands(database)
        assert.equal("0|0", h.sql(database, "SELECT (SELECT count(*) FROM log), (SELECT count(*) FROM t)"))
    end

    -- The run stops with this message, at this line of the script.
    local function refused(body, message, env)
        local script, database = prepared(body)
        local result = h.run(5, { script, h.url(database) }, { env = env and { OTHER = h.url(database) } })
        local said = result.json.error.message
        assert.equal(said:match "^before_load: [^\n]-%.lua:%d+: ", said:match "^before_load: [^\n]-%.lua:5: ", said)
        assert.is_truthy(said:find(message, 1, true), said)
        nothing_stands(database)
        return result, script, database
    end

    it("can't end its transaction, nor begin one", function()
        for _, sql in ipairs { "COMMIT", "commit and chain", "END", "ROLLBACK", "/* x */ ; ABORT", "-- x\\nBEGIN",
            "START TRANSACTION", "PREPARE TRANSACTION 'x'", "ROLLBACK WORK" } do
            refused(('dst:exec "%s"'):format(sql), "all that it does is one transaction")
        end
        for _, call in ipairs { "dst:transaction(function() end)", "dst:close()", "dst:commit()", "dst:begin()",
            "dst:value 'COMMIT'", "for _ in dst:rows 'COMMIT' do end" } do
            refused(call, "all that it does is one transaction")
        end
        refused('dst:exec "do $$ begin commit; end $$"', "invalid transaction termination")
    end)

    it("that ends it below the library is told of, and done again", function()
        local script, database = prepared 'if os.getenv "DO" then dst.connection:query "COMMIT" end'
        local result = h.run(5, { script, h.url(database) }, { env = { DO = "yes" } })
        assert.matches("^before_load: the transaction that wherry began has been ended within it",
            result.json.error.message)
        h.run(0, { script, h.url(database), "--resume" })
        assert.equal("2", h.sql(database, "SELECT count(*) FROM log"))
    end)

    it("can't write the source", function()
        for _, sql in ipairs { "insert into t values (3, 'c')", "create table x(y)", "pragma user_version = 7",
            "pragma journal_mode = wal", "vacuum" } do
            refused(('src:exec "%s"'):format(sql), "")
        end
    end)

    it("can't commit what has failed by not telling", function()
        local result = refused('pcall(dst.exec, dst, "select 1/0")', "a statement had failed, and the function went on")
        assert.matches("savepoint", result.json.error.hint)
    end)

    it("may take a part back by a savepoint", function()
        local script, database = prepared [[dst:exec "savepoint a"
            pcall(dst.exec, dst, "insert into log values (1/0)")
            dst:exec "rollback to a"]]
        h.run(0, { script, h.url(database) })
        assert.equal("work", h.sql(database, "SELECT * FROM log"))
    end)

    it("can't leave a writer or rows under way", function()
        refused('local out = dst:writer("log", { "at" }) out:write "x"', "has left the writer of log under way")
        refused('kept.next = dst:rows "select generate_series(1, 9)" kept.next()', "under way")
    end)

    it("can't use its handles when it is over", function()
        for _, call in ipairs { "kept.dst:exec 'select 1'", "kept.dst:value 'select 1'",
            "kept.dst:writer('log', { 'at' })" } do
            local script, database = prepared("kept.src, kept.dst = src, dst",
                ("after_load = function() %s end"):format(call))
            local result = h.run(5, { script, h.url(database) })
            assert.matches("after_load: .*before_load is over, and with it the handle of the target",
                result.json.error.message)
        end
        local script, database = prepared("kept.src = src", "after_load = function() kept.src:value 'select 1' end")
        assert.matches("the handle is closed", h.run(5, { script, h.url(database) }).json.error.message, 1, true)
    end)

    it("that raises stops the run with what it raised", function()
        refused('error "enough"', "enough")
        refused('error({ code = 7 })', "error object: a table")
        refused('error()', "error object: nil")
        refused('local x = nil; x.y = 1', "attempt to index a nil value")
        local result = refused('dst:exec "insert into log values (1, 2)"', "more expressions than target columns")
        assert.equal("server", result.json.error.kind)
    end)

    it("that never ends is ended by a signal, and done again", function()
        for _, body in ipairs { "while true do end", "while true do pcall(function() end) end",
            "dst:exec 'select pg_sleep(600)'",
            "src:value 'with recursive c(n) as (select 1 union all select n + 1 from c) select max(n) from c'" } do
            local script, database = prepared(('if os.getenv "DO" then %s end'):format(body))
            local running = h.start({ "run", script, h.url(database) }, { env = { DO = "yes" } })
            assert(h.process.wait(20, function()
                return h.sql(database, [[SELECT count(*) FROM pg_locks WHERE relation = 'log'::regclass]]) ~= "0"
            end))
            h.process.sleep(0.2)
            running:kill "INT"
            assert.equal(130, running:finish(h.PROMPT).code, body)
            nothing_stands(database)
            h.run(0, { script, h.url(database), "--resume" })
            assert.equal("1", h.sql(database, "SELECT count(*) FROM log"))
        end
    end)

    it("may change role, paths, limits: the journal is written all the same", function()
        local script, database = prepared [[dst:exec "create role hk_nobody"
            dst:exec "set role hk_nobody"
            dst:exec "set search_path to nowhere"
            dst:exec "set local statement_timeout to '1min'"
            dst:exec "set local session authorization hk_nobody"]]
        h.run(0, { script, h.url(database) })
        h.sql(database, "DROP ROLE hk_nobody")
    end)

    it("whose deferred constraint does not hold is refused at its end", function()
        local script, database = prepared [[dst:exec "create table p(id int primary key)"
            dst:exec "create table c(id int references p deferrable initially deferred)"
            dst:exec "insert into c values (1)"]]
        local result = h.run(5, { script, h.url(database) })
        assert.matches("^before_load: .*violates foreign key constraint", result.json.error.message)
        nothing_stands(database)
    end)

    it("has deferred triggers that find their tables as it does itself", function()
        local script, database = prepared [[dst:exec "create schema own"
            dst:exec "set search_path to own, public"
            dst:exec "create table own.seen (at text)"
            dst:exec("create function see() returns trigger language plpgsql as "
                .. "'begin insert into seen values (new.at); return null; end'")
            dst:exec("create constraint trigger see after insert on log deferrable initially deferred for each row "
                .. "execute function see()")
            dst:exec "insert into log values ('late')"]]
        h.run(0, { script, h.url(database) })
        assert.equal("late", h.sql(database, "SELECT * FROM own.seen"))
    end)

    it("may change the run's tables", function()
        local script, database = prepared [[dst:exec "alter table t add more int default 7"
            dst:exec "create index on t (v)"]]
        h.run(0, { script, h.url(database) })
        assert.equal("1|a|7\n2|b|7", h.sql(database, "SELECT * FROM t ORDER BY id"))
    end)

    it("may leave tables that stop the load, which is gone on with once they do not", function()
        local script, database = prepared [[dst:exec "create table block ()"
            dst:exec "insert into block default values"
            dst:exec("create function may_go() returns boolean language sql as "
                .. "'select not exists (select from public.block)'")
            dst:exec "alter table t add check (may_go())"]]
        h.run(5, { script, h.url(database) })
        h.sql(database, "DELETE FROM block")
        h.run(0, { script, h.url(database), "--resume" })
        assert.equal("2", h.sql(database, "SELECT count(*) FROM t"))
    end)
end)
