-- Rows that move from the target to the rejects: counted, kept and gone in one statement.
local journal_of = require "wherry.journal"
local record = require "wherry.rejects.record"
local removal = require "wherry.rejects.removal"
local Target = require "tests.support.target"

describe("removal.move", function()
    local target, session, journal, run
    local RESOLVED = Target.resolved({ { source = "t" }, { source = "u" } }, {}, { mode = "existing" })
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session()
        journal = journal_of.open(session, "wherry")
        session:query "CREATE TABLE public.t (id int PRIMARY KEY)"
        session:query "CREATE TABLE public.u (id int, t_id int REFERENCES public.t ON DELETE SET NULL)"
        session:query "INSERT INTO public.t VALUES (1), (2), (3)"
        session:query "INSERT INTO public.u VALUES (1, 1), (2, 2)"
        run = Target.begin(journal, RESOLVED)
        session:query "UPDATE wherry.slice SET state = 'done', passed = 3"
        session:query [[INSERT INTO wherry.slice_target (slice, target, passed, inserted)
            SELECT id, 'public.t', 3, 3 FROM wherry.slice WHERE source_table = 't']]
    end)

    local function rows(name, where)
        local list = session:query(([[SELECT tableoid::oid::text AS oid, ctid::text AS tid, xmin::text AS x, id
            FROM public.%s WHERE %s ORDER BY id]]):format(name, where))
        for _, row in ipairs(list) do
            row.source = { key = "\1" .. string.pack(">i8", tonumber(row.id)), key_text = "id=" .. row.id,
                row = ('{"id":{"class":"integer","text":"%s"}}'):format(row.id) }
            row.sqlstate, row.reason = "23503", "it's why"
        end
        return list
    end

    local function move(...)
        removal.move(journal, run, { ... })
    end

    it("takes rows of several tables at once, so that no key acts on what is left", function()
        move({ tbl = RESOLVED.tables[1], rows = rows("t", "id <> 3") }, { tbl = RESOLVED.tables[2],
            rows = rows("u", "true") })
        assert.equal("3", session:query("SELECT string_agg(id::text, ' ') AS v FROM public.t")[1].v)
        assert.equal("0", session:query("SELECT count(*) AS n FROM public.u")[1].n)
        assert.same({ t = 2, u = 2 }, record.open(journal, run))
        local counts = journal:counts(run).t
        assert.same({ 1, 1, 2 }, { counts.passed, counts.inserted, counts.rejected })
        local kept = session:query [[SELECT encode(key, 'hex') AS key, key_text, reason, row, target FROM wherry.reject
            WHERE source_table = 't' ORDER BY id]]
        assert.same({ key = "010000000000000001", key_text = "id=1", reason = "it's why",
            row = '{"id":{"class":"integer","text":"1"}}', target = "public.t" }, kept[1])
    end)

    it("leaves rows where they are that somebody has changed since", function()
        local list = rows("t", "id = 3")
        session:query "UPDATE public.t SET id = 4 WHERE id = 3"
        move { tbl = RESOLVED.tables[1], rows = list }
        assert.same({}, record.open(journal, run))
        assert.equal("3", session:query("SELECT count(*) AS n FROM public.t")[1].n)
        assert.same({}, session:query "SELECT 1 FROM wherry.slice WHERE kind = 'retry'")
    end)

    it("fires no trigger that did not fire for the rows that came", function()
        session:query "CREATE TABLE public.log (t text)"
        session:query [[CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO log VALUES (TG_OP); RETURN OLD; END']]
        session:query [[CREATE TRIGGER noted BEFORE DELETE ON public.t FOR EACH ROW
            EXECUTE FUNCTION public.note()]]
        move { tbl = RESOLVED.tables[1], rows = rows("t", "id = 3") }
        assert.same({ t = 1 }, record.open(journal, run))
        assert.same({}, session:query "SELECT 1 FROM public.log")
        assert.equal("O", session:query("SELECT tgenabled FROM pg_trigger WHERE tgname = 'noted'")[1].tgenabled)
    end)
end)
