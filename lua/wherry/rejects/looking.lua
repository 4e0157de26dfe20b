-- looking.lua: what wherry rejects list and show say: the open rejects of a run, in groups or one by one. Nothing is
-- written.
local failure = require "wherry.failure"
local opened = require "wherry.rejects.opened"
local opening = require "wherry.engine.opening"
local record = require "wherry.rejects.record"
local result_of = require "wherry.engine.result"

local looking = {}

-- A journal of the version before knows of no rejects.
local function has_rejects(state)
    return state.session:query("SELECT to_regclass($1) IS NOT NULL AS there",
        { state.journal.schema .. ".reject" })[1].there == "t"
end

local function known_table(state, name)
    for _, tbl in ipairs(state.run.plan.tables) do
        if tbl.read.table == name or tbl.source == name then
            return tbl.read.table
        end
    end
    failure.raise("usage", ("run %d loads no table %s"):format(state.run.id, name), "--table names a source table")
end

local function look(state)
    local options, result = state.options, state.result
    opened.all(state)
    if not has_rejects(state) then
        return
    end
    result.open = record.open(state.journal, state.run.id)
    if options.action == "list" then
        result_of.rejects(result, record.groups(state.journal, state.run.id))
        return
    end
    local filter = { table = options.table and known_table(state, options.table), limit = options.limit }
    record.each(state.journal, state.run.id, filter, function(row) result.rows[#result.rows + 1] = row end)
end

--- Looks. Never raises, never prints.
---@param options table action ("list" or "show"), source?, target?, run?, table?, limit?, and those of opening
---@return wherry.Result result with rows and open (by source table) besides
function looking.run(options)
    local state = { options = options, result = result_of.new "rejects" }
    state.result.action, state.result.rows, state.result.open = options.action, {}, {}
    if opening.carry_out(look, state) then
        state.result.status, state.result.exit = next(state.result.open) and "differs" or "counted", 0
    end
    return state.result
end

return looking
