-- Servers that crash under a run and come back: the run goes on by itself, or is taken up again, and ends as an
-- undisturbed one.
local h = require "tests.support.harness"
local faults = require "tests.support.faults"
local server = require "tests.support.server"

describe("a run whose server crashes", function()
    local case, own
    setup(function()
        own = server.start(server.SETTINGS)
        h.serve(own)
        case = faults.case { rows = 2000 }
    end)
    teardown(function()
        h.serve(nil)
        h.cleanup()
        own:stop "INT"
    end)

    -- Whether a row of the run is committed, and as a rule several steps are still to come.
    local function under_way()
        return case:sql "SELECT to_regclass('wherry.slice') IS NOT NULL" == "t"
            and case:sql "SELECT count(*) > 3 FROM wherry.slice WHERE state = 'done'" == "t"
    end

    local function begun()
        case:reset()
        local running = h.start(case:words { "--batch-size=7", "--retry=20s" }, { keeps = true })
        assert(h.process.wait(10, function() return under_way() or not running:running() end))
        return running
    end

    it("and comes back goes on by itself", function()
        local running = begun()
        own:stop "QUIT"
        own:launch()
        local result = running:finish(60)
        assert.equal(0, result.code, result.said)
        case:check "a crash"
    end)

    it("since one of its processes was killed goes on by itself", function()
        local running = begun()
        local pid = case:sql [[SELECT pid FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() LIMIT 1]]
        h.process.shell("kill -KILL " .. pid)
        local result = running:finish(60)
        assert.equal(0, result.code, result.said)
        assert(h.process.wait(20, function() return pcall(case.sql, case, "SELECT 1") end))
        case:check "a crash of one process"
    end)

    it("and comes back later is taken up again", function()
        local running = begun()
        running:kill "KILL"
        own:stop "QUIT"
        own:launch()
        case:resume "a crash of both"
        case:check "a crash of both"
    end)
end)
