-- engine/left_out: what is said of sources that a run goes without.
local left_out = require "wherry.engine.left_out"

describe("sources that are left out", function()
    local function told(files, resolved)
        local state = { files = files, result = { findings = {} } }
        left_out.tell(state, resolved)
        return state.result.findings
    end

    it("are findings: those that can't be read, and those that do not fit", function()
        local findings = told({ { name = "a", path = "/x/a.db" }, { name = "b", path = "/x/b.db",
            fault = { message = "no database", hint = "look" } } }, { left_out = { { code = "other_schema",
            table = "c", reason = "it has no table t" } } })
        assert.equal(2, #findings)
        assert.same({ "bad_source", "b", "/x/b.db", "the source b is left out: no database", "look" },
            { findings[1].code, findings[1].table, findings[1].key, findings[1].reason, findings[1].hint })
        assert.equal("it has no table t", findings[2].reason)
    end)

    it("are none of a single source", function()
        assert.same({}, told(nil, {}))
    end)
end)
