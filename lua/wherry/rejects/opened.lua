-- opened.lua: what the commands about rejects begin with: the target, its journal, the run.
local failure = require "wherry.failure"
local journal_of = require "wherry.journal"
local journal_schema = require "wherry.journal.schema"
local opening = require "wherry.engine.opening"
local reading = require "wherry.engine.reading"
local result_of = require "wherry.engine.result"
local target_of = require "wherry.target"
local unfinished = require "wherry.engine.unfinished"

local opened = {}

local NO_RUN = "the run is looked for in the target that run would take; name it, or the source"

--- Opens the target and its journal.
---@param state table with options, result, and plan and info where there is a source
---@param chosen wherry.Target
function opened.target(state, chosen)
    state.target = chosen
    result_of.target(state.result, chosen)
    state.session = opening.session(chosen, state.options)
    result_of.server(state.result, state.session.connection)
    state.journal = journal_of.open(state.session, state.options.journal)
end

-- The target of the source or the script, as run would choose it: of the private server's databases the newest.
local function choose(state)
    local options = state.options
    options.resume = options.run and tostring(options.run) or true
    if state.plan then
        return opening.target(state.plan, options, state.info)
    end
    local request = { given = options.target, getenv = options.getenv, log = options.log }
    if not target_of.is_named(request) then
        failure.raise("usage", "no target", "give one, or the source whose run it is; or set DATABASE_URL")
    end
    return target_of.choose(request)
end

-- The run that is asked for, else the newest one of the source, else the newest one.
local function find(state)
    local id, path = state.options.run, state.info and state.info.path
    local run
    if path or id then
        run = state.journal:find(path or "", id, state.info and state.info.files)
    else
        run = state.journal:latest()
    end
    if not run then
        failure.raise("usage", id and ("the target's journal holds no run %d"):format(id)
            or path and "the target's journal holds no run of this file" or "the target's journal holds no run", NO_RUN)
    elseif run.state == "removed" then
        failure.raise("usage", ("run %d was taken back, and its rejects with it"):format(run.id))
    elseif path and not unfinished.is_of({ path = path, files = state.info.files }, run) then
        failure.raise("usage", ("run %d loads another file, %s"):format(run.id, run.path))
    end
    return run
end

--- Opens source (where one is given, and it is not in use: what a run has read of that is opened by reading.go_on),
--- target, journal and run.
---@param state table with options and result; gets plan, script_hash, source?, info, target, session, journal, run
function opened.all(state)
    if state.options.source then
        state.plan, state.script_hash = opening.plan(state.options)
        state.options.source_mode = "auto"
        reading.begin(state)
        if state.source then
            result_of.source(state.result, state.info)
        end
    end
    if state.plan then
        journal_schema.check_name(state.options.journal, state.plan.target_schema)
    end
    opened.target(state, choose(state))
    state.run = find(state)
    state.result.run = state.run.id
end

return opened
