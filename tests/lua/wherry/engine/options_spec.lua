-- engine/options: what a run and a check are told, with their defaults.
local fault_of = require "tests.support.refusal"
local options = require "wherry.engine.options"

describe("options", function()
    it("of a run have defaults, which are given otherwise", function()
        local run = options.run {}
        assert.same({ true, 60, "wherry", 50000, 16777216, "auto" }, { run.check, run.retry, run.journal, run.step_rows,
            run.step_bytes, run.source_mode })
        assert.equal(os.getenv, run.getenv)
        assert.is_nil(run.log("info", "x"))
        assert.is_nil(run.progress {})
        run = options.run { check = false, step_rows = 7, plan = "p" }
        assert.same({ false, 7, "p" }, { run.check, run.step_rows, run.plan })
    end)

    it("of a check wait for nobody", function()
        local check = options.check { journal = "j" }
        assert.same({ true, 0, "j" }, { check.check, check.retry, check.journal })
        assert.equal(os.getenv, check.getenv)
        assert.is_nil(check.log("info", "x"))
        assert.is_nil(check.progress {})
    end)

    it("exclude each other where they say opposite things", function()
        for _, given in ipairs { {}, { resume = true }, { restart = true }, { resume = "7", accept_changes = true } } do
            options.check_resuming(given)
        end
        local fault = fault_of(options.check_resuming, { resume = true, restart = true })
        assert.equal("usage", fault.kind)
        assert.matches("exclude each other", fault.message)
        for _, given in ipairs { { accept_changes = true }, { accept_changes = true, restart = true } } do
            assert.matches("^%-%-accept%-changes .*needs %-%-resume", fault_of(options.check_resuming, given).message)
        end
    end)
end)
