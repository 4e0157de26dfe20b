-- opened.lua: what the commands about runs begin with: the target, chosen as run would choose it, and its journal.
-- The source, where one is given, only names them: it is not opened.
local core = require "wherry.core"
local failure = require "wherry.failure"
local journal_of = require "wherry.journal"
local json = require "wherry.json"
local opening = require "wherry.engine.opening"
local plan = require "wherry.plan"
local private = require "wherry.target.private"
local result_of = require "wherry.engine.result"
local source_files = require "wherry.engine.source_files"
local sources = require "wherry.plan.sources"
local target_of = require "wherry.target"

local opened = {}

-- A database of the private server holds the run of the source that is asked for; none is made for a look.
local function of_source(state)
    local options = state.options
    local given = opening.plan(options)
    local paths = {}
    for i, file in ipairs(sources.is_several(given.from) and source_files.of(given, options.getenv)
        or { { path = plan.source_path(given, options.getenv) } }) do
        paths[i] = core.sys.realpath(file.path) or file.path
    end
    local path = paths[1]
    options.resume = options.run and tostring(options.run) or true
    local request = opening.request(given, options, { path = path })
    request.look = true
    state.path, state.paths = json.utf8(path), {}
    for i, one in ipairs(paths) do
        state.paths[i] = json.utf8(one)
    end
    return target_of.choose(request)
end

-- Without a word it is the newest database of the private server, which is not started for that.
local function of_private(options)
    local server = private.new(core, options.getenv)
    local running = options.looks and server:running()
    local database = running and server:newest_database(running)
    if not database then
        failure.raise("usage", "no target", "give one, or the source whose runs they are; or set DATABASE_URL")
    end
    local conninfo = private.conninfo(running, database)
    return target_of.choose { given = target_of.private(conninfo, database), log = options.log }
end

--- Raises: the run that is asked for is not there.
---@param state table
---@param run integer
function opened.refuse_missing(state, run)
    failure.raise("usage", ("the target's journal holds no run %d%s"):format(run,
        state.path and " of " .. state.path or ""), "wherry status lists the runs that it holds")
end

--- Opens target and journal.
---@param state table with options and result; gets target, session, journal and, with a source, path (as the journal
---has it)
function opened.all(state)
    local options = state.options
    local request = { given = options.target, getenv = options.getenv, log = options.log }
    if options.source then
        state.target = of_source(state)
    else
        state.target = target_of.is_named(request) and target_of.choose(request) or of_private(options)
    end
    result_of.target(state.result, state.target)
    state.session = opening.session(state.target, options)
    result_of.server(state.result, state.session.connection)
    state.journal = journal_of.open(state.session, options.journal)
end

return opened
