-- Which mode a plan gets, and whether a run's target is still what it was.
local models = require "tests.support.models"
local resolve = require "wherry.resolve"
local w = require "wherry"

describe("resolve", function()
    local function mode(target, schema)
        local plan = w.plan { from = w.sqlite "a.db", schema = schema }
        local source = models.source { { name = "t", columns = { { "id", declared = "TEXT", affinity = "text" } } } }
        return resolve.resolve(plan, source, target, models.options {}).mode
    end

    it("takes the tables that exist, and creates where there are none", function()
        assert.equal("existing", mode(models.target { { name = "anything" } }))
        assert.equal("create", mode(models.target {}))
        assert.equal("create", mode(nil))
    end)

    it("does not take an extension's tables for the user's", function()
        assert.equal("create", mode(models.target { { name = "spatial_ref_sys", extension = "postgis" } }))
    end)

    it("does what the plan says", function()
        assert.equal("create", mode(models.target { { name = "anything" } }, "create"))
        assert.equal("existing", mode(models.target {}, "existing"))
    end)

    it("takes a source without any table for the wrong file", function()
        local ok, fault = pcall(resolve.resolve, w.plan { from = w.sqlite "a.db" }, models.source {}, nil,
            models.options {})
        assert.is_false(ok)
        assert.equal("environment", fault.kind)
    end)
end)
