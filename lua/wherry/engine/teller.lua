-- teller.lua: tells of the tables as the core gets on: each finished one once, however quickly it went by.
local core = require "wherry.core"

local teller = {}

---@class wherry.LoadReport what core.load gives to its tick
---@field total integer rows in steps that were committed
---@field lanes integer at work
---@field tables table<integer, integer> rows of the tables under way
---@field done integer[] tables of which nothing is left
---@field building integer[] objects of the journal
---@field builds_done integer
---@field unsent integer? bytes that are encoded and wait for their connections
---@field retry string?

-- The rows of all tables, and of these the ones that were there before; nil while not all are counted.
local function rows_of_all(tables, expected, before)
    local total, there = 0, 0
    for index in ipairs(tables) do
        local rows = expected(index)
        if not rows then
            return nil
        end
        total, there = total + rows, there + math.min(before[index] or 0, rows)
    end
    return total, there
end

--- Tells of tables one behind the other.
---@param tables { source: string }[]
---@param expected fun(index: integer): integer? rows of a table; nil: not known
---@param progress fun(report: wherry.ProgressReport)
---@param phase string? what is done with them, where they are not loaded
---@return fun(index: integer, rows: integer, total: integer, retry: string?) tick as the core calls it
---@return fun() finish all tables are done
function teller.new(tables, expected, progress, phase)
    local started, told, so_far, all_total = core.sys.clock(), 0, 0, nil
    local function report(index, rows, total, retry, done)
        all_total = all_total or rows_of_all(tables, expected, {})
        progress { phase = phase, table = tables[index].source, rows = done and expected(index) or rows,
            total = expected(index), all_rows = total, all_total = all_total, all_before = all_total and 0,
            seconds = core.sys.clock() - started, index = index, tables = #tables, retry = retry, done = done }
    end
    local function tick(index, rows, total, retry)
        so_far = total
        for passed = told + 1, math.min(index - 1, #tables) do
            report(passed, 0, total, nil, true)
            told = passed
        end
        if tables[index] then
            report(index, rows, total, retry, false)
        end
    end
    return tick, function()
        tick(#tables + 1, 0, so_far)
    end
end

-- What several lanes are at: the tables under way together, and how many rows they have, once that is known of all.
local function under_way(tables, expected, before, given)
    local names, rows, total = {}, 0, 0
    for index, tbl in ipairs(tables) do
        if given.tables[index] then
            names[#names + 1] = tbl.source
            rows = rows + (before[index] or 0) + given.tables[index]
            total = total and expected(index) and total + expected(index)
        end
    end
    return names, rows, total
end

--- Tells of a load over lanes. A table whose rows are not counted yet is told of as finished when they are.
---@param tables { source: string }[]
---@param expected fun(index: integer): integer? rows of a table; nil: not counted yet
---@param before table<integer, integer> rows of tables that are there already
---@param builds integer what is built behind the tables
---@param progress fun(report: wherry.ProgressReport)
---@return fun(given: wherry.LoadReport) tick as core.load calls it
---@return fun() finish all tables are done
function teller.lanes(tables, expected, before, builds, progress)
    local started, told, last = core.sys.clock(), {}, { total = 0, builds_done = 0 }
    local count, all_total, all_before = 0, nil, nil
    local function report(given, more)
        if not all_total then
            all_total, all_before = rows_of_all(tables, expected, before)
        end
        more.all_rows, more.all_total, more.all_before = given.total, all_total, all_before
        more.seconds, more.tables, more.index = core.sys.clock() - started, #tables, count
        more.builds, more.builds_done, more.lanes = builds, given.builds_done, given.lanes
        progress(more)
    end
    local function finished(given, index)
        if not told[index] and expected(index) then
            told[index], count = true, count + 1
            report(given, { table = tables[index].source, rows = expected(index), total = expected(index),
                done = true })
        end
    end
    local function tick(given)
        last = given
        for _, index in ipairs(given.done) do
            finished(given, index)
        end
        local names, rows, total = under_way(tables, expected, before, given)
        if names[1] or given.building[1] then
            report(given, { table = table.concat(names, ", "), rows = rows, total = total,
                building = #given.building, unsent = names[1] and given.unsent, retry = given.retry, done = false })
        end
    end
    return tick, function()
        for index in ipairs(tables) do
            finished(last, index)
        end
    end
end

return teller
