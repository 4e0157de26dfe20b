-- loading.lua: a run's tables through the core, and the telling of how far they are.
local builds = require "wherry.engine.builds"
local core = require "wherry.core"
local counting = require "wherry.engine.counting"
local failure = require "wherry.failure"
local lookups = require "wherry.engine.lookups"
local on_bad = require "wherry.plan.on_bad"
local sessions = require "wherry.engine.sessions"
local source_set = require "wherry.engine.source_set"
local stage = require "wherry.stage"
local teller = require "wherry.engine.teller"

local loading = {}

local HOLD_SECONDS = 2 -- between two looks at the lock, and for a connection to get it back

-- The rows of tables that steps of earlier attempts have read.
local function rows_before(state)
    local counts, before = state.journal:counts(state.run), {}
    for index, tbl in ipairs(state.resolved.tables) do
        before[index] = counts[tbl.read.table] and counts[tbl.read.table].read
    end
    return before
end

-- A lane that has lost its connection and tries again is told of each time that it begins to.
local function telling_retries(tick, log)
    local told
    return function(given)
        if given.retry and given.retry ~= told then
            log("warning", ("a lane: %s; trying again"):format(given.retry))
        end
        told = given.retry
        tick(given)
    end
end

-- What the source has counted meanwhile is told from then on.
local function looking_at_counts(tick, state)
    return function(given)
        counting.look(state)
        return tick(given)
    end
end

-- Nothing may be raised while the lanes work.
local function describe(session, holder)
    local asked, words = pcall(sessions.describe, session, holder)
    return asked and words or "server process " .. holder.pid
end

-- The lanes connect again by themselves; the session that holds the journal's lock has to be seen to. Where another one
-- has taken the lock, the load ends: whoever it is takes this run for dead.
local function holding_lock(tick, state)
    local session, looked = state.session, core.sys.clock()
    return function(given)
        if core.sys.clock() - looked >= HOLD_SECONDS and not state.replaced_by then
            local other = session:hold(HOLD_SECONDS)
            state.replaced_by = other and describe(session, other)
            looked = core.sys.clock()
        end
        tick(given)
        return state.replaced_by ~= nil
    end
end

-- What the core raises; that another run is at work is the reason behind it.
local function load(state, given)
    local ok, done, unsteady = pcall(core.load, given)
    if state.replaced_by then
        failure.raise("environment", ("the journal's lock was lost with the session that held it, and is another "
            .. "session's now (%s)"):format(state.replaced_by), "another run, or another command, is at work on this "
            .. "target: wherry status tells; go on when it has ended")
    elseif not ok then
        error(done, 0)
    end
    return done, unsteady
end

-- Of builds: those that advance an object of the journal.
local function count_objects(list)
    local count = 0
    for _, build in ipairs(list) do
        count = count + (build.object and 1 or 0)
    end
    return count
end

local function those_done(analyzed, done)
    local found = {}
    for place, target in pairs(analyzed) do
        found[target] = done and done[place] or nil
    end
    return found
end

-- The receipts of functions that gave two different results say so.
local function note_unsteady(state, notes)
    for name, note in pairs(notes) do
        state.journal:step(state.run, { { state.journal:sql [[UPDATE %s.object SET outcome = 'changed',
            note = note || '; ' || $3 WHERE run = $1 AND kind = 'function' AND source_table = $2 AND state = 'receipt'
            AND outcome = 'exact']], state.run, name, note } })
    end
end

--- Loads the script for each lane, before anything is written: what keeps a lane from it stops nothing half-way.
---@param state table the engine's
---@param resolved wherry.Resolved
function loading.prepare(state, resolved)
    local lanes = stage.lanes(state.plan, resolved.tables, state.jobs or 1)
    state.hooks = stage.open(state.plan, state.script_hash, resolved.tables, lanes)
end

--- Loads what the journal has still to do, builds what it can on it, and tells of it. Raises what stopped it.
---@param state table the engine's
---@return table<string, boolean> analyzed the tables, by target_sql, that were
function loading.run(state)
    local options, tables, jobs = state.options, state.resolved.tables, state.jobs or 1
    local list, analyzed = builds.of(state.journal, state.run, state.resolved, jobs)
    local tick, finish = teller.lanes(tables, function(index) return counting.expected(state, index) end,
        rows_before(state), count_objects(list), options.progress)
    local max_bad, max_bad_percent = on_bad.limit(options.max_bad or state.resolved.max_bad)
    jobs = stage.lanes(state.plan, tables, jobs)
    local hooks <close> = state.hooks
    local looked_up = state.resolved.lookups
        and (state.journal:has_todo(state.run) and lookups.of or lookups.none)(state.resolved, state)
    local done, unsteady = load(state, {
        hooks = hooks,
        snapshots = source_set.snapshots(state.source), conninfo = state.target.conninfo,
        journal = state.journal.schema, run = state.run, tables = state.load_tables or tables, builds = list,
        jobs = jobs,
        attended = state.attended and next(analyzed) ~= nil, step_rows = options.step_rows,
        step_bytes = options.step_bytes, retry = options.retry, max_bad = max_bad,
        max_bad_percent = max_bad_percent, lookups = looked_up,
        tick = looking_at_counts(holding_lock(telling_retries(tick, options.log), state), state),
    })
    counting.finish(state)
    finish()
    note_unsteady(state, stage.tell_unsteady(unsteady, options.log))
    return those_done(analyzed, done)
end

return loading
