-- Objects behind the load: each a step, failures as findings, faults of the server as faults.
local journal_of = require "wherry.journal"
local objects = require "wherry.engine.objects"
local Target = require "tests.support.target"

describe("objects.place", function()
    local target, session, journal
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session { retry = 0 }
        journal = journal_of.open(session, "wherry")
        session:query "CREATE TABLE public.p (id int PRIMARY KEY)"
        session:query 'CREATE TABLE public."c" (id int, "the p" int)'
        session:query "INSERT INTO public.p VALUES (1)"
        session:query "INSERT INTO public.c VALUES (1, 1), (2, 7), (3, 8), (4, NULL)"
    end)

    local KEY = { kind = "foreign key", name = "the key", table = "c", target = "public.c", state = "todo",
        outcome = "exact",
        sql = 'ALTER TABLE public.c ADD CONSTRAINT "the key" FOREIGN KEY ("the p") REFERENCES public.p' }

    local function index(name, sql)
        return { kind = "index", name = name, table = "c", target = "public.c", state = "todo", outcome = "exact",
            sql = sql }
    end

    local function work(run)
        return { journal = journal, run = run, resolved = { tables = {}, objects = {} } }
    end

    local function place(list)
        local run = Target.begin(journal, Target.resolved({}, list))
        return objects.place(work(run), function() end), run
    end

    it("places in the plan's order, each as a step", function()
        local findings, run = place { index("a", "CREATE INDEX a ON public.c (id)"),
            index("b", "CREATE INDEX b ON public.c (id)") }
        assert.same({}, findings)
        assert.same({}, journal:open_objects(run))
        assert.equal("2", session:query("SELECT count(*) AS n FROM wherry.object WHERE state = 'done'")[1].n)
    end)

    it("goes on behind one that the rows do not allow", function()
        local findings, run = place { index("u", "CREATE UNIQUE INDEX u ON public.c ((1))"),
            index("a", "CREATE INDEX a ON public.c (id)") }
        assert.equal(1, #findings)
        assert.equal("object_refused", findings[1].code)
        assert.matches("index u cannot be made", findings[1].reason, 1, true)
        assert.same({ "not_carried", "exact" },
            { journal:receipts(run)[1].outcome, journal:receipts(run)[2].outcome })
        session:query "DELETE FROM public.c WHERE id > 1"
        journal:reopen(run)
        assert.same({}, objects.place(work(run), function() end))
        assert.equal("exact", journal:receipts(run)[1].outcome)
    end)

    it("leaves a foreign key with orphans as not valid, and finds them", function()
        local findings, run = place { KEY }
        assert.equal(2, #findings)
        assert.same({ "orphan", "c", "the p", "7" },
            { findings[1].code, findings[1].table, findings[1].column, findings[1].value })
        assert.matches("2 rows of public.c", findings[1].reason, 1, true)
        assert.equal("changed", journal:receipts(run)[1].outcome)
        local function valid()
            return session:query("SELECT convalidated AS v FROM pg_constraint WHERE conname = 'the key'")[1].v
        end
        assert.equal("f", valid())
        session:query 'UPDATE public.c SET "the p" = 1'
        journal:reopen(run)
        assert.same({}, objects.place(work(run), function() end))
        assert.equal("t", valid())
    end)

    it("leaves a key that was not valid before as it was", function()
        local key = {}
        for name, value in pairs(KEY) do
            key[name] = value
        end
        key.sql = key.sql .. " NOT VALID"
        assert.same({}, (place { key }))
        assert.equal("f", session:query("SELECT convalidated AS v FROM pg_constraint WHERE conname = 'the key'")[1].v)
    end)

    it("tells a type that does not match", function()
        session:query "CREATE TABLE public.q (id text PRIMARY KEY)"
        local findings = place { { kind = "foreign key", name = "k", table = "c", target = "public.c", state = "todo",
            outcome = "exact", sql = "ALTER TABLE public.c ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES public.q" } }
        assert.equal("object_refused", findings[1].code)
        assert.matches("incompatible types", findings[1].reason)
    end)

    it("raises what says nothing about the object", function()
        for _, state in ipairs { "53100", "57014", "XX000", "55P03" } do
            local list = { index("a", ([[DO $$ BEGIN RAISE 'full' USING ERRCODE = '%s'; END $$]]):format(state)) }
            local run = Target.begin(journal, Target.resolved({}, list))
            local fault = Target.fault(objects.place, work(run), function() end)
            assert.equal(state, fault.sqlstate)
            assert.equal("todo", journal:open_objects(run)[1].state)
        end
    end)
end)
