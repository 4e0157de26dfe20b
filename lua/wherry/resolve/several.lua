-- several.lua: resolves a plan with several sources: each as the plan is about it, then all of them together. Tables
-- are labelled "source.table" then, so that everything behind tells them apart.
local computed = require "wherry.resolve.computed"
local create = require "wherry.resolve.create"
local created_together = require "wherry.resolve.created_together"
local declared = require "wherry.plan.declared"
local ends = require "wherry.plan.ends"
local existing = require "wherry.resolve.existing"
local failure = require "wherry.failure"
local json = require "wherry.json"
local lookups = require "wherry.resolve.lookups"
local names = require "wherry.names"
local on_null = require "wherry.resolve.on_null"
local Outcome = require "wherry.resolve.outcome"
local selection = require "wherry.resolve.selection"
local shallow = require "wherry.shallow"
local source_groups = require "wherry.resolve.source_groups"
local source_view = require "wherry.resolve.source_view"

local several = {}

---@class wherry.ResolvedSource
---@field name string
---@field path string|nil

---@class wherry.SourceEnds what one of several sources is resolved with
---@field name string
---@field given wherry.Sqlite
---@field lenient boolean? what does not fit leaves it out, instead of refusing all
---@field path string
---@field model wherry.Model
---@field source_query function
---@field source_reads function
---@field census function
---@field check function
---@field fault table? why there is nothing in it to load

-- What the parts of resolving share, for one source.
local function context_of(file, plan, joint)
    local context = shallow.copy(joint, { plan = plan, source = file.model, schema = plan.target_schema,
        target = joint.target_of(plan.target_schema), outcome = Outcome.new(file.name), lookups = {} })
    for _, name in ipairs { "source_query", "source_reads", "census", "check" } do
        context[name] = file[name]
    end
    return context
end

-- What is wrong with a source as a whole.
local function tell_fault(file, outcome)
    if file.fault then
        outcome:finding { code = "bad_source", key = file.path, reason = file.fault.message, hint = file.fault.hint }
    end
end

-- Everything that one source can say by itself.
local function resolve_one(file, plan, joint, mode)
    local context = context_of(file, plan, joint)
    local one = { file = file, context = context }
    tell_fault(file, context.outcome)
    local selected, virtuals, order = selection.choose(plan, file.model, context.outcome)
    for _, chosen in ipairs(selected) do
        chosen.table, chosen.entry = source_view.table(one.file.view, chosen, mode, plan.collision)
        chosen.table, chosen.entry = computed.extend(context, chosen.table, chosen.entry)
    end
    one.selected = selected
    if mode == "existing" then
        one.list = existing.gather(context, selected, virtuals)
    else
        context.others = plan.collision ~= "append" and joint.names[context.schema] or nil
        one.tables, one.statements, one.drops = create.resolve(context, selected, virtuals, order)
        created_together.check(joint, context, one.tables)
    end
    return one
end

-- Whether what is wrong with a source is the source: that two of them would fill one table is the plan's fault.
local function is_unfit(one)
    local findings = one.context.outcome.findings
    for _, finding in ipairs(findings) do
        if finding.code == "duplicate_target" then
            return false
        end
    end
    return one.file.lenient and findings[1] ~= nil
end

-- A source that can't be loaded is left out where the plan allows that, if another one can be.
local function leave_out(resolved)
    local kept, left = {}, {}
    for _, one in ipairs(resolved) do
        table.insert(is_unfit(one) and left or kept, one)
    end
    if not kept[1] then
        return resolved, {}
    end
    return kept, left
end

-- A carried table as it is called outside of its source.
local function labelled(one, carried)
    local outcome, keys = one.context.outcome, {}
    for i, key in ipairs(carried.source.foreign_keys) do
        keys[i] = shallow.copy(key, { parent = outcome:label(key.parent) })
    end
    return { source = shallow.copy(carried.source, { name = outcome:label(carried.source.name), foreign_keys = keys }),
        target = carried.target, entry = carried.entry, load = carried.load, query = one.context.source_query,
        emits = carried.emits, plain = carried, one = one }
end

-- Order, foreign keys and what is put aside are about all tables; what is merged is about those of one source.
local function settle(joint, resolved, order)
    local list = {}
    for _, one in ipairs(resolved) do
        joint.outcome:absorb(one.context.outcome)
        one.tables, one.context.outcome = {}, Outcome.new(one.file.name)
        for _, carried in ipairs(one.list) do
            list[#list + 1] = labelled(one, carried)
        end
    end
    function joint.groups(sorted)
        local groups, by_one = {}, {}
        for _, carried in ipairs(sorted) do
            local group = by_one[carried.one]
            if not group then
                group = { carried.one.context, {} }
                by_one[carried.one], groups[#groups + 1] = group, group
            end
            table.insert(group[2], carried.plain)
        end
        return groups
    end
    local tables, statements = existing.settle(joint, list, order)
    for _, carried in ipairs(list) do
        carried.load.from = carried.one.file.name
    end
    return tables, statements
end

local function label_lookups(columns, prefix)
    for _, column in ipairs(columns) do
        for i, lookup in ipairs(column.remap and column.remap.lookups or {}) do
            column.remap.lookups[i] = prefix .. lookup
        end
    end
end

-- From here on tables, and what is looked up for them, are called after their sources.
local function label_tables(tables, resolved, joint)
    for _, one in ipairs(resolved) do
        for _, lookup in ipairs(one.context.lookups) do
            lookup.name, lookup.from = one.file.name .. "." .. lookup.name, one.file.name
            for i, kept in ipairs(lookup.kept or {}) do
                lookup.kept[i] = one.file.name .. "." .. kept
            end
            table.insert(joint.lookups, lookup)
        end
        joint.outcome:absorb(one.context.outcome)
    end
    for _, tbl in ipairs(tables) do
        local prefix = tbl.from .. "."
        tbl.own = tbl.source
        tbl.source = prefix .. tbl.source
        tbl.read.table = json.utf8(tbl.source)
        if tbl.merge and tbl.merge.lookup then
            tbl.merge.lookup = prefix .. tbl.merge.lookup
        end
        label_lookups(tbl.columns, prefix)
        for _, emit in ipairs(tbl.hooks and tbl.hooks.emits or {}) do
            label_lookups(emit.columns, prefix)
        end
    end
end

local function filled_and_left(resolved, tables)
    local filled, left = {}, {}
    for _, tbl in ipairs(tables) do
        for _, column in ipairs(tbl.columns) do
            filled[#filled + 1] = column.target
        end
    end
    for _, one in ipairs(resolved) do
        table.move(one.context.filled or {}, 1, #(one.context.filled or {}), #filled + 1, filled)
        local chosen = {}
        for _, selected in ipairs(one.selected) do
            chosen[selected.table.name] = true
        end
        for _, t in ipairs(one.file.model.tables) do
            for _, column in ipairs(chosen[t.name] and {} or t.columns) do
                left[#left + 1] = column.name
            end
        end
    end
    return filled, left
end

-- Into tables that are there, or into created ones: the same for all sources.
local function mode_of(plans, files, joint)
    local mode, first
    for _, file in ipairs(files) do
        local plan = plans[file.name]
        local own = plan.schema or (joint.has_tables(joint.target_of(plan.target_schema)) and "existing" or "create")
        if mode and own ~= mode then
            failure.raise("plan", ("the schema %s has tables, and %s has none"):format(names.quote_pg(
                own == "existing" and plan.target_schema or first), names.quote_pg(
                own == "existing" and first or plan.target_schema)),
                'say which of the two is meant: schema = "existing" or "create"')
        end
        mode, first = own, plan.target_schema
    end
    return mode
end

-- What is told of sources that are left out.
local function findings_of(left)
    local list = {}
    for _, one in ipairs(left) do
        for _, finding in ipairs(one.context.outcome.findings) do
            list[#list + 1] = shallow.copy(finding, { table = finding.table or one.file.name,
                reason = ("the source %s is left out: %s"):format(one.file.name, finding.reason) })
        end
    end
    return list
end

local function views_of(files)
    local views = {}
    for i, file in ipairs(files) do
        file.view = source_view.of(file)
        views[i] = file.view
    end
    return views
end

---What is wrong with a plan whatever the target holds. A source that would be left out is no reason to refuse it.
---@param plan wherry.Plan
---@param files wherry.SourceEnds[] name, given, lenient and model are asked for
---@return wherry.Finding[]
function several.foresee(plan, files)
    local outcome, all = Outcome.new(), {}
    local plans = source_view.plans(plan, views_of(files), outcome)
    for i, file in ipairs(files) do
        all[i] = { file = file, context = { outcome = Outcome.new(file.name) } }
        tell_fault(file, all[i].context.outcome)
        selection.choose(plans[file.name], file.model, all[i].context.outcome)
    end
    for _, one in ipairs((leave_out(all))) do
        outcome:absorb(one.context.outcome)
    end
    return (outcome:sorted())
end

---Resolves a plan with several sources.
---@param plan wherry.Plan
---@param files wherry.SourceEnds[] in the order of their names
---@param joint table what all share: target_of, has_tables, check_mode, target_query, ...; gets outcome
---@return table fields of the resolved plan: mode, sources, create, drops, tables, objects, findings, left_out,
---lookups, emitted
function several.resolve(plan, files, joint)
    joint.plan, joint.outcome, joint.names, joint.made = plan, Outcome.new(), {}, {}
    joint.schema, joint.taken = plan.target_schema, {}
    lookups.begin(joint)
    local plans, order = source_view.plans(plan, views_of(files), joint.outcome)
    local mode = mode_of(plans, files, joint)
    joint.check_mode(plan, mode)
    local all = {}
    for i, file in ipairs(files) do
        all[i] = resolve_one(file, plans[file.name], joint, mode)
        if mode == "create" and not is_unfit(all[i]) then
            created_together.note_names(joint, all[i].context)
        end
    end
    local resolved, left = leave_out(all)
    local tables, statements, drops
    if mode == "existing" then
        tables, statements = settle(joint, resolved, order)
    else
        tables, statements, drops = created_together.join(joint, resolved)
        tables = created_together.in_order(tables, order)
    end
    local filled, left_out = filled_and_left(resolved, tables)
    declared.check_globs(plan, filled, left_out, joint.outcome)
    label_tables(tables, resolved, joint)
    local groups = source_groups.of(files)
    if ends.is_glob(plan.from) then -- those that are named are meant to differ
        source_groups.tell(groups, joint.outcome)
    end
    local looked_up = lookups.finish(joint, tables)
    on_null.evaluate(joint, tables)
    local findings, objects = joint.outcome:sorted()
    local sources = {}
    for i, file in ipairs(files) do
        sources[i] = { name = file.name, path = file.path }
    end
    return { mode = mode, sources = sources, groups = groups, create = statements, drops = drops or {},
        tables = tables, objects = objects, findings = findings, left_out = findings_of(left), lookups = looked_up,
        emitted = joint.emitted and joint.emitted[1] and joint.emitted or nil }
end

return several
