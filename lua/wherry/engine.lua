-- engine.lua: a run from its options to its result. It decides nothing that the resolved plan does not say, prints
-- nothing and raises nothing. The phases: look (nothing is written), begin (one step), load (the core), finish.
local core = require "wherry.core"
local failure = require "wherry.failure"
local journal_of = require "wherry.journal"
local ledger = require "wherry.ledger"
local objects = require "wherry.objects"
local plan = require "wherry.plan"
local resolve = require "wherry.resolve"
local restart = require "wherry.restart"
local result_of = require "wherry.result"
local sequences = require "wherry.sequences"
local session_of = require "wherry.session"
local target_of = require "wherry.target"

local engine = {}

local LOCK_SECONDS = 2 -- a session that is just ending may still hold the lock

local function is_script(path)
    return path:find "%.lua$" ~= nil
end

local function file_hash(path)
    local file <close> = assert(io.open(path, "rb"))
    return core.sys.hash(file:read "a")
end

local function read_plan(state)
    local options = state.options
    if is_script(options.source) then
        state.plan = plan.load(options.source)
        state.script_hash = file_hash(options.source)
    else
        state.plan = plan.from_file(options.source)
    end
    state.plan = plan.apply(state.plan, options)
end

-- What the user chose that the resolved plan depends on: a resumed run must have been asked for the same.
local function choices(state)
    local options = state.options
    return {
        schema = options.schema or "", target_schema = options.target_schema or "", triggers = options.triggers or "",
        only = table.concat(options.only or {}, ","), skip = table.concat(options.skip or {}, ","),
    }
end

local function open_source(state)
    state.source = core.snapshot.open(plan.source_path(state.plan, state.options.getenv))
    local info = state.source:info()
    state.info = info
    result_of.source(state.result, info)
    if not info.fenced then
        state.log("warning", info.note)
    end
end

local function open_target(state)
    local options = state.options
    local chosen = target_of.choose {
        given = options.target, script = state.plan.to, file = not state.plan.script and options.source or nil,
        source = state.info.path,
        getenv = options.getenv, log = state.log, resume = options.resume, restart = options.restart,
        journal = options.journal,
    }
    state.target = chosen
    result_of.target(state.result, chosen)
    state.session = session_of.open(chosen.conninfo, { schema = options.journal, retry = options.retry, log = state.log })
    result_of.server(state.result, state.session.connection)
    state.journal = journal_of.open(state.session, options.journal)
end

local function refuse_changes(state, run)
    if run.fingerprint ~= state.info.fingerprint then
        failure.raise("changed", ("the source has changed since run %d began: %s"):format(run.id, state.info.path),
            "take the run back with --restart and load the file as it is now")
    end
    if run.script_hash ~= state.script_hash then
        failure.raise("plan", ("the script has changed since run %d began"):format(run.id),
            "--restart takes the run back and begins anew")
    end
    for name, value in pairs(choices(state)) do
        if value ~= "" and value ~= run.choices[name] then
            failure.raise("plan", ("run %d was begun with another --%s (%s)"):format(run.id, (name:gsub("_", "-")),
                run.choices[name] == "" and "none" or run.choices[name]), "--restart takes the run back and begins anew")
        end
    end
    resolve.compare_target(run.plan, state.session)
end

-- The run to go on with, or nil for a new one.
local function unfinished(state)
    local options = state.options
    local id = type(options.resume) == "string" and math.tointeger(tonumber(options.resume)) or nil
    if type(options.resume) == "string" and not id then
        failure.raise("usage", ("--resume=%s is no run's number"):format(options.resume))
    end
    local run = state.journal:find(state.info.path, id)
    if id and not run then
        failure.raise("usage", ("the target's journal holds no run %d"):format(id))
    elseif id and (run.state == "removed" or run.path ~= state.info.path) then
        failure.raise("usage", ("run %d %s"):format(id, run.state == "removed" and "was taken back"
            or "loads another file, " .. run.path))
    end
    if not run and (options.resume or options.restart) then
        state.log("info", "no run of this file is unfinished: a new run begins")
    end
    if not run or (run.state == "done" and not options.resume) then
        return nil
    end
    if options.restart then
        restart.remove(state.journal, run, state.log)
        return nil
    end
    if not options.resume then
        result_of.finding(state.result, { code = "unfinished_run", reason = ("run %d of this file stopped half-way"):format(run.id),
            hint = "--resume goes on with it, --restart takes it back and begins anew" })
        return nil
    end
    refuse_changes(state, run)
    return run
end

local function resolve_plan(state)
    state.resolved = resolve.run(state.plan, {
        source = state.source, session = state.session, journal = state.options.journal, has_codec = core.has_codec,
    })
    result_of.plan(state.result, state.resolved)
end

local function begin(state)
    state.journal:install()
    state.wrote = true
    state.run = state.journal:begin(state.resolved, {
        path = state.info.path, fingerprint = state.info.fingerprint, fenced = state.info.fenced,
        command = state.options.command, script_hash = state.script_hash, choices = choices(state),
    })
    state.result.run = state.run
end

local function resume(state, run)
    state.run, state.wrote, state.resolved = run.id, true, run.plan
    state.result.run = run.id
    result_of.plan(state.result, run.plan)
    state.log("info", ("goes on with run %d"):format(run.id))
    if run.state ~= "done" then
        state.journal:set_state(run.id, "running")
    end
end

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

local function load_tables(state)
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

local function finish(state)
    local result, compare = state.result, state.options.verify ~= "none"
    result_of.findings(result, objects.place(state.journal, state.run, state.log))
    result_of.findings(result, sequences.settle(state.journal, state.run, state.resolved))
    sequences.analyze(state.journal, state.run, state.resolved)
    local source_tables, targets, findings = ledger.close(state.session, state.resolved, state.source_counts,
        state.journal:counts(state.run), compare)
    result_of.ledger(result, source_tables, targets)
    result_of.findings(result, findings)
    if state.options.check then
        state.log("verbose", "quick_check")
        state.source:check(true)
    end
    state.source:unchanged()
    result_of.read_objects(result, state.journal, state.run)
    result_of.finished(result, compare)
    state.journal:set_state(state.run, "done", result.status)
end

local function drive(state)
    local options = state.options
    read_plan(state)
    open_source(state)
    open_target(state)
    state.session:lock(options.resume and math.max(options.retry, LOCK_SECONDS) or LOCK_SECONDS)
    local run = unfinished(state)
    if not run and not state.result.findings[1] then
        resolve_plan(state)
    end
    if state.result.findings[1] then
        result_of.refused(state.result)
        return
    end
    if options.check then
        state.source:check_start()
    end
    if run then
        resume(state, run)
    else
        begin(state)
    end
    state.source_counts = ledger.source(state.source, state.resolved)
    load_tables(state)
    finish(state)
end

-- What was committed before the stop, and how to go on. The signal is acknowledged first, else nothing could be asked.
local function stop(state, fault)
    local signal = core.sys.acknowledge_stop()
    result_of.failed(state.result, fault, signal, state.wrote)
    if not state.run then
        return
    end
    local ok = pcall(function()
        local connection = state.session.connection
        if not connection:alive() then
            state.session.connection = core.pg.connect(state.target.conninfo, 5)
        end
        state.session.retry = 0
        result_of.committed(state.result, state.resolved, state.source_counts, state.journal:counts(state.run))
        state.journal:set_state(state.run, "stopped", state.result.status, fault.message)
    end)
    if not ok then
        state.log("warning", "the target can't be asked how far the run came; its journal knows")
    end
    result_of.next_commands(state.result, state.options.source, state.target)
end

-- The highest resident size of this process so far, as the kernel counted it.
local function log_peak_memory(log)
    local file <close> = io.open("/proc/self/status", "r")
    local kilobytes = file and file:read "a":match "VmHWM:%s*(%d+) kB"
    if kilobytes then
        log("verbose", ("peak memory %.1f MB"):format(tonumber(kilobytes) / 1024))
    end
end

local function close(state)
    for _, handle in ipairs { state.session or false, state.source or false } do
        if handle then
            pcall(handle.close, handle)
        end
    end
    if not state.wrote and state.target and state.target.discard then
        pcall(state.target.discard)
    end
end

--- Runs a migration. Never raises, never prints.
---@param options wherry.RunOptions
---@return wherry.Result
function engine.run(options)
    local state = { options = options, log = options.log, result = result_of.new("run"), wrote = false }
    local ok, fault = xpcall(drive, function(raised)
        return failure.is(raised) and raised or failure.new("internal", debug.traceback(tostring(raised), 2))
    end, state)
    if not ok then
        stop(state, fault)
    end
    close(state)
    log_peak_memory(state.log)
    return state.result
end

return engine
