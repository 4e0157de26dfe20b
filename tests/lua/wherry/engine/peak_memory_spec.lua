-- How much memory the process has needed.
local peak_memory = require "wherry.engine.peak_memory"

describe("peak_memory", function()
    it("is told as the kernel counted it", function()
        local said = {}
        peak_memory.tell(function(level, text) said[#said + 1] = level .. ": " .. text end)
        assert.equal(1, #said)
        assert.matches("^verbose: peak memory %d+%.%d MB$", said[1])
    end)
end)
