-- existing.lua: resolves a plan against tables that exist in the target, made by Alembic or an ORM: by name, into the
-- catalog's types. Both sides are compared before anything is written.
local aside = require "wherry.resolve.aside"
local bookkeeping = require "wherry.resolve.bookkeeping"
local conflicts = require "wherry.resolve.conflicts"
local declared = require "wherry.plan.declared"
local declared_census = require "wherry.resolve.declared_census"
local emitted_keys = require "wherry.resolve.emitted_keys"
local emits = require "wherry.resolve.emits"
local hooks = require "wherry.resolve.hooks"
local load_table = require "wherry.resolve.load_table"
local mapping = require "wherry.resolve.mapping"
local merging = require "wherry.resolve.merging"
local names = require "wherry.names"
local on_bad = require "wherry.plan.on_bad"
local on_null = require "wherry.resolve.on_null"
local order = require "wherry.resolve.order"
local preflight = require "wherry.resolve.preflight"
local read = require "wherry.resolve.read"
local row_keys = require "wherry.resolve.row_keys"

local existing = {}

---@class wherry.Carried
---@field source wherry.Table
---@field target wherry.Table
---@field entry table the plan's keys for it
---@field load wherry.LoadTable

local function target_names(target, schema)
    local list, by_name = {}, {}
    for _, t in ipairs(target.tables) do
        list[#list + 1], by_name[t.name] = t.name, t
    end
    for _, view in ipairs(target.views) do
        if not by_name[view.name] then
            list[#list + 1] = view.name
            by_name[view.name] = { name = view.name, schema = schema, kind = view.kind or "v", columns = {} }
        end
    end
    return list, by_name
end

-- A table without a counterpart: rows that would be lost are a finding, an empty table is not.
local function without_target(context, t, entry)
    if entry.into then
        return -- the name was written by hand; the look-up has said that it is not there
    elseif read.has_rows(t, context.source_query) then
        context.outcome:finding { code = "no_target_table", table = t.name,
            reason = ("it has rows, and the schema %s has no such table"):format(names.quote_pg(context.schema)),
            hint = ("create it there, name another one with `into`, or leave it out with --skip %s"):format(
                context.outcome:label(t.name)) }
    else
        context.outcome:receipt("table", t.name, "not_carried", "the target has no such table, and it has no rows",
            { table = t.name })
    end
end

local function find_target(context, t, entry)
    local wanted = entry.into or t.target_name or t.name
    local found, how = context.outcome:lookup(wanted, context.target_list, { kind = "table", side = "target",
        table = t.name, code = "unknown_target_table", silent = not entry.into })
    if how == "none" and not bookkeeping.is(t.name) then
        without_target(context, t, entry)
    end
    return found and context.targets[found] or nil
end

local function add_sequences(context, carried)
    for _, column in ipairs(carried.target.columns) do
        local sequence = column.sequence
        if column.identity or sequence then
            load_table.add_sequence(carried.load, carried.source, context.source, column.name,
                sequence and names.qualified(sequence.schema, sequence.name) or nil)
        end
    end
end

-- A table that two source tables would fill, or nil.
local function taken(context, t, target)
    local other = context.taken[target]
    context.taken[target] = other or context.outcome:label(t.name)
    if other and context.plan.collision == "append" and other ~= context.outcome:label(t.name) then
        return nil
    elseif other then
        context.outcome:finding { code = "duplicate_target", table = t.name,
            reason = ("%s is filled from %s already"):format(names.qualified(target.schema, target.name), other),
            hint = 'name another table with `into`, leave one of the two out, or collision = "append": both go there' }
    end
    return other
end

---@return wherry.Carried|nil
local function resolve_table(context, t, entry)
    local target = find_target(context, t, entry)
    if bookkeeping.is(t.name) then
        if next(entry) then
            context.outcome:finding { code = "bookkeeping_table", table = t.name,
                reason = "a migration tool's own table is compared with the target's, never copied",
                hint = ("take it out of tables, or tables = { %s = w.skip \"reason\" }"):format(t.name) }
        end
        bookkeeping.compare(t, target, context, context.outcome)
        return nil
    elseif not target or taken(context, t, target) or not preflight.kind(context, t, target) then
        return nil
    end
    local columns = {}
    for i, pair in ipairs(mapping.existing(t, target, entry, context.outcome)) do
        declared.check_type(context.plan, entry, t.name, pair.target, context.outcome)
        columns[i] = { source = pair.source.name, target = pair.target.name,
            type = declared.type(context.plan, entry, t.name, pair.target, context.outcome),
            not_null = pair.target.not_null }
    end
    local how = entry.on_conflict or context.plan.on_conflict or "error"
    preflight.table(context, t, target, entry.triggers or context.plan.triggers, how)
    preflight.money(context, t, columns)
    if #columns == 0 then
        context.outcome:finding { code = "no_columns", table = t.name, reason = "no column of it is carried",
            hint = ("leave the table out: tables = { [%q] = w.skip \"reason\" }"):format(t.name) }
        return nil
    end
    local where = load_table.where(t, entry, context.source_query, context.outcome)
    local carried = { source = t, target = target, entry = entry }
    local read_from = hooks.mark(context.plan, entry, t, columns)
    carried.load = load_table.new(read_from, target, columns, where, context.has_codec, context.outcome)
    carried.load.row_keys = row_keys.existing(target)
    local defaults = {}
    for _, column in ipairs(target.columns) do
        defaults[column.name] = not column.generated and column.default or nil
    end
    on_null.mark(context, entry, carried.load, defaults)
    on_bad.apply(context.plan, entry, carried.load, context.outcome)
    hooks.apply(read_from, carried.load, context.outcome)
    local conflict = conflicts.resolve(context, t, target, columns, how)
    if conflict then
        load_table.add_conflict(carried.load, conflict)
    end
    emits.resolve(context, carried)
    add_sequences(context, carried)
    return carried
end

-- Load order: the foreign keys of both sides, under the source's names.
local function sort(context, list, explicit)
    local by_name = {}
    for _, carried in ipairs(list) do
        by_name[carried.source.name] = carried
    end
    local nodes, decide_keys = emitted_keys.plan(list, context)
    local ordered, _, backward = order.sort(nodes, explicit)
    for i, name in ipairs(ordered) do
        list[i] = by_name[name]
    end
    decide_keys(backward)
    return list
end

---The tables of a source, each with the target table into which it goes.
---@param context wherry.Context
---@param selected wherry.Selected[]
---@param virtuals wherry.Virtual[]
---@return wherry.Carried[]
function existing.gather(context, selected, virtuals)
    context.target_list, context.targets = target_names(context.target, context.schema)
    context.taken = context.taken or {}
    preflight.database(context, context.schema, context.journal, false)
    for _, virtual in ipairs(virtuals) do
        context.outcome:receipt("virtual table", virtual.name, "not_carried", virtual.reason, { table = virtual.name })
    end
    local list = {}
    for _, one in ipairs(selected) do
        list[#list + 1] = resolve_table(context, one.table, one.entry)
    end
    declared_census.decide(context, list)
    return list
end

---What is decided about all tables together: their order, what is merged, what is put aside.
---@param context wherry.Context
---@param list wherry.Carried[]
---@param explicit string[] the plan's order
---@return wherry.LoadTable[]
---@return string[] statements that come before the load
function existing.settle(context, list, explicit)
    local tables, sorted = {}, sort(context, list, explicit)
    for _, group in ipairs(context.groups and context.groups(sorted) or { { context, sorted } }) do
        merging.decide(group[1], group[2])
    end
    aside.decide(context, sorted)
    context.emitted = emits.alone(context, sorted)
    for i, carried in ipairs(sorted) do
        tables[i] = carried.load
    end
    return tables, { conflicts.removal(context, list) }
end

---Resolves against an existing schema.
---@param context wherry.Context
---@param selected wherry.Selected[]
---@param virtuals wherry.Virtual[]
---@param explicit string[] the plan's order
---@return wherry.LoadTable[]
---@return string[] statements that come before the load
function existing.resolve(context, selected, virtuals, explicit)
    return existing.settle(context, existing.gather(context, selected, virtuals), explicit)
end

return existing
