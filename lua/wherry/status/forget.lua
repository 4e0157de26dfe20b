-- forget.lua: takes a run that is over out of the journal, with all that the journal holds of it.
local failure = require "wherry.failure"
local journal_schema = require "wherry.journal.schema"
local opened = require "wherry.status.opened"
local opening = require "wherry.engine.opening"
local place = require "wherry.place"
local reading = require "wherry.status.reading"
local result_of = require "wherry.engine.result"
local statements = require "wherry.statements"

local forget = {}

local UNFINISHED = "what it has put aside, and which rows are its own, is known by the journal alone: end it with "
    .. "--resume, or take it back with --restart"

-- What was there before the run and is not there now: its definition is nowhere else.
local function refuse_lost(run)
    local lost = {}
    for _, object in ipairs(run.objects) do
        for _, sql in ipairs(object.was_there and statements.split(object.sql) or {}) do
            lost[#lost + 1] = place.printable(sql)
        end
    end
    if lost[1] then
        failure.raise("plan", ("run %d could not put back what it had put aside, and its journal alone knows the "
            .. "definitions"):format(run.id), "--resume tries again; or keep these and add --force: "
            .. table.concat(lost, "; "))
    end
end

local function find(state)
    local journal, id = state.journal, state.options.run
    local there, version = journal_schema.exists(journal)
    local run = there and reading.runs(journal, version, { run = id, path = state.paths or state.path })[1]
    if not run then
        opened.refuse_missing(state, id)
    elseif run.state ~= "done" and run.state ~= "removed" then
        failure.raise("plan", ("run %d is not over: it is %s"):format(id, run.state == "stopped"
            and "stopped half-way" or run.state), UNFINISHED)
    elseif not state.options.force then
        refuse_lost(run)
    end
    return run
end

local function drive(state)
    opened.all(state)
    state.journal:exists() -- raises where this role may not write it
    local run = find(state)
    local journal = state.journal
    local removal = { journal_schema.missing_index(journal) }
    -- Its sources, slices, objects and rejects go with it, by their foreign keys.
    removal[#removal + 1] = { journal:sql "DELETE FROM %s.run WHERE id = $1", run.id }
    local gone = state.session:step(journal:sql [[SELECT 1 FROM %s.run WHERE id = $1 AND state IN ('done', 'removed')
        FOR UPDATE]], { run.id }, removal)
    if not gone and journal:has(run.id) then
        failure.raise("plan", ("run %d is being gone on with"):format(run.id), UNFINISHED)
    end
    state.result.run, state.result.rejects_gone = run.id, run.rejects
    state.result.status, state.result.exit = "done", 0
end

--- Forgets a run. Never raises, never prints.
---@param options table run, source?, target?, force?, and those of opening
---@return wherry.Result result with rejects_gone (open ones, which nobody can show any more) besides
function forget.run(options)
    local state = { options = options, result = result_of.new "forget" }
    opening.carry_out(drive, state)
    return state.result
end

return forget
