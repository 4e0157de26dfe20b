-- w.run and w.check: what they take, and what they hand to the engine.
local core = require "wherry.core"
local fault_of = require "tests.support.refusal"
local make = require "tests.support.result"
local options = require "wherry.engine.options"
local plan_of = require "wherry.plan"
local process = require "tests.support.process"
local w = require "wherry"

describe("w.run", function()
    local plan, seen, before

    before_each(function()
        plan = w.plan { from = w.sqlite "app.db" }
        before = { package.loaded["wherry.engine"], package.loaded["wherry.check"] }
        local stand_in = { run = function(given) seen = given return make() end }
        package.loaded["wherry.engine"], package.loaded["wherry.check"] = stand_in, stand_in
    end)
    after_each(function()
        package.loaded["wherry.engine"], package.loaded["wherry.check"] = before[1], before[2]
    end)

    it("hands a plan on, with the command's defaults and the hash of the file that holds it", function()
        local outcome = w.run(plan)
        assert.equal(plan, seen.plan)
        assert.is_nil(seen.source)
        assert.same({ 60, "wherry", 50000, "auto", true }, { seen.retry, seen.journal, seen.step_rows,
            seen.source_mode, seen.check })
        assert.matches("^%x+$", seen.script_hash)
        assert.matches("w.run at .*run_spec.lua:%d+", seen.command)
        assert.equal(0, outcome.exit)
    end)

    it("knows the script of a plan that was loaded from one", function()
        local path = process.directory "run" .. "/m.lua"
        process.write(path, 'return require "wherry".plan { from = require "wherry".sqlite "app.db" }')
        local loaded = plan_of.load(path)
        w.run(loaded)
        assert.equal(core.sys.hash(process.read(path)), seen.script_hash)
        assert.equal(path, seen.plan.script)
    end)

    it("takes options by the command line's names", function()
        w.run(plan, { target = "dbname=x", only = "a*", skip = { "b", "c" }, on_bad = "reject", batch_size = 10,
            no_analyze = true, no_check = true, resume = 7, retry = 0.5, verify = "none", jobs = 2 })
        assert.same({ "dbname=x", { "a*" }, { "b", "c" }, { "reject" }, 10, false, false, "7", 0.5, "none", 2 },
            { seen.target, seen.only, seen.skip, seen.on_bad, seen.step_rows, seen.analyze, seen.check, seen.resume,
              seen.retry, seen.verify, seen.jobs })
        w.run(plan, { resume = true })
        assert.is_true(seen.resume)
        w.run(plan, { on_bad = { "round", "reject" } })
        assert.same({ "round", "reject" }, seen.on_bad)
    end)

    it("takes the path of a file, too", function()
        w.run("sqlite:///app.db", { target = "dbname=x" })
        assert.equal("app.db", seen.source)
        assert.is_nil(seen.plan)
        assert.is_nil(seen.script_hash)
    end)

    it("gives a result that prints, and that is a document", function()
        local outcome = w.run(plan)
        assert.matches("counted: every row is accounted for", tostring(outcome))
        assert.matches('"command":"run"', outcome:json(), 1, true)
    end)

    it("refuses what it does not know, and says what was meant", function()
        local problem = fault_of(w.run, plan, { traget = "dbname=x" })
        assert.equal('w.run: there is no option "traget"', problem.message)
        assert.equal('did you mean "target"?', problem.hint)
        assert.equal("usage", problem.kind)
        assert.equal("w.run: jobs: a whole number from 1 to 256 is expected, not 0",
            fault_of(w.run, plan, { jobs = 0 }).message)
        assert.equal('w.run: schema: "existing" or "create" is expected, not "new"',
            fault_of(w.run, plan, { schema = "new" }).message)
        assert.matches("takes a plan", fault_of(w.run, { from = 1 }).message)
        assert.matches("takes a plan", fault_of(w.run, "postgresql://h/db").message)
        assert.matches("is a dump", fault_of(w.run, plan, { target = "out.sql" }).message)
        assert.matches("exclude each other", fault_of(w.run, plan, { resume = true, restart = true }).message)
        assert.matches("how a run is gone on with", fault_of(w.run, plan, { accept_changes = true }).message)
        assert.matches("options are a table", fault_of(w.run, plan, "dbname=x").message)
    end)
end)

describe("w.check", function()
    it("knows no options that begin a run", function()
        assert.equal('w.check: there is no option "resume"',
            fault_of(w.check, w.plan { from = w.sqlite "a.db" }, { resume = true }).message)
    end)
end)

describe("options", function()
    it("fill in what was not said", function()
        assert.equal(0, options.check({}).retry)
        assert.equal(3, options.check({ retry = 3 }).retry)
    end)
end)
