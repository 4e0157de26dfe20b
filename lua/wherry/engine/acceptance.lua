-- acceptance.lua: --accept-changes: a run whose source, script or target has changed is gone on with. What it has
-- loaded stays where it still fits; what is left is loaded as the script says now.
local accepted_sources = require "wherry.engine.accepted_sources"
local changes = require "wherry.engine.changes"
local core = require "wherry.core"
local finished_ranges = require "wherry.engine.finished_ranges"
local journal_hooks = require "wherry.journal.hooks"
local kept_keys = require "wherry.engine.kept_keys"
local json = require "wherry.json"
local on_null = require "wherry.resolve.on_null"
local lookups = require "wherry.engine.lookups"
local packing = require "wherry.journal.packing"
local plan_of = require "wherry.plan"
local resolve = require "wherry.resolve"
local resolve_again = require "wherry.resolve.again"
local shallow = require "wherry.shallow"
local source_set = require "wherry.engine.source_set"
local target_state = require "wherry.journal.target_state"

local acceptance = {}

local RESTART = "--restart takes the run back and begins anew"

local function split(list)
    local words = {}
    for word in list:gmatch "[^,]+" do
        words[#words + 1] = word
    end
    return words
end

-- The plan of the script as it is now, with what the run was told at its beginning and is not told otherwise now.
local function plan_now(request, run)
    local told, options = run.choices, {}
    local given = changes.choices(request.options)
    for _, name in ipairs { "only", "skip", "on_bad" } do
        local before = given[name] == "" and told[name] or ""
        options[name] = before ~= "" and split(before) or nil
    end
    options.indexes = given.indexes == "" and (told.indexes or "") ~= "" and told.indexes or nil
    if given.no_analyze == "yes" or told.no_analyze == "yes" then
        options.analyze = false
    end
    return resolve_again.plan(plan_of.apply(request.plan, options), run)
end

-- What the two plans of a table disagree about: whether it is filled by the same columns, by the same key. Types are
-- the target's own, and values are converted as the script says now.
local function shape(tbl)
    local columns = {}
    for index, column in ipairs(tbl.columns) do
        columns[index] = column.target .. " = " .. (column.fold and column.expression or column.sql
            or column.source) .. (column.remap and column.remap.offset and " + " .. column.remap.offset or "")
    end
    table.sort(columns)
    return { target = tbl.target_sql, columns = table.concat(columns, ", "), where = tbl.where or "every row",
        ["key to go on by"] = table.concat(tbl.read.key_names, ", "), on_conflict = tbl.on_conflict or "error",
        merge = tbl.merge and ("by %s, keep %s"):format(tbl.merge.by, tbl.merge.keep) or "none" }
end

local function shape_findings(before, now, findings)
    local old, new = shape(before), shape(now)
    for _, name in ipairs { "target", "columns", "where", "key to go on by", "on_conflict", "merge" } do
        if old[name] ~= new[name] then
            findings[#findings + 1] = { code = "changed_plan", table = before.source,
                reason = ("rows of it are loaded already, by another %s: %s; now it is: %s"):format(name, old[name],
                    new[name]), hint = RESTART }
            return
        end
    end
end

-- What is found in the target because the run has put it there.
local function is_own(finding, known)
    return finding.code == "target_not_empty" and known[finding.table] ~= nil
end

---@class wherry.Acceptance
---@field tables wherry.LoadTable[] in the order of the new plan; those that only the run has behind them
---@field added wherry.LoadTable[] that the run did not have
---@field dropped wherry.LoadTable[] nothing of which is loaded, and that are not asked for any more
---@field more { tbl: wherry.LoadTable, lo: string?, hi: string? }[] ranges that are left to load
---@field objects wherry.Object[] of the new plan
---@field max_bad string?
---@field analyze boolean?
---@field hooks wherry.PlannedStep[]?
---@field findings wherry.Finding[]

-- A table that both plans have. What is finished stays as it was planned: nothing of it is left to do, but that a key
-- which is built now may not allow rows of it.
local function keep(accepted, before, now, state)
    local entry = now
    on_null.keep(before, now)
    kept_keys.carry(before, now)
    if state.begun then
        shape_findings(before, now, accepted.findings)
        entry = shallow.copy(state.todo and now or before, { after = now.after })
        entry.misfits = now.misfits
        entry.before, entry.removed = before.before, before.removed -- of rows that were there when the run began
    end
    accepted.tables[#accepted.tables + 1] = entry
end

local function leave_out(accepted, before, state)
    if not state.begun then
        accepted.dropped[#accepted.dropped + 1] = before
    elseif state.todo then
        accepted.findings[#accepted.findings + 1] = { code = "changed_plan", table = before.source,
            reason = "a part of its rows is loaded, and the script leaves it out now", hint = RESTART }
    else
        accepted.tables[#accepted.tables + 1] = shallow.copy(before, { after = {} })
    end
end

-- The new plan's tables, and those of the run that it leaves out.
local function merge(run, states, resolved, accepted)
    local before, now = resolve_again.by_name(run.plan.tables), resolve_again.by_name(resolved.tables)
    for _, tbl in ipairs(resolved.tables) do
        local own = before[tbl.read.table]
        if own then
            keep(accepted, own, tbl, states[tbl.read.table])
        elseif tbl.on_conflict == "replace" then
            accepted.findings[#accepted.findings + 1] = { code = "changed_plan", table = tbl.source,
                reason = "the run did not have this table, and the rows of its target would have to be removed first",
                hint = "leave it out with --skip, and load it by a run of its own" }
        else
            accepted.tables[#accepted.tables + 1] = tbl
            accepted.added[#accepted.added + 1] = tbl
        end
    end
    for _, tbl in ipairs(run.plan.tables) do
        if not now[tbl.read.table] then
            leave_out(accepted, tbl, states[tbl.read.table])
        end
    end
end

local function has(list, test)
    for _, change in ipairs(list) do
        if test(change) then
            return true
        end
    end
    return false
end

-- What is loaded, table by table, compared with the source where that has changed.
local function look_at_tables(request, run, accepted, compare)
    local states = {}
    for _, tbl in ipairs(run.plan.tables) do
        local state, findings = finished_ranges.check(request.journal, run.id, source_set.of(request.source, tbl), tbl,
            compare and accepted_sources.has(request, tbl))
        states[tbl.read.table] = state
        table.move(findings, 1, #findings, #accepted.findings + 1, accepted.findings)
        for _, range in ipairs(state.more) do
            accepted.more[#accepted.more + 1] = { tbl = tbl, lo = range.lo, hi = range.hi }
            state.todo = true
        end
    end
    return states
end

-- What stands, what is left, and what is in the way.
local function judge(request, run, list)
    local accepted = { tables = {}, added = {}, dropped = {}, more = {}, objects = {}, findings = {},
        max_bad = run.plan.max_bad, analyze = run.plan.analyze, hooks = run.plan.hooks,
        lookups = run.plan.lookups, emitted = run.plan.emitted }
    local states = look_at_tables(request, run, accepted, has(list, function(c) return c.what == "source" end))
    if not has(list, function(change) return change.resolves end) then
        accepted.tables = run.plan.tables
        return accepted
    end
    local resolved = resolve.run(plan_now(request, run), { source = request.source,
        session = request.journal.session, journal = request.options.journal, has_codec = core.has_codec,
        started = run.plan.started, files = request.files })
    local known, targets = {}, {}
    for _, tbl in ipairs(run.plan.tables) do
        known[tbl.source], targets[tbl.target_sql] = true, true
    end
    for _, tbl in ipairs(resolved.tables) do -- another source's rows go there, too
        known[tbl.source] = known[tbl.source] or targets[tbl.target_sql]
    end
    for _, finding in ipairs(resolved.findings) do
        accepted.findings[#accepted.findings + 1] = not is_own(finding, known) and finding or nil
    end
    accepted.objects, accepted.max_bad, accepted.analyze = resolved.objects, resolved.max_bad, resolved.analyze
    accepted.hooks, accepted.lookups = resolved.hooks, resolved.lookups
    for _, name in ipairs(lookups.merged_otherwise(run.plan.lookups, resolved.lookups)) do
        accepted.findings[#accepted.findings + 1] = { code = "changed_plan", table = name,
            reason = "other rows of it are merged now, and what is loaded refers to those of before", hint = RESTART }
    end
    accepted.findings[#accepted.findings + 1] = journal_hooks.too_late(request.journal, run.id, resolved.hooks)
    merge(run, states, resolved, accepted)
    return accepted
end

-- What the new plan puts aside that the run does not know yet: a trigger, a foreign key that somebody has made since.
local function aside_statements(journal, run, accepted, statements)
    local known = {}
    for _, row in ipairs(journal:query([[SELECT name, target FROM %s.object WHERE run = $1
        AND state <> 'receipt']], { run.id })) do
        known[(row.target or "") .. "\0" .. row.name] = true
    end
    local drops = {} -- from behind: a foreign key goes before the key to which it refers
    for _, object in ipairs(accepted.objects) do
        if object.state == "aside" and not known[(object.target or "") .. "\0" .. object.name] then
            statements[#statements + 1] = { journal:sql [[INSERT INTO %s.object (run, kind, name, source_table, target,
                    sql, aside_sql, state, outcome, note) VALUES ($1, $2, $3, $4, $5, $6, $7, 'aside', $8, $9)]],
                run.id, object.kind, object.name, object.table and json.utf8(object.table), object.target, object.sql,
                object.aside_sql, object.outcome, object.note, n = 10 }
            table.insert(drops, 1, { object.aside_sql })
        end
    end
    table.move(drops, 1, #drops, #statements + 1, statements)
end

local function slice_statements(journal, run, accepted, statements)
    local add = journal:sql [[INSERT INTO %s.slice (run, source, source_table, lo, hi, state)
        VALUES ($1, $2, $3, decode($4, 'hex'), decode($5, 'hex'), 'todo')]]
    local function range(tbl, lo, hi)
        statements[#statements + 1] = { add, run.id, source_set.from(tbl), tbl.read.table, lo, hi, n = 6 }
    end
    for _, more in ipairs(accepted.more) do
        range(more.tbl, more.lo, more.hi)
    end
    for _, tbl in ipairs(accepted.added) do
        range(tbl)
    end
    for _, tbl in ipairs(accepted.dropped) do
        for _, name in ipairs { "slice", "source_table" } do
            statements[#statements + 1] = { journal:sql("DELETE FROM %s." .. name
                .. " WHERE run = $1 AND source_table = $2"), run.id, tbl.read.table }
        end
    end
end

-- The run's row as it is from now on: plan, script, choices, fingerprint, and what was accepted.
local function run_statements(request, run, list, accepted, statements)
    local journal, texts = request.journal, json.array()
    for index, change in ipairs(list) do
        texts[index] = json.utf8(change.text)
    end
    local plan = shallow.copy(run.plan, { tables = accepted.tables, max_bad = accepted.max_bad,
        analyze = accepted.analyze, hooks = accepted.hooks, lookups = accepted.lookups,
        emitted = accepted.emitted })
    local choices = shallow.copy(run.choices, changes.kept(request.signs, run.files ~= nil))
    for name, value in pairs(changes.choices(request.options)) do
        choices[name] = value ~= "" and value or choices[name]
    end
    choices.target = nil
    statements[#statements + 1] = { journal:sql [[UPDATE %s.run SET plan = $2, script_hash = $3, choices = $4,
            accepted = (SELECT json_agg(t ORDER BY n)::text FROM (SELECT value AS t, ordinality AS n
                FROM json_array_elements(coalesce(accepted, '[]')::json) WITH ORDINALITY
                UNION ALL SELECT value, ordinality + 1000000
                FROM json_array_elements($5::json) WITH ORDINALITY) AS a) WHERE id = $1]],
        run.id, packing.encode(plan), request.script_hash or run.script_hash, packing.encode(choices),
        json.encode(texts), n = 6 }
    for index, change in ipairs(list) do
        statements[#statements + 1] = { journal:sql [[INSERT INTO %s.object (run, kind, name, state, outcome, note)
            VALUES ($1, 'accepted change', $2, 'receipt', 'changed', $3)]], run.id, change.what, texts[index] }
    end
    accepted_sources.add(request, run, statements)
    statements[#statements + 1] = target_state.keep(journal, run.id, plan)
end

--- Takes the changes in, as one step, or says what is in the way of it.
---@param request wherry.Request
---@param run wherry.Run that is not done
---@param list wherry.Change[]
---@return wherry.Run|nil run as it is from now on
---@return wherry.Finding[] findings
function acceptance.accept(request, run, list)
    local journal, accepted = request.journal, judge(request, run, list)
    if accepted.findings[1] then
        return nil, accepted.findings
    end
    journal:upgrade()
    local statements = {}
    slice_statements(journal, run, accepted, statements)
    aside_statements(journal, run, accepted, statements)
    journal_hooks.renew(journal, run.id, accepted.hooks, statements)
    run_statements(request, run, list, accepted, statements)
    journal.session:step(journal:sql [[SELECT 1 FROM %s.run WHERE id = $1 AND state IN ('running', 'stopped')
        FOR UPDATE]], { run.id }, statements)
    for _, change in ipairs(list) do
        request.log("info", "accepted: " .. change.text)
    end
    return journal:find(request.path, run.id, request.files), {}
end

return acceptance
