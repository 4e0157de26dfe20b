-- guards.lua: the keys, foreign keys and indexes of the tables of a resolved plan in one form, whether the tables are
-- there or are created; and what guards their rows that a check can't evaluate.
local names = require "wherry.names"

local guards = {}

---@class wherry.Guard
---@field index integer of the table in the plan
---@field kind string "primary key", "unique", "index", "foreign key"
---@field name string
---@field columns string[] of the target
---@field unique boolean?
---@field nulls_equal boolean?
---@field behind boolean it is built, or put back, behind the load
---@field opaque string? why it can't be evaluated
---@field parent integer|string|nil of a foreign key: the index of its table, or the name of one that is not loaded
---@field parent_columns string[]?

---@class wherry.Unseen what is not evaluated
---@field table string source table
---@field kind string
---@field name string
---@field reason string

local KINDS = { p = "primary key", u = "unique", i = "index", x = "exclusion constraint" }

local function index_reason(index)
    return index.kind == "x" and "which rows exclude each other only the server can tell"
        or index.expression and "it is unique by an expression"
        or index.partial and "it is unique over a part of the rows"
        or not index.deterministic and "its collation takes different texts for equal" or nil
end

-- The places of the tables that fill each target.
local function by_target(resolved)
    local found = {}
    for i, tbl in ipairs(resolved.tables) do
        local name = names.qualified(tbl.target.schema, tbl.target.name)
        found[name] = found[name] or {}
        table.insert(found[name], i)
    end
    return found
end

local function guarded_of(catalog, tbl)
    return catalog[tbl.target_sql] or catalog[tbl.target.name]
end

local SHARED = "rows of several source tables go into %s, and only the load tells which of them share a value"

local EMITTED = "row emits rows into %s, too, and only the load tells which of all share a value"

-- By the name of a target: why its rows are not only those that a check reads.
local function emitted_into(resolved)
    local found = {}
    for _, tbl in ipairs(resolved.tables) do
        for _, emit in ipairs(tbl.hooks and tbl.hooks.emits or {}) do
            found[emit.target_sql] = EMITTED:format(emit.target_sql)
        end
    end
    return found
end

-- Why the rows of a foreign key are not looked at; nil: they are.
local function foreign_key_reason(key, is_aside)
    if is_aside and key.valid == false then
        return "it is NOT VALID in the target, and put back as it was"
    elseif key.definition and key.definition:find " MATCH FULL" and #key.columns > 1 then
        return "MATCH FULL treats rows with some NULLs its own way"
    end
    return nil
end

local function foreign_keys(list, i, guarded, places, aside, schema, emitted)
    for _, key in ipairs(guarded.table.foreign_keys) do
        local name = names.qualified(key.parent_schema or schema, key.parent)
        local parents = places[name] or {}
        list[#list + 1] = { index = i, kind = "foreign key", name = key.name, columns = key.columns,
            behind = aside["foreign key\0" .. key.name] == true, parent_columns = key.parent_columns,
            parent = parents[1] or name, opaque = parents[2] and SHARED:format(name) or emitted[name]
                or foreign_key_reason(key, aside["foreign key\0" .. key.name] == true) }
    end
end

-- What of a table is put aside during the load, by kind and name.
local function aside_of(resolved, tbl)
    local aside = {}
    for _, object in ipairs(resolved.objects) do
        if object.state == "aside" and object.table == tbl.source then
            aside[object.kind .. "\0" .. object.name] = true
        end
    end
    return aside
end

---The guards of tables that are there.
---@param resolved wherry.Resolved
---@param catalog table<string, wherry.Guards>
---@return wherry.Guard[]
function guards.existing(resolved, catalog)
    local list, places, emitted = {}, by_target(resolved), emitted_into(resolved)
    for i, tbl in ipairs(resolved.tables) do
        local guarded, aside = guarded_of(catalog, tbl), aside_of(resolved, tbl)
        local shared = places[names.qualified(tbl.target.schema, tbl.target.name)][2] and SHARED:format(tbl.target_sql)
            or emitted[tbl.target_sql]
        for _, index in ipairs(guarded.indexes) do
            local unique = index.unique or index.kind == "x"
            list[#list + 1] = { index = i, kind = KINDS[index.kind], name = index.name, columns = index.columns,
                unique = unique, nulls_equal = index.nulls_equal,
                behind = aside[KINDS[index.kind] .. "\0" .. index.name] == true,
                opaque = unique and (shared or index_reason(index)) or nil }
        end
        foreign_keys(list, i, guarded, places, aside, tbl.target.schema, emitted)
    end
    return list
end

---The guards of tables that are created.
---@param resolved wherry.Resolved
---@return wherry.Guard[]
function guards.created(resolved)
    local list, places, sources = {}, by_target(resolved), {}
    for i, tbl in ipairs(resolved.tables) do
        sources[tbl.source] = i
    end
    for _, object in ipairs(resolved.objects) do
        local key, index = object.key, sources[object.table]
        if key and index then
            local name = key.parent and names.qualified(key.parent_schema or resolved.target_schema, key.parent)
            local parents, target = name and places[name] or {}, resolved.tables[index].target
            local shared = (name and parents or places[names.qualified(target.schema, target.name)])[2]
            list[#list + 1] = { index = index, kind = object.kind, name = object.name, columns = key.columns,
                unique = key.unique, behind = true, parent = key.parent and (parents[1] or key.parent),
                parent_columns = key.parent_columns, opaque = shared and SHARED:format(name
                    or resolved.tables[index].target_sql) or nil }
        end
    end
    return list
end

local function fires(trigger)
    return trigger.enabled == "O" or trigger.enabled == "A"
end

local function unseen_of(resolved, tbl, guarded, add)
    for _, check in ipairs(guarded.table.checks) do
        add("check", check.name, check.sql)
    end
    local loaded = {}
    for _, column in ipairs(tbl.columns) do
        loaded[column.target] = true
    end
    for _, domain in ipairs(guarded.domains) do
        if loaded[domain.column] then
            add("domain", domain.name, ("of the column %s: %s"):format(names.quote_pg(domain.column),
                domain.definition))
        end
    end
    local aside = aside_of(resolved, tbl)
    for _, trigger in ipairs(guarded.table.insert_triggers or {}) do
        -- what the plan switches off for the load says nothing about its rows
        if fires(trigger) and not aside["trigger\0" .. trigger.name] then
            add("trigger", trigger.name, "it fires for each row, and may change or refuse it")
        end
    end
    for _, rule in ipairs(guarded.rules) do
        add("rule", rule, "COPY does not run it")
    end
end

---What else guards or changes the rows, and is not evaluated.
---@param resolved wherry.Resolved
---@param catalog table<string, wherry.Guards>|nil nil where the tables are created
---@return wherry.Unseen[]
function guards.unseen(resolved, catalog)
    local list = {}
    for _, tbl in ipairs(resolved.tables) do
        local function add(kind, name, reason)
            list[#list + 1] = { table = tbl.source, kind = kind, name = name, reason = reason }
        end
        for _, column in ipairs(tbl.columns) do
            if not column.codec then
                add("column", column.target, ("the server itself reads values of type %s"):format(column.type.display))
            end
        end
        if catalog then
            unseen_of(resolved, tbl, guarded_of(catalog, tbl), add)
        end
    end
    return list
end

return guards
