-- stage: in which states the functions of a script are called, and what is said of those that are not steady.
local core = require "wherry.core"
local stage = require "wherry.stage"

describe("the states of lanes", function()
    local HOOKED = { {}, { source = "t", hooks = { row = true, maps = {} } } }
    local calls, found, lanes, own
    before_each(function()
        calls, found, lanes, own = {}, {}, core.stage.lanes, core.stage.own
        core.stage.lanes = function(given)
            calls[#calls + 1] = given
            return { find = function(_, one) found[#found + 1] = one.name end }
        end
        core.stage.own = function(given)
            calls[#calls + 1] = type(given)
            return "own"
        end
    end)
    after_each(function() core.stage.lanes, core.stage.own = lanes, own end)

    it("are as many as lanes for a script, and one for functions of the caller", function()
        assert.equal(4, stage.lanes({ script = "x.lua" }, HOOKED, 4))
        assert.equal(1, stage.lanes({}, HOOKED, 4))
        assert.equal(4, stage.lanes({}, { {} }, 4))
    end)

    it("are opened where a table has functions", function()
        assert.is_nil(stage.open({ script = "x.lua" }, "h", { {} }, 2))
        assert.is_function(stage.open({ script = "x.lua" }, "h", HOOKED, 2).find)
        assert.same({ "t" }, found)
        assert.equal("own", stage.open({ tables = {} }, nil, HOOKED, 1))
        assert.same({ { script = "x.lua", hash = "h", count = 2 }, "function" }, calls)
    end)

    it("tell which function gives two results for a row", function()
        local log = {}
        local notes = stage.tell_unsteady({ { table = "t", key = "id 7" }, { table = "u\27", map = "c" } },
            function(level, text) log[#log + 1] = level .. " " .. text end)
        assert.matches("^row gave two different results for one row %(id 7%): a clock", notes.t)
        assert.matches("^map of c gave two different results for one row %(the first%)", notes["u\27"])
        assert.equal("warning t: " .. notes.t, log[1])
        assert.is_nil(log[2]:find "\27")
    end)
end)
