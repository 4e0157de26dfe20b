-- What a run has left in a table, against what the table holds by now.
local left = require "wherry.digest.left"

describe("left", function()
    local LOADED, AFTER = { rows = 2, sum = "5" }, { rows = 1, sum = "3" }

    it("is what was loaded, or what after_load made of it", function()
        local moments = { loaded = LOADED, after_load = AFTER }
        assert.same({ LOADED, AFTER }, { left.of(moments, false), left.of(moments, true) })
        assert.is_nil(left.of({ loaded = LOADED }, true))
        assert.is_nil(left.of({}, false))
    end)

    it("tells what is not as it was left, unless it differs already", function()
        local function judged(state, total, known)
            local line = { state = state, note = "n" }
            left.judge(line, total, known)
            return { line.state, line.note }
        end
        assert.same({ "same", "n" }, judged("same", { rows = 2, sum = "5" }, LOADED))
        assert.same({ "same", "n" }, judged("same", { rows = 2, sum = "6" }, nil))
        assert.same({ "differs", "n; it is not as the run left it" }, judged("same", { rows = 2, sum = "6" }, LOADED))
        assert.same({ "differs", "n; it is not as the run left it" }, judged("not_compared", { rows = 3, sum = "5" },
            LOADED))
        assert.same({ "differs", "n" }, judged("differs", { rows = 3, sum = "5" }, LOADED))
    end)
end)
