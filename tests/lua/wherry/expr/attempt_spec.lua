-- A translation ends with a result or a reason, whatever it raises.
local attempt = require "wherry.expr.attempt"
local failure = require "wherry.failure"

describe("attempt", function()
    it("gives what the work gives", function()
        assert.equal(7, attempt(function(a, b) return a + b end, 3, 4))
    end)

    it("gives the reason of a refusal", function()
        assert.same({ nil, "not translated" }, { attempt(function() error { refusal = "not translated" } end) })
    end)

    it("takes a mistake of our own for a reason, too", function()
        local result, reason = attempt(function() return (nil)[1] end)
        assert.is_nil(result)
        assert.matches("^a mistake in wherry.*attempt to index", reason)
    end)

    it("lets through what is no matter of the translation", function()
        local ok, raised = pcall(attempt, function() failure.raise("interrupted", "a signal") end)
        assert.is_false(ok)
        assert.equal("interrupted", raised.kind)
    end)
end)
