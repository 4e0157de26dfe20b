-- stage/lane: a script as a lane loads it: the same as the one that was planned.
local core = require "wherry.core"
local fault_of = require "tests.support.refusal"
local lane = require "wherry.stage.lane"

describe("a script in a lane", function()
    local path
    local TEXT = [[local w = require "wherry"
return w.plan { from = w.sqlite "a.db", tables = { t = { row = function() return 7 end } } }
]]

    before_each(function()
        path = os.tmpname()
        local file <close> = io.open(path, "w")
        file:write(TEXT)
    end)
    after_each(function() os.remove(path) end)

    it("gives its functions", function()
        local found = lane.open(path, core.sys.hash(TEXT)).functions("t", nil, {}, true)
        assert.equal(7, found.row())
    end)

    it("is not another one than was planned", function()
        local fault = fault_of(lane.open, path, core.sys.hash(TEXT .. " "))
        assert.equal("changed", fault.kind)
        assert.equal("the script has changed while it was loaded: " .. path, fault.message)
        assert.equal("changed", fault_of(lane.open, path .. ".none", core.sys.hash(TEXT)).kind)
    end)
end)
