-- retry.lua: loads the rejected rows of a run by the script as it is now. The run is under way again meanwhile: when it
-- is killed, at any instant, run --resume puts back what is off for it.
local catalog = require "wherry.digest.catalog"
local core = require "wherry.core"
local failure = require "wherry.failure"
local ledger = require "wherry.engine.ledger"
local lookups = require "wherry.engine.lookups"
local objects = require "wherry.engine.objects"
local opened = require "wherry.rejects.opened"
local opening = require "wherry.engine.opening"
local preflight = require "wherry.resolve.preflight"
local reading = require "wherry.engine.reading"
local record = require "wherry.rejects.record"
local result_of = require "wherry.engine.result"
local retry_plan = require "wherry.rejects.retry_plan"
local sequences = require "wherry.engine.sequences"
local server = require "wherry.digest.server"
local source_set = require "wherry.engine.source_set"
local spec = require "wherry.digest.spec"
local stage = require "wherry.stage"
local sums = require "wherry.digest.sums"
local telling = require "wherry.rejects.telling"

local retry = {}

local LOCK_SECONDS = 2
local LAST_WORD_SECONDS = 3
local PAGE = 1000 -- rejects that are handed to the core at a time
local FOR_RETRY = "trigger for retry" -- kind of an object that goes when it is back in place

-- The first of the files that is not what the run has read, or nil.
local function changed_file(state)
    local now = {}
    for _, file in ipairs(state.info.files or { state.info }) do
        now[file.name or source_set.ONLY] = file
    end
    for _, file in ipairs(state.run.files or { { name = source_set.ONLY, path = state.info.path,
        fingerprint = state.run.fingerprint } }) do
        if not now[file.name] or now[file.name].fingerprint ~= file.fingerprint then
            return file.path
        end
    end
    return nil
end

local function refuse_unfit(state)
    local run = state.run
    local changed = state.source and changed_file(state)
    if changed then
        failure.raise("changed", ("the source has changed since run %d began: %s"):format(run.id, changed),
            "its rejects are rows of the file as it was", { run = run.id })
    elseif state.journal:has_todo(run.id) then
        failure.raise("plan", ("run %d stopped half-way"):format(run.id),
            "end it first: wherry run with --resume, then try the rejects again")
    end
end

-- Puts the run under way, and the triggers aside that must not fire for rows that come later than the others.
local function begin(state, triggers)
    local run, journal = state.run.id, state.journal
    local statements = { { journal:sql [[UPDATE %s.run SET state = 'running', status = NULL, error = NULL,
        finished = NULL WHERE id = $1]], run },
        { journal:sql "DELETE FROM %s.object WHERE run = $1 AND kind = $2 AND state = 'done'", run, FOR_RETRY } }
    for _, trigger in ipairs(triggers) do
        statements[#statements + 1] = { journal:sql [[INSERT INTO %s.object (run, kind, name, source_table, target, sql,
                aside_sql, state, outcome, note)
            SELECT $1, $2, $3, $4, $5, $6, $7, 'aside', 'exact', 'off while rejected rows are loaded'
            WHERE NOT EXISTS (SELECT FROM %s.object WHERE run = $1 AND kind = $2 AND name = $3 AND target = $5)]],
            run, FOR_RETRY, trigger.name, trigger.table, trigger.target, trigger.sql, trigger.aside_sql }
        statements[#statements + 1] = { trigger.aside_sql }
    end
    journal.session:step(journal:sql [[SELECT 1 FROM %s.run WHERE id = $1 AND state IN ('done', 'stopped', 'running')
        AND NOT EXISTS (SELECT FROM %s.slice WHERE run = $1 AND state = 'todo') FOR UPDATE]], { run }, statements)
    state.begun = true
end

local function bytes(hex)
    return (hex:gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end))
end

-- A page of a table's open rejects behind an id, as the core takes them.
local function page_of(state, tbl, behind)
    local list = {}
    for i, row in ipairs(state.journal:query([[SELECT id, encode(key, 'hex') AS key FROM %s.reject
        WHERE run = $1 AND source_table = $2 AND state = 'open' AND key IS NOT NULL AND id > $3 ORDER BY id LIMIT $4]],
        { state.run.id, tbl.read.table, behind, PAGE })) do
        list[i] = { id = math.tointeger(tonumber(row.id)), key = bytes(row.key) }
    end
    return list
end

local function load_table(state, tbl, hooks)
    local result, behind = state.result, 0
    repeat
        local list = page_of(state, tbl, behind)
        if list[1] then
            local done = core.load_rejects {
                snapshot = source_set.of(state.source, tbl), source = source_set.from(tbl),
                conninfo = state.target.conninfo, journal = state.journal.schema, run = state.run.id,
                retry = state.options.retry, tables = { state.hashed[tbl] },
                rejects = list, lookups = state.lookups, hooks = hooks,
            }
            result.loaded, result.gone = result.loaded + done.loaded, result.gone + #done.gone
            result.dropped = result.dropped + done.dropped
            behind = list[#list].id
        end
    until #list < PAGE
end

-- The load tables as the core takes them: a run that has summed its rows up goes on with it.
local function hashed(state, resolved)
    local moments, chosen, views = sums.moments(state.journal, state.run.id), {}, {}
    local list = next(moments) and spec.of(resolved, catalog.of(function(...) return state.session:query(...) end))
        or {}
    for _, target in ipairs(list) do
        local known = moments[target.target_sql]
        chosen[target.target_sql] = known and known.before and known.before.columns == server.columns(target)
    end
    for place, view in ipairs(spec.tables(resolved, list, chosen)) do
        views[resolved.tables[place]] = view
    end
    return views
end

-- Those that failed may hold by now that no row is missing.
local function take_up_failed(state)
    local journal, run = state.journal, state.run.id
    if not next(record.open(journal, run)) then
        journal:step(run, { journal:failed_back(run) })
    end
end

local function finish(state)
    local journal, run, result, resolved = state.journal, state.run.id, state.result, state.run.plan
    take_up_failed(state)
    result_of.findings(result, objects.place({ journal = journal, run = run, resolved = resolved,
        source = state.source, state = state }, state.log))
    journal:step(run, { { journal:sql "DELETE FROM %s.object WHERE run = $1 AND kind = $2 AND state = 'done'", run,
        FOR_RETRY } })
    result_of.findings(result, sequences.settle(journal, run, resolved))
    local open = record.open(journal, run)
    local source_tables, targets, findings = ledger.close(state.session, resolved,
        ledger.source(state.source, resolved), journal:counts(run), open, false)
    result_of.ledger(result, source_tables, targets)
    result_of.findings(result, findings)
    state.source:unchanged()
    result_of.receipts(result, journal:receipts(run))
    telling.finished(result, journal, run, resolved, open)
    result_of.finished(result, false)
    journal:close_run(run, result.status)
end

local function drive(state)
    opened.all(state)
    preflight.writable(function(sql) return state.session:query(sql) end)
    state.session:lock(LOCK_SECONDS)
    reading.go_on(state, state.run)
    result_of.source(state.result, state.info)
    refuse_unfit(state)
    state.journal:upgrade()
    local open = record.open(state.journal, state.run.id)
    if not next(open) then
        state.result.status, state.result.exit = "loaded", 0
        return
    elseif not state.source then
        failure.raise("environment", ("the copy that run %d has read is removed: %s"):format(state.run.id,
            state.run.copy), "its rejected rows can't be read again")
    end
    local tables, triggers, findings, resolved = retry_plan.resolve(state.plan, state.run, open, {
        source = state.source, session = state.session, journal = state.options.journal, has_codec = core.has_codec,
        files = state.info.files })
    result_of.findings(state.result, findings)
    if findings[1] then
        result_of.refused(state.result)
        return
    end
    state.lookups = lookups.of(resolved, state)
    local hooks <close> = stage.open(state.plan, state.script_hash, tables, 1)
    begin(state, triggers)
    state.hashed = hashed(state, resolved)
    for _, tbl in ipairs(tables) do
        state.log("verbose", ("rejects of %s"):format(tbl.source))
        load_table(state, tbl, hooks)
    end
    finish(state)
end

-- What stopped it stands in the journal, too: then run --resume puts back what is off.
local function stop(state, fault)
    local signal = core.sys.acknowledge_stop()
    local result = state.result
    result_of.failed(result, fault, signal, state.begun == true)
    if state.begun and pcall(state.session.revive, state.session, LAST_WORD_SECONDS) and state.session.locked then
        pcall(function()
            telling.committed(result, state.journal, state.run.id)
            state.journal:stop_run(state.run.id, result.status, state.session.connection:mask(fault.message))
        end)
    end
    if state.begun then
        result.hints[1] = "wherry run ... --resume    # ends the run; what was loaded stays; then try the rejects again"
    end
end

--- Loads the open rejects of a run. Never raises, never prints.
---@param options table source, target?, run?, and those of a run
---@return wherry.Result result with `loaded`, `dropped` (left out on purpose by now) and `gone` (rows that the source,
---or the script, has no more) besides
function retry.run(options)
    local state = { options = options, log = options.log, result = result_of.new "rejects" }
    state.result.action, state.result.loaded, state.result.dropped, state.result.gone = "retry", 0, 0, 0
    local ok, fault = opening.protected(drive, state)
    if not ok then
        stop(state, fault)
    end
    reading.finish(state)
    opening.close(state)
    return state.result
end

return retry
