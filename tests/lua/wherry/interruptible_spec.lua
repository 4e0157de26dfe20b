-- Functions of a script that a signal ends.
local core = require "wherry.core"
local interruptible = require "wherry.interruptible"

describe("interruptible", function()
    local stopped = core.sys.stopped
    after_each(function() core.sys.stopped = stopped end)

    local function same(raised) return raised end

    it("gives what the work gives, nil among it, and what was raised", function()
        assert.same({ n = 4, true, 1, nil, 3 }, table.pack(interruptible(function(a, b, c) return a, b, c end, same, 1,
            nil, 3)))
        assert.same({ n = 2, false, "caught: bad" }, table.pack(interruptible(function() error("bad", 0) end,
            function(raised) return "caught: " .. raised end)))
    end)

    it("ends work that asks nobody when a signal has come", function()
        local looked = 0
        core.sys.stopped = function()
            looked = looked + 1
            return looked > 2 and 2 or nil
        end
        local ok, raised = interruptible(function() while true do end end, same)
        assert.same({ false, "interrupted" }, { ok, raised.kind })
    end)

    it("leaves the hook as it was", function()
        local before = table.pack(debug.gethook())
        interruptible(function() end, same)
        interruptible(function() error "x" end, same)
        assert.same(before, table.pack(debug.gethook()))
    end)
end)
