-- emits.lua: tables of the target that get rows from a table's function `row`, by emit, and what is decided of those
-- that get their rows from there alone.
local declared = require "wherry.plan.declared"
local load_table = require "wherry.resolve.load_table"
local names = require "wherry.names"
local order = require "wherry.resolve.order"
local preflight = require "wherry.resolve.preflight"
local row_keys = require "wherry.resolve.row_keys"

local emits = {}

local MOST = 16 -- core/sink.h

---@class wherry.LoadEmit a table that `row` emits to
---@field name string as the script has it
---@field target_sql string
---@field columns { source: string, target: string, type: wherry.Type, not_null: boolean, optional: boolean }[]

---@class wherry.EmittedTable a table of the target that no source table is loaded into
---@field target { schema: string, name: string }
---@field target_sql string
---@field rows_sql string
---@field before string rows that it held
---@field sequences wherry.LoadSequence[]
---@field read { table: string } its name in messages
---@field row_keys? string[][] see wherry.LoadTable

---All tables of the target that a run writes into: those of source tables, and those of emitted rows alone.
---@param resolved wherry.Resolved
---@return table[]
function emits.all(resolved)
    local list, emitted = table.move(resolved.tables, 1, #resolved.tables, 1, {}), resolved.emitted or {}
    return table.move(emitted, 1, #emitted, #list + 1, list)
end

-- Columns that an emitted row may give.
local function columns_of(context, entry, t, target)
    local list = {}
    for _, column in ipairs(target.columns) do
        local type_of = not column.generated and declared.type(context.plan, entry, t.name, column, context.outcome)
        if type_of and context.has_codec(type_of) then
            list[#list + 1] = { source = column.name, target = column.name, type = type_of,
                not_null = column.not_null == true, optional = not column.not_null or column.has_default == true
                    or column.identity ~= nil }
        end
    end
    return list
end

-- Parents come before what refers to them: in this order waiting rows are sent.
local function parents_first(list, targets)
    local nodes, place_of = {}, {}
    for i, target in ipairs(targets) do
        local keys = {}
        for j, key in ipairs(target.foreign_keys) do
            keys[j] = { parent = names.qualified(key.parent_schema or target.schema, key.parent) }
        end
        nodes[i] = { name = list[i].target_sql, foreign_keys = keys }
        place_of[list[i].target_sql] = i
    end
    local sorted, sorted_targets = {}, {}
    for i, name in ipairs((order.sort(nodes))) do
        sorted[i], sorted_targets[i] = list[place_of[name]], targets[place_of[name]]
    end
    return sorted, sorted_targets
end

---Notes in a table of the resolved plan which tables its function emits to.
---@param context wherry.Context
---@param carried wherry.Carried
function emits.resolve(context, carried)
    local t, entry = carried.source, carried.entry
    local list, known = {}, {}
    carried.emits = {}
    for _, name in ipairs(entry.emits or {}) do
        local found = context.outcome:lookup(name, context.target_list, { kind = "table", side = "target",
            table = t.name, code = "unknown_target_table", hint = "emits names tables of the target" })
        local target = found and context.targets[found]
        if target and target == carried.target then
            context.outcome:finding { code = "emits_itself", table = t.name, key = name,
                reason = "row emits rows for the table into which its own rows go",
                hint = "load them by a second entry, or from a table of the source that holds them" }
        elseif target and known[target] then
            if known[target] ~= name then
                context.outcome:finding { code = "emits_twice", table = t.name, key = name,
                    reason = ("emits names %s already, as %q"):format(names.qualified(target.schema, target.name),
                        known[target]), hint = "use one name for it in row, too" }
            end
        elseif target and preflight.kind(context, t, target) then
            known[target] = name
            list[#list + 1] = { name = name, target_sql = names.qualified(target.schema, target.name),
                columns = columns_of(context, {}, t, target) }
            carried.emits[#carried.emits + 1] = target
        end
    end
    if #list > MOST then
        context.outcome:finding { code = "too_many_emits", table = t.name,
            reason = ("it emits to %d tables, and %d are the most"):format(#list, MOST) }
    end
    list, carried.emits = parents_first(list, carried.emits)
    if carried.load.hooks and list[1] then
        carried.load.hooks.emits = list
    end
end

---What is emitted in a plan whose tables are created is a finding: nothing says what the table would be.
---@param context wherry.Context
---@param t wherry.Table of the source
---@param entry table
function emits.refuse_created(context, t, entry)
    for _, name in ipairs(entry.emits or {}) do
        context.outcome:finding { code = "unknown_target_table", table = t.name, key = name,
            reason = ("row emits to %s, and the tables of this plan are created after the source's"):format(name),
            hint = 'create the tables first, and load with schema = "existing"' }
    end
end

local function new(context, target)
    local made = { source = target.name, target = { schema = target.schema, name = target.name },
        target_sql = names.qualified(target.schema, target.name), rows_sql = names.own_rows(target), before = "0",
        sequences = {}, columns = {}, read = { table = target.name }, row_keys = row_keys.existing(target) }
    preflight.table(context, { name = target.name }, target, context.plan.triggers, "error")
    for _, column in ipairs(target.columns) do
        local sequence = column.sequence
        if column.identity or sequence then
            load_table.add_sequence(made, { name = "" }, { sequences = {} }, column.name,
                sequence and names.qualified(sequence.schema, sequence.name) or nil)
        end
    end
    return made
end

---The tables that get emitted rows alone.
---@param context wherry.Context
---@param list wherry.Carried[]
---@return wherry.EmittedTable[]
function emits.alone(context, list)
    local loaded, tables = {}, {}
    for _, carried in ipairs(list) do
        loaded[carried.target] = true
    end
    for _, carried in ipairs(list) do
        for _, target in ipairs(carried.emits or {}) do
            if not loaded[target] then
                loaded[target] = true
                tables[#tables + 1] = new(context, target)
            end
        end
    end
    return tables
end

return emits
