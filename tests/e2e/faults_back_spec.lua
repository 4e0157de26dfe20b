-- The way back, ended or failed at one of its calls: there is the whole file or none, nothing of a failed run stays
-- beside it, and the next run makes it. A sample of the points; tests/bench/faults walks all of them.
local h = require "tests.support.harness"
local faults = require "tests.support.faults"
local faults_back = require "tests.support.faults_back"
local random = require "tests.support.values".random(os.time())

describe("the way back whose n-th call", function()
    local case
    setup(function() case = faults_back.case() end)
    teardown(h.cleanup)

    local function walk(kind, action, wanted)
        for _, point in ipairs(faults.sample(case:count(kind), wanted, random)) do
            case:walk(("%s %s %d"):format(kind, action, point))
        end
    end

    it("is its last one leaves the whole file or none", function()
        walk("write", "kill", 3)
        walk("sync", "kill", 1)
        walk("recv", "kill", 2)
    end)

    it("to the disk fails leaves nothing", function()
        walk("write", "fail", 3)
        walk("sync", "fail", 3)
    end)

    it("to the server fails leaves nothing", function()
        walk("send", "fail", 1)
        walk("recv", "cut", 2)
        walk("pq", "fail", 2)
    end)

    it("for memory is refused leaves nothing", function()
        for _, library in ipairs { "core", "libpq", "sqlite" } do
            walk(library, "fail", 2)
        end
        walk("step", "fail", 2)
    end)
end)
