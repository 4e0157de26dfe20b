-- Keys, indexes and foreign keys of a created target: what is built once the rows are there.
local names = require "wherry.names"
local translation = require "wherry.schema.translation"

local keys = {}

-- PostgreSQL's limit for the columns of an index.
keys.MOST_COLUMNS = 32

-- The target's column names for a list of source names, each once: SQLite lets a key name a column twice.
local function target_columns(entry, columns)
    local list, seen = {}, {}
    for _, name in ipairs(columns) do
        local target = entry.column[name].name
        if not seen[target] then
            seen[target] = true
            list[#list + 1] = target
        end
    end
    return list
end

-- A key's identity as a set of source columns.
local function set_of(columns)
    local list, seen = {}, {}
    for _, name in ipairs(columns) do
        if not seen[name] then
            seen[name] = true
            list[#list + 1] = name
        end
    end
    table.sort(list)
    return table.concat(list, "\0")
end

-- The collations of a key that PostgreSQL does not compare by.
local function other_collations(collations)
    local list, seen = {}, {}
    for _, collation in ipairs(collations or {}) do
        if collation ~= "BINARY" and not seen[collation] then
            seen[collation] = true
            list[#list + 1] = collation
        end
    end
    return #list > 0 and table.concat(list, ", ") or nil
end

local function add_constraint(work, entry, kind, clause, key, notes)
    local columns = target_columns(entry, key.columns)
    local suffix = kind == "primary key" and "pkey" or table.concat(columns, "_") .. "_key"
    local pattern = entry.target.name .. "_" .. suffix
    if #columns > keys.MOST_COLUMNS then
        translation.not_carried(work, kind, key.name or pattern, entry,
            ("%d columns, PostgreSQL takes %d in a key"):format(#columns, keys.MOST_COLUMNS))
        return
    end
    local other = other_collations(key.collations)
    notes:add(other and ("compares exactly, %s is not carried"):format(other), true)
    notes:add(key.conflict and key.conflict ~= "ABORT" and ("ON CONFLICT %s is not carried"):format(key.conflict), true)
    local name = translation.constraint_name(work.relations, key.name, pattern, notes)
    entry.constraints.taken[name] = true
    entry.unique[set_of(key.columns)] = true
    translation.object(work, {
        kind = kind, name = name, table = entry.source.name, target = translation.qualified(work, entry),
        sql = ("ALTER TABLE %s ADD CONSTRAINT %s %s (%s)"):format(translation.qualified(work, entry),
            names.quote_pg(name), clause, names.list_pg(columns)),
        outcome = notes.outcome, note = notes:text(),
    })
end

local function unique_keys(work, entry)
    local key = entry.source.primary_key
    if key then
        local notes = translation.notes()
        if entry.primary_key then
            if entry.source.rowid_alias then
                notes:add("INTEGER PRIMARY KEY" .. (entry.source.autoincrement and " AUTOINCREMENT" or "")
                    .. ", an identity column")
            end
            add_constraint(work, entry, "primary key", "PRIMARY KEY", key, notes)
        else
            notes:add("rows have NULL in the primary key, which PostgreSQL does not take: UNIQUE instead", true)
            add_constraint(work, entry, "unique", "UNIQUE", key, notes)
        end
    end
    for _, unique in ipairs(entry.source.uniques) do
        add_constraint(work, entry, "unique", "UNIQUE", unique, translation.notes())
    end
end

-- Columns of an index as SQLite sorts them: NULL is the least value. Without NULLs the direction alone says it, and the
-- index serves a plain ORDER BY.
local function index_columns(entry, index)
    local parts = {}
    for i, part in ipairs(index.columns) do
        local column = entry.column[part.name]
        local text = names.quote_pg(column.name) .. (part.desc and " DESC" or "")
        if not column.not_null then
            text = text .. (part.desc and " NULLS LAST" or " NULLS FIRST")
        end
        parts[i] = text
    end
    return table.concat(parts, ", ")
end

local function index_refusal(index)
    if index.expression then
        return "indexes an expression: " .. (index.sql or ""):gsub("%s+", " ")
    elseif index.partial then
        return "indexes a part of the rows: " .. (index.sql or ""):gsub("%s+", " ")
    elseif #index.columns > keys.MOST_COLUMNS then
        return ("%d columns, PostgreSQL takes %d in an index"):format(#index.columns, keys.MOST_COLUMNS)
    end
    return nil
end

local function add_index(work, entry, index)
    local reason = index_refusal(index)
    if reason then
        translation.not_carried(work, "index", index.name, entry, reason)
        return
    end
    local notes, collations, columns = translation.notes(), {}, {}
    for i, part in ipairs(index.columns) do
        collations[i], columns[i] = part.collation or "BINARY", part.name
    end
    local other = other_collations(collations)
    notes:add(other and ("compares exactly, %s is not carried"):format(other), true)
    notes:add(work.index_notes[index.name], true)
    local name = work.index_names[index.name]
    if index.unique then
        entry.unique[set_of(columns)] = true
    end
    translation.object(work, {
        kind = "index", name = name, table = entry.source.name, target = translation.qualified(work, entry),
        sql = ("CREATE %sINDEX %s ON %s (%s)"):format(index.unique and "UNIQUE " or "", names.quote_pg(name),
            translation.qualified(work, entry), index_columns(entry, index)),
        outcome = notes.outcome, note = notes:text(),
    })
end

-- Why a foreign key cannot be carried; nil when it can.
local function foreign_key_refusal(work, entry, key)
    local parent = work.by_source[key.parent]
    if key.parent_missing then
        return key.parent_reason
    elseif not parent then
        return ("%s is left out"):format(key.parent)
    elseif not parent.unique[set_of(key.parent_columns)] then
        return ("the key of %s is not carried"):format(key.parent)
    elseif #target_columns(entry, key.columns) ~= #key.columns then
        return "it names a column twice"
    end
    for i, name in ipairs(key.columns) do
        local parent_name = key.parent_columns[i]
        local child, other = entry.column[name].type, parent.column[parent_name].type
        if child.oid ~= other.oid then
            return ("%s is %s, but %s.%s is %s"):format(name, child.display, key.parent, parent_name, other.display)
        end
        for _, column in ipairs(parent.source.columns) do
            if column.name == parent_name and column.collation then
                return ("%s.%s compares with COLLATE %s"):format(key.parent, parent_name, column.collation)
            end
        end
    end
    return nil
end

local ACTIONS = { CASCADE = true, RESTRICT = true, ["SET NULL"] = true, ["SET DEFAULT"] = true }

local function add_foreign_key(work, entry, key)
    local columns = target_columns(entry, key.columns)
    local pattern = ("%s_%s_fkey"):format(entry.target.name, table.concat(columns, "_"))
    local reason = foreign_key_refusal(work, entry, key)
    if reason then
        translation.not_carried(work, "foreign key", key.name or pattern, entry,
            ("(%s) refers to %s: %s"):format(table.concat(key.columns, ", "), key.parent, reason))
        return
    end
    local notes, parent = translation.notes(), work.by_source[key.parent]
    notes:add(key.match and ("MATCH %s is left out, SQLite does not heed it"):format(key.match))
    local name = translation.constraint_name(entry.constraints, key.name, pattern, notes)
    local parent_columns = target_columns(parent, key.parent_columns)
    local parts = {
        ("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s)"):format(translation.qualified(work, entry),
            names.quote_pg(name), names.list_pg(columns)),
        ("REFERENCES %s (%s)"):format(translation.qualified(work, parent), names.list_pg(parent_columns)),
    }
    if ACTIONS[key.on_delete] then
        parts[#parts + 1] = "ON DELETE " .. key.on_delete
    end
    if ACTIONS[key.on_update] then
        parts[#parts + 1] = "ON UPDATE " .. key.on_update
    end
    if key.deferrable then
        parts[#parts + 1] = "DEFERRABLE" .. (key.initially_deferred and " INITIALLY DEFERRED" or "")
    end
    translation.object(work, {
        kind = "foreign key", name = name, table = entry.source.name, target = translation.qualified(work, entry),
        sql = table.concat(parts, " "), outcome = notes.outcome, note = notes:text(),
    })
end

---Reserves the names of all indexes: those that the source gave go before names that are made up here.
---@param work wherry.Translation
---@param tables wherry.Table[] those that are carried
function keys.reserve(work, tables)
    local given = {}
    for _, t in ipairs(tables) do
        for _, index in ipairs(t.indexes) do
            given[#given + 1] = index.name
        end
    end
    work.index_names, work.index_notes = work.relations:take_all(given)
end

---Adds the objects of all tables: primary keys and uniques, then indexes, then foreign keys.
---@param work wherry.Translation
---@param tables wherry.Table[] those that are carried
function keys.translate(work, tables)
    for _, t in ipairs(tables) do
        unique_keys(work, work.by_source[t.name])
    end
    for _, t in ipairs(tables) do
        for _, index in ipairs(t.indexes) do
            add_index(work, work.by_source[t.name], index)
        end
    end
    for _, t in ipairs(tables) do
        for _, key in ipairs(t.foreign_keys) do
            add_foreign_key(work, work.by_source[t.name], key)
        end
    end
end

return keys
