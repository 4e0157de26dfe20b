-- before_load and after_load in the journal.
local hooks = require "wherry.journal.hooks"
local journal_of = require "wherry.journal"
local Target = require "tests.support.target"

describe("the steps of a plan in the journal", function()
    local target, session, journal
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session()
        journal = journal_of.open(session, "wherry")
    end)

    local BOTH = { { name = "before_load", statements = { "a", "b" } }, { name = "after_load" } }

    local function begin(planned)
        local resolved = Target.resolved { { source = "t" } }
        resolved.hooks = planned
        return Target.begin(journal, resolved)
    end

    local function states(run)
        return session:query([[SELECT string_agg(name || ' ' || state || ' ' || coalesce(sql, '-'), ', ' ORDER BY name)
            AS all FROM wherry.object WHERE kind = 'hook' AND run = $1]], { run })[1].all
    end

    local function finish(run, name, changed)
        local found = hooks.find(journal, run, name)
        return session:step(hooks.lock_sql(journal), { found.id }, hooks.done(journal, found.id, "done", "exact",
            changed or {}))
    end

    it("are objects of their own, none that is built", function()
        local run = begin(BOTH)
        assert.equal("after_load todo -, before_load todo a;\nb", states(run))
        assert.same({}, journal:open_objects(run))
        assert.equal("todo", hooks.find(journal, run, "after_load").state)
        assert.is_nil(hooks.find(journal, run + 1, "after_load"))
        assert.is_false(journal:close_run(run, "counted"))
        assert.is_nil(states(begin(nil)))
    end)

    it("are done once, and count what they changed", function()
        local run = begin(BOTH)
        assert.is_true(finish(run, "before_load", { { target = "public.t", rows = 5, own = true,
            xids = { "7", "8" } } }))
        assert.is_false(finish(run, "before_load"))
        finish(run, "after_load", { { target = "public.t", rows = -2, own = false, xids = {} } })
        assert.same({ ["public.t"] = 3 }, hooks.rows(journal, run))
        assert.same({}, hooks.rows(journal, run + 1))
        assert.same({ "before_load", "after_load" }, hooks.done_names(journal, run))
    end)

    it("name their own rows by transaction", function()
        local run = begin(BOTH)
        session:query "CREATE TABLE public.t (n int)"
        session:query "INSERT INTO public.t VALUES (1)"
        local xid = session:query "SELECT xmin::text AS x FROM public.t"[1].x
        finish(run, "before_load", { { target = "public.t", rows = 1, own = true, xids = { xid } },
            { target = "public.u", rows = 1, own = false, xids = { xid } } })
        local function own(name)
            return session:query("SELECT count(*) AS n FROM public.t WHERE " .. hooks.own_rows(journal, run, name))[1].n
        end
        assert.equal("1", own "public.t")
        assert.equal("0", own "public.u")
        assert.equal("0", own "public.o'clock")
    end)

    it("are replaced by those of another script, but for those that are done", function()
        local run, statements = begin(BOTH), {}
        finish(run, "before_load")
        hooks.renew(journal, run, { { name = "before_load" }, { name = "after_load", statements = { "c" } } },
            statements)
        journal:step(run, statements)
        assert.equal("after_load todo c, before_load done a;\nb", states(run))
        statements = {}
        hooks.renew(journal, run, {}, statements)
        journal:step(run, statements)
        assert.equal("before_load done a;\nb", states(run))
    end)

    it("come too late before rows that are loaded", function()
        local run = begin {}
        assert.is_nil(hooks.too_late(journal, run, BOTH))
        session:query "UPDATE wherry.slice SET state = 'done'"
        assert.equal("before_load", hooks.too_late(journal, run, BOTH).key)
        assert.is_nil(hooks.too_late(journal, run, { BOTH[2] }))
        assert.is_nil(hooks.too_late(journal, begin(BOTH), BOTH))
    end)
end)
