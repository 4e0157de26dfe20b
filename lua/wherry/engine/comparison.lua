-- comparison.lua: a run's look whether the target holds what was sent. Before the load the server sums up what its
-- tables hold by then; behind the load, before after_load may change it, what they hold now.
local catalog = require "wherry.digest.catalog"
local compared = require "wherry.engine.compared"
local core = require "wherry.core"
local expectation = require "wherry.digest.expectation"
local journal_hooks = require "wherry.journal.hooks"
local left = require "wherry.digest.left"
local row_comparison = require "wherry.engine.row_comparison"
local server = require "wherry.digest.server"
local spec = require "wherry.digest.spec"
local steps = require "wherry.engine.steps"
local sums = require "wherry.digest.sums"
local totals = require "wherry.digest.totals"

local comparison = {}

local CHECKED = 500 -- tables that one statement asks whether they are empty

---@class wherry.RunDigests what a run knows of the sums of its tables
---@field list wherry.DigestTarget[]
---@field cannot string|nil why the server does not sum its rows up
---@field hashed table<string, boolean> by target_sql: all rows that the run sent there were hashed
---@field moments table<string, table<wherry.DigestMoment, table>>

local function query_of(state)
    return function(sql, parameters) return state.session:query(sql, parameters) end
end

-- The source tables of which the run has read something.
local function tables_begun(state)
    local begun = {}
    for _, row in ipairs(state.journal:query([[SELECT DISTINCT source_table FROM %s.slice
            WHERE run = $1 AND (state = 'done' OR reached IS NOT NULL)]], { state.run })) do
        begun[row.source_table] = true
    end
    return begun
end

local function is_begun(state, target, begun)
    for _, load in ipairs(target.loads) do
        if begun[state.resolved.tables[load.place].read.table] then
            return true
        end
    end
    return false
end

-- What tables hold now.
local function look(state, targets, phase)
    local list = {}
    for _, target in ipairs(targets) do
        list[#list + 1] = spec.has_digest(target) and target or nil
    end
    local found
    found, state.digests.cannot = totals.of(state.session, list, phase, state.options.progress)
    return found
end

-- Those of the tables that hold a row.
local function filled(state, targets)
    local list = {}
    for first = 1, #targets, CHECKED do
        local parts = {}
        for i = first, math.min(first + CHECKED - 1, #targets) do
            parts[#parts + 1] = ("SELECT %d AS n WHERE EXISTS (SELECT FROM %s)"):format(i, targets[i].rows_sql)
        end
        for _, row in ipairs(state.session:query(table.concat(parts, " UNION ALL "))) do
            list[#list + 1] = targets[math.tointeger(tonumber(row.n))]
        end
    end
    return list
end

local function entry(target, total)
    return { target = target.target_sql, rows = total.rows, sum = total.sum, columns = server.columns(target) }
end

local function keep(state, moment, targets, found)
    local list = {}
    for i, target in ipairs(targets) do
        list[i] = entry(target, found[target.target_sql])
        local known = state.digests.moments[target.target_sql] or {}
        known[moment], state.digests.moments[target.target_sql] = list[i], known
    end
    if list[1] then
        state.journal:step(state.run, { sums.keep(state.journal, state.run, moment, list) })
    end
end

-- Rows of tables that were begun without being hashed, or are hashed otherwise by now, add up to nothing.
local function sort_out(state)
    local digests, begun, fresh = state.digests, tables_begun(state), {}
    for _, target in ipairs(digests.list) do
        local known = (digests.moments[target.target_sql] or {}).before
        if not spec.has_digest(target) then
            digests.hashed[target.target_sql] = false
        elseif known then
            digests.hashed[target.target_sql] = known.columns == server.columns(target)
        elseif not is_begun(state, target, begun) then
            digests.hashed[target.target_sql], fresh[#fresh + 1] = true, target
        end
    end
    return fresh
end

-- What the tables hold before the load.
local function keep_before(state, fresh)
    local found = look(state, filled(state, fresh), "looking at")
    for _, target in ipairs(fresh) do
        found[target.target_sql] = found[target.target_sql] or expectation.total(nil)
    end
    keep(state, "before", fresh, found)
end

--- Before the load: what is hashed of its rows, and what the tables hold that are not empty. A run that has begun to
--- hash goes on with it, whatever is wanted of its verification by now.
---@param state table the engine's; gets digests and load_tables, both nil where nothing is hashed
function comparison.begin(state)
    local moments = sums.moments(state.journal, state.run)
    if state.options.verify == "none" and not next(moments) then
        return
    end
    local list = spec.of(state.resolved, catalog.of(query_of(state)))
    state.digests = { list = list, hashed = {}, moments = moments }
    keep_before(state, sort_out(state))
    state.load_tables = spec.tables(state.resolved, list, state.digests.hashed)
end

-- Of a run that was done it is known what it left.
local function judge_left(state, lines, found)
    local journal, run = state.journal, state.run
    local retried = state.was_done and left.retried(journal, run)
    local changed = state.was_done and journal_hooks.changed(journal, run, "after_load")
    for i, target in ipairs(state.was_done and state.digests.list or {}) do
        local name = target.target_sql
        local known = left.of(state.digests.moments[name] or {}, changed[name] == true)
        if found[name] and known and known.columns == server.columns(target) and not retried[name] then
            left.judge(lines[i], found[name], known)
        end
    end
end

-- One look at all tables.
local function compare(state, is_after)
    local digests, lines, open = state.digests, {}, {}
    local found, sent = look(state, digests.list, "comparing"), sums.sent(state.journal, state.run)
    for i, target in ipairs(digests.list) do
        local own, expected = sent[target.target_sql]
        lines[i], expected = compared.judge(state, target, found[target.target_sql], own, is_after)
        open[#open + 1] = compared.open(state, target, lines[i], expected, own, is_after)
    end
    row_comparison.run(state, open)
    judge_left(state, lines, found)
    return lines, found
end

-- Those of the tables that after_load has changed and of which nobody knows what it left.
local function changed_by_hook(state)
    local list, changed = {}, journal_hooks.changed(state.journal, state.run, "after_load")
    for _, target in ipairs(state.digests.list) do
        local known = state.digests.moments[target.target_sql]
        list[#list + 1] = changed[target.target_sql] and not (known and known.after_load) and target or nil
    end
    return list
end

-- What after_load has left in the tables that it changed.
local function keep_changed(state)
    local changed = changed_by_hook(state)
    keep(state, "after_load", changed, look(state, changed, "looking at"))
end

local function is_done(state, name)
    local step = journal_hooks.find(state.journal, state.run, name)
    return step ~= nil and step.state == "done"
end

-- What the tables hold that were summed up; others have no total. What a run that was done has left stands already.
local function keep_loaded(state, found)
    local list = {}
    for _, target in ipairs(state.digests.list) do
        local is_known = state.was_done and (state.digests.moments[target.target_sql] or {}).loaded
        list[#list + 1] = found[target.target_sql] and not is_known and target or nil
    end
    keep(state, "loaded", list, found)
end

-- What after_load left is looked at behind it. Where the run was stopped in between, that is now.
local function look_at_all(state)
    local begun = core.sys.clock()
    state.log("info", "compares both sides")
    local is_after = is_done(state, "after_load")
    if is_after then
        keep_changed(state)
    end
    local lines, found = compare(state, is_after)
    if not is_after then
        keep_loaded(state, found)
    end
    return { basis = "run", state = compared.whole(lines), tables = lines,
        left_out = compared.left_out(state.digests.list), seconds = core.sys.clock() - begun }
end

-- The result gets the comparison, where it is wanted and there is something that can be compared.
local function tell(state)
    local wanted = state.options.verify or "digest"
    if wanted == "digest" and state.digests then
        state.result.comparison = look_at_all(state)
        state.result.but = compared.exceptions(state.result.comparison)
        return true
    end
    state.result.comparison = { basis = "run", state = "skipped", tables = {}, note = "--verify=" .. wanted }
    return false
end

--- Behind the load: compares both sides, where that is wanted, and does what the plan says is done after it.
---@param state table the engine's; its result gets the comparison
function comparison.finish(state)
    local is_compared = tell(state)
    steps.run(state, "after_load")
    if is_compared then
        keep_changed(state)
    end
end

--- Compares both sides of a run that is done.
---@param state table the engine's
function comparison.again(state)
    comparison.begin(state)
    tell(state)
end

return comparison
