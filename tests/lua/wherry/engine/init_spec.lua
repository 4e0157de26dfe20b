-- A run as a value: the engine prints nothing and raises nothing, whatever happens. Real runs are in tests/e2e.
local run_case = require "tests.support.run_case"

describe("engine.run", function()
    local case, target
    setup(function()
        case = run_case.start()
        target = case.target
    end)
    teardown(function() case:stop() end)

    local function run(options)
        local said, told = {}, {}
        options.log = function(_, text) said[#said + 1] = text end
        options.progress = function(state) told[#told + 1] = state end
        return case:run(options), table.concat(said, "\n"), told
    end

    it("counts what it loaded, and tells each table once as done", function()
        local path = case:source("CREATE TABLE t(v INTEGER); INSERT INTO t VALUES (1), (2), (3); CREATE TABLE u(v)")
        local result, _, told = run { source = path }
        assert.same({ "verified", 0, 1 }, { result.status, result.exit, result.run })
        local done = {}
        for _, state in ipairs(told) do
            done[#done + 1] = state.done and state.table or nil
        end
        table.sort(done)
        assert.same({ "t", "u" }, done)
    end)

    it("says what it is at before the load of a large source", function()
        local sql = "CREATE TABLE t(v INTEGER); CREATE TABLE big(v); INSERT INTO big VALUES (zeroblob(%d))"
        local result, said = run { source = case:source(sql:format(64 << 20)), skip = { "big" }, check = false }
        assert.equal(0, result.exit)
        assert.matches("reads the source once, to see what its columns hold %(64 MB%)\n", said)
        local _, nothing = run { source = case:source(sql:format(1000)), skip = { "big" }, check = false }
        assert.is_nil(nothing:find("the source", 1, true))
    end)

    it("is a failure, not an error, where there is no source or no server", function()
        local result = run { source = case.place .. "/nothing.db" }
        assert.same({ "failed", 3 }, { result.status, result.exit })
        result = run { source = case:source("CREATE TABLE t(v)"), target = "host=/nowhere user=u dbname=d" }
        assert.same({ "failed", 3, "connection" }, { result.status, result.exit, result.error.kind })
    end)

    it("has written nothing when its first step is refused", function()
        local conninfo = target:database()
        local session = target:session { conninfo = conninfo }
        session:query [[CREATE FUNCTION public.no() RETURNS event_trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'no tables today'; END $$]]
        session:query [[CREATE EVENT TRIGGER no ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
            EXECUTE FUNCTION public.no()]]
        local result = run { source = case:source("CREATE TABLE t(v)"), target = conninfo }
        assert.same({ "failed", 3, nil }, { result.status, result.exit, result.run })
        assert.same({}, session:query "SELECT 1 FROM pg_namespace WHERE nspname = 'wherry'")
    end)

    it("keeps the run's number and its objects when it stops half-way, and what stopped it in the journal", function()
        local conninfo = target:database()
        local path = case:source([[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, CAST(x'6100' AS TEXT))]])
        local result = run { source = path, target = conninfo }
        assert.same({ "failed", 5, 1, "value" }, { result.status, result.exit, result.run, result.error.kind })
        assert.same({ rows = 2, tables = 1 }, result.committed)
        assert.equal("not_carried", result.objects[1].outcome)
        local session = target:session { conninfo = conninfo }
        local row = session:query("SELECT state, status, error FROM wherry.run")[1]
        assert.same({ "stopped", "failed", result.error.message }, { row.state, row.status, row.error })
        result = run { source = path, target = conninfo }
        assert.same({ "refused", 4, "unfinished_run" }, { result.status, result.exit, result.findings[1].code })
    end)

    it("is not taken back for one that its plan would refuse", function()
        local conninfo = target:database()
        local path = case:source([[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, CAST(x'6100' AS TEXT))]])
        run { source = path, target = conninfo }
        local result = run { source = path, target = conninfo, restart = true, only = { "no such table" } }
        assert.same({ "refused", 4, nil }, { result.status, result.exit, result.run })
        result = run { source = path, target = conninfo, restart = true, indexes = "keep" }
        assert.same({ "failed", 4, "plan" }, { result.status, result.exit, result.error.kind })
        local session = target:session { conninfo = conninfo }
        assert.equal("2", session:query("SELECT count(*) AS n FROM public.t")[1].n)
        assert.equal("stopped", session:query("SELECT state FROM wherry.run")[1].state)
    end)

    it("of a changed source names the run that can't go on", function()
        local conninfo = target:database()
        local path = case:source("CREATE TABLE t(v TEXT); INSERT INTO t VALUES (CAST(x'6100' AS TEXT))")
        run { source = path, target = conninfo }
        case.change(path, "UPDATE t SET v = 'mended'")
        local result = run { source = path, target = conninfo, resume = true }
        assert.same({ "failed", 5, 1, "changed" }, { result.status, result.exit, result.run, result.error.kind })
        result = run { source = path, target = conninfo, restart = true }
        assert.same({ "verified", 0, 2 }, { result.status, result.exit, result.run })
    end)

    it("writes no journal where the journal can't be", function()
        local result = run { source = case:source("CREATE TABLE t(v)"), journal = "public" }
        assert.same({ "failed", 2, "usage" }, { result.status, result.exit, result.error.kind })
    end)
end)
