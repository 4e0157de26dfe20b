-- counts.lua: both sides counted: the ledger of the run, where the journal knows one, and a line for each target table.
local emits = require "wherry.resolve.emits"
local failure = require "wherry.failure"
local ledger = require "wherry.engine.ledger"
local record = require "wherry.rejects.record"
local result_of = require "wherry.engine.result"
local scope = require "wherry.verification.scope"
local source_tables = require "wherry.journal.source_tables"
local steps = require "wherry.engine.steps"

local counts = {}

local COUNTED = 4 -- the version of the journal that knows what was to be read

-- What was to be read, by source table: as the run counted it, or as it is now.
local function expected(state)
    local known = state.run and state.journal:has_version(COUNTED)
        and source_tables.read(state.journal, state.run, state.resolved)
    if not known and not state.source then
        failure.raise("environment", ("the journal does not hold what run %d was to read"):format(state.run),
            "compare with the source: leave --against journal out")
    end
    return known or ledger.source(state.source, state.resolved)
end

local function of_run(state, resolved)
    local journal, run = state.journal, state.run
    local lines, targets, findings = ledger.close(state.session, resolved, expected(state),
        steps.counted(state, journal:counts(run)), record.open(journal, run), true)
    result_of.ledger(state.result, lines, targets)
    result_of.findings(state.result, findings)
end

-- The tables of the comparison, by target, with the rows that the target holds.
local function lines_of(state, resolved)
    local list, known = {}, {}
    for _, tbl in ipairs(emits.all(resolved)) do
        local line = known[tbl.target_sql]
        if not line then
            local row = state.session:query("SELECT count(*) AS n FROM " .. (tbl.rows_sql or tbl.target_sql))[1]
            line = { table = tbl.target.schema .. "." .. tbl.target.name, source = {}, state = "not_compared",
                rows_target = math.tointeger(tonumber(row.n)) }
            known[tbl.target_sql], list[#list + 1] = line, line
        end
        line.source[#line.source + 1] = tbl.source
    end
    return list
end

---Counts both sides.
---@param state table of a verification
function counts.compare(state)
    local chosen = scope.chosen(state.resolved, state.options.only)
    local resolved = scope.of(state.resolved, chosen)
    if state.run then
        of_run(state, resolved)
    end
    state.result.comparison = { basis = state.options.against, state = "partly", tables = lines_of(state, resolved),
        note = "counted alone" }
end

return counts
