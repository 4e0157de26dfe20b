-- counting.lua: the source's side of the ledger. The source counts itself, in a thread beside the load. What is known
-- so far is in the state's source_counts, and once all of it is, in the journal, too.
local ledger = require "wherry.engine.ledger"
local source_tables = require "wherry.journal.source_tables"

local counting = {}

--- Begins to count, and to check the file behind that where it is wanted.
---@param state table the engine's; gets source_counts
---@param resolved wherry.Resolved
function counting.begin(state, resolved)
    state.source_counts, state.counted, state.counts_kept = {}, false, false
    state.source:check_start { counts = ledger.statements(resolved), check = state.options.check }
end

-- Takes what is known. Gives why a count failed, if one did.
local function take(state, wait)
    if not state.counted then
        local numbers, fault, count = state.source:counts(wait)
        state.source_counts = ledger.counts(state.resolved, numbers)
        state.counted = (count or #numbers) == #ledger.statements(state.resolved)
        return fault
    end
end

local function keep(state)
    if state.counted and not state.counts_kept then
        source_tables.write(state.journal, state.run, state.resolved, state.source_counts)
        state.counts_kept = true
    end
end

--- The rows of a table that will travel; nil while they are not counted.
---@param state table
---@param index integer of the table
---@return integer?
function counting.expected(state, index)
    local counts = state.source_counts[state.resolved.tables[index].source]
    return counts and counts.total - counts.excluded
end

-- While the lanes work, nothing waits here for a connection: another time will do.
local function try_to_keep(state)
    local session = state.session
    if session.locked and not session.connection:lost() then
        local retry = session.retry
        session.retry = 0
        pcall(keep, state)
        session.retry = retry
    end
end

--- Looks whether there is something new. Raises nothing: a count that failed ends the load (core.load watches them).
---@param state table
function counting.look(state)
    if pcall(take, state) then
        try_to_keep(state)
    end
end

--- Waits until all is counted and stands in the journal. Raises why a count failed.
---@param state table
function counting.finish(state)
    counting.look(state)
    if not state.counted then
        state.log("info", "waits for the counts of the source")
    end
    local fault = take(state, true)
    if fault then
        error(fault, 0)
    end
    keep(state)
end

return counting
