-- The engine's own connection: repeated work, the lock, the last word.
local failure = require "wherry.failure"
local Target = require "tests.support.target"

describe("a session", function()
    local target
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)

    local function cut(session, other)
        local pid = session:query("SELECT pg_backend_pid() AS pid")[1].pid
        other.connection:query("SELECT pg_terminate_backend($1::int, 5000)", { pid }) -- waits until it has ended
        return pid
    end

    local function pair(options)
        options = options or {}
        options.conninfo = target:database()
        return target:session(options), target:session { conninfo = options.conninfo, retry = 0 }
    end

    it("connects again, and says so", function()
        local log = {}
        local session, other = pair { log = log }
        local pid = cut(session, other)
        assert.not_equal(pid, session:query("SELECT pg_backend_pid() AS pid")[1].pid)
        assert.matches("trying again$", log[1])
    end)

    it("raises what another attempt would meet again, at once", function()
        local log = {}
        local session = target:session { log = log }
        assert.equal("42703", Target.fault(session.query, session, "SELECT nothing").sqlstate)
        assert.same({}, log)
    end)

    it("tries again what passes by itself", function()
        local session, other = pair()
        session:query "CREATE SEQUENCE public.times"
        session:query [[CREATE FUNCTION public.twice() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('public.times') < 3 THEN RAISE 'deadlock' USING ERRCODE = '40P01'; END IF; RETURN 7; END $$]]
        assert.equal("7", session:query("SELECT public.twice() AS n")[1].n)
        assert.equal("40P01", Target.fault(other.query, other, [[DO $$ BEGIN
            RAISE 'deadlock' USING ERRCODE = '40P01'; END $$]]).sqlstate)
    end)

    it("gives up when the same work loses the connection again and again", function()
        local session = target:session { retry = 1 }
        local begun = os.time()
        local fault = Target.fault(session.query, session, "SELECT pg_terminate_backend(pg_backend_pid())")
        assert.equal("connection", fault.kind)
        assert.is_true(os.time() - begun < 15)
        assert.equal("1", session:query("SELECT 1 AS n")[1].n)
    end)

    it("holds a step open for work beside it, again where its connection is lost", function()
        local session = pair()
        session:query "CREATE TABLE public.step (done boolean)"
        session:query "INSERT INTO public.step VALUES (false)"
        session:query "CREATE TABLE public.work (n int)"
        local beside, attempts = session:beside(), 0
        local function work(connection)
            attempts = attempts + 1
            connection:query "INSERT INTO public.work VALUES (1)"
            if attempts == 1 then
                pcall(connection.query, connection, "SELECT pg_terminate_backend(pg_backend_pid())")
            end
            return { { "UPDATE public.step SET done = true" } }
        end
        local function step()
            return beside:held_step("SELECT 1 FROM public.step WHERE NOT done FOR UPDATE", {}, work)
        end
        assert.is_true(step())
        assert.is_false(step())
        beside:close()
        assert.equal(2, attempts)
        assert.equal("1", session:query("SELECT count(*) AS n FROM public.work")[1].n)
    end)

    it("undoes a held step whose work raises", function()
        local session = pair()
        session:query "CREATE TABLE public.work (n int)"
        local beside = session:beside()
        assert.equal("enough", Target.fault(beside.held_step, beside, "SELECT 1", {}, function(connection)
            connection:query "INSERT INTO public.work VALUES (1)"
            error("enough", 0)
        end))
        assert.is_false(beside.connection:in_transaction())
        beside:close()
        session:beside():close() -- it never connected
        assert.equal("0", session:query("SELECT count(*) AS n FROM public.work")[1].n)
    end)

    it("holds the lock against another, and gets it back over a lost connection", function()
        local session, other = pair()
        session:lock(0)
        local fault = Target.fault(other.lock, other, 0)
        assert.equal("environment", fault.kind)
        assert.matches("server process %d+, client local", fault.message)
        cut(session, other)
        session:query "SELECT 1"
        assert.is_true(session.locked)
        assert.equal("environment", Target.fault(other.lock, other, 0).kind)
    end)

    it("gets the lock back while others work, by looking", function()
        local session, other = pair()
        session:hold(2)
        assert.is_false(session.locked)
        session:lock(0)
        session:hold(2)
        cut(session, other)
        assert.is_true(session.locked)
        session:hold(2)
        assert.equal("environment", Target.fault(other.lock, other, 0).kind)
        local ended = cut(session, other)
        other:lock(2)
        local holder = session:hold(2)
        assert.is_false(session.locked)
        assert.equal(other:query("SELECT pg_backend_pid() AS pid")[1].pid, holder.pid)
        session.backend = holder.pid -- the server has not noticed yet that the connection was lost
        assert.is_nil(session:hold(2))
        session.backend = ended
        other:close()
        for _ = 1, 50 do
            session:hold(2)
        end
        assert.is_true(session.locked)
    end)

    it("waits for no server that is not there", function()
        local session, other = pair()
        session:lock(0)
        cut(session, other)
        local conninfo = session.conninfo
        session.conninfo = "host=/nowhere"
        session:hold(2)
        session:hold(2)
        assert.is_false(session.locked)
        session.conninfo = conninfo
        session:hold(2)
        assert.is_true(session.locked)
    end)

    it("says that it waits for the lock", function()
        local log = {}
        local conninfo = target:database()
        target:session({ conninfo = conninfo }):lock(0)
        local other = target:session { conninfo = conninfo, log = log }
        assert.equal("environment", Target.fault(other.lock, other, 2.5).kind)
        assert.equal(1, #log)
        assert.matches("waits for another run.*server process %d+", log[1])
    end)

    it("does nothing more when somebody else has taken the lock", function()
        local session, other = pair { retry = 0.5 }
        session:lock(0)
        cut(session, other)
        other:lock(2)
        assert.equal("environment", Target.fault(session.query, session, "SELECT 1").kind)
        assert.is_false(session.locked)
        session:revive(0.2)
        assert.is_false(session.locked)
        assert.equal("1", session:query("SELECT 1 AS n")[1].n)
    end)

    it("is revived with its lock for a last word", function()
        local session, other = pair()
        session:lock(0)
        cut(session, other)
        session:revive(3)
        assert.is_true(session.locked)
        cut(session, other)
        assert.equal("connection", Target.fault(session.query, session, "SELECT 1").kind)
    end)

    it("locks one journal, not another", function()
        local session, _ = pair()
        local other = target:session { conninfo = session.conninfo, schema = "another" }
        session:lock(0)
        other:lock(0)
    end)

    it("carries a step out once", function()
        local session = target:session()
        session:query "CREATE TABLE public.step AS SELECT false AS done"
        local function step()
            return session:step("SELECT 1 FROM public.step WHERE NOT done FOR UPDATE", {},
                { { "UPDATE public.step SET done = true" } })
        end
        assert.is_true(step())
        assert.is_false(step())
    end)

    -- The session's next step is carried out, or not, and its acknowledgement is lost.
    local function lose_acknowledgement(session, carried_out)
        local connection = session.connection
        session.connection = { step = function(_, ...)
            if carried_out then
                connection:step(...)
            end
            error(failure.new("connection", "the server closed the connection"), 0)
        end, close = function() connection:close() end }
    end

    it("settles a lost acknowledgement by looking, whichever way it went", function()
        for _, carried_out in ipairs { true, false } do
            local log = {}
            local session = target:session { log = log }
            session:query "CREATE TABLE public.step AS SELECT false AS done, 0 AS times"
            lose_acknowledgement(session, carried_out)
            assert.equal(not carried_out, session:step("SELECT 1 FROM public.step WHERE NOT done FOR UPDATE", {},
                { { "UPDATE public.step SET done = true, times = times + 1" } }))
            assert.equal("1", session:query("SELECT times FROM public.step")[1].times)
            assert.equal("the server closed the connection; trying again", log[1])
        end
    end)

    it("rehearses statements and takes all of them back", function()
        local session = target:session()
        local refused = session:rehearse { "CREATE TABLE public.r(id int)", "SELECT nothing",
            "CREATE VIEW public.v AS SELECT id FROM public.r", "CREATE TABLE public.r(again int)" }
        assert.same({ "42703", "42P07" }, { refused[2].sqlstate, refused[4].sqlstate })
        assert.same({ nil, nil }, { refused[1], refused[3] })
        assert.equal("0", session:query("SELECT count(*) AS n FROM pg_class WHERE relname IN ('r', 'v')")[1].n)
    end)

    it("rehearses again on a new connection when the first is lost", function()
        local session, other = pair()
        cut(session, other)
        assert.same({}, session:rehearse { "CREATE TABLE public.r(id int)" })
        assert.equal("0", session:query("SELECT count(*) AS n FROM pg_class WHERE relname = 'r'")[1].n)
    end)
end)
