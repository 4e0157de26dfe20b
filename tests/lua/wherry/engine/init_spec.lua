-- A run as a value: the engine prints nothing and raises nothing, whatever happens. Real runs are in tests/e2e.
local core = require "wherry.core"
local engine = require "wherry.engine"
local Target = require "tests.support.target"

describe("engine.run", function()
    local target, place
    setup(function()
        target = Target.start()
        place = core.sys.temp "wherry-test-"
    end)
    teardown(function()
        target:stop()
        core.sys.remove_tree(place)
    end)

    local function source(name, sql)
        local path = place .. "/" .. name
        os.remove(path)
        assert(core.sys.spawn { "sqlite3", path, sql } == 0)
        return path
    end

    local function run(options)
        local said, told = {}, {}
        local defaults = { target = options.conninfo or target:database(), check = true, retry = 0, journal = "wherry",
            step_rows = 2, step_bytes = 1000000, command = "wherry run", getenv = function() end,
            log = function(_, text) said[#said + 1] = text end,
            progress = function(state) told[#told + 1] = state end }
        for name, value in pairs(options) do
            defaults[name] = value
        end
        return engine.run(defaults), table.concat(said, "\n"), told
    end

    it("counts what it loaded, and tells each table once as done", function()
        local path = source("a.db", "CREATE TABLE t(v INTEGER); INSERT INTO t VALUES (1), (2), (3); CREATE TABLE u(v)")
        local result, _, told = run { source = path }
        assert.same({ "counted", 0, 1 }, { result.status, result.exit, result.run })
        local done = {}
        for _, state in ipairs(told) do
            done[#done + 1] = state.done and state.table or nil
        end
        table.sort(done)
        assert.same({ "t", "u" }, done)
    end)

    it("is a failure, not an error, where there is no source or no server", function()
        local result = run { source = place .. "/nothing.db" }
        assert.same({ "failed", 3 }, { result.status, result.exit })
        result = run { source = source("b.db", "CREATE TABLE t(v)"), target = "host=/nowhere user=u dbname=d" }
        assert.same({ "failed", 3, "connection" }, { result.status, result.exit, result.error.kind })
    end)

    it("has written nothing when its first step is refused", function()
        local conninfo = target:database()
        local session = target:session { conninfo = conninfo }
        session:query [[CREATE FUNCTION public.no() RETURNS event_trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'no tables today'; END $$]]
        session:query [[CREATE EVENT TRIGGER no ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
            EXECUTE FUNCTION public.no()]]
        local result = run { source = source("c.db", "CREATE TABLE t(v)"), conninfo = conninfo }
        assert.same({ "failed", 3, nil }, { result.status, result.exit, result.run })
        assert.same({}, session:query "SELECT 1 FROM pg_namespace WHERE nspname = 'wherry'")
    end)

    it("keeps the run's number and its objects when it stops half-way, and what stopped it in the journal", function()
        local conninfo = target:database()
        local path = source("d.db", [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, CAST(x'6100' AS TEXT))]])
        local result = run { source = path, conninfo = conninfo }
        assert.same({ "failed", 5, 1, "value" }, { result.status, result.exit, result.run, result.error.kind })
        assert.same({ rows = 2, tables = 1 }, result.committed)
        assert.equal("not_carried", result.objects[1].outcome)
        local session = target:session { conninfo = conninfo }
        local row = session:query("SELECT state, status, error FROM wherry.run")[1]
        assert.same({ "stopped", "failed", result.error.message }, { row.state, row.status, row.error })
        result = run { source = path, conninfo = conninfo }
        assert.same({ "refused", 4, "unfinished_run" }, { result.status, result.exit, result.findings[1].code })
    end)

    it("of a changed source names the run that can't go on", function()
        local conninfo = target:database()
        local path = source("e.db", "CREATE TABLE t(v TEXT); INSERT INTO t VALUES (CAST(x'6100' AS TEXT))")
        run { source = path, conninfo = conninfo }
        assert(core.sys.spawn { "sqlite3", path, "UPDATE t SET v = 'mended'" } == 0)
        local result = run { source = path, conninfo = conninfo, resume = true }
        assert.same({ "failed", 5, 1, "changed" }, { result.status, result.exit, result.run, result.error.kind })
        result = run { source = path, conninfo = conninfo, restart = true }
        assert.same({ "counted", 0, 2 }, { result.status, result.exit, result.run })
    end)

    it("writes no journal where the journal can't be", function()
        local result = run { source = source("f.db", "CREATE TABLE t(v)"), journal = "public" }
        assert.same({ "failed", 2, "usage" }, { result.status, result.exit, result.error.kind })
    end)
end)
