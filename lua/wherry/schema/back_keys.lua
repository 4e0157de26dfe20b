-- Keys, foreign keys and indexes on the way back from PostgreSQL.
local back_columns = require "wherry.schema.back_columns"
local back_indexes = require "wherry.schema.back_indexes"
local receipts = require "wherry.schema.back_receipts"

local back_keys = {}

---The column that INTEGER PRIMARY KEY AUTOINCREMENT can number, or nil.
---@param t wherry.Table
---@param known table<string, wherry.KnownColumn>
---@return string?
function back_keys.numbered(t, known)
    local key = t.primary_key
    if not key or #key.columns ~= 1 then
        return nil
    end
    for _, column in ipairs(t.columns) do
        local name, origin = column.type.name, known[column.name]
        local is_integer = not (origin and origin.declared) or origin.affinity == "integer" and not origin.form
        if column.name == key.columns[1] and (name == "int4" or name == "int8" or name == "int2")
            and not column.generated and is_integer and back_columns.is_numbered(column) then
            return column.name
        end
    end
    return nil
end

---A constraint's name where somebody gave it one: PostgreSQL makes names of table, columns and kind.
---@param entry wherry.BackTable
---@param name string?
---@param kind "pkey"|"key"|"fkey"|"check"
---@return string?
function back_keys.given_name(entry, name, kind)
    local prefix = entry.source.name .. "_"
    if not name or (name:sub(1, #prefix) == prefix and name:find("_?" .. kind .. "%d*$", #prefix)) then
        return nil
    end
    return name
end

local function target_columns(entry, columns)
    local list = {}
    for i, column in ipairs(columns) do
        list[i] = entry.column[column].target.name
    end
    return list
end

local function primary_key(work, entry)
    local key = entry.source.primary_key
    if not key then
        return
    end
    local notes, outcome = back_indexes.key_notes(work, entry, key.columns)
    local target = entry.target
    target.primary_key = { name = back_keys.given_name(entry, key.name, "pkey"),
        columns = target_columns(entry, key.columns) }
    entry.unique[back_indexes.set_of(key.columns)] = true
    if entry.numbered then
        local found = entry.column[entry.numbered]
        local sequence = found.source.sequence or {}
        found.target.declared, found.target.not_null = "INTEGER", false
        target.rowid_alias, target.autoincrement = found.target.name, true
        notes[#notes + 1] = "INTEGER PRIMARY KEY AUTOINCREMENT, which numbers NULL too"
        if (sequence.increment or 1) ~= 1 then
            notes[#notes + 1] = ("in steps of 1, the sequence goes in steps of %d"):format(sequence.increment)
            outcome = "changed"
        elseif (sequence.start or 1) > 1 and not sequence.last then
            work.created.sequences[#work.created.sequences + 1] = { table = target.name, last = sequence.start - 1 }
        end
        if sequence.last then
            table.insert(work.created.sequences, { table = target.name, last = sequence.last })
        end
    elseif #key.columns == 1 then
        -- Declared INTEGER it would be the rowid, which takes NULL and numbers the row.
        local found = entry.column[key.columns[1]].target
        found.declared = found.declared:upper() == "INTEGER" and "INT" or found.declared
    end
    if key.deferrable then
        notes[#notes + 1], outcome = "checked at once, not deferred", "changed"
    end
    receipts.add(work, { kind = "primary key", name = key.name, table = entry.source.name, outcome = outcome,
        note = receipts.notes(notes) })
end

local function unique(work, entry, key)
    local notes, outcome = back_indexes.key_notes(work, entry, key.columns)
    if key.deferrable then
        notes[#notes + 1], outcome = "checked at once, not deferred", "changed"
    end
    local nullable = false
    for _, name in ipairs(key.columns) do
        nullable = nullable or not entry.column[name].source.not_null
    end
    if key.nulls_not_distinct and nullable then
        entry.null_keys = entry.null_keys or {}
        table.insert(entry.null_keys, { key = key, notes = notes, outcome = outcome })
        return
    end
    table.insert(entry.target.uniques, { name = back_keys.given_name(entry, key.name, "key"),
        columns = target_columns(entry, key.columns) })
    entry.unique[back_indexes.set_of(key.columns)] = true
    receipts.add(work, { kind = "unique", name = key.name, table = entry.source.name, outcome = outcome,
        note = receipts.notes(notes) })
end

-- Why a foreign key cannot be carried; nil when it can.
local function foreign_key_refusal(work, entry, key)
    local parent = key.parent_schema == work.schema and work.by_name[key.parent] or nil
    if key.parent_schema ~= work.schema then
        return ("%s.%s is in another schema"):format(key.parent_schema, key.parent)
    elseif not parent then
        return ("%s is left out"):format(key.parent)
    elseif not parent.unique[back_indexes.set_of(key.parent_columns)] then
        return ("the key of %s is not carried"):format(key.parent)
    end
    for i, name in ipairs(key.columns) do
        local child, other = entry.column[name].type, parent.column[key.parent_columns[i]].type
        if child.kind.kind ~= other.kind.kind or child.kind.scale ~= other.kind.scale
            or child.kind.fixed ~= other.kind.fixed or child.kind.folded ~= other.kind.folded
            or child.form_kept ~= other.form_kept then
            return ("%s and %s.%s are stored in different forms"):format(name, key.parent, key.parent_columns[i])
        end
    end
    return nil
end

local function foreign_key(work, entry, key)
    local reason = foreign_key_refusal(work, entry, key)
    if reason then
        receipts.not_carried(work, "foreign key", key.name, entry.source.name,
            ("(%s) refers to %s: %s"):format(table.concat(key.columns, ", "), key.parent, reason))
        return
    end
    local parent = work.by_name[key.parent]
    local notes, outcome = {}, "exact"
    if key.match and #key.columns > 1 then
        notes[#notes + 1], outcome = ("MATCH %s is not heeded"):format(key.match), "changed"
    end
    if key.set_columns then
        notes[#notes + 1], outcome = "all its columns are set, not only some", "changed"
    end
    if key.valid == false then
        notes[#notes + 1], outcome = "NOT VALID in PostgreSQL: rows may have no parent", "changed"
    end
    table.insert(entry.target.foreign_keys, {
        name = back_keys.given_name(entry, key.name, "fkey"), columns = target_columns(entry, key.columns),
        parent = parent.target.name, parent_columns = target_columns(parent, key.parent_columns),
        on_delete = key.on_delete, on_update = key.on_update, deferrable = key.deferrable,
        initially_deferred = key.initially_deferred, parent_missing = false,
    })
    work.refers = true
    receipts.add(work, { kind = "foreign key", name = key.name, table = entry.source.name, outcome = outcome,
        note = receipts.notes(notes) })
end

---Adds the keys and indexes of all tables.
---@param work wherry.BackTranslation
---@param entries wherry.BackTable[]
---@param take_names fun(taken: table, list: string[], columns: boolean): string[], string[] by place
function back_keys.translate(work, entries, take_names)
    for _, entry in ipairs(entries) do
        primary_key(work, entry)
        for _, key in ipairs(entry.source.uniques) do
            unique(work, entry, key)
        end
    end
    back_indexes.translate(work, entries, take_names)
    for _, entry in ipairs(entries) do
        for _, key in ipairs(entry.source.foreign_keys) do
            foreign_key(work, entry, key)
        end
    end
    if work.refers then
        receipts.add(work, { kind = "foreign keys", name = work.schema, outcome = "changed",
            note = "SQLite heeds them only on connections that say PRAGMA foreign_keys = ON" })
    end
end

return back_keys
