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
        local tick = teller.new({ { source = "a" } }, function() return 9 end, function(given) report = given end,
            "comparing")
        tick(1, 2, 7, "lost")
        assert.same({ 2, 9, 7, 9, 0, "lost", 1, 1, "comparing" }, { report.rows, report.total, report.all_rows,
            report.all_total, report.all_before, report.retry, report.index, report.tables, report.phase })
    end)
end)

describe("teller.lanes", function()
    local list

    local function lanes(before, builds)
        list = {}
        return teller.lanes({ { source = "a" }, { source = "b" }, { source = "c" } },
            function(index) return index * 10 end, before or {}, builds or 0,
            function(report)
                list[#list + 1] = ("%s %d of %d%s"):format(report.table, report.rows, report.total,
                    report.done and " done" or "")
                list.last = report
            end)
    end

    local function given(fields)
        local whole = { total = 0, lanes = 0, tables = {}, done = {}, building = {}, builds_done = 0 }
        for name, value in pairs(fields) do
            whole[name] = value
        end
        return whole
    end

    it("tells of the tables under way together, and of each finished one once", function()
        local tick, finish = lanes()
        tick(given { total = 9, tables = { [1] = 5, [3] = 4 } })
        tick(given { total = 40, tables = { [1] = 5 }, done = { 3 } })
        tick(given { total = 40, tables = { [1] = 5 }, done = { 3 } })
        finish()
        assert.same({ "a, c 9 of 40", "c 30 of 30 done", "a 5 of 10", "a 5 of 10", "a 10 of 10 done",
            "b 20 of 20 done" }, { table.unpack(list) })
    end)

    it("hands on what waits for the connections while tables are under way", function()
        local tick = lanes()
        tick(given { lanes = 1, tables = { 3 }, unsent = 4096 })
        assert.equal(4096, list.last.unsent)
    end)

    it("counts the rows of earlier attempts", function()
        local tick = lanes { [1] = 7, [2] = 20 }
        tick(given { total = 1, tables = { [1] = 1 }, done = { 2 } })
        assert.same({ "b 20 of 20 done", "a 8 of 10" }, { table.unpack(list) })
        assert.same({ 1, 27, 60 }, { list.last.all_rows, list.last.all_before, list.last.all_total })
    end)

    it("does without the rows of tables that are not counted yet, and waits with their end", function()
        local known = { 10 }
        list = {}
        local tick, finish = teller.lanes({ { source = "a" }, { source = "b" }, { source = "c" } },
            function(index) return known[index] end, { [1] = 4 }, 0, function(report)
                list[#list + 1] = ("%s %d of %s%s, all %s, before %s"):format(report.table, report.rows, report.total,
                    report.done and " done" or "", report.all_total, report.all_before)
            end)
        tick(given { tables = { 3, 2 } })
        tick(given { tables = { [3] = 5 }, done = { 2, 1 } })
        known = { 10, 20, 30 }
        tick(given { tables = { [3] = 6 }, done = { 2, 1 } })
        finish()
        assert.same({ "a, b 9 of nil, all nil, before nil", "a 10 of 10 done, all nil, before nil",
            "c 5 of nil, all nil, before nil", "b 20 of 20 done, all 60, before 4", "c 6 of 30, all 60, before 4",
            "c 30 of 30 done, all 60, before 4" }, list)
    end)

    it("hands on what is built, by how many lanes, and what is tried again", function()
        local tick = lanes({}, 5)
        tick(given { lanes = 2, building = { 70, 71 }, builds_done = 3, retry = "lost", unsent = 12 })
        assert.is_nil(list.last.unsent)
        assert.same({ "", 2, 2, 3, 5, "lost" }, { list.last.table, list.last.lanes, list.last.building,
            list.last.builds_done, list.last.builds, list.last.retry })
    end)
end)
