-- before_load and after_load as the engine does them: once, again after what passes by itself, with the script's words.
local hooks = require "wherry.journal.hooks"
local journal_of = require "wherry.journal"
local steps = require "wherry.engine.steps"
local steps_of_plan = require "wherry.plan.steps"
local Target = require "tests.support.target"

describe("the engine's steps of a plan", function()
    local target, state, log
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)

    -- A run under way, with these steps.
    local function begin(plan)
        log = {}
        local session = target:session()
        session:query "CREATE TABLE public.t (id int)"
        session:query "CREATE TABLE public.log (n int)"
        for name, given in pairs(plan) do
            plan[name] = steps_of_plan.check(given, name)
        end
        local resolved = Target.resolved({ { source = "t" } }, nil, { hooks = steps_of_plan.planned(plan) })
        local journal = journal_of.open(session, "wherry")
        state = { session = session, journal = journal, resolved = resolved, plan = plan,
            run = Target.begin(journal, resolved), log = function(_, text) log[#log + 1] = text end }
        session:name_run(state.run)
    end

    local function logged()
        return state.session:query "SELECT count(*) AS n FROM public.log"[1].n
    end

    it("do what the plan says, once", function()
        begin { before_load = "insert into log values (1); insert into log values (2)" }
        steps.run(state, "before_load")
        steps.run(state, "before_load")
        steps.run(state, "after_load")
        assert.equal("2", logged())
        assert.same({ "before_load begins", "before_load is done" }, log)
        assert.equal("done", hooks.find(state.journal, state.run, "before_load").state)
    end)

    it("name the statement of several that fails, and leave nothing", function()
        begin { before_load = { "insert into log values (1)", "insert into log values (1/0)" } }
        local fault = Target.fault(steps.run, state, "before_load")
        assert.equal("before_load: statement 2: division by zero", fault.message)
        assert.equal("server 22012", fault.kind .. " " .. fault.sqlstate)
        assert.equal("0", logged())
        assert.equal("todo", hooks.find(state.journal, state.run, "before_load").state)
    end)

    it("are done again after what passes by itself", function()
        begin { before_load = [[insert into log values (1); do $$ begin
            if nextval('times') < 3 then raise 'deadlock' using errcode = '40P01'; end if; end $$]] }
        state.session:query "CREATE SEQUENCE public.times"
        steps.run(state, "before_load")
        assert.equal("1", logged())
    end)

    it("that the script has no more are left out", function()
        begin { after_load = "insert into log values (1)" }
        state.plan.after_load = nil
        steps.run(state, "after_load")
        assert.equal("0", logged())
        local receipt = state.journal:receipts(state.run)[1]
        assert.equal("not_carried the script has it no more: left out", receipt.outcome .. " " .. receipt.note)
    end)

    it("work under the run's name, so that a dead one is known", function()
        begin { before_load = "insert into log select 1 where current_setting('application_name') = 'wherry run 1'" }
        steps.run(state, "before_load")
        assert.equal("1", logged())
    end)

    it("add the rows that they changed to the counts", function()
        begin { before_load = "insert into t values (1), (2)" }
        steps.run(state, "before_load")
        assert.same({ t = { inserted = 5, hooked = 2 } }, steps.counted(state, { t = { inserted = 5 } }))
        assert.same({}, steps.counted(state, {}))
    end)
end)
