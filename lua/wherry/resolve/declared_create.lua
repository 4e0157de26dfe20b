-- declared_create.lua: what the plan declares of columns that are created: the types before the translation, and the
-- values against these types before anything is written.
local computed = require "wherry.resolve.computed"
local declared = require "wherry.plan.declared"
local declared_type = require "wherry.plan.declared_type"
local load_table = require "wherry.resolve.load_table"
local on_bad = require "wherry.plan.on_bad"
local Outcome = require "wherry.resolve.outcome"
local stored_form = require "wherry.plan.stored_form"

local declared_create = {}

-- The declared type of a column, or nil: nothing is declared, or a finding tells why it can't be had.
local function type_of(context, entry, t, column)
    local plan, outcome = context.plan, context.outcome
    local stored = declared.value(plan, entry, column.name, "stored")
    local text = declared.value(plan, entry, column.name, "type") or stored and declared.implied(stored)
    if not text and column.fold then
        text = "jsonb"
    elseif not text and column.shown then
        computed.without_type(outcome, t, column)
        text = "text" -- so that nothing else is told of it
    elseif not text then
        return nil
    end
    local found, reason, hint = declared_type.resolve(text, context.target_query)
    if found and not context.has_codec(found) then
        found, reason, hint = nil, ("there is no codec for values of type %s"):format(found.display), nil
    end
    if not found then
        outcome:finding { code = "declared_type", table = t.name, column = column.name, key = text,
            reason = ("type = %q: %s"):format(text, reason), hint = hint }
        return nil
    end
    return declared.type(plan, entry, t.name, { name = column.name, type = found }, outcome)
end

---Notes in the columns of a derived model what the plan declares of them.
---@param context wherry.Context
---@param derived wherry.Derived
function declared_create.prepare(context, derived)
    for _, made in ipairs(derived.model.tables) do
        local entry, t = derived.entries[made.name], derived.tables[made.name]
        for _, column in ipairs(made.columns) do
            local type, zone = type_of(context, entry, t, column), nil
            if not type then
                zone = declared.value(context.plan, entry, column.name, "zone")
            end
            column.given = (type or zone) and { type = type, zone = zone } or nil
        end
    end
end

-- A table of the load with some of its columns alone.
local function part_of(context, t, load, entry, columns)
    local quiet = Outcome.new()
    local part = load_table.new(t, load.target, columns, load.where, context.has_codec, quiet)
    for i, column in ipairs(columns) do
        part.columns[i].on_null = column.on_null
    end
    on_bad.apply(context.plan, entry, part, quiet)
    return part
end

---@class wherry.DeclaredTable a table with columns whose type is declared
---@field source wherry.Table
---@field load wherry.LoadTable
---@field entry table the plan's keys for it
---@field declared table<string, boolean> by target column

local function describe(example)
    local key = example.key and example.key ~= "" and example.key .. ": " or ""
    return ("%s%s"):format(key, example.value)
end

-- Every reason for which values of a column would stop the run, with the first of them.
local function reasons_of(column)
    local parts, count = {}, 0
    for _, reason in ipairs(column.reasons) do
        if reason.outcome == "stops" then
            count = count + reason.count
            local examples = {}
            for i, example in ipairs(reason.examples) do
                examples[i] = describe(example)
            end
            parts[#parts + 1] = ("%s %s: %s (%s)"):format(stored_form.count(reason.count),
                reason.class .. (reason.count == 1 and "" or "s"), reason.reason, table.concat(examples, "; "))
        end
    end
    return count, table.concat(parts, "; ")
end

---Finds values that the declared types do not take and that would stop the run: all rows are read and encoded.
---@param context wherry.Context
---@param list wherry.DeclaredTable[]
function declared_create.check(context, list)
    local parts, tables = {}, {}
    for _, one in ipairs(list) do
        local columns = {}
        for _, column in ipairs(one.load.columns) do
            columns[#columns + 1] = one.declared[column.target] and column or nil
        end
        if columns[1] then
            tables[#tables + 1] = one
            parts[#parts + 1] = part_of(context, one.source, one.load, one.entry, columns)
        end
    end
    local result = parts[1] and context.check(parts, {})
    for i, one in ipairs(tables) do
        for k, column in ipairs(parts[i].columns) do
            local count, reasons = reasons_of(result.tables[i].columns[k])
            if count > 0 then
                context.outcome:finding { code = "declared_values", table = one.source.name, column = column.target,
                    reason = ("its type is %s%s by the plan, and %s of its values do not fit: %s"):format(
                        column.type.display, column.type.stored and ", stored as " .. column.type.stored or "",
                        stored_form.count(count), reasons),
                    hint = "correct them in the source, declare another form or type, or say what happens to them with "
                        .. "on_bad" }
            end
        end
    end
end

---How many keys several rows would hold, by what the types take for equal.
---@param context wherry.Context
---@param t wherry.Table the source's own
---@param entry table the plan's keys for it
---@param columns { source: string, target: string, type: wherry.Type }[]
---@param where string|nil
---@return integer
function declared_create.merges(context, t, entry, columns, where)
    local part = part_of(context, t, { target = { schema = context.schema, name = t.name }, where = where }, entry,
        columns)
    local places = {}
    for i in ipairs(columns) do
        places[i] = i
    end
    return context.check({ part }, { { table = 1, columns = places, unique = true } }).keys[1].count
end

return declared_create
