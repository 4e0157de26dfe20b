-- status.run as a value: what is looked for, what a watch waits for, which code says how a run has ended.
local core = require "wherry.core"
local run_case = require "tests.support.run_case"
local sessions = require "wherry.engine.sessions"
local status = require "wherry.status"

describe("status.run", function()
    local case, source, conninfo
    setup(function()
        case = run_case.start()
        source, conninfo = case:source "CREATE TABLE a(v); INSERT INTO a VALUES (1)", case.target:database()
        assert.equal(1, case:run({ source = source, target = conninfo }).run)
        assert.equal(2, case:run({ source = case:source "CREATE TABLE b(v)", target = conninfo }).run)
    end)
    teardown(function() case:stop() end)

    local function look(changes)
        local shown = {}
        local options = case.options { target = conninfo, show = function(run) shown[#shown + 1] = run end }
        for name, value in pairs(changes or {}) do
            options[name] = value
        end
        return status.run(options), shown
    end

    local function ids(result)
        local list = {}
        for i, run in ipairs(result.runs) do
            list[i] = run.id
        end
        return list
    end

    it("lists runs, the newest first, as many as are asked for", function()
        local result = look()
        assert.same({ "done", 0, "wherry", { 2, 1 }, false }, { result.status, result.exit, result.journal,
            ids(result), result.more })
        assert.same({ { 2 }, true }, { ids(look { limit = 1 }), look({ limit = 1 }).more })
        assert.same({ { 2, 1 }, false }, { ids(look { limit = 2 }), look({ limit = 2 }).more })
        assert.same({ 1 }, ids(look { source = source }))
        assert.is_nil(result.runs[1].tables)
        assert.equal("a", look({ run = 1 }).runs[1].tables[1].table)
    end)

    it("opens the source for nothing", function()
        local gone = case:source "CREATE TABLE a(v)"
        case:run { source = gone, target = case.target:database() }
        core.sys.spawn { "sh", "-c", "echo no database > " .. gone }
        assert.same({ {}, "done" }, { ids(look { source = gone }), look({ source = gone }).status })
    end)

    it("says what is not there", function()
        local result = look { run = 9 }
        assert.same({ "failed", 2, "the target's journal holds no run 9" }, { result.status, result.exit,
            result.error.message })
        result = look { run = 2, source = source }
        assert.matches("no run 2 of " .. source, result.error.message, 1, true)
        result = look { target = case.target:database() }
        assert.same({ "done", 0, nil, {} }, { result.status, result.exit, result.journal, result.runs })
        assert.matches("no run 9", look({ target = case.target:database(), watch = true, run = 9 }).error.message)
        assert.equal(3, look({ target = "host=/nowhere user=u dbname=d" }).exit)
    end)

    it("writes nothing and locks nothing", function()
        local session = case.target:session { conninfo = conninfo }
        local before = session:query "SELECT txid_current() AS id"[1].id
        session:query "BEGIN"
        session:query "LOCK wherry.run, wherry.slice, wherry.object IN EXCLUSIVE MODE"
        session:query(("SELECT pg_advisory_lock(%s)"):format(sessions.LOCK_KEY), { "wherry" })
        assert.equal("done", look({ run = 1 }).status)
        session:query "COMMIT"
        session:query "SELECT pg_advisory_unlock_all()"
        assert.is_true(tonumber(session:query "SELECT txid_current() AS id"[1].id) - before <= 2)
    end)

    describe("of a watch", function()
        local session
        local DEAD_SECONDS = status.DEAD_SECONDS
        before_each(function()
            session = case.target:session { conninfo = conninfo }
            session:query "SELECT set_config('application_name', 'wherry run 2', false)"
        end)
        after_each(function()
            status.DEAD_SECONDS = DEAD_SECONDS
            session:query "UPDATE wherry.run SET state = 'done', status = 'counted'"
            session:query "SELECT pg_advisory_unlock_all()"
        end)

        local function becomes(text)
            session:query("UPDATE wherry.run SET " .. text .. " WHERE id = 2")
        end

        it("waits for the run to begin, and says so once", function()
            local empty, said, looks = case.target:database(), {}, 0
            local later, real = case:source "CREATE TABLE c(v)", core.sys.sleep
            finally(function() core.sys.sleep = real end)
            core.sys.sleep = function(seconds)
                looks = looks + 1
                if looks == 3 then
                    case:run { source = source, target = empty }
                elseif looks == 6 then
                    case:run { source = later, target = empty, journal = "wherry" }
                end
                return real(seconds / 100)
            end
            local function log(_, text) said[#said + 1] = text:match "^waits.*" end
            assert.same({ 1 }, ids(look { target = empty, watch = true, log = log }))
            assert.same({ 2 }, ids(look { target = empty, watch = true, log = log, source = later }))
            assert.same({ "waits for a run to begin: the target has no journal yet",
                "waits for a run to begin: the target's journal holds none of " .. later }, said)
            assert.equal(6, looks)
        end)

        it("gives the code of the end", function()
            for text, code in pairs { ["state = 'done', status = 'counted'"] = 0,
                ["state = 'done', status = 'differs'"] = 1, ["state = 'stopped', status = 'failed'"] = 5,
                ["state = 'stopped', status = 'interrupted'"] = 5, ["state = 'removed'"] = 1 } do
                becomes(text)
                local result, shown = look { watch = true }
                assert.same({ code, "done", { 2 }, {} }, { result.exit, result.status, ids(result), shown })
            end
        end)

        it("goes on with the run that it began with, until that one has ended", function()
            session:query(("SELECT pg_advisory_lock(%s)"):format(sessions.LOCK_KEY), { "wherry" })
            becomes "state = 'running', status = NULL, finished = NULL"
            local shown = {}
            local result = look { watch = true, show = function(run)
                shown[#shown + 1] = run
                if #shown == 2 then
                    session:query "INSERT INTO wherry.run (id, state, choices, plan) VALUES (3, 'done', '', '')"
                    becomes "state = 'done', status = 'differs'"
                end
            end }
            session:query "DELETE FROM wherry.run WHERE id = 3"
            assert.same({ 1, { 2 }, 2 }, { result.exit, ids(result), #shown })
            assert.same({ "running", "finishing" }, { shown[1].state, shown[1].phase })
        end)

        it("gives a run that seems dead some time to come back", function()
            becomes "state = 'running', status = NULL, finished = NULL"
            local states = {}
            status.DEAD_SECONDS = 2.5
            local result = look { watch = true, show = function(run)
                states[#states + 1] = run.state
                if #states == 1 then -- it is back for a moment, which counts
                    session:query(("SELECT pg_advisory_lock(%s)"):format(sessions.LOCK_KEY), { "wherry" })
                elseif #states == 2 then
                    session:query "SELECT pg_advisory_unlock_all()"
                end
            end }
            assert.same({ "dead", "running", "dead", "dead", "dead" }, states)
            assert.same({ 5, "dead" }, { result.exit, result.runs[1].state })
        end)

        it("is a failure, not an error, when the journal goes meanwhile", function()
            local other = case.target:database()
            case:run { source = source, target = other }
            local own = case.target:session { conninfo = other }
            own:query "SELECT set_config('application_name', 'wherry run 1', false)"
            own:query(("SELECT pg_advisory_lock(%s)"):format(sessions.LOCK_KEY), { "wherry" })
            own:query "UPDATE wherry.run SET state = 'running'"
            local result = look { target = other, watch = true,
                show = function() own:query "DELETE FROM wherry.run" end }
            assert.same({ "failed", 2 }, { result.status, result.exit })
            assert.matches("no run 1", result.error.message)
        end)
    end)
end)
