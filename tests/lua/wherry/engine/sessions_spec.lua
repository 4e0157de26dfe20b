-- Other sessions at the same target: the holder of the lock in words, one that is dead, and what dead runs left behind.
local core = require "wherry.core"
local sessions = require "wherry.engine.sessions"
local Target = require "tests.support.target"

describe("sessions", function()
    local target
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)

    local QUIET = sessions.QUIET_SECONDS
    after_each(function() sessions.QUIET_SECONDS = QUIET end)

    local function pair(log)
        local conninfo = target:database()
        return target:session { conninfo = conninfo, retry = 0 }, target:session { conninfo = conninfo, log = log }
    end

    -- Takes the lock without what a living session does: nothing more is heard of it.
    local function hold_in_silence(session)
        assert(session.connection:query(("SELECT pg_try_advisory_lock(%s) AS got"):format(sessions.LOCK_KEY),
            { session.schema })[1].got == "t")
    end

    local function journal_of_one(session)
        session:query "CREATE SCHEMA wherry"
        session:query [[CREATE TABLE wherry.run (id bigint, operator text, host text, started timestamptz)]]
        session:query [[INSERT INTO wherry.run VALUES (7, 'maria', 'build-1', '2026-11-21 14:02:03+00')]]
        session:query "CREATE TABLE wherry.slice AS SELECT 1 AS id"
    end

    it("name the holder of the lock, with its run as the journal knows it", function()
        local holder, other = pair()
        assert.is_nil(sessions.holder(other))
        holder:lock(0)
        assert.matches("^server process %d+, client local, connected since [%d-]+ [%d:]+ UTC$",
            sessions.describe(other, sessions.holder(other)))
        holder:name_run(7)
        assert.matches("^server process %d+, client local, connected since", sessions.describe(other,
            sessions.holder(other)))
        journal_of_one(holder)
        assert.matches("; run 7 of maria on host build%-1, begun 2026%-11%-21 14:02:03 UTC$", sessions.describe(other,
            sessions.holder(other)))
        assert.equal("a session that has just ended", sessions.describe(other, nil))
    end)

    it("bear the run's name over a lost connection", function()
        local session, other = pair()
        session:name_run(12)
        other.connection:query("SELECT pg_terminate_backend($1::int, 5000)",
            { session:query("SELECT pg_backend_pid() AS pid")[1].pid })
        session.retry = 5
        assert.equal("wherry run 12", session:query("SELECT current_setting('application_name') AS n")[1].n)
    end)

    it("end a holder that nothing is heard of, once it has been quiet for long", function()
        local log = {}
        local dead, session = pair(log)
        dead:name_run(7)
        hold_in_silence(dead)
        assert.equal("environment", Target.fault(session.lock, session, 0).kind)
        sessions.QUIET_SECONDS = 1
        core.sys.sleep(1.6)
        session:lock(0)
        assert.is_true(session.locked)
        assert.matches("nothing has been heard for %d+ s", log[#log])
    end)

    it("leave a holder alone that has not begun its run, and one that is at a statement", function()
        local dead, session = pair()
        hold_in_silence(dead)
        sessions.QUIET_SECONDS = 0
        core.sys.sleep(0.1)
        assert.equal("environment", Target.fault(session.lock, session, 0).kind)
        assert.is_false(sessions.end_quiet(session, { pid = "1", name = "wherry run 7", state = "active",
            quiet = "1000" }))
        assert.is_false(sessions.end_quiet(session, { pid = "1", name = "wherry run 7", quiet = "1000" }))
    end)

    it("that live are heard of although their owner says nothing", function()
        local session, other = pair()
        session:name_run(7)
        session:lock(0)
        core.sys.sleep(6.2)
        assert.is_true(tonumber(sessions.holder(other).quiet) <= 3)
        assert.equal("1", session:query("SELECT 1 AS n")[1].n)
    end)

    it("of a dead run are ended when they hold what the journal is made of, and no other ones", function()
        local log = {}
        local holder, session = pair(log)
        journal_of_one(session)
        holder:name_run(7)
        local bystander = target:session { conninfo = session.conninfo }
        bystander:query "BEGIN"
        bystander:query "SELECT * FROM wherry.slice"
        session:lock(0)
        sessions.end_orphans(session)
        assert.same({}, log)
        holder.connection:query "BEGIN"
        holder.connection:query "SELECT 1 FROM wherry.slice FOR UPDATE"
        sessions.end_orphans(session)
        assert.matches("ends server process %d+, which a dead run has left behind: SELECT 1 FROM wherry.slice", log[1])
        assert.equal("connection", Target.fault(holder.query, holder, "SELECT 1").kind)
        assert.equal("1", bystander:query("SELECT 1 AS n")[1].n)
    end)

    it("that are at their commit may end it", function()
        local log = {}
        local holder, session = pair(log)
        journal_of_one(session)
        session:lock(0)
        holder.connection:query "BEGIN"
        holder.connection:query "SELECT 1 FROM wherry.slice FOR UPDATE"
        local ended = coroutine.wrap(function() holder.connection:query "COMMIT" end)
        local sleep = core.sys.sleep
        core.sys.sleep = function(seconds) -- the commit comes while it is waited for
            sleep(seconds)
            if ended then
                ended()
                ended = nil
            end
        end
        local ok, fault = pcall(sessions.end_orphans, session)
        core.sys.sleep = sleep
        assert(ok, fault)
        assert.same({}, log)
    end)

    it("of another role can't be ended, and are named", function()
        local holder, session = pair()
        journal_of_one(session)
        session:query "CREATE ROLE weak"
        session:query "GRANT USAGE ON SCHEMA wherry TO weak"
        session:query "GRANT ALL ON ALL TABLES IN SCHEMA wherry TO weak"
        holder.connection:query "BEGIN"
        holder.connection:query "SELECT 1 FROM wherry.slice FOR UPDATE"
        session:query "SET ROLE weak"
        local sleep, clock, now = core.sys.sleep, core.sys.clock, 0
        core.sys.sleep, core.sys.clock = function(seconds) now = now + seconds end, function() return now end
        local ok, fault = pcall(sessions.end_orphans, session)
        core.sys.sleep, core.sys.clock = sleep, clock
        assert.is_false(ok)
        assert.matches("server process %d+, of a dead run, is still at work", fault.message)
        assert.matches("pg_terminate_backend", fault.hint)
    end)
end)
