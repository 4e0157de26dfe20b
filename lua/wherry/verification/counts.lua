-- counts.lua: the ledger of the run that is verified, as its journal knows it; what was not compared is counted.
local emits = require "wherry.resolve.emits"
local failure = require "wherry.failure"
local ledger = require "wherry.engine.ledger"
local record = require "wherry.rejects.record"
local result_of = require "wherry.engine.result"
local scope = require "wherry.verification.scope"
local source_tables = require "wherry.journal.source_tables"

local counts = {}

local COUNTED = 4 -- the version of the journal that knows what was to be read

---What the run was to read, by source table, as it counted it; nil: it has not.
---@param state table of a verification
---@return table<string, { total: integer, excluded: integer }>|nil
function counts.of_run(state)
    return state.run and state.journal:has_version(COUNTED)
        and source_tables.read(state.journal, state.run, state.resolved) or nil
end

-- What was to be read: as the run counted it, or as it is now.
local function expected(state)
    local known = counts.of_run(state)
    if not known and not state.source then
        failure.raise("environment", ("the journal does not hold what run %d was to read"):format(state.run),
            "compare with the source: leave --against journal out")
    end
    return known or ledger.source(state.source, state.resolved)
end

-- Of these the counts are all there is.
local function not_compared(comparison)
    local names = {}
    for _, line in ipairs(comparison.tables) do
        names[line.table] = line.state == "not_compared" or nil
    end
    return names
end

---Closes the ledger of the run, if the journal knows one.
---@param state table of a verification
function counts.close(state)
    local journal, run, open = state.journal, state.run, not_compared(state.result.comparison)
    if not run then
        return
    end
    local resolved, compare = scope.of(state.resolved, scope.chosen(state.resolved, state.options)), {}
    for _, tbl in ipairs(emits.all(resolved)) do
        compare[tbl.target_sql] = open[tbl.target.schema .. "." .. tbl.target.name]
    end
    local lines, targets, findings = ledger.close(state.session, resolved, expected(state),
        state.sent_counts, record.open(journal, run), compare)
    result_of.ledger(state.result, lines, targets)
    result_of.findings(state.result, findings)
end

return counts
