-- What --restart removes: the rows of the run's transactions, and what it made.
local journal_of = require "wherry.journal"
local restart = require "wherry.engine.restart"
local Target = require "tests.support.target"

describe("restart.remove", function()
    local target, session, journal
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session { retry = 0 }
        journal = journal_of.open(session, "wherry")
    end)

    -- A run that loaded two rows into public.t, by a step as the core does it.
    local function loaded(mode, fields)
        fields = fields or {}
        fields.mode = mode
        local id = Target.begin(journal, Target.resolved({ { source = "t" } }, nil, fields))
        session:step("SELECT 1", {}, { { "INSERT INTO public.t VALUES (1), (2)" },
            { "UPDATE wherry.slice SET state = 'done', xid = txid_current()" } })
        return journal:find("/x/app.db", id)
    end

    local function rows()
        return session:query("SELECT coalesce(string_agg(v::text, ' ' ORDER BY v), '') AS v FROM public.t")[1].v
    end

    it("deletes what the run loaded, and lets no step begin behind it", function()
        session:query "CREATE TABLE public.t (v int)"
        local run = loaded "existing"
        session:query "INSERT INTO public.t VALUES (7)"
        session:query "UPDATE public.t SET v = 20 WHERE v = 2"
        session:query "INSERT INTO wherry.slice (run, source, source_table, state) VALUES (1, 'main', 't', 'todo')"
        local said = {}
        restart.remove(journal, run, function(_, text) said[#said + 1] = text end)
        assert.equal("7 20", rows())
        assert.matches("public.t holds 2 rows that run 1 did not load, or that were changed since: they stay; added or "
            .. "changed since it began: 2 ((20); (7))", said[1], 1, true)
        assert.equal("removed", journal:state_of(1))
        assert.same({}, session:query "SELECT 1 FROM wherry.slice WHERE state = 'todo'")
    end)

    it("knows the rows that came within a savepoint, and forgets what was rejected", function()
        session:query "CREATE TABLE public.t (v int)"
        local run = loaded "existing"
        session:step("SELECT 1", {}, { { "SAVEPOINT s" }, { "INSERT INTO public.t VALUES (3)" }, { "RELEASE s" },
            { [[UPDATE wherry.slice SET xid = txid_current(), sub_xids = (SELECT array_agg(xmin::text::bigint)
                FROM public.t WHERE v = 3)]] } })
        session:query "INSERT INTO public.t VALUES (7)"
        session:query [[INSERT INTO wherry.reject (run, slice, source, source_table, target, reason, row)
            SELECT 1, id, 'main', 't', 'public.t', 'why', '{}' FROM wherry.slice]]
        assert.not_equal(session:query("SELECT xid FROM wherry.slice")[1].xid,
            session:query("SELECT xmin::text AS x FROM public.t WHERE v = 3")[1].x)
        restart.remove(journal, run, function() end)
        assert.equal("1 2 7", rows())
        assert.same({}, session:query "SELECT 1 FROM wherry.reject")
    end)

    it("drops the tables and the schema that the run made", function()
        local run = loaded("create", { target_schema = "it's \"new\"",
            create = { [[CREATE SCHEMA "it's ""new"""]], "CREATE TABLE public.t (v int)" } })
        restart.remove(journal, run, function() end)
        assert.same({}, session:query "SELECT 1 FROM pg_class WHERE relname = 't'")
        assert.same({}, session:query "SELECT 1 FROM pg_namespace WHERE nspname LIKE 'it%'")
    end)

    it("drops no table with rows of others", function()
        local run = loaded("create", { create = { "CREATE TABLE public.t (v int)" } })
        session:query "INSERT INTO public.t VALUES (7)"
        assert.equal("plan", Target.fault(restart.remove, journal, run, function() end).kind)
        assert.equal("1 2 7", rows())
        assert.equal("running", journal:state_of(1))
    end)

    it("puts back what is aside, the other half of what is half in place, and leaves keys that stand", function()
        session:query "CREATE TABLE public.t (v int, w int)"
        local function key(name, column)
            return { kind = "unique", name = name, target = "public.t", state = "aside", outcome = "exact",
                aside_sql = ("ALTER TABLE public.t DROP CONSTRAINT IF EXISTS %s"):format(name),
                sql = ("CREATE UNIQUE INDEX %s ON public.t (%s);\nALTER TABLE public.t ADD CONSTRAINT %s UNIQUE USING "
                    .. "INDEX %s;\nCOMMENT ON CONSTRAINT %s ON public.t IS '%s'"):format(name, column, name, name,
                    name, name) }
        end
        local run = loaded("existing", { objects = { key("done", "v"), key("half", "w"), key("gone", "v, w"),
            key("failed", "w, v") } })
        session:query "ALTER TABLE public.t ADD CONSTRAINT done UNIQUE (v)"
        session:query "CREATE UNIQUE INDEX half ON public.t (w)"
        session:query "CREATE UNIQUE INDEX failed ON public.t (w, v)"
        session:query [[UPDATE wherry.object SET state = CASE name WHEN 'done' THEN 'done' WHEN 'half' THEN 'added'
            WHEN 'gone' THEN 'aside' ELSE 'failed' END, failed_in = CASE name WHEN 'failed' THEN 'added' END]]
        local made = session:query("SELECT oid FROM pg_constraint WHERE conname = 'done'")[1].oid
        restart.remove(journal, run, function() end)
        assert.equal("", rows())
        local names = session:query([[SELECT string_agg(concat(conname, ' ', obj_description(oid, 'pg_constraint')),
            ', ' ORDER BY conname) AS names FROM pg_constraint WHERE conrelid = 'public.t'::regclass]])[1].names
        assert.equal("done , failed failed, gone gone, half half", names)
        assert.equal(made, session:query("SELECT oid FROM pg_constraint WHERE conname = 'done'")[1].oid)
    end)

    it("takes nothing back where rows of others keep a key from being put back", function()
        session:query "CREATE TABLE public.t (v int)"
        local run = loaded("existing", { objects = { { kind = "index", name = "i", target = "public.t",
            state = "aside", outcome = "exact", aside_sql = "SELECT 1",
            sql = "CREATE UNIQUE INDEX i ON public.t (v)" } } })
        session:query "INSERT INTO public.t VALUES (7), (7)"
        local fault = Target.fault(restart.remove, journal, run, function() end)
        assert.equal("plan", fault.kind)
        assert.matches("rows that run 1 did not load keep a key from being put back", fault.message, 1, true)
        assert.equal("1 2 7 7", rows())
    end)

    it("takes one back that has lost its tables", function()
        local run = loaded("create", { create = { "CREATE TABLE public.t (v int)" } })
        session:query "DROP TABLE public.t"
        restart.remove(journal, run, function() end)
        assert.equal("removed", journal:state_of(1))
    end)

    it("drops the views and functions that it put in place, and none of others", function()
        local function object(kind, name, undo)
            return { kind = kind, name = name, state = "todo", outcome = "exact", sql = "SELECT 1", undo = undo }
        end
        local run = loaded("create", { create = { "CREATE TABLE public.t (v int)" },
            drops = { "DROP FUNCTION public.helper()" }, objects = {
                object("view", "v", "DROP VIEW public.v"), object("view", "w", "DROP VIEW public.w"),
                object("view", "later", "DROP VIEW public.later"),
                object("function", "f", "DROP FUNCTION public.f()") } })
        for _, sql in ipairs { "CREATE FUNCTION public.helper() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE VIEW public.later AS SELECT 1",
            "CREATE VIEW public.v AS SELECT v FROM public.t", "CREATE VIEW public.w AS SELECT v FROM public.v" } do
            session:query(sql)
        end
        session:query [[UPDATE wherry.object SET state = 'done' WHERE name <> 'later']]
        restart.remove(journal, run, function() end)
        assert.same({ { name = "later" } }, session:query [[SELECT relname AS name FROM pg_class
            WHERE relnamespace = 'public'::regnamespace UNION SELECT proname FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace]])
    end)
end)
