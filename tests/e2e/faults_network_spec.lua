-- Runs through a network that cuts, delays, ends one direction only: each goes on by itself, or is taken up again, and
-- ends as an undisturbed one.
local h = require "tests.support.harness"
local faults = require "tests.support.faults"
local random = require "tests.support.values".random(os.time())
local server = require "tests.support.server"

describe("a run through a network that", function()
    local case
    setup(function() case = faults.case { rows = 130 } end)
    teardown(h.cleanup)

    -- Bytes that an undisturbed run sends and receives, roughly.
    local BYTES = 150000

    local function cut(how, points, retry)
        for _, byte in ipairs(faults.sample(BYTES, points, random)) do
            case:through(server.get().socket, how, byte, 0, retry)
        end
    end

    it("cuts the connection anywhere does it again", function()
        cut("end", 6, "20s")
    end)

    it("ends one direction only does it again", function()
        cut("shut", 3, "20s")
    end)

    it("does not tell the server of the end goes on or is taken up again", function()
        cut("half", 1, "1s")
    end)

    it("delays every piece loads as ever", function()
        assert.equal(0, case:through(server.get().socket, "end", 0, 500, "1s").code)
    end)
end)
