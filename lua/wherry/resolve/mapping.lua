-- mapping.lua: which source column fills which target column of a table that exists. Every column of the source is
-- carried, or left out with a reason, or a finding.
local model = require "wherry.schema.model"
local names = require "wherry.names"
local shallow = require "wherry.shallow"

local mapping = {}

---@class wherry.Pair
---@field source wherry.Column
---@field target wherry.Column

local function by_name(t)
    local found = {}
    for _, column in ipairs(t.columns) do
        found[column.name] = column
    end
    return found
end

---The source columns that the plan leaves out, with their reasons; receipts are left behind.
---@param t wherry.Table of the source
---@param entry table the plan's keys for it
---@param outcome wherry.Outcome
---@return table<string, string>
function mapping.skipped(t, entry, outcome)
    local found = {}
    for _, name in ipairs(shallow.keys(entry.skip or {})) do
        local own = outcome:lookup(name, model.names(t.columns), { kind = "column", side = "source", table = t.name,
            column = name, code = "unknown_column", hint = "skip names source columns" })
        if own and not found[own] then
            found[own] = entry.skip[name]
            outcome:receipt("column", t.name .. "." .. own, "not_carried", entry.skip[name], { table = t.name })
        end
    end
    return found
end

---The plan's renames: by source column the target columns that it fills. A source column that is also left out is a
---contradiction, and so is a target column that is filled twice.
---@param t wherry.Table of the source
---@param entry table
---@param skipped table<string, string>
---@param target_names string[]|nil the columns that exist; nil: any name will do
---@param outcome wherry.Outcome
---@return table<string, string[]> by_source
---@return table<string, string> by_target
function mapping.renamed(t, entry, skipped, target_names, outcome)
    local by_source, by_target = {}, {}
    for _, wanted in ipairs(shallow.keys(entry.columns or {})) do
        local given = entry.columns[wanted]
        local source_name = type(given) == "table" and (given.from or wanted) or given
        local own = outcome:lookup(source_name, model.names(t.columns), { kind = "column", side = "source",
            table = t.name, column = source_name, code = "unknown_column",
            hint = "columns are written target = \"source\"" })
        local there = wanted
        if target_names then
            there = outcome:lookup(wanted, target_names, { kind = "column", side = "target", table = t.name,
                column = wanted, code = "unknown_target_column", hint = "columns are written target = \"source\"" })
        end
        if own and there and skipped[own] then
            outcome:finding { code = "conflicting_column", table = t.name, column = own,
                reason = ("the plan carries it to %s and also leaves it out"):format(there), hint = "take one away" }
        elseif own and there and by_target[there] then
            outcome:finding { code = "duplicate_target_column", table = t.name, column = own,
                reason = ("the target column %s is filled from %s already"):format(there, by_target[there]),
                hint = "fill it from one of them" }
        elseif own and there then
            by_target[there] = own
            by_source[own] = by_source[own] or {}
            table.insert(by_source[own], there)
        end
    end
    return by_source, by_target
end

---A name as a key of a table in a script.
---@param column string
---@return string
function mapping.key_of(column)
    return column:find "^[%a_][%w_]*$" and column or ("[%q]"):format(column)
end

local function skip_hint(column)
    return ('columns = { target = %q } when it has another name there, or skip = { %s = "reason" }'):format(column,
        mapping.key_of(column))
end

---Whether nothing is lost where a column has no place of its own: an expression of the plan reads it, or is it.
---@param t wherry.Table of the source
---@param column wherry.Column
---@return boolean
function mapping.is_read(t, column)
    return column.sql ~= nil or (t.reads ~= nil and t.reads[column.name] ~= nil)
end

-- The target column of the same name, or nil after a finding or a receipt.
local function same_name(t, column, target, by_target, outcome)
    local there, how = outcome:lookup(column.name, model.names(target.columns), { kind = "column", side = "target",
        table = t.name, column = column.name, code = "no_target_column", silent = true })
    if not there then
        if how == "none" and not mapping.is_read(t, column) then
            outcome:finding { code = "no_target_column", table = t.name, column = column.name,
                reason = ("%s has no such column"):format(names.qualified(target.schema, target.name)),
                hint = skip_hint(column.name) }
        end
        return nil
    elseif by_target[there] and mapping.is_read(t, column) then
        return nil
    elseif by_target[there] then
        outcome:finding { code = "duplicate_target_column", table = t.name, column = column.name,
            reason = ("the target column %s is filled from %s already"):format(there, by_target[there]),
            hint = skip_hint(column.name) }
        return nil
    end
    return there
end

-- A column that is carried elsewhere does not fill its namesake, too: where nothing does, that is told.
local function tell_namesake(t, column, list, targets, by_target, outcome)
    local namesake = targets[column.name]
    if namesake and list[1] and not by_target[column.name] and not namesake.generated and not namesake.identity then
        outcome:receipt("column", t.name .. "." .. column.name, "changed", ("it goes to %s alone; the target column %s "
            .. "is filled by nothing (columns = { %s = %q } fills it, too)"):format(table.concat(list, ", "),
            column.name, mapping.key_of(column.name), column.name), { table = t.name })
    end
end

-- Whether a pair is carried: a generated column of the target computes its value itself.
local function carries(t, source, target, outcome)
    if not target.generated then
        return true
    elseif source.generated then
        outcome:receipt("generated column", t.name .. "." .. source.name, "exact",
            ("computed by the target's own generated column %s"):format(target.name), { table = t.name })
    else
        outcome:finding { code = "generated_target_column", table = t.name, column = source.name,
            reason = ("the target column %s is generated and takes no values"):format(target.name),
            hint = skip_hint(source.name) }
    end
    return false
end

local function check_unfilled(t, target, filled, outcome)
    for _, column in ipairs(target.columns) do
        if column.not_null and not filled[column.name] and not column.has_default and not column.identity
            and not column.generated then
            outcome:finding { code = "not_null_unfilled", table = t.name, column = column.name,
                reason = ("the target column %s is NOT NULL without a default, and nothing fills it"):format(
                    column.name),
                hint = ("columns = { %s = \"source column\" }, or give it a default in the target"):format(
                    column.name) }
        end
    end
end

---Maps the columns of a source table onto a target table, in the source's order.
---@param t wherry.Table of the source
---@param target wherry.Table
---@param entry table the plan's keys for the table
---@param outcome wherry.Outcome
---@return wherry.Pair[]
function mapping.existing(t, target, entry, outcome)
    local skipped = mapping.skipped(t, entry, outcome)
    local by_source, by_target = mapping.renamed(t, entry, skipped, model.names(target.columns), outcome)
    local targets, result, filled = by_name(target), {}, {}
    for there in pairs(by_target) do
        filled[there] = true
    end
    for _, column in ipairs(t.columns) do
        local list = by_source[column.name]
        if list then
            tell_namesake(t, column, list, targets, by_target, outcome)
        elseif not skipped[column.name] then
            local there = same_name(t, column, target, by_target, outcome)
            list = { there }
            if there then
                by_target[there] = column.name
            end
        end
        for _, there in ipairs(list or {}) do
            filled[there] = true
            if carries(t, column, targets[there], outcome) then
                result[#result + 1] = { source = column, target = targets[there] }
            end
        end
    end
    check_unfilled(t, target, filled, outcome)
    return result
end

return mapping
