-- check/init.lua: the dry run: what a run would do, with every row read, encoded and compared, and nothing written. As
-- the engine it prints nothing and raises nothing.
local catalog = require "wherry.check.catalog"
local core = require "wherry.core"
local emitted = require "wherry.check.emitted"
local estimate = require "wherry.check.estimate"
local guards = require "wherry.check.guards"
local journal_of = require "wherry.journal"
local keys = require "wherry.check.keys"
local left_out = require "wherry.engine.left_out"
local ledger = require "wherry.engine.ledger"
local lookups = require "wherry.engine.lookups"
local names = require "wherry.names"
local on_bad = require "wherry.plan.on_bad"
local opening = require "wherry.engine.opening"
local preflight = require "wherry.resolve.preflight"
local preview = require "wherry.preview"
local problems = require "wherry.check.problems"
local result_of = require "wherry.engine.result"
local source_models = require "wherry.engine.source_models"
local source_set = require "wherry.engine.source_set"
local teller = require "wherry.engine.teller"
local stage = require "wherry.stage"
local steps = require "wherry.plan.steps"
local unfinished = require "wherry.engine.unfinished"
local verify = require "wherry.verify"

local check = {}

---@class wherry.CheckResult : wherry.Preview
---@field status "clean"|"findings"|"refused"|"failed"|"interrupted"
---@field tables { table: string, target: string, rows: integer, excluded: integer, rejected: integer, stopping:
---integer, bytes: integer, filtered: table<string, integer>, merged: integer }[] in the order of the load
---@field problems wherry.Problem[]
---@field unseen wherry.Unseen[]
---@field inexact table[]
---@field defaulted table[]
---@field missed table[]
---@field estimate wherry.Estimate?
---@field verdict { stops: boolean, rejected: integer, loaded: integer, too_many: string? }?

-- The source's rows: counted before anything else is done, so that they are told of even when the plan is refused.
local function count(state)
    local resolved, result = state.result.resolved, state.result
    state.counts = ledger.source(state.source, resolved)
    result.tables = {}
    for i, tbl in ipairs(resolved.tables) do
        local counted = state.counts[tbl.source]
        result.tables[i] = { table = tbl.source, target = tbl.target_sql, rows = counted.total,
            excluded = counted.excluded }
    end
end

-- What guards the target's tables, by their names in SQL.
local function guards_of(session, resolved)
    local found, seen = {}, {}
    for _, tbl in ipairs(resolved.tables) do
        local schema = tbl.target.schema
        if not seen[schema] then
            seen[schema] = true
            for name, guarded in pairs(catalog.read(function(sql, parameters)
                return session:query(sql, parameters)
            end, schema)) do
                found[names.qualified(schema, name)] = guarded
            end
        end
    end
    return found
end

local function read_all(state, plan, table_of)
    local resolved, options = state.result.resolved, state.options
    local tick, finish = teller.new(resolved.tables, function(index)
        local counted = state.counts[resolved.tables[index].source]
        return counted.total - counted.excluded
    end, options.progress, "checking")
    local threads = stage.lanes(state.plan, resolved.tables, opening.lanes(options).lanes)
    local hooks <close> = stage.open(state.plan, state.script_hash, resolved.tables, threads)
    local found = core.check { snapshots = source_set.snapshots(state.source), hooks = hooks,
        threads = hooks and threads, tables = source_models.splittable(resolved.tables, table_of), keys = plan.keys,
        foreign_keys = plan.foreign_keys, tick = tick, lookups = lookups.of(resolved, { plan = state.plan,
            source = state.source, session = state.session, log = options.log }) }
    finish()
    stage.tell_unsteady(found.unsteady, options.log)
    return found
end

-- Whether more rows would be rejected than the plan allows; the word for it, or nil.
local function too_many(resolved, found, limit)
    local most, percent = on_bad.limit(limit)
    local all = 0
    for i, checked in ipairs(found.tables) do
        all = all + checked.rejected
        if percent and checked.rows > 0 and checked.rejected > checked.rows * percent / 100 then
            return ("more than %s of the rows of %s would be rejected (max_bad)"):format(limit,
                resolved.tables[i].source)
        end
    end
    return most and all > most and ("more than %d rows would be rejected (max_bad)"):format(most) or nil
end

local function judge(state, found)
    local result = state.result
    local verdict = { stops = false, rejected = 0, loaded = 0 }
    for i, checked in ipairs(found.tables) do
        local tbl = result.tables[i]
        tbl.rejected, tbl.stopping, tbl.bytes = checked.rejected, checked.stopping, checked.bytes
        tbl.filtered, tbl.merged = checked.filtered, checked.merged
        verdict.rejected = verdict.rejected + checked.rejected
        verdict.loaded = verdict.loaded + checked.rows - checked.rejected
    end
    local clean = true
    for _, problem in ipairs(result.problems) do
        verdict.stops = verdict.stops or problem.outcome == "stops"
        clean = clean and not problems.is_finding(problem)
    end
    verdict.too_many = too_many(result.resolved, found, state.options.max_bad or result.resolved.max_bad)
    result.verdict = verdict
    clean = clean and not result.findings[1]
    result.status, result.exit = clean and "clean" or "findings", clean and 0 or 1
end

local function examine(state)
    local result, resolved = state.result, state.result.resolved
    local is_there = resolved.mode == "existing" and guards_of(state.session, resolved) or nil
    local list = is_there and guards.existing(resolved, is_there) or guards.created(resolved)
    local table_of = source_models.tables(state.source)
    local plan = keys.plan(resolved, list, table_of, core.equality)
    local found = read_all(state, plan, table_of)
    result.problems, result.inexact = problems.of(resolved, plan, found), problems.inexact(resolved, found)
    result.defaulted, result.missed = problems.defaulted(resolved, found), problems.missed(resolved, found)
    result.unseen = guards.unseen(resolved, is_there)
    for _, more in ipairs { plan.unseen, problems.unknown(resolved, plan, found), steps.unseen(resolved.hooks),
        emitted.unseen(resolved),
        verify.unseen(resolved) } do
        table.move(more, 1, #more, #result.unseen + 1, result.unseen)
    end
    result.estimate = estimate.of(resolved, found, list)
    judge(state, found)
end

-- What else of the target keeps a run from beginning.
local function look_at_target(state)
    local session, options = state.session, state.options
    preflight.writable(function(sql) return session:query(sql) end)
    local request = { options = options, journal = journal_of.open(session, options.journal), path = state.info.path,
        files = state.info.files, fingerprint = state.info.fingerprint, log = options.log }
    local _, findings = unfinished.find(request)
    result_of.findings(state.result, findings[1] and findings or unfinished.others(request, state.result.resolved))
end

local function work(state)
    preview.resolve(state)
    if state.session then
        look_at_target(state)
    end
    count(state)
    if state.result.findings[1] then
        result_of.refused(state.result)
        return
    end
    if state.options.check then
        state.source:check_start()
    end
    left_out.tell(state, state.result.resolved)
    examine(state)
    if state.options.check then
        state.source:check(true)
    end
    state.source:unchanged()
end

---Looks at every row as a run would. Never raises, never prints, writes nothing but temporary files that nobody sees.
---@param options wherry.RunOptions
---@return wherry.CheckResult
function check.run(options)
    local state = { options = options, result = result_of.new("check") }
    state.result.problems, state.result.unseen, state.result.inexact, state.result.tables = {}, {}, {}, {}
    state.result.defaulted, state.result.missed = {}, {}
    opening.carry_out(work, state)
    return state.result
end

return check
