-- What is told of tables while they are loaded.
local teller = require "wherry.engine.teller"

describe("teller", function()
    local function told(act)
        local list = {}
        local tick, finish = teller.new({ { source = "a" }, { source = "b" }, { source = "c" } },
            function(index) return index * 10 end,
            function(report)
                list[#list + 1] = ("%s %d of %d%s"):format(report.table, report.rows, report.total,
                    report.done and " done" or "")
            end)
        act(tick, finish)
        return list
    end

    it("tells of each finished table once, however quickly it went by", function()
        assert.same({ "a 5 of 10", "a 10 of 10 done", "b 20 of 20 done", "c 1 of 30", "c 30 of 30 done" },
            told(function(tick, finish)
                tick(1, 5, 5)
                tick(3, 1, 31)
                finish()
            end))
    end)

    it("tells of all where none was told of before", function()
        assert.same({ "a 10 of 10 done", "b 20 of 20 done", "c 30 of 30 done" }, told(function(_, finish) finish() end))
    end)

    it("hands on the rows of all tables, and what is tried again", function()
        local report
        local tick = teller.new({ { source = "a" } }, function() return 9 end, function(given) report = given end)
        tick(1, 2, 7, "lost")
        assert.same({ 2, 9, 7, "lost", 1, 1 },
            { report.rows, report.total, report.all_rows, report.retry, report.index, report.tables })
    end)
end)
