-- Primary keys and unique constraints of a created target, built once the rows are there; and the order of all objects.
local collations = require "wherry.schema.collations"
local foreign_keys = require "wherry.schema.foreign_keys"
local indexes = require "wherry.schema.indexes"
local long_keys = require "wherry.schema.long_keys"
local merging = require "wherry.schema.merging"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local translation = require "wherry.schema.translation"

local keys = {}

-- PostgreSQL's limit for the columns of an index.
keys.MOST_COLUMNS = indexes.MOST_COLUMNS

-- The terms of a key, each once: SQLite lets a key name a column twice.
local function terms_of(entry, key, notes)
    local terms, seen = { plain = true }, {}
    for i, name in ipairs(key.columns) do
        local term = collations.term(entry.column[name], key.collations and key.collations[i])
        if not seen[term.sql] then
            seen[term.sql], term.column = true, name
            terms[#terms + 1] = term
            terms.plain = terms.plain and term.plain
            terms.stricter = terms.stricter or term.stricter
            notes:add(term.note, true)
        end
    end
    return terms
end

-- The name that a key has, or gets where it is free.
local function key_name(entry, kind, key)
    local suffix = kind == "primary key" and "pkey"
        or table.concat(translation.target_columns(entry, key.columns), "_") .. "_key"
    return key.name or entry.target.name .. "_" .. suffix
end

local function texts_of(terms)
    local list = {}
    for i, term in ipairs(terms) do
        list[i] = term.sql
    end
    return list
end

local function list_of(terms)
    return table.concat(texts_of(terms), ", ")
end

-- Takes the name of a constraint or of the index that stands for it.
local function take_name(work, entry, kind, key, notes)
    local name = translation.constraint_name(work.relations, key.name, key_name(entry, kind, { columns = key.columns }),
        notes)
    entry.constraints.taken[name] = true
    return name
end

local function add(work, entry, kind, name, sql, notes, about)
    translation.object(work, {
        kind = kind, name = name, table = entry.source.name, target = translation.qualified(work, entry),
        sql = sql, outcome = notes.outcome, note = notes:text(), key = about,
    })
end

-- An index that stands for a key where no constraint can: it compares folded values, or its values are not unique.
local function add_index(work, entry, kind, key, terms, notes, unique)
    local name = take_name(work, entry, "unique", key, notes)
    add(work, entry, kind, name, ("CREATE %sINDEX %s ON %s (%s)"):format(unique and "UNIQUE " or "",
        names.quote_pg(name), translation.qualified(work, entry), list_of(terms)), notes,
        unique and { columns = translation.target_columns(entry, key.columns), terms = texts_of(terms) } or nil)
end

local function add_constraint(work, entry, kind, key, terms, notes)
    local name, columns = take_name(work, entry, kind, key, notes), translation.target_columns(entry, key.columns)
    entry.arbiters[key] = names.list_pg(columns)
    add(work, entry, kind, name, ("ALTER TABLE %s ADD CONSTRAINT %s %s (%s)"):format(translation.qualified(work, entry),
        names.quote_pg(name), kind == "primary key" and "PRIMARY KEY" or "UNIQUE", names.list_pg(columns)), notes,
        { columns = columns, unique = true, terms = texts_of(terms) })
end

-- A unique index that stands for a key, and no constraint beside it.
local function add_stand_in(work, entry, kind, key, terms, notes)
    entry.arbiters[key.arbiter_of or key] = list_of(terms)
    notes:add(("unique by %s; ON CONFLICT names it so"):format(list_of(terms)))
    notes:add(kind == "primary key" and "a unique index and NOT NULL, no PRIMARY KEY" or nil, true)
    add_index(work, entry, kind, key, terms, notes, true)
end

-- A key that compares other than byte by byte. A primary key stays one beside the folded index: it keeps NOT NULL and
-- what refers to it by name, and its exact comparison refuses nothing that the index would take.
local function add_folded(work, entry, kind, key, terms, notes)
    if kind == "primary key" and not terms.stricter then
        add_constraint(work, entry, kind, key, terms, notes)
        add_stand_in(work, entry, "unique", { columns = key.columns, arbiter_of = key }, terms, translation.notes())
    else
        add_stand_in(work, entry, kind, key, terms, notes)
    end
end

-- A key whose values are too long for an index: unique by their digests, where they are unique at all.
local function add_long(work, entry, kind, key, terms, notes, bytes, merged)
    if merged or not long_keys.digests(entry, key.columns) then
        translation.not_carried(work, kind, key_name(entry, kind, key), entry, long_keys.note(bytes))
        return
    end
    for _, term in ipairs(terms) do
        term.sql = long_keys.term(entry, term.column, term.sql)
    end
    notes:add(long_keys.note(bytes), true)
    add_stand_in(work, entry, kind, key, terms, notes)
end

local function add_key(work, entry, kind, key, notes)
    local columns = translation.target_columns(entry, key.columns)
    if #columns > keys.MOST_COLUMNS then
        translation.not_carried(work, kind, key_name(entry, kind, key), entry,
            ("%d columns, PostgreSQL takes %d in a key"):format(#columns, keys.MOST_COLUMNS))
        return
    end
    for _, name in ipairs(key.columns) do
        local reason = collations.without_order(entry.column[name])
        if reason then
            translation.not_carried(work, kind, key_name(entry, kind, key), entry, reason)
            return
        end
    end
    local terms = terms_of(entry, key, notes)
    notes:add(key.conflict and key.conflict ~= "ABORT" and ("ON CONFLICT %s is not carried"):format(key.conflict), true)
    local merged = merging.found(work, entry, key.columns, key.collations, notes)
    local bytes = long_keys.bytes(work, entry, key.columns)
    if bytes then
        add_long(work, entry, kind, key, terms, notes, bytes, merged)
    elseif merged then
        add_index(work, entry, kind, key, terms, notes, false)
    elseif not terms.plain then
        add_folded(work, entry, kind, key, terms, notes)
    else
        entry.unique[translation.set_of(key.columns)] = true
        add_constraint(work, entry, kind, key, terms, notes)
    end
end

-- SQLite lets a primary key hold NULL unless something forbids it.
local function takes_null(t, key)
    if t.rowid_alias or t.without_rowid or t.strict then
        return false
    end
    for _, name in ipairs(key.columns) do
        if not model.column(t, name).not_null then
            return true
        end
    end
    return false
end

local function add_primary_key(work, entry, key)
    local notes, t = translation.notes(), entry.source
    if not entry.primary_key then
        notes:add("rows have NULL in the primary key, which PostgreSQL does not take: UNIQUE instead", true)
        add_key(work, entry, "unique", key, notes)
        return
    end
    if t.rowid_alias then
        notes:add("INTEGER PRIMARY KEY" .. (t.autoincrement and " AUTOINCREMENT" or "") .. ", an identity column; an "
            .. "explicit NULL is refused, where SQLite numbers it", true)
    elseif takes_null(t, key) then
        notes:add("takes no NULL, where SQLite does", true)
    end
    add_key(work, entry, "primary key", key, notes)
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
        local entry = work.by_source[t.name]
        entry.arbiters = {}
        if t.primary_key then
            add_primary_key(work, entry, t.primary_key)
        end
        for _, unique in ipairs(t.uniques) do
            add_key(work, entry, "unique", unique, translation.notes())
        end
    end
    for _, t in ipairs(tables) do
        for _, index in ipairs(t.indexes) do
            indexes.add(work, work.by_source[t.name], index)
        end
    end
    for _, t in ipairs(tables) do
        for _, key in ipairs(t.foreign_keys) do
            foreign_keys.add(work, work.by_source[t.name], key)
        end
    end
end

return keys
