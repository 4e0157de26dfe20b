-- Indexes on the way back from PostgreSQL: btree and hash indexes of columns and expressions, whole or partial.
local back = require "wherry.expr.back"
local back_columns = require "wherry.schema.back_columns"
local literal = require "wherry.expr.sqlite.name"
local receipts = require "wherry.schema.back_receipts"

local back_indexes = {}

---A key's identity as a set of columns.
---@param columns string[]
---@return string
function back_indexes.set_of(columns)
    local list = table.move(columns, 1, #columns, 1, {})
    table.sort(list)
    return table.concat(list, "\0")
end

-- Where the stored form of a type is not equal exactly where the values are.
local function uneven(work, type)
    local kind = type.kind
    if kind.kind == "decimal" and not kind.scale then
        return "a decimal in two spellings (1.0, 1.00) is two values"
    elseif kind.kind == "json" or kind.kind == "array" or kind.kind == "other" or kind.kind == "interval" then
        return "equal as it is written"
    elseif kind.kind == "text" and kind.uneven then
        return "the collation takes different texts for equal, SQLite does not"
    elseif kind.kind == "text" and kind.folded and not work.settings.ascii_case then
        return "NOCASE knows ASCII letters only"
    end
    return nil
end

---What is not the same when columns are compared for a key.
---@param work wherry.BackTranslation
---@param entry wherry.BackTable
---@param columns string[]
---@return string[] notes
---@return "exact"|"changed" outcome
function back_indexes.key_notes(work, entry, columns)
    local notes = {}
    for _, name in ipairs(columns) do
        local note = uneven(work, entry.column[name].type)
        if note then
            notes[#notes + 1] = ("%s: %s"):format(name, note)
        end
    end
    return notes, #notes > 0 and "changed" or "exact"
end

local METHODS = { btree = true, hash = true }

-- Operator classes that order text byte by byte, as SQLite does anyway.
local BYTEWISE = { text_pattern_ops = true, varchar_pattern_ops = true, bpchar_pattern_ops = true }

local function refusal(index)
    if not METHODS[index.method] then
        return ("SQLite has no %s indexes: %s"):format(index.method, receipts.one_line(index.sql))
    elseif index.valid == false then
        return "it is invalid in PostgreSQL"
    end
    return nil
end

local function expression(work, entry, text, notes, make)
    local printed, reason = back_columns.translate_text(text, function(node)
        return make(node, back_columns.options(work, entry, "index"))
    end)
    if not printed then
        return nil, ("%s: %s"):format(receipts.one_line(text), reason)
    end
    for _, note in ipairs(printed.notes) do
        notes[#notes + 1] = note
    end
    return printed
end

-- A part of an index: a column or an expression; where NULLs are equal, two parts that say so.
local function part_of(work, entry, index, part, notes)
    if part.name then
        local found = entry.column[part.name]
        local note = index.unique and uneven(work, found.type)
        if note then
            notes[#notes + 1] = ("%s: %s"):format(part.name, note)
        end
        if part.deterministic == false and index.unique then
            notes[#notes + 1] = ("%s: the collation takes different texts for equal"):format(part.name)
        end
        return { name = found.target.name, desc = part.desc }
    end
    local printed, reason = expression(work, entry, part.expression, notes, back.value)
    if not printed then
        return nil, reason
    elseif printed.constant ~= nil or printed.null then
        return nil, "an index of a constant"
    end
    return { expression = printed.sql, desc = part.desc }
end

-- NULL is a value of its own here: whether it is one, and what else it is.
local function with_nulls(part)
    local sql = part.expression or literal.column { t = "column", name = part.name }
    return { expression = ("coalesce(%s, 0)"):format(sql), collation = part.collation },
        { expression = ("%s IS NULL"):format(sql) }
end

local function parts_of(work, entry, index, notes)
    local parts = {}
    for _, part in ipairs(index.columns) do
        local made, reason = part_of(work, entry, index, part, notes)
        if not made then
            return nil, reason
        end
        if part.operator_class and not BYTEWISE[part.operator_class] then
            return nil, ("SQLite has no operator class %s"):format(part.operator_class)
        end
        local nullable = not part.name or not entry.column[part.name].source.not_null
        if index.nulls_not_distinct and index.unique and nullable then
            made.collation = part.name and entry.column[part.name].type.collation
            parts[#parts + 1], parts[#parts + 2] = with_nulls(made)
        else
            parts[#parts + 1] = made
        end
    end
    return parts
end

local function describe(index, notes)
    local quiet = {}
    if index.method == "hash" then
        quiet[#quiet + 1] = "an ordinary index, not a hash"
    end
    if index.included and #index.included > 0 then
        quiet[#quiet + 1] = ("without the included %s"):format(table.concat(index.included, ", "))
    end
    local default_order, sqlite_order = true, true
    for _, part in ipairs(index.columns) do
        local nulls_first = part.nulls_first == true
        default_order = default_order and nulls_first == part.desc
        sqlite_order = sqlite_order and nulls_first ~= part.desc
    end
    if not default_order and not sqlite_order then
        quiet[#quiet + 1] = "SQLite takes NULL for the least value"
    end
    local outcome = #notes > 0 and "changed" or "exact"
    for _, note in ipairs(quiet) do
        notes[#notes + 1] = note
    end
    return outcome
end

local function add(work, entry, index, name, name_note, kind)
    local notes = { name_note }
    local reason = refusal(index)
    local parts, predicate
    if not reason then
        parts, reason = parts_of(work, entry, index, notes)
    end
    if parts and index.predicate then
        local printed
        printed, reason = expression(work, entry, index.predicate, notes, back.condition)
        parts, predicate = printed and parts, printed and printed.sql
    end
    if not parts then
        receipts.not_carried(work, kind or "index", index.name, entry.source.name, reason)
        return
    end
    local outcome = describe(index, notes)
    table.insert(entry.target.indexes, { name = name, unique = index.unique, columns = parts, predicate = predicate,
        partial = predicate ~= nil, expression = index.expression })
    if index.unique and not predicate and not index.expression and not index.nulls_not_distinct then
        local columns = {}
        for i, part in ipairs(index.columns) do
            columns[i] = part.name
        end
        entry.unique[back_indexes.set_of(columns)] = true
    end
    receipts.add(work, { kind = kind or "index", name = index.name, table = entry.source.name, outcome = outcome,
        note = receipts.notes(notes) })
end

-- A UNIQUE NULLS NOT DISTINCT constraint as an index.
local function of_key(entry, key)
    local index = { name = key.name, unique = true, columns = {}, method = "btree", nulls_not_distinct = true }
    for i, name in ipairs(key.columns) do
        local nullable = not entry.column[name].source.not_null
        index.columns[i] = { name = name, desc = false, nulls_first = false }
        index.expression = index.expression or nullable
    end
    return index
end

---Adds the indexes of all tables.
---@param work wherry.BackTranslation
---@param entries wherry.BackTable[]
---@param take_names fun(taken: table, list: string[], columns: boolean): string[], string[] by place
function back_indexes.translate(work, entries, take_names)
    local given = {}
    for _, entry in ipairs(entries) do
        for _, index in ipairs(entry.source.indexes) do
            given[#given + 1] = not refusal(index) and index.name or nil
        end
        for _, one in ipairs(entry.null_keys or {}) do
            given[#given + 1] = one.key.name
        end
    end
    local chosen, notes = {}, {}
    local by_place, notes_by_place = take_names(work.names, given, false)
    for i, name in ipairs(given) do
        chosen[name], notes[name] = by_place[i], notes_by_place[i]
    end
    for _, entry in ipairs(entries) do
        for _, index in ipairs(entry.source.indexes) do
            add(work, entry, index, chosen[index.name], notes[index.name])
        end
        for _, one in ipairs(entry.null_keys or {}) do
            add(work, entry, of_key(entry, one.key), chosen[one.key.name], notes[one.key.name], "unique")
        end
    end
end

return back_indexes
