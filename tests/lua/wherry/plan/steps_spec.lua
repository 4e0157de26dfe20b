-- before_load and after_load as a plan may give them.
local steps = require "wherry.plan.steps"
local fault_of = require "tests.support.refusal"

describe("a step of a plan", function()
    it("is a function, or SQL as a list of statements", function()
        local function work() end
        assert.equal(work, steps.check(work, "before_load"))
        assert.same({ "a", "b" }, steps.check("a; b;", "before_load"))
        assert.same({ "a", "b", "c" }, steps.check({ "a; b", "c" }, "before_load"))
    end)

    it("is nothing else", function()
        for _, value in ipairs { 7, true, { 7 }, { a = "b" }, { "a", [3] = "b" }, {}, "", " ; ",
            setmetatable({}, {}) } do
            local fault = fault_of(steps.check, value, "after_load")
            assert.equal("plan", fault.kind)
            assert.matches("^after_load", fault.message)
        end
        assert.matches("^after_load%[2%]: a text of SQL is expected, not 7", fault_of(steps.check, { "a", 7 },
            "after_load").message)
    end)

    it("begins and ends no transaction", function()
        assert.equal("before_load[2]: COMMIT: it is one transaction, which wherry begins and ends",
            fault_of(steps.check, { "select 1", "select 2; commit" }, "before_load").message)
        assert.same({ "savepoint a", "rollback to a" }, steps.check("savepoint a; rollback to a", "before_load"))
    end)

    it("stands in the resolved plan without its function", function()
        local planned = steps.planned { after_load = function() end, before_load = { "a", "b" } }
        assert.same({ { name = "before_load", statements = { "a", "b" } }, { name = "after_load" } }, planned)
        assert.same({}, steps.planned {})
        assert.equal("2 statements", steps.describe(planned[1]))
        assert.equal("1 statement", steps.describe { name = "x", statements = { "a" } })
        assert.equal("a function of the script", steps.describe(planned[2]))
        local unseen = steps.unseen(planned)
        assert.equal("before_load: 2 statements, which a check does not run: what it changes is not seen",
            unseen[1].name .. ": " .. unseen[1].reason)
    end)
end)
