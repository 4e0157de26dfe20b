-- teller.lua: tells of the tables as the core gets on: each finished one once, however quickly it went by.
local core = require "wherry.core"

local teller = {}

---@param tables { source: string }[]
---@param expected fun(index: integer): integer rows of a table
---@param progress fun(report: wherry.ProgressReport)
---@return fun(index: integer, rows: integer, total: integer, retry: string?) tick as the core calls it
---@return fun() finish all tables are done
function teller.new(tables, expected, progress)
    local started, told, all_rows = core.sys.clock(), 0, 0
    local function report(index, rows, total, retry, done)
        progress { table = tables[index].source, rows = done and expected(index) or rows, total = expected(index),
            all_rows = total, seconds = core.sys.clock() - started, index = index, tables = #tables, retry = retry,
            done = done }
    end
    local function tick(index, rows, total, retry)
        all_rows = total
        for passed = told + 1, math.min(index - 1, #tables) do
            report(passed, 0, total, nil, true)
            told = passed
        end
        if tables[index] then
            report(index, rows, total, retry, false)
        end
    end
    return tick, function()
        tick(#tables + 1, 0, all_rows)
    end
end

return teller
