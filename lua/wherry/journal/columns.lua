-- columns.lua: what the conversions did to the values of columns, as the steps of a run counted it: values that
-- became NULL, that were converted by name, that come back in another form; and the form in which they come back.
local load_table = require "wherry.resolve.load_table"
local on_bad = require "wherry.plan.on_bad"
local progress = require "wherry.progress"

local journal_columns = {}

-- A row for each column and set of forms, so that thousands of steps make few rows; the sets in the order of the steps.
local READ = [[SELECT s.source_table, c.column_name, c.forms, sum(c.value_count) AS values, sum(c.nulled) AS nulled,
        sum(c.converted) AS converted, sum(c.inexact) AS inexact, %s
    FROM %s.slice s JOIN %s.slice_column c ON c.slice = s.id WHERE s.run = $1 AND s.state = 'done'
    GROUP BY s.source_table, c.column_name, c.forms ORDER BY s.source_table, c.column_name, max(s.id)]]

-- What journals of before version 5 do not know.
local NEWER = { "defaulted", "missed", "mapped" }

local COUNTED = { "values", "nulled", "converted", "inexact", table.unpack(NEWER) }

---@class wherry.ColumnCounts
---@field values integer put, NULLs not among them
---@field nulled integer replaced by NULL
---@field converted integer changed by a conversion that the plan names
---@field defaulted integer of `values`: NULLs for which the column's default stands
---@field missed integer keys that the column's lookup does not have, where they stay or become NULL
---@field mapped integer changed by the column's map
---@field inexact integer of `values`: do not come back as they were, in the form
---@field form string|nil the form in which the values come back; nil where the codec has one only

local function forms_of(row)
    local forms = {}
    for name in row.forms:gmatch "[^,]+" do
        forms[#forms + 1] = name
    end
    return forms
end

local function intersection(first, second)
    local there, both = {}, {}
    for _, name in ipairs(second) do
        there[name] = true
    end
    for _, name in ipairs(first) do
        both[#both + 1] = there[name] and name or nil
    end
    return both
end

-- The first form that fits in all steps. Where none does, it is the last step's first, and the values of the steps that
-- it does not fit count as inexact: which of them would fit it is not known.
local function settle(counts, sets)
    local common
    for _, set in ipairs(sets) do
        common = common and intersection(common, set.forms) or set.forms
    end
    if not common or common[1] then
        counts.form = common and common[1]
        return
    end
    counts.form = sets[#sets].forms[1]
    for _, set in ipairs(sets) do
        if not intersection(set.forms, { counts.form })[1] then
            counts.inexact = counts.inexact + set.values - set.inexact
        end
    end
end

-- The counts that came later, as the query reads them.
local function newer(journal)
    local known, terms = journal:has_version(5), {}
    for i, name in ipairs(NEWER) do
        terms[i] = (known and "sum(c.%s) AS %s" or "0 AS %s"):format(name, name)
    end
    return table.concat(terms, ", ")
end

local function zeros()
    local counts = {}
    for _, name in ipairs(COUNTED) do
        counts[name] = 0
    end
    return counts
end

local function integer(text)
    return math.tointeger(tonumber(text))
end

---What the steps of a run counted of each column.
---@param journal wherry.Journal
---@param run integer
---@return table<string, table<string, wherry.ColumnCounts>> by source table (as the journal has it), target column
function journal_columns.read(journal, run)
    local tables, sets = {}, {}
    for _, row in ipairs(journal:query(READ:format(newer(journal), "%s", "%s"), { run })) do
        local columns = tables[row.source_table] or {}
        tables[row.source_table] = columns
        local counts = columns[row.column_name] or zeros()
        columns[row.column_name] = counts
        for _, name in ipairs(COUNTED) do
            counts[name] = counts[name] + integer(row[name])
        end
        sets[counts] = sets[counts] or {}
        local forms = forms_of(row)
        if forms[1] and row.values ~= "0" then
            table.insert(sets[counts], { forms = forms, values = integer(row.values), inexact = integer(row.inexact) })
        end
    end
    for counts, list in pairs(sets) do
        settle(counts, list)
    end
    return tables
end

local function values_were(count)
    return count == 1 and "1 value was" or progress.grouped(count) .. " values were"
end

-- What becomes of keys that the lookup does not have.
local function missed_text(lookup, count)
    return lookup.missing == "null" and "became NULL" or count == 1 and "stayed as it is" or "stayed as they are"
end

-- What the run's plan said of the column; a retry may have gone by another one.
local function words_of(column)
    local text = on_bad.text(column.on_bad)
    return text and text ~= "reject" and "on_bad = " .. text or "on_bad"
end

-- The columns of the plan that were counted, in the plan's order.
local function each(resolved, counted, act)
    for _, tbl in ipairs(resolved.tables) do
        local columns = counted[tbl.read.table] or {}
        for _, column in ipairs(tbl.columns) do
            if columns[column.target] then
                act(tbl, column, columns[column.target])
            end
        end
    end
end

-- Receipts for columns that row alone fills, and to which it gave nothing although rows came: what is never put
-- is never counted.
local function add_unassigned(resolved, counted, receipts)
    for _, tbl in ipairs(resolved.tables) do
        local columns = counted[tbl.read.table] or {}
        for _, column in ipairs(next(columns) and tbl.columns or {}) do
            if column.expression == "w.hook" and not columns[column.target] then
                receipts[#receipts + 1] = { kind = "column", name = tbl.read.table .. "." .. column.target,
                    table = tbl.read.table, target = tbl.target_sql, state = "receipt", outcome = "changed",
                    note = "row has assigned it no value: it is NULL in every row" }
            end
        end
    end
end

---Receipts for columns whose values were converted, or come back in another form.
---@param resolved wherry.Resolved
---@param counted table<string, table<string, wherry.ColumnCounts>>
---@return wherry.Object[]
function journal_columns.receipts(resolved, counted)
    local receipts = {}
    each(resolved, counted, function(tbl, column, counts)
        local notes = {}
        if counts.converted > 0 then
            notes[1] = ("%s converted (%s)"):format(values_were(counts.converted), words_of(column))
        end
        if counts.defaulted > 0 then
            notes[#notes + 1] = ("%s NULL, and the column's default was taken%s"):format(values_were(counts.defaulted),
                column.on_null and (" (%s: %s)"):format(column.on_null.default, column.on_null.text) or "")
        end
        if counts.missed > 0 and column.lookup then
            notes[#notes + 1] = ("%s not in the lookup %s, and %s"):format(values_were(counts.missed),
                column.lookup.name, missed_text(column.lookup, counts.missed))
        end
        if counts.mapped > 0 then
            notes[#notes + 1] = values_were(counts.mapped) .. " changed by map"
        end
        if counts.inexact > 0 and load_table.comes_back(column) then
            notes[#notes + 1] = ("%s of %s values would not come back as they were%s"):format(
                progress.grouped(counts.inexact), progress.grouped(counts.values),
                counts.form and (" (in the form: %s)"):format(counts.form) or "")
        end
        if notes[1] then
            receipts[#receipts + 1] = { kind = "column", name = tbl.read.table .. "." .. column.target,
                table = tbl.read.table, target = tbl.target_sql, state = "receipt", outcome = "changed",
                note = table.concat(notes, "; ") }
        end
    end)
    add_unassigned(resolved, counted, receipts)
    return receipts
end

---Findings for columns in which values were replaced by NULL.
---@param resolved wherry.Resolved
---@param counted table<string, table<string, wherry.ColumnCounts>>
---@return wherry.Finding[]
function journal_columns.findings(resolved, counted)
    local findings = {}
    each(resolved, counted, function(tbl, column, counts)
        if counts.nulled > 0 then
            findings[#findings + 1] = { code = "nulled", table = tbl.source, column = column.target,
                reason = ("%s replaced by %s (%s)"):format(values_were(counts.nulled),
                    column.on_null and "the column's default" or "NULL", words_of(column)),
                hint = "the source has them still; on_bad = \"reject\" keeps the rows apart instead" }
        end
    end)
    return findings
end

return journal_columns
