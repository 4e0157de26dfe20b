-- problems.lua: what a check found, as a list: values that do not fit, duplicates, orphans; what a run would make of
-- each, and how many rows that are.
local conflicts = require "wherry.resolve.conflicts"
local load_table = require "wherry.resolve.load_table"

local problems = {}

---@class wherry.Problem
---@field kind "value"|"row"|"duplicate"|"orphan" row: a function of the script refuses it
---@field table string source table
---@field column string? source column, of a value
---@field columns string? the target's, of a key
---@field target string column or table of the target
---@field type string? of the target column
---@field name string? of the key
---@field reason string
---@field class string? storage class of the values
---@field count integer
---@field outcome "stops"|"rejects"|"nulls"|"converts"|"not_made"|"not_valid"|"skips"
---@field hint string?
---@field examples { key: string?, value: string?, reason: string?, first_key: string? }[]

-- How a refusal by a key ends without on_bad = "reject".
local function outcome_of(guard, is_rejected)
    if is_rejected then
        return "rejects"
    elseif not guard.behind then
        return "stops"
    end
    return guard.kind == "foreign key" and "not_valid" or "not_made"
end

local function values_of(list, tbl, checked)
    for at, column in ipairs(tbl.columns) do
        local found = checked.columns[at]
        for _, reason in ipairs(found.reasons) do
            list[#list + 1] = { kind = "value", table = tbl.source, column = column.source, target = column.target,
                type = column.type.display, reason = reason.reason, class = reason.class, count = reason.count,
                outcome = reason.outcome, hint = reason.hint, examples = reason.examples }
        end
        if found.others > 0 then
            list[#list + 1] = { kind = "value", table = tbl.source, column = column.source, target = column.target,
                type = column.type.display, reason = "other reasons", count = found.others,
                outcome = found.reasons[1].outcome, examples = {} }
        end
    end
end

-- Rows that a function of the script refuses as a whole.
local function rows_of(list, tbl, found)
    for _, reason in ipairs(found.reasons) do
        list[#list + 1] = { kind = "row", table = tbl.source, target = tbl.target_sql, reason = reason.reason,
            count = reason.count, outcome = reason.outcome, hint = reason.hint, examples = reason.examples }
    end
    if found.others > 0 then
        list[#list + 1] = { kind = "row", table = tbl.source, target = tbl.target_sql, reason = "other reasons",
            count = found.others, outcome = found.reasons[1].outcome, examples = {} }
    end
end

local function duplicates_of(list, tbl, guard, key, found)
    list[#list + 1] = { kind = "duplicate", table = tbl.source, columns = table.concat(guard.columns, ", "),
        target = tbl.target_sql, name = guard.name, count = found.count, examples = found.examples,
        outcome = conflicts.meet_by(tbl, guard.columns) and "skips" or outcome_of(guard, key.rejects),
        reason = ("%s %s"):format(guard.kind == "unique" and "unique constraint" or guard.kind == "index"
            and "unique index" or guard.kind, guard.name) }
end

local function orphans_of(list, resolved, guard, key, found)
    local tbl, parent = resolved.tables[guard.index], resolved.tables[guard.parent]
    list[#list + 1] = { kind = "orphan", table = tbl.source, columns = table.concat(guard.columns, ", "),
        target = tbl.target_sql, name = guard.name, count = found.count, examples = found.examples,
        outcome = outcome_of(guard, key.rejects),
        reason = ("foreign key %s, to %s"):format(guard.name, parent.source) }
end

---Everything that was found, table by table.
---@param resolved wherry.Resolved
---@param plan wherry.KeyPlan
---@param found table as core.check gives it
---@return wherry.Problem[]
function problems.of(resolved, plan, found)
    local list = {}
    for i, tbl in ipairs(resolved.tables) do
        values_of(list, tbl, found.tables[i])
        rows_of(list, tbl, found.tables[i].whole)
        for k, key in ipairs(plan.keys) do
            if key.table == i and key.unique and found.keys[k].count > 0 then
                duplicates_of(list, tbl, plan.key_guards[k], key, found.keys[k])
            end
        end
        for k, key in ipairs(plan.foreign_keys) do
            if plan.foreign_key_guards[k].index == i and found.foreign_keys[k].count > 0 then
                orphans_of(list, resolved, plan.foreign_key_guards[k], key, found.foreign_keys[k])
            end
        end
    end
    return list
end

---Whether it is something that the plan does not expect: what it says itself is to be done is told, and no finding.
---@param problem wherry.Problem
---@return boolean
function problems.is_finding(problem)
    return problem.outcome ~= "converts" and problem.outcome ~= "skips"
end

---Values of keys of which only the server knows what they are equal to.
---@param resolved wherry.Resolved
---@param plan wherry.KeyPlan
---@param found table
---@return wherry.Unseen[]
function problems.unknown(resolved, plan, found)
    local list = {}
    for k, key in ipairs(plan.keys) do
        local count, guard = found.keys[k].unknown, plan.key_guards[k]
        if count > 0 then
            local tbl, columns = resolved.tables[key.table], {}
            for i, at in ipairs(key.columns) do
                columns[i] = tbl.columns[at].target
            end
            list[#list + 1] = { table = tbl.source, kind = guard and guard.kind or "key",
                name = guard and guard.name or table.concat(columns, ", "),
                reason = ("of %d %s only the server knows how it folds letters beyond ASCII"):format(count,
                    count == 1 and "value" or "values") }
        end
    end
    return list
end

---Columns in which values would not come back as they are stored.
---@param resolved wherry.Resolved
---@param found table
---@return { table: string, column: string, type: string, values: integer, inexact: integer }[]
function problems.inexact(resolved, found)
    local list = {}
    for i, tbl in ipairs(resolved.tables) do
        for at, column in ipairs(tbl.columns) do
            local checked = found.tables[i].columns[at]
            if checked.inexact > 0 and load_table.comes_back(column) then
                list[#list + 1] = { table = tbl.source, type = column.type.display, values = checked.values,
                    column = column.expression and column.target or column.source, inexact = checked.inexact }
            end
        end
    end
    return list
end

-- What `describe` makes of the columns of all tables, each with what was found in it; nil is left out.
local function of_columns(resolved, found, describe)
    local list = {}
    for i, tbl in ipairs(resolved.tables) do
        for at, column in ipairs(tbl.columns) do
            list[#list + 1] = describe(tbl, column, found.tables[i].columns[at])
        end
    end
    return list
end

---The columns in which NULLs take the default.
---@param resolved wherry.Resolved
---@param found table as core.check's
---@return { table: string, column: string, values: integer, default: string, text: string }[]
function problems.defaulted(resolved, found)
    return of_columns(resolved, found, function(tbl, column, seen)
        return column.on_null and seen.defaulted > 0 and { table = tbl.source, column = column.target,
            values = seen.defaulted, default = column.on_null.default, text = column.on_null.text } or nil
    end)
end

---The columns in which keys that the lookup does not have stay, or become NULL.
---@param resolved wherry.Resolved
---@param found table as core.check's
---@return { table: string, column: string, values: integer, lookup: string, missing: "null"|"keep" }[]
function problems.missed(resolved, found)
    return of_columns(resolved, found, function(tbl, column, seen)
        return column.lookup and seen.missed > 0 and { table = tbl.source, column = column.target,
            values = seen.missed, lookup = column.lookup.name, missing = column.lookup.missing } or nil
    end)
end

return problems
