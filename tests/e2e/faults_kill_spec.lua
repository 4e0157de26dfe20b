-- Runs over two lanes that are killed again and again at random moments, while tables are loaded and keys and indexes
-- are built: the last one leaves what an undisturbed run leaves. Hundreds of kills: tests/bench/faults.
local h = require "tests.support.harness"
local faults = require "tests.support.faults"
local faults_sql = require "tests.support.faults_sql"
local values = require "tests.support.values"

describe("a run that is killed again and again", function()
    after_each(h.cleanup)

    local function killed(options, random, wanted)
        local case, kills = faults.case(options), 0
        while kills < wanted do
            kills = kills + case:random_kills(random)
        end
    end

    it("has its rows, keys and indexes in the end", function()
        killed({ args = { "--jobs=2" } }, values.random(os.time()), 9)
    end)

    it("into tables that it makes has its rows, keys and indexes in the end", function()
        killed({ args = { "--jobs=2" }, create = true }, values.random(os.time() + 1), 6)
    end)

    it("and rejects rows has each row once, in the target or in the journal", function()
        killed({ args = { "--jobs=2", "--on-bad=reject" }, code = 1, more = faults_sql.BAD },
            values.random(os.time() + 2), 6)
    end)
end)
