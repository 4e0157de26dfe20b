-- What a step of the plan did to the tables of its run: counted by the server, once within it and once beside it.
local core = require "wherry.core"
local hook_changes = require "wherry.engine.hook_changes"
local journal_of = require "wherry.journal"
local Target = require "tests.support.target"

describe("the changes of a step", function()
    local target, session, connection, state, conninfo
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        conninfo = target:database()
        session = target:session { conninfo = conninfo }
        session:query "CREATE TABLE public.a (id int PRIMARY KEY)"
        session:query "CREATE TABLE public.b (id int REFERENCES public.a)"
        session:query "INSERT INTO public.a VALUES (1), (2), (3)"
        local resolved = Target.resolved { { source = "a" }, { source = "b" } }
        local journal = journal_of.open(session, "wherry")
        state = { session = session, journal = journal, resolved = resolved, run = Target.begin(journal, resolved) }
        connection = core.pg.connect(conninfo, 10)
    end)
    after_each(function() connection:close() end)

    -- The changes of these statements, in a transaction that is then committed.
    local function look(...)
        assert(connection:step_begin("SELECT txid_current()", {}))
        local xid = connection:query "SELECT txid_current() AS x"[1].x
        for _, sql in ipairs { ... } do
            connection:query(sql)
        end
        local changed, words = hook_changes.look(state, connection, xid)
        connection:step_end {}
        return changed, words, xid
    end

    local function rows(xids, name)
        return session:query(("SELECT count(*) AS n FROM public.%s WHERE xmin::text = ANY ('{%s}')"):format(name,
            table.concat(xids, ",")))[1].n
    end

    it("are none where it changes other tables, or only looks", function()
        local changed, words = look("CREATE TABLE public.c (n int)", "SELECT * FROM public.a FOR UPDATE")
        assert.same({}, changed)
        assert.is_nil(words)
    end)

    it("are the rows that a table has more or less", function()
        local changed, words = look("INSERT INTO public.a VALUES (4), (5), (6)", "DELETE FROM public.a WHERE id = 1")
        assert.equal("public.a has 2 rows more", words)
        assert.equal("public.a 2 true", ("%s %d %s"):format(changed[1].target, changed[1].rows, changed[1].own))
        changed, words = look("INSERT INTO public.b VALUES (2)", "DELETE FROM public.a WHERE id IN (4, 5)")
        assert.equal("public.a has 2 rows less, public.b has 1 row more", words)
        assert.equal(2, #changed)
        words = select(2, look("INSERT INTO public.a SELECT generate_series(1001, 2500)"))
        assert.equal("public.a has 1,500 rows more", words)
    end)

    it("are not what was taken back, and name changed rows too", function()
        local changed, words = look("SAVEPOINT one", "INSERT INTO public.a VALUES (7)", "ROLLBACK TO one",
            "UPDATE public.a SET id = 30 WHERE id = 3")
        assert.is_nil(words)
        assert.equal(0, changed[1].rows)
        assert.equal("1", rows(changed[1].xids, "a"))
    end)

    it("know their rows by the transactions of savepoints", function()
        local changed, _, xid = look("INSERT INTO public.a VALUES (10)", "SAVEPOINT one",
            "INSERT INTO public.a VALUES (11)", "SAVEPOINT two", "INSERT INTO public.a VALUES (12)")
        assert.equal(3, #changed[1].xids)
        assert.equal(xid, changed[1].xids[1])
        assert.equal("3", rows(changed[1].xids, "a"))
    end)

    it("are not what others commit meanwhile", function()
        assert(connection:step_begin("SELECT txid_current()", {}))
        local xid = connection:query "SELECT txid_current() AS x"[1].x
        connection:query "INSERT INTO public.a VALUES (20)"
        session:query "INSERT INTO public.a VALUES (21), (22)"
        local changed, words = hook_changes.look(state, connection, xid)
        connection:step_end {}
        assert.equal("public.a has 1 row more", words)
        assert.same({ xid }, changed[1].xids)
    end)

    it("are counted against what the run knows where nobody else can look", function()
        state.resolved.tables[1].before = "3"
        local changed, words = look("TRUNCATE public.a CASCADE", "INSERT INTO public.a VALUES (1)")
        assert.equal("public.a has 2 rows less", words)
        assert.is_false(changed[1].own == nil)
    end)

    it("of a table that is there and has rows of others name none as their own", function()
        state.resolved.tables[1].before = "3"
        assert.is_false(look("INSERT INTO public.a VALUES (4)")[1].own)
        state.resolved.tables[1].before = nil
        assert.is_true(look("INSERT INTO public.a VALUES (5)")[1].own)
    end)

    it("see partitions as their table", function()
        session:query "CREATE TABLE public.p (id int) PARTITION BY RANGE (id)"
        session:query "CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (0) TO (9)"
        state.resolved = Target.resolved { { source = "p" } }
        local _, words = look "INSERT INTO public.p1 VALUES (1), (2)"
        assert.equal("public.p has 2 rows more", words)
    end)
end)
