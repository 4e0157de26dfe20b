-- How the tables of a run stood when it had begun, and what is different since.
local journal_of = require "wherry.journal"
local target_state = require "wherry.journal.target_state"
local Target = require "tests.support.target"

describe("target_state.differences", function()
    local target, session, journal
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session { retry = 0 }
        journal = journal_of.open(session, "wherry")
        session:query "CREATE TABLE public.p (id bigint PRIMARY KEY)"
        session:query [[CREATE TABLE public."T t" (id bigint PRIMARY KEY, v text DEFAULT 'x', p bigint)]]
        session:query [[CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END']]
        session:query [[CREATE TRIGGER own BEFORE INSERT ON public."T t" FOR EACH ROW EXECUTE FUNCTION public.f()]]
    end)

    local function begun(objects)
        local resolved = Target.resolved({ { source = "t", target_sql = 'public."T t"' }, { source = "p" } }, objects)
        return journal:find("/x/app.db", Target.begin(journal, resolved))
    end

    local function differ(run)
        return target_state.differences(journal, run)
    end

    it("are none where nothing was changed, nor by ANALYZE", function()
        local run = begun()
        session:query [[ANALYZE public."T t"]]
        assert.same({}, differ(run))
    end)

    it("are told with names and definitions, table by table", function()
        local run = begun()
        for _, sql in ipairs { [[ALTER TABLE public."T t" ALTER v TYPE varchar(9), ALTER v DROP DEFAULT,
                ADD "New" int GENERATED ALWAYS AS IDENTITY, DROP p, ADD CHECK (id > 0)]],
            [[ALTER TABLE public."T t" DROP CONSTRAINT "T t_pkey"]], [[CREATE INDEX i ON public.p ((id + 1))]],
            [[ALTER TABLE public."T t" DISABLE TRIGGER own]], [[ALTER TABLE public.p ENABLE ROW LEVEL SECURITY]] } do
            session:query(sql)
        end
        assert.same({
            'public."T t" has a new column "New", integer NOT NULL GENERATED AS IDENTITY',
            'public."T t" has no column p any more',
            'public."T t" has another type for the column v: character varying(9), it was text',
            'public."T t" has a new constraint "T t_id_check" (CHECK ((id > 0)))',
            'public."T t" has no constraint "T t_pkey" any more (PRIMARY KEY (id))',
            'the trigger own of public."T t" is another one: CREATE TRIGGER own BEFORE INSERT ON public."T t" '
                .. 'FOR EACH ROW EXECUTE FUNCTION public.f() (disabled), it was CREATE TRIGGER own BEFORE INSERT ON '
                .. 'public."T t" FOR EACH ROW EXECUTE FUNCTION public.f()',
            "public.p has a new index i (CREATE INDEX i ON public.p USING btree (((id + 1))))",
            "row-level security of public.p is on, it was off",
        }, differ(run))
        session:query [[DROP TABLE public."T t"]]
        assert.equal('public."T t" is gone', differ(run)[1])
    end)

    it("are told of a default alone", function()
        local run = begun()
        session:query [[ALTER TABLE public."T t" ALTER v SET DEFAULT 'y']]
        assert.same({ [[the column v of public."T t" is text DEFAULT 'y'::text, it was text DEFAULT 'x'::text]] },
            differ(run))
    end)

    local function put_aside(kind, name, sql, aside_sql)
        return { kind = kind, name = name, table = "t", target = 'public."T t"', state = "aside", outcome = "exact",
            sql = sql, aside_sql = aside_sql }
    end

    it("are not what the run itself put aside and back, but what others did about it", function()
        local run = begun { put_aside("primary key", "T t_pkey", [[ALTER TABLE public."T t" ADD PRIMARY KEY (id)]],
                [[ALTER TABLE public."T t" DROP CONSTRAINT "T t_pkey"]]),
            put_aside("trigger", "own", [[ALTER TABLE public."T t" ENABLE TRIGGER own]],
                [[ALTER TABLE public."T t" DISABLE TRIGGER own]]) }
        assert.same({}, differ(run))
        session:query [[ALTER TABLE public."T t" ENABLE TRIGGER own]]
        assert.equal(1, #differ(run))
        session:query [[UPDATE wherry.object SET state = 'done' WHERE kind = 'trigger']]
        assert.same({}, differ(run))
        session:query [[ALTER TABLE public."T t" ADD PRIMARY KEY (id)]]
        assert.same({ 'public."T t" has a new constraint "T t_pkey" (PRIMARY KEY (id))' }, differ(run))
        session:query [[UPDATE wherry.object SET state = 'failed', failed_in = 'aside' WHERE kind = 'primary key']]
        assert.same({}, differ(run))
    end)

    it("are not that the run's own primary key has made a column NOT NULL", function()
        session:query [[ALTER TABLE public."T t" DROP CONSTRAINT "T t_pkey", ALTER id DROP NOT NULL]]
        local run = begun { { kind = "primary key", name = "T t_pkey", table = "t", target = 'public."T t"',
            state = "todo", outcome = "exact", sql = [[ALTER TABLE public."T t" ADD PRIMARY KEY (id)]] } }
        session:query [[ALTER TABLE public."T t" ALTER id SET NOT NULL]]
        assert.same({ 'the column id of public."T t" is bigint NOT NULL, it was bigint' }, differ(run))
        session:query [[ALTER TABLE public."T t" ADD PRIMARY KEY (id)]]
        session:query [[UPDATE wherry.object SET state = 'done']]
        assert.same({}, differ(run))
        session:query [[ALTER TABLE public."T t" ALTER v SET NOT NULL, ALTER v DROP DEFAULT]]
        assert.equal(1, #differ(run))
    end)

    it("of a run of an earlier version are those that its plan can tell", function()
        local run = begun()
        run.choices.target = nil
        run.plan.tables[1].columns = { { target = "id", type = { display = "bigint" } },
            { target = "gone", type = { display = "text" } }, { target = "v", type = { display = "integer" } } }
        session:query [[CREATE INDEX i ON public.p (id)]]
        assert.same({ 'public."T t" has no column gone any more',
            'public."T t" has another type for the column v: text, it was integer' }, differ(run))
    end)

    it("are kept beside what the user chose, whatever bytes that is made of", function()
        local id = journal:new_run()
        journal:begin(id, Target.resolved({ { source = "p" } }), { path = "/x/app.db", fingerprint = "f",
            fenced = true, command = "wherry run", choices = { only = "a\xff'\\b", skip = "" } })
        local choices = journal:find("/x/app.db", id).choices
        assert.same({ "a\xff'\\b", "" }, { choices.only, choices.skip })
        assert.equal("bigint", choices.target["public.p"].column.id[1])
    end)
end)
