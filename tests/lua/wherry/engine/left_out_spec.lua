-- What is told of sources that a run goes without.
local left_out = require "wherry.engine.left_out"

describe("left_out", function()
    it("tells of files that can't be read, and of those that do not fit", function()
        local state = { result = { findings = {} }, files = { { name = "a", path = "/a.db" }, { name = "b",
            path = "/b.db", fault = { message = "is empty", hint = "look" } } } }
        left_out.tell(state, { left_out = { { code = "unknown_column", table = "c.t" } } })
        assert.same({ { code = "bad_source", table = "b", key = "/b.db", reason = "the source b is left out: is empty",
            hint = "look" }, { code = "unknown_column", table = "c.t" } }, state.result.findings)
    end)

    it("has nothing to tell of the only source", function()
        local state = { result = { findings = {} } }
        left_out.tell(state, {})
        assert.same({}, state.result.findings)
    end)
end)
