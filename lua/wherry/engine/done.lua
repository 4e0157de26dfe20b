-- done.lua: a run that is asked for again when it is done and the copy that it read is gone. What was to be read stands
-- in the journal; what is there is counted again in the target. Nothing is changed.
local comparison = require "wherry.engine.comparison"
local failure = require "wherry.failure"
local ledger = require "wherry.engine.ledger"
local objects = require "wherry.engine.objects"
local record = require "wherry.rejects.record"
local result_of = require "wherry.engine.result"
local sequences = require "wherry.engine.sequences"
local source_tables = require "wherry.journal.source_tables"
local steps = require "wherry.engine.steps"
local telling = require "wherry.rejects.telling"
local verification = require "wherry.engine.verification"

local done = {}

--- Tells of the run again, as it stands now.
---@param state table the engine's
---@param run wherry.Run
function done.tell_again(state, run)
    local result, journal, compare = state.result, state.journal, state.options.verify ~= "none"
    state.run, result.run, state.resolved, state.was_done = run.id, run.id, run.plan, true
    result_of.plan(result, run.plan)
    local counted = source_tables.read(journal, run.id, run.plan)
    if not counted then
        failure.raise("environment", ("run %d is done, the copy that it read is removed, and the journal does not hold "
            .. "what was to be read"):format(run.id), "there is nothing to go on with")
    end
    state.log("info", ("run %d is done, and the copy that it read is removed: the target is counted again"):format(
        run.id))
    local open = record.open(journal, run.id)
    local lines, targets, findings = ledger.close(state.session, run.plan, counted,
        steps.counted(state, journal:counts(run.id)), open, compare)
    result_of.ledger(result, lines, targets)
    result_of.findings(result, objects.failed(journal, run.id))
    result_of.findings(result, sequences.settle(journal, run.id, run.plan)) -- of a run that is done, only looks
    result_of.findings(result, findings)
    comparison.again(state)
    verification.run(state)
    result_of.receipts(result, journal:receipts(run.id))
    telling.finished(result, journal, run.id, run.plan, open)
    result_of.finished(result, compare)
end

return done
