-- Runs that are ended or fail at one of their calls: sends and receives, reads of the source, steps of SQLite, calls of
-- libpq, allocations. Taken up again, each ends as an undisturbed run. Here a sample of the points, others every time;
-- tests/bench/faults walks all of them.
local h = require "tests.support.harness"
local faults = require "tests.support.faults"
local random = require "tests.support.values".random(os.time())

describe("a run whose n-th call", function()
    local case
    setup(function() case = faults.case { rows = 130 } end)
    teardown(h.cleanup)

    local LATE = 20 -- seconds: before an answer that does not come is asked for

    local function walk(kind, actions, wanted)
        local all = case:count(kind)
        for i, point in ipairs(faults.sample(all, wanted, random)) do
            local fault = ("%s %s %d"):format(kind, actions[i % #actions + 1], point)
            local _, result = case:walk(fault)
            assert(result.seconds < LATE, fault .. " makes it wait" .. result.said)
        end
    end

    it("to send or to receive is its last one is taken up again", function()
        walk("send", { "kill" }, 6)
        walk("recv", { "kill" }, 6)
    end)

    it("to send or to receive loses the connection does it again", function()
        walk("send", { "fail", "cut" }, 4)
        walk("recv", { "fail", "cut" }, 4)
    end)

    it("of the source fails is taken up again", function()
        walk("pread", { "fail", "kill" }, 3)
        walk("step", { "fail", "nomem" }, 4)
    end)

    it("of libpq fails is taken up again", function()
        walk("pq", { "fail" }, 6)
    end)

    it("for memory is refused is taken up again", function()
        for _, library in ipairs { "core", "sqlite", "lua" } do
            walk(library, { "fail", "deny" }, 3)
        end
        -- libpq takes refused memory for an answer that is not whole yet: refused for good, it waits for good.
        walk("libpq", { "fail" }, 4)
    end)
end)
