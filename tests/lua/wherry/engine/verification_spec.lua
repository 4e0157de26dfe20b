-- When a run calls the plan's verify, and when it says that it does not.
local result_of = require "wherry.engine.result"
local verification = require "wherry.engine.verification"

describe("the engine's verification", function()
    local function outcome(plan, more)
        local state = { plan = plan, options = {}, resolved = {}, result = result_of.new "run", source = {} }
        for key, value in pairs(more or {}) do
            state[key] = value or nil
        end
        verification.run(state)
        return state.result.verification
    end

    local function never() error "called" end

    it("is none for a plan without it", function()
        assert.same({ state = "none" }, outcome {})
    end)

    it("is left out where it is not wanted, where nothing is left to read, and where the script has lost it", function()
        assert.same({ state = "skipped", note = "--verify=none" }, outcome({ verify = never },
            { options = { verify = "none" } }))
        assert.same({ state = "skipped", note = "the copy that the run has read is removed" },
            outcome({ verify = never }, { source = false }))
        assert.same({ state = "skipped", note = "the script had it when the run began, and has it no more" },
            outcome({}, { resolved = { verify = true } }))
    end)

    it("decides the exit code with the findings", function()
        for state, exit in pairs { passed = 0, skipped = 0, failed = 1 } do
            local result = result_of.new "run"
            result_of.verified(result, state, {})
            result_of.finished(result, true)
            assert.same({ exit, exit == 0 and "counted" or "differs" }, { result.exit, result.status })
        end
    end)
end)
