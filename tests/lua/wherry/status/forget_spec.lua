-- forget.run as a value: what it removes, and that it never raises.
local forget = require "wherry.status.forget"
local run_case = require "tests.support.run_case"

describe("forget.run", function()
    local case, source, conninfo, session
    setup(function() case = run_case.start() end)
    teardown(function() case:stop() end)
    before_each(function()
        source, conninfo = case:source "CREATE TABLE a(v); INSERT INTO a VALUES (1)", case.target:database()
        case:run { source = source, target = conninfo }
        session = case.target:session { conninfo = conninfo }
    end)

    local function run(changes)
        local options = case.options { target = conninfo, run = 1 }
        for name, value in pairs(changes or {}) do
            options[name] = value
        end
        return forget.run(options)
    end

    local function left()
        local list = {}
        for _, name in ipairs { "run", "source", "source_table", "slice", "slice_target", "slice_column", "object",
            "reject" } do
            list[#list + 1] = session:query("SELECT count(*) AS n FROM wherry." .. name)[1].n
        end
        return table.concat(list, " ")
    end

    it("leaves nothing of a run that is done or was taken back", function()
        for _, state in ipairs { "done", "removed" } do
            session:query(("UPDATE wherry.run SET state = '%s'"):format(state))
            local result = run()
            assert.same({ "done", 0, 1, 0 }, { result.status, result.exit, result.run, result.rejects_gone })
            assert.equal("0 0 0 0 0 0 0 0", left())
            session:query "DROP SCHEMA wherry CASCADE"
            session:query "DROP TABLE public.a"
            case:run { source = source, target = conninfo }
        end
    end)

    it("leaves all of another one", function()
        local before = left()
        for state, words in pairs { running = "it is dead", stopped = "stopped half%-way" } do
            session:query(("UPDATE wherry.run SET state = '%s'"):format(state))
            local result = run { force = true }
            assert.same({ "failed", 4, "plan" }, { result.status, result.exit, result.error.kind })
            assert.matches(words, result.error.message)
            assert.equal(before, left())
        end
    end)

    it("keeps what the journal alone knows, unless it is told not to; of a run taken back there is nothing", function()
        session:query [[INSERT INTO wherry.object (run, kind, name, sql, aside_sql, state, outcome)
            VALUES (1, 'index', 'i', 'CREATE INDEX i', 'DROP INDEX i', 'failed', 'exact')]]
        local result = run()
        assert.equal(4, result.exit)
        assert.matches("CREATE INDEX i", result.error.hint, 1, true)
        session:query "UPDATE wherry.run SET state = 'removed'"
        assert.equal(0, run().exit)
        assert.equal(2, run({ force = true }).exit)
    end)

    it("says which run is not there, or not of this source, and what the server says", function()
        assert.same({ 2, "the target's journal holds no run 2" }, { run({ run = 2 }).exit, run({ run = 2 })
            .error.message })
        assert.matches("no run 1 of /other.db", run({ source = "/other.db" }).error.message, 1, true)
        assert.equal(0, run({ source = source }).exit)
        assert.equal(2, run({ target = case.target:database() }).exit)
        assert.equal(3, run({ target = "host=/nowhere user=u dbname=d" }).exit)
    end)
end)
