-- engine/init.lua: a run from its options to its result. It decides nothing that the resolved plan does not say, prints
-- nothing and raises nothing. The phases: look (nothing is written), begin (one step), load (the core), finish.
local aside = require "wherry.resolve.aside"
local changes = require "wherry.engine.changes"
local comparison = require "wherry.engine.comparison"
local core = require "wherry.core"
local counting = require "wherry.engine.counting"
local done = require "wherry.engine.done"
local ending = require "wherry.engine.ending"
local failure = require "wherry.failure"
local jobs = require "wherry.engine.jobs"
local journal_of = require "wherry.journal"
local journal_schema = require "wherry.journal.schema"
local ledger = require "wherry.engine.ledger"
local left_out = require "wherry.engine.left_out"
local loading = require "wherry.engine.loading"
local objects = require "wherry.engine.objects"
local opening = require "wherry.engine.opening"
local preflight = require "wherry.resolve.preflight"
local progress = require "wherry.progress"
local reading = require "wherry.engine.reading"
local record = require "wherry.rejects.record"
local resolve = require "wherry.resolve"
local result_of = require "wherry.engine.result"
local sequences = require "wherry.engine.sequences"
local sessions = require "wherry.engine.sessions"
local shallow = require "wherry.shallow"
local steps = require "wherry.engine.steps"
local telling = require "wherry.rejects.telling"
local unfinished = require "wherry.engine.unfinished"
local verification = require "wherry.engine.verification"

local engine = {}

local LARGE_BYTES = 64 << 20 -- of a source that is not read in a moment
local LOCK_SECONDS = 2 -- a session that is just ending may still hold the lock
local DEAD_SECONDS = 10 -- and one that is at a statement for a dead client: the server looks after it every 2 s
local LAST_WORD_SECONDS = 3 -- for a connection with which a run that failed says so in the journal

local function open_source(state)
    state.plan, state.script_hash = opening.plan(state.options)
    reading.begin(state)
    if state.source then
        result_of.source(state.result, state.info)
    end
    if state.options.rejects then
        for _, file in ipairs(state.info.files or { state.info }) do
            telling.check_file(state.options.rejects, file.path)
        end
    end
end

local function open_target(state)
    local options = state.options
    journal_schema.check_name(options.journal, state.plan.target_schema)
    state.target = opening.target(state.plan, options, state.info)
    result_of.target(state.result, state.target)
    state.session = opening.session(state.target, options)
    result_of.server(state.result, state.session.connection)
    preflight.writable(function(sql) return state.session:query(sql) end)
    state.journal = journal_of.open(state.session, options.journal)
end

-- What takes long before anything else can be seen, said once.
local function tell_wait(state, what)
    if state.size >= LARGE_BYTES and state.waits_for ~= what then
        state.log("info", ("%s (%s MB)"):format(what, progress.grouped(state.size >> 20)))
        state.waits_for = what
    end
end

local function resolve_plan(state)
    state.resolved = resolve.run(state.plan, {
        source = state.source, session = state.session, journal = state.options.journal, has_codec = core.has_codec,
        files = state.info.files, log = state.log,
        reading = function() tell_wait(state, "reads the source once, to see what its columns hold") end,
    })
    result_of.plan(state.result, state.resolved)
end

-- The number stands in the state before the step: when its answer is lost, the journal knows whether it was done.
local function begin(state)
    local staying = aside.staying(state.resolved.objects)
    if staying then
        state.log("info", staying)
    end
    jobs.cut(state.source, state.session, state.resolved, state.jobs)
    state.beginning = state.number or state.journal:new_run()
    state.journal:begin(state.beginning, state.resolved, {
        path = state.info.path, files = state.info.files, copy = state.info.copy and state.info.copy.path,
        fingerprint = state.info.fingerprint, fenced = state.info.fenced,
        command = state.options.command, script_hash = state.script_hash,
        choices = shallow.copy(changes.choices(state.options), changes.kept(state.signs, state.files ~= nil)),
        jobs = state.jobs,
    })
    state.run, state.result.run = state.beginning, state.beginning
    state.session:name_run(state.run)
end

local function resume(state, run)
    state.run, state.result.run, state.resolved, state.was_done = run.id, run.id, run.plan, run.state == "done"
    result_of.plan(state.result, run.plan)
    state.session:name_run(run.id)
    state.log("info", (run.state == "done" and "run %d is done: source and target are counted again"
        or "goes on with run %d"):format(run.id))
    state.journal:reopen(run.id, state.jobs)
end

-- The last step. A run that is done already was resumed after it, and is told about again. A server that does not keep
-- what it has acknowledged (fsync or synchronous_commit off) loses the last steps in a crash.
local function close_run(state)
    local journal, run = state.journal, state.run
    if journal:close_run(run, state.result.status) then
        return
    end
    local now = journal:state_of(run)
    if now == "removed" then
        failure.raise("environment", ("run %d was taken back meanwhile, by another command"):format(run))
    elseif now ~= "done" then
        failure.raise("connection", "the server has lost steps that it had acknowledged (it crashed with fsync or "
            .. "synchronous_commit off)", "--resume does them again")
    end
end

-- Into the file of --rejects, if one is asked for.
local function export_rejects(state)
    if state.options.rejects then
        telling.export(state.options.rejects, state.journal, state.run)
    end
end

local function finish(state)
    local result, compare = state.result, state.options.verify ~= "none"
    result_of.findings(result, objects.place({ journal = state.journal, run = state.run,
        resolved = state.resolved, source = state.source, state = state,
        max_bad = state.options.max_bad or state.resolved.max_bad }, state.log))
    comparison.finish(state)
    result_of.findings(result, sequences.settle(state.journal, state.run, state.resolved))
    if not sequences.analyze(state.journal, state.run, state.resolved, state.analyzed, state.log) then
        result_of.not_analyzed(result)
    end
    local open = record.open(state.journal, state.run)
    local source_tables, targets, findings = ledger.close(state.session, state.resolved, state.source_counts,
        steps.counted(state, state.journal:counts(state.run)), open, compare)
    result_of.ledger(result, source_tables, targets)
    result_of.findings(result, findings)
    verification.run(state)
    if state.options.check then
        state.log("verbose", "waits for quick_check of the source")
        state.source:check(true)
    end
    state.source:unchanged()
    left_out.tell(state, state.resolved)
    result_of.receipts(result, state.journal:receipts(state.run))
    telling.finished(result, state.journal, state.run, state.resolved, open)
    export_rejects(state)
    result_of.finished(result, compare)
    close_run(state)
end

-- What is read, once it is open.
local function describe_source(state)
    result_of.source(state.result, state.info)
    if state.source then
        state.signs, state.size = changes.signs(state.source)
    end
end

-- The run to go on with, or a plan for a new one; findings where neither may be.
local function look(state)
    local request = { options = state.options, journal = state.journal, path = state.info.path, log = state.log,
        script_hash = state.script_hash, plan = state.plan, files = state.info.files }
    function request.open(run)
        reading.go_on(state, run)
        describe_source(state)
        request.source, request.fingerprint, request.signs = state.source, state.info.fingerprint, state.signs
        request.files = state.info.files
    end
    function request.foresee(run)
        return state.source and resolve.foresee(state.plan, state.source, run.plan.mode, state.info.files) or {}
    end
    local run, findings = unfinished.find(request)
    if findings[1] then
        result_of.findings(state.result, findings)
    elseif not run then
        reading.take(state)
        describe_source(state)
        resolve_plan(state)
        result_of.findings(state.result, unfinished.others(request, state.resolved))
    end
    return run
end

-- A run that is to be gone on with may have been killed a moment ago: the server works on for a while.
local function lock(state)
    local options = state.options
    if not (options.resume or options.restart) then
        state.session:lock(LOCK_SECONDS)
        return
    end
    state.session:lock(math.max(options.retry, DEAD_SECONDS))
    sessions.end_orphans(state.session)
end

local function drive(state)
    local options = state.options
    open_source(state)
    open_target(state)
    lock(state)
    local run = look(state)
    if state.result.findings[1] then
        result_of.refused(state.result)
        return
    end
    if not state.source then
        done.tell_again(state, run)
        return
    end
    counting.begin(state, run and run.plan or state.resolved)
    state.jobs, state.attended = jobs.allowed(state.session, jobs.wanted(options), state.log)
    loading.prepare(state, run and run.plan or state.resolved)
    state.journal:upgrade()
    if run then
        resume(state, run)
    else
        begin(state)
    end
    steps.run(state, "before_load")
    comparison.begin(state)
    state.analyzed = loading.run(state)
    finish(state)
end

-- Whether the run stands in the journal. Where its first step was sent and nobody can be asked (without the lock, the
-- lost connection may still be at it), it may.
local function has_begun(state, asked)
    if state.beginning and not state.run then
        local ok, there = pcall(state.journal.has, state.journal, state.beginning)
        state.run = (there == true or not (ok and asked and state.session.locked)) and state.beginning or nil
        state.result.run = state.run
    end
    return state.run ~= nil
end

-- What was committed before the stop, for the result and for the journal.
local function last_word(state, fault)
    local result, session, journal = state.result, state.session, state.journal
    counting.look(state)
    result_of.committed(result, state.resolved, state.source_counts, journal:counts(state.run))
    result_of.receipts(result, journal:receipts(state.run))
    telling.committed(result, journal, state.run)
    if session.locked then
        journal:stop_run(state.run, result.status, session.connection:mask(fault.message))
    end
end

-- Tells what stopped the run and how to go on. The signal is acknowledged first, else nothing could be asked.
local function stop(state, fault)
    local signal = core.sys.acknowledge_stop()
    local asked = state.session and pcall(state.session.revive, state.session, LAST_WORD_SECONDS)
    local begun = has_begun(state, asked)
    state.result.run = state.result.run or fault.run
    result_of.failed(state.result, fault, signal, begun)
    if not begun then
        return
    end
    if not (asked and pcall(last_word, state, fault)) then
        result_of.unknown_objects(state.result)
        state.log("warning", "the target can't be asked how far the run came; its journal knows")
    else
        local written, why = pcall(export_rejects, state)
        if not written then
            state.log("warning", tostring(why))
        end
    end
    result_of.next_commands(state.result, state.options, state.target)
end

--- Runs a migration. Never raises, never prints.
---@param options wherry.RunOptions
---@return wherry.Result
function engine.run(options)
    local state = { options = options, log = options.log, result = result_of.new "run", began = core.sys.now() / 1e6 }
    local ok, fault = opening.protected(drive, state)
    if not ok then
        stop(state, fault)
    end
    reading.finish(state)
    ending.run(state)
    return state.result
end

return engine
