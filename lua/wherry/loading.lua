-- loading.lua: a run's tables through the core, and the telling of how far they are.
local core = require "wherry.core"

local loading = {}

-- Tells of the tables as the core gets on: each finished one once, however quickly it went by.
local function teller(state)
    local tables, progress = state.resolved.tables, state.options.progress
    local started, told = core.sys.clock(), 0
    local function report(index, rows, total, retry, done)
        local tbl = tables[index]
        local counts = state.source_counts[tbl.source]
        local expected = counts.total - counts.excluded
        progress { table = tbl.source, rows = done and expected or rows, total = expected, all_rows = total,
            seconds = core.sys.clock() - started, index = index, tables = #tables, retry = retry, done = done }
    end
    return function(index, rows, total, retry)
        for passed = told + 1, math.min(index - 1, #tables) do
            report(passed, 0, total, nil, true)
            told = passed
        end
        if tables[index] then
            report(index, rows, total, retry, false)
        end
    end
end

--- Loads what the journal has still to do, and tells of it. Raises what stopped it.
---@param state table the engine's
function loading.run(state)
    local options, tables = state.options, state.resolved.tables
    local tick, all_rows = teller(state), 0
    core.load {
        snapshot = state.source, conninfo = state.target.conninfo, journal = state.journal.schema, run = state.run,
        source = state.resolved.source.name, tables = tables, step_rows = options.step_rows,
        step_bytes = options.step_bytes, retry = options.retry,
        tick = function(index, rows, total, retry)
            all_rows = total
            tick(index, rows, total, retry)
        end,
    }
    tick(#tables + 1, 0, all_rows)
end

return loading
