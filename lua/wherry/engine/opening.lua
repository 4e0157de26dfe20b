-- opening.lua: what a run, and a look at what it would do, begin with: the plan, the source, the target.
local core = require "wherry.core"
local failure = require "wherry.failure"
local jobs = require "wherry.engine.jobs"
local moment = require "wherry.moment"
local plan = require "wherry.plan"
local result_of = require "wherry.engine.result"
local sources = require "wherry.plan.sources"
local session_of = require "wherry.engine.session"
local target_of = require "wherry.target"

local opening = {}

local function file_hash(path)
    local file <close> = assert(io.open(path, "rb"))
    return core.sys.hash(file:read "a")
end

---The plan of a script, or of a file, with the options applied.
---@param options wherry.RunOptions
---@return wherry.Plan
---@return string|nil script_hash
function opening.plan(options)
    local given, script_hash
    if options.plan then
        given, script_hash = options.plan, options.script_hash
    elseif options.source:find "%.lua$" then
        given, script_hash = plan.load(options.source), file_hash(options.source)
    else
        given = plan.from_file(options.source)
    end
    if options.from then
        given = plan.with(given, { from = sources.elsewhere(given.from, options.from) })
    end
    return plan.apply(given, options), script_hash
end

---How a source is opened: with a reader for each lane of the load.
---@param options wherry.RunOptions
---@return table
function opening.lanes(options)
    return { lanes = jobs.wanted(options) }
end

---Opens the source; the caller closes it.
---@param given wherry.Plan
---@param options wherry.RunOptions
---@return table source core.snapshot
---@return table info
function opening.source(given, options)
    local source = core.snapshot.open(plan.source_path(given, options.getenv), opening.lanes(options))
    local info = source:info()
    if not info.fenced then
        options.log("warning", info.note)
    end
    return source, info
end

---Opens a source for a look alone: one that another process has open is read beside it, as it is at one moment. The
---caller closes it.
---@param path string
---@param lanes integer?
---@param log fun(level: string, text: string)
---@return table source core.snapshot
---@return table info
function opening.look(path, lanes, log)
    local source = core.snapshot.open(path, { lanes = lanes, live = true })
    local info = source:info()
    if info.user then
        log("warning", ("%s is in use: %s; what is shown is as of %s%s"):format(info.path, info.user,
            moment.text(info.taken // 1000000), info.wal and "" or "; a program that writes to it waits meanwhile"))
    elseif not info.fenced then
        log("warning", info.note)
    end
    return source, info
end

---@param given wherry.Plan
---@param options wherry.RunOptions
---@param info table
---@return wherry.TargetRequest
function opening.request(given, options, info)
    return {
        given = options.target, script = given.to, file = not given.script and options.source or nil,
        source = info.path, getenv = options.getenv, log = options.log, resume = options.resume,
        restart = options.restart, journal = options.journal,
    }
end

---Chooses the target; the private server is started when it is that.
---@param given wherry.Plan
---@param options wherry.RunOptions
---@param info table
---@return wherry.Target
function opening.target(given, options, info)
    return target_of.choose(opening.request(given, options, info))
end

---@param chosen wherry.Target
---@param options wherry.RunOptions
---@return wherry.Session the caller closes it
function opening.session(chosen, options)
    return session_of.open(chosen.conninfo, { schema = options.journal, retry = options.retry, log = options.log })
end

---Closes what was opened. A target that was made for this run, and in which nothing was begun, goes.
---@param state { session: wherry.Session?, source: table?, target: wherry.Target?, run: integer|table|nil }
function opening.close(state)
    for _, handle in ipairs { state.session or false, state.source or false } do
        if handle then
            pcall(handle.close, handle)
        end
    end
    if not state.run and state.target and state.target.discard then
        pcall(state.target.discard)
    end
end

---Runs `work` under one protected call; what is not an error of ours keeps its traceback.
---@param work fun(state: table)
---@param state table
---@return boolean ok
---@return table|nil fault
function opening.protected(work, state)
    return xpcall(work, function(raised)
        return failure.is(raised) and raised or failure.new("internal", debug.traceback(tostring(raised), 2))
    end, state)
end

---Carries out what only looks, or changes the journal alone: what stops it becomes the result, and all is closed.
---@param work fun(state: table)
---@param state { options: table, result: wherry.Result }
---@return boolean ok
function opening.carry_out(work, state)
    local ok, fault = opening.protected(work, state)
    opening.close(state)
    if not ok then
        result_of.failed(state.result, fault, core.sys.acknowledge_stop(), false)
    end
    return ok
end

return opening
