-- NOCASE and RTRIM in PostgreSQL. Text is COLLATE "C", where lower() folds ASCII letters only, exactly as NOCASE does:
-- keys and indexes over lower(x) and rtrim(x, ' ') compare and sort as SQLite. NOCASE can be the column's own type or
-- collation instead, which PostgreSQL has only with a folding of all letters.
local declared_types = require "wherry.schema.declared_types"
local names = require "wherry.names"
local scope = require "wherry.expr.pg.scope"
local translation = require "wherry.schema.translation"

local collations = {}

local NATIVE = {
    citext = "citext for COLLATE NOCASE: it folds all letters that the database's locale knows, not only ASCII",
    icu = "compares by the ICU collation %s for COLLATE NOCASE: it folds all letters, not only ASCII; LIKE needs "
        .. "COLLATE \"C\" before PostgreSQL 18",
}
local COLLATION_NAME = "nocase"

---@class wherry.KeyTerm a column in a key or an index
---@field sql string
---@field plain boolean the column itself, as a constraint can name it
---@field stricter boolean? the column itself takes for equal what the key keeps apart
---@field note string? what is not the same about its comparisons

-- Marks the columns that compare as NOCASE by themselves: those declared so, and those that refer to one, because a
-- foreign key needs one type and one collation on both sides.
local function mark(work, tables)
    local marked = work.nocase_columns
    for _, t in ipairs(tables) do
        marked[t.name] = {}
        for _, column in ipairs(t.columns) do
            marked[t.name][column.name] = column.collation == "NOCASE" and "declared" or nil
        end
    end
    for _, t in ipairs(tables) do
        for _, key in ipairs(t.foreign_keys) do
            for i, name in ipairs(not key.parent_missing and marked[key.parent] and key.columns or {}) do
                local parent = key.parent_columns[i]
                if marked[key.parent][parent] == "declared" and not marked[t.name][name] then
                    marked[t.name][name] = ("it refers to %s.%s"):format(key.parent, parent)
                end
            end
        end
    end
end

---Looks at all tables before the first is translated.
---@param work wherry.Translation
---@param tables wherry.Table[] those that are carried
function collations.prepare(work, tables)
    work.nocase_columns = {}
    if work.options.nocase == "citext" or work.options.nocase == "icu" then
        mark(work, tables)
    end
end

-- What the first column of this kind needs, once.
local function require_native(work)
    if work.native_collation then
        return work.native_collation
    end
    local native
    if work.options.nocase == "citext" then
        local schema = work.options.citext_schema or work.schema
        native = { type = { oid = 0, name = "citext", typmod = -1, display = names.qualified(schema, "citext") },
            collate_sql = '"C"', note = NATIVE.citext }
        if not work.options.citext_schema then
            table.insert(work.created.prerequisites,
                "CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA " .. names.quote_pg(schema))
            translation.receipt(work, { kind = "extension", name = "citext", outcome = "exact",
                note = "made in the schema " .. names.quote_pg(schema) .. ", for columns declared COLLATE NOCASE" })
        end
    else
        local collation = names.qualified(work.schema, COLLATION_NAME)
        native = { collate_sql = collation, note = NATIVE.icu:format(collation) }
        table.insert(work.created.prerequisites, ("CREATE COLLATION IF NOT EXISTS %s (provider = icu, locale = "
            .. "'und-u-ks-level2', deterministic = false)"):format(collation))
        translation.receipt(work, { kind = "collation", name = COLLATION_NAME, outcome = "exact",
            note = "made in the schema " .. names.quote_pg(work.schema) .. ", for columns declared COLLATE NOCASE" })
    end
    work.native_collation = native
    return native
end

local function fold_note(collation, name)
    local folded = collation == "NOCASE" and "lower(%s)" or "rtrim(%s, ' ')"
    return ("COLLATE %s is kept in keys, indexes and translated expressions by %s; an application's own SQL compares "
        .. "exactly unless it says so too"):format(collation, folded:format(names.quote_pg(name)))
end

local TEXTS = { text = true, varchar = true, bpchar = true }

---How a column compares: its type and collation in PostgreSQL, and what is not the same.
---@param work wherry.Translation
---@param t wherry.Table
---@param column wherry.Column
---@param name string the target's name
---@param type wherry.Type the chosen type
---@return wherry.Type type
---@return string? collate_sql what stands behind COLLATE
---@return string? note
---@return boolean native it compares without case by itself
function collations.column(work, t, column, name, type)
    if not TEXTS[type.name] then
        return type, nil, nil, false
    end
    local marked = work.nocase_columns[t.name] and work.nocase_columns[t.name][column.name]
    if column.given and column.given.type then
        marked = nil -- the plan says which type it is
    end
    if marked then
        local native = require_native(work)
        return native.type or type, native.collate_sql,
            marked == "declared" and native.note or native.note .. ", because " .. marked, true
    elseif column.collation == "NOCASE" or column.collation == "RTRIM" then
        return type, '"C"', fold_note(column.collation, name), false
    elseif column.collation then
        return type, '"C"', ("compares exactly, COLLATE %s is not carried"):format(column.collation), false
    end
    return type, '"C"', nil, false
end

-- A text column as it compares byte by byte; plain while it is the column itself.
local function exact(column)
    local name = names.quote_pg(column.name)
    if column.native_nocase and column.type.name == "citext" then
        return ("(%s::text)"):format(name), name .. "::text", false
    elseif column.native_nocase then
        return name .. ' COLLATE "C"', name .. ' COLLATE "C"', false
    end
    return name, name, true
end

---Folds a text of collation "C".
---@param sql string
---@param collation string?
---@return string? sql nil: nothing is to fold
function collations.fold(sql, collation)
    if collation == "NOCASE" then
        return ("lower(%s)"):format(sql)
    elseif collation == "RTRIM" then
        return ("rtrim(%s, ' ')"):format(sql)
    end
    return nil
end

---Why an index of PostgreSQL can't hold a column; nil when it can.
---@param column wherry.CreatedColumn
---@return string?
function collations.without_order(column)
    return not declared_types.has_order(column.type)
        and ("%s is %s by the plan, which has no order"):format(names.quote_pg(column.name), column.type.display) or nil
end

---A column in a key or an index, as the key's collation compares it.
---@param column wherry.CreatedColumn
---@param collation string? upper case
---@return wherry.KeyTerm
function collations.term(column, collation)
    local name, kind = names.quote_pg(column.name), column.kind or scope.kind_of(column.type)
    collation = collation or "BINARY"
    if not TEXTS[column.type.name] and not column.native_nocase then
        local compared = collation ~= "BINARY" and (kind == "mixed" or kind == "json" or kind == "declared")
        return { sql = name, plain = true,
            note = compared and ("%s compares exactly, %s is not carried"):format(name, collation) or nil }
    elseif collation == "NOCASE" and column.native_nocase then
        return { sql = name, plain = true,
            note = ("%s also folds letters beyond ASCII"):format(name) }
    end
    local sql, inner, plain = exact(column)
    local folded = collations.fold(inner, collation)
    if folded then
        return { sql = folded, plain = false, stricter = not plain }
    end
    return { sql = sql, plain = plain, stricter = not plain,
        note = collation ~= "BINARY" and ("%s compares exactly, %s is not carried"):format(name, collation) or nil }
end

return collations
