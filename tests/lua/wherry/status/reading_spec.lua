-- The runs of a journal as values: states by rows and by sessions, rates, what is under way and what is put aside.
local journal_of = require "wherry.journal"
local reading = require "wherry.status.reading"
local sessions = require "wherry.engine.sessions"
local Target = require "tests.support.target"

describe("reading", function()
    local target, conninfo, session, journal
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        conninfo = target:database()
        session = target:session { conninfo = conninfo }
        journal = journal_of.open(session, "wherry")
    end)

    local OBJECTS = {
        { kind = "index", name = "i", table = "a", target = "public.a", state = "aside", outcome = "exact",
          sql = "CREATE INDEX i", aside_sql = "SELECT 'aside'" },
        { kind = "foreign key", name = "f", target = "public.b", state = "todo", outcome = "exact", sql = "ALTER" },
        { kind = "view", name = "v", state = "receipt", outcome = "exact" },
    }

    local function begun(objects)
        return Target.begin(journal, Target.resolved({ { source = "a" }, { source = "b" } }, objects))
    end

    local function change(text, ...)
        session:query(text:format(...))
    end

    ---A session as a run has it: with a name, with the journal's lock.
    local function at_work(name, locks)
        local other = target:session { conninfo = conninfo }
        other:query("SELECT set_config('application_name', $1, false)", { name })
        if locks then
            other:query(("SELECT pg_advisory_lock(%s)"):format(sessions.LOCK_KEY), { "wherry" })
        end
        return other
    end

    local function states(filter)
        local list = {}
        for i, run in ipairs(reading.runs(journal, 4, filter or {})) do
            list[i] = ("%d %s"):format(run.id, run.state)
        end
        return list
    end

    local function only(run)
        return reading.runs(journal, 4, { run = run })[1]
    end

    it("takes a run for one at work when the holder of the lock says that it is this one", function()
        begun()
        begun()
        assert.same({ "2 dead", "1 dead" }, states())
        local holder = at_work("wherry run 1", true)
        assert.same({ "2 dead", "1 running" }, states())
        holder:query "SELECT set_config('application_name', 'wherry', false)" -- it is just beginning
        assert.same({ "2 running", "1 dead" }, states())
        holder:query("SELECT pg_advisory_unlock_all()")
        at_work "wherry run 2"
        assert.same({ "2 dead", "1 dead" }, states())
    end)

    it("is not misled by the lock of another journal, or of the same name in another database", function()
        begun()
        local other = target:session()
        other:query("SELECT set_config('application_name', 'wherry run 1', false)", {})
        other:query(("SELECT pg_advisory_lock(%s)"):format(sessions.LOCK_KEY), { "wherry" })
        local here = at_work "wherry run 1"
        here:query(("SELECT pg_advisory_lock(%s)"):format(sessions.LOCK_KEY), { "another" })
        assert.same({ "1 dead" }, states())
        assert.equal(1, only(1).sessions)
    end)

    it("looks again before it says that a run is dead: it may have begun between two statements", function()
        begun()
        at_work("wherry run 1", true)
        local looks = 0
        local late = setmetatable({ query = function(_, text, parameters)
            if text:find("pg_stat_activity", 1, true) then
                looks = looks + 1
                return looks == 1 and {} or journal:query(text, parameters)
            end
            return journal:query(text, parameters)
        end }, { __index = journal })
        assert.equal("running", reading.runs(late, 4, {})[1].state)
        assert.equal(2, looks)
    end)

    it("knows what has ended, and how", function()
        for _, state in ipairs { "stopped", "done", "removed" } do
            local run = begun(OBJECTS)
            change("UPDATE wherry.run SET state = '%s', status = 'failed', error = 'why', finished = clock_timestamp() "
                .. "WHERE id = %d", state, run)
        end
        at_work("wherry run 2", true)
        assert.same({ "3 removed", "2 done", "1 stopped" }, states())
        local run = only(1)
        assert.same({ "failed", "why", nil, 0 }, { run.status, run.error, run.phase, run.read })
        assert.is_true(run.seconds >= 0 and run.finished >= run.started)
        assert.same({ 2, 0 }, { #run.objects, #only(3).objects }) -- taken back: nothing of it is put aside
    end)

    it("counts the sessions of a run, and lanes without the engine's own", function()
        begun()
        at_work("wherry run 1", true)
        for _ = 1, 2 do
            at_work "wherry run 1"
        end
        at_work "wherry run 12"
        assert.same({ 2, 3 }, { only(1).lanes, only(1).sessions })
    end)

    it("sees a run go from the load, of rows that are counted meanwhile, to the end", function()
        local run = begun(OBJECTS)
        at_work("wherry run 1", true)
        local function phase()
            return only(run).phase
        end
        assert.same({ "loading", nil, nil }, { phase(), only(run).expected, only(run).eta })
        change("INSERT INTO wherry.source_table VALUES (1, 'main', 'a', 'public.a', 10, 4), "
            .. "(1, 'main', 'b', 'public.b', 5, 0)")
        assert.same({ "loading", 11, 0 }, { phase(), only(run).expected, only(run).read })
        change "UPDATE wherry.slice SET state = 'done', read = 1"
        assert.equal("placing", phase())
        change "UPDATE wherry.object SET state = 'failed' WHERE name = 'i'"
        assert.equal("placing", phase())
        change "UPDATE wherry.object SET state = 'done' WHERE name = 'f'"
        assert.equal("finishing", phase())
    end)

    it("reckons with the last minute while a run is at work, and with the time of its steps when it is not", function()
        begun()
        change "INSERT INTO wherry.source_table VALUES (1, 'main', 'a', 'public.a', 10000, 0)"
        -- two steps that overlap, some minutes before; one of 20 seconds that has just ended
        change [[UPDATE wherry.slice SET state = 'done', read = 1000, started = clock_timestamp() - interval '10 min',
            finished = clock_timestamp() - interval '10 min' + interval '40 s' WHERE source_table = 'b']]
        change [[INSERT INTO wherry.slice (run, source, source_table, state, read, started, finished) VALUES
            (1, 'main', 'b', 'done', 1000, clock_timestamp() - interval '10 min' + interval '20 s',
                clock_timestamp() - interval '10 min' + interval '60 s'),
            (1, 'main', 'b', 'done', 2000, clock_timestamp() - interval '20 s', clock_timestamp())]]
        local run = only(1)
        assert.same({ "dead", 4000, nil }, { run.state, run.read, run.eta })
        assert.is_true(math.abs(run.rate - 4000 / 80) < 1, run.rate)
        at_work("wherry run 1", true)
        run = only(1)
        assert.is_true(math.abs(run.rate - 2000 / 20) < 5, run.rate)
        assert.is_true(math.abs(run.eta - 6000 / run.rate) < 1, run.eta)
    end)

    it("tells what is still to be put in place, and what could not be", function()
        begun(OBJECTS)
        change("UPDATE wherry.object SET started = clock_timestamp() - interval '7 s'")
        change("UPDATE wherry.object SET state = 'failed', reason = 'why' WHERE name = 'f'")
        local objects = only(1).objects
        assert.same({ "index", "i", "a", "public.a", "aside", true, "CREATE INDEX i" }, { objects[1].kind,
            objects[1].name, objects[1].table, objects[1].target, objects[1].state, objects[1].was_there,
            objects[1].sql })
        assert.is_true(objects[1].seconds >= 7 and objects[1].seconds < 60)
        assert.same({ "f", "failed", false, "why" }, { objects[2].name, objects[2].state, objects[2].was_there,
            objects[2].reason })
        assert.equal(2, #objects)
        at_work("wherry run 1", true) -- gone on with: what a killed one began is not under way
        assert.is_nil(only(1).objects[1].seconds)
        change("UPDATE wherry.object SET started = clock_timestamp()")
        objects = only(1).objects
        assert.is_true(objects[1].seconds < 60)
        assert.is_nil(objects[2].seconds)
        change("UPDATE wherry.object SET state = 'added', finished = clock_timestamp() WHERE name = 'i'")
        assert.is_nil(only(1).objects[1].seconds) -- it waits for its next step
        change("UPDATE wherry.object SET started = clock_timestamp() WHERE name = 'i'")
        assert.is_true(only(1).objects[1].seconds < 60)
    end)

    it("counts rejects that are open, and what went on all the same", function()
        begun()
        change [[INSERT INTO wherry.reject (run, slice, source, source_table, target, reason, row, state)
            SELECT 1, id, 'main', 'a', 'public.a', 'why', '{}', s FROM wherry.slice, unnest('{open,loaded}'::text[]) s]]
        change [[UPDATE wherry.run SET accepted = '["the size","the script"]', copy = '/c', jobs = 3]]
        local run = only(1)
        assert.same({ 2, { "the size", "the script" }, "/c", 3 }, { run.rejects, run.accepted, run.copy, run.jobs })
        change "UPDATE wherry.run SET accepted = 'no list'"
        assert.same({ "no list" }, only(1).accepted)
    end)

    it("gives the runs that are asked for, the newest first", function()
        for _, path in ipairs { "/a", "/b", "/a" } do
            Target.begin(journal, Target.resolved({}), path)
        end
        assert.same({ "3 dead", "2 dead", "1 dead" }, states())
        assert.same({ "3 dead", "2 dead" }, states { limit = 2 })
        assert.same({ "3 dead", "1 dead" }, states { path = "/a" })
        assert.same({ "2 dead" }, states { run = 2 })
        assert.same({}, states { run = 2, path = "/a" })
    end)

    it("tells of tables in the order of the plan, and which are written into", function()
        local run = begun()
        session:query "CREATE TABLE public.a (i int)"
        session:query "CREATE TABLE public.b (i int)"
        local writer = at_work "wherry run 1"
        writer:query "BEGIN"
        writer:query "INSERT INTO public.b VALUES (1)"
        local stranger = at_work "psql"
        stranger:query "BEGIN"
        stranger:query "INSERT INTO public.a VALUES (1)"
        change("INSERT INTO wherry.source_table VALUES (1, 'main', 'a', 'public.a', 10, 4), "
            .. "(1, 'main', 'b', 'public.b', 5, 0)")
        local tables = reading.tables(journal, 4, run)
        assert.same({ "a", "public.a", 10, 4, 6, "waiting", false }, { tables[1].table, tables[1].target,
            tables[1].total, tables[1].excluded, tables[1].expected, tables[1].state, tables[1].under_way })
        assert.same({ "b", "loading", true }, { tables[2].table, tables[2].state, tables[2].under_way })
        change [[INSERT INTO wherry.slice (run, source, source_table, state, read, filtered, passed, started, finished)
            SELECT 1, 'main', 'a', 'done', 2, 1, 1, now(), now() + interval '2 s' FROM generate_series(1, 2)]]
        change [[INSERT INTO wherry.slice_target (slice, target, passed, inserted, updated, skipped, rejected)
            SELECT id, 'public.a', 1, 2, 3, 4, 5 FROM wherry.slice WHERE state = 'done']]
        local a = reading.tables(journal, 4, run)[1]
        assert.same({ "loading", 4, 2, 2, 4, 6, 8, 10, 4.0 }, { a.state, a.read, a.filtered, a.passed, a.inserted,
            a.updated, a.skipped, a.rejected, a.seconds })
        change "DELETE FROM wherry.slice WHERE state = 'todo'"
        assert.equal("loaded", reading.tables(journal, 4, run)[1].state)
    end)
end)
