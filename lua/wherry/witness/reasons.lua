-- witness/reasons.lua: of which tables and columns plain SQL over both databases can't say the same thing, and why.
local names = require "wherry.names"
local progress = require "wherry.progress"
local rejected = require "wherry.witness.rejected"

local reasons = {}

---@class wherry.WitnessOptions
---@field counts? table<string, table> what the journal has of the tables' rows, as journal:counts gives it; without
---it nothing is known of rows that were rejected, merged or met others
---@field columns? table<string, table<string, wherry.ColumnCounts>> what it has of their columns, as
---journal_columns.read gives it
---@field rejected? table<string, string[]> keys of rows that were rejected, as witness.rejected gives them
---@field left_out? table<string, string> tables (target_sql) and why, as the caller knows it
---@field only? table<string, boolean> tables (target_sql) that are looked at; nil: all

-- What is another value, or other rows, each time that it is asked.
local CHANGING = { "random", "'now'", '"now"', "current_date", "current_time", "date%(%s*%)", "time%(%s*%)",
    "unixepoch%(%s*%)", "julianday%(%s*%)", "last_insert_rowid", "changes%(" }

local function is_changing(sql)
    local lower = sql:lower()
    for _, pattern in ipairs(CHANGING) do
        if lower:find(pattern) then
            return true
        end
    end
    return false
end

-- Rows that the journal counts for reasons of which no SQL knows.
local COUNTED = {
    { "rejected", "%s rejected, and the source has them still" },
    { "filtered", "%s left out by functions of the script" },
    { "merged", "%s merged into others" }, { "updated", "%s went into rows that were there" },
    { "skipped", "%s met rows that were there" },
}

-- Rejected rows that SQLite's side leaves out by their keys are no reason.
local function are_told_apart(tbl, rows, options)
    local keys = options.rejected and options.rejected[tbl.read.table]
    return keys and #keys == rows and rejected.condition(tbl, keys) ~= nil
end

local function of_counts(tbl, counts, options)
    for _, one in ipairs(COUNTED) do
        local rows = counts[one[1]] or 0
        if rows > 0 and not (one[1] == "rejected" and are_told_apart(tbl, rows, options)) then
            return one[2]:format(rows == 1 and "1 row" or progress.grouped(rows) .. " rows")
        end
    end
end

local function of_load(tbl, options)
    local counts = options.counts and (options.counts[tbl.read.table] or {})
    local before = tonumber(tbl.before or "0")
    if tbl.hooks and tbl.hooks.row then
        return "its rows are made by a function of the script (row)"
    elseif tbl.where and is_changing(tbl.where) then
        return "its condition gives other rows each time"
    elseif counts and counts.hooked then
        return "before_load or after_load has changed it"
    elseif before > 0 then
        return ("it held %s rows before the run"):format(progress.grouped(math.tointeger(before)))
    elseif counts then
        return of_counts(tbl, counts, options)
    elseif tbl.merge then
        return "rows of it are merged, and there is no journal that knows which"
    elseif tbl.on_conflict == "update" or tbl.on_conflict == "keep" then
        return ("on_conflict = %q, and there is no journal that knows which rows met others"):format(tbl.on_conflict)
    end
end

---The tables into which functions of the script emit rows.
---@param resolved wherry.Resolved
---@return table<string, string> by target_sql why they are left out
function reasons.emitted(resolved)
    local found = {}
    for _, tbl in ipairs(resolved.tables) do
        for _, emit in ipairs(tbl.hooks and tbl.hooks.emits or {}) do
            found[emit.target_sql] = ("functions of the script emit rows into it (row of %s)"):format(tbl.source)
        end
    end
    return found
end

---Why a target table is left out; nil: it is not.
---@param target_sql string
---@param loads wherry.LoadTable[] that fill it
---@param emitted table<string, string> from reasons.emitted
---@param options wherry.WitnessOptions
---@return string|nil
function reasons.of_table(target_sql, loads, emitted, options)
    local why = options.left_out and options.left_out[target_sql] or emitted[target_sql]
    for _, tbl in ipairs(loads) do
        why = why or of_load(tbl, options)
    end
    return why
end

local ENDS = { fail = true, reject = true }

-- Whether values that do not fit are changed, or become NULL.
local function mends(on_bad)
    for _, word in ipairs(type(on_bad) == "table" and on_bad or { on_bad }) do
        if not ENDS[word] then
            return true
        end
    end
    return false
end

local function is_mapped(tbl, target)
    for _, name in ipairs(tbl.hooks and tbl.hooks.maps or {}) do
        if name == target then
            return true
        end
    end
    return false
end

---Why a column of a table is left out; nil: it is not.
---@param tbl wherry.LoadTable
---@param column wherry.LoadColumn
---@param options wherry.WitnessOptions
---@return string|nil
function reasons.of_column(tbl, column, options)
    local known = options.columns and ((options.columns[tbl.read.table] or {})[column.target]
        or { nulled = 0, converted = 0, mapped = 0 })
    if column.fold then
        return "it is made of several values"
    elseif column.lookup then
        return "its values are looked up in " .. column.lookup.name
    elseif column.remap and column.remap.lookups then
        return "keys in it are replaced by those of other rows"
    elseif column.sql and is_changing(column.expression or column.sql) then
        return "what fills it gives another value each time"
    elseif is_mapped(tbl, column.target) and not (known and known.mapped == 0) then
        return known and "its map has changed values" or "the script changes its values (map)"
    elseif mends(column.on_bad) and not (known and known.nulled == 0 and known.converted == 0) then
        return known and "values that did not fit were changed (on_bad)"
            or "values that do not fit may have been changed (on_bad)"
    elseif column.on_null and column.on_null.wire == "" then
        return "its default is not known"
    end
end

---What stands for NULL in a column, as a text of SQLite; nil: NULL does.
---@param column wherry.LoadColumn
---@return string|nil
function reasons.default(column)
    return column.on_null and names.literal_sqlite(column.on_null.text)
end

return reasons
