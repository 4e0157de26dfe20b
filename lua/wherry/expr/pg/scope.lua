-- Where the columns of an expression are found, and what is known about each.
local declared_types = require "wherry.schema.declared_types"
local model = require "wherry.schema.model"
local names = require "wherry.names"

local scope = {}

---@class wherry.ScopeColumn
---@field sql string
---@field atomic boolean? false: an expression that needs parentheses
---@field kind string
---@field affinity string
---@field collation "BINARY"|"NOCASE"|"RTRIM"
---@field not_null boolean
---@field type wherry.Type
---@field bits integer? of integers: no value is beyond 2^bits
---@field cast string? the type as which it is read, where its own is narrower

---@class wherry.Scope
---@field column fun(self: wherry.Scope, table: string?, name: string, quoted: string?): wherry.ScopeColumn?, string?

local KINDS = {
    int2 = "integer", int4 = "integer", int8 = "integer", float8 = "real", text = "text", bytea = "blob",
    bool = "boolean", numeric = "number", jsonb = "json", json = "json", uuid = "uuid", timestamptz = "time",
    timestamp = "time", date = "time", time = "time",
}

local ROWID = { rowid = true, _rowid_ = true, oid = true }

---The kind of a created type.
---@param type wherry.Type
---@return string
function scope.kind_of(type)
    return KINDS[type.name] or "mixed"
end

---A column of a created table as an expression sees it.
---@param entry wherry.Translated
---@param created wherry.CreatedColumn
---@param qualifier string? SQL text that stands before its name
---@return wherry.ScopeColumn
function scope.describe(entry, created, qualifier)
    local source = model.column(entry.source, created.source) or {}
    local name = names.quote_pg(created.name)
    local sql = qualifier and qualifier .. "." .. name or name
    -- Expressions fold themselves: a column that compares without case is compared as the text it is.
    local collated = created.native_nocase and created.type.name ~= "citext"
    if collated then
        sql = sql .. ' COLLATE "C"'
    elseif created.native_nocase then
        sql = sql .. "::pg_catalog.text"
    end
    return {
        sql = sql, atomic = not collated, name = created.name, type = created.type,
        kind = created.kind or scope.kind_of(created.type), affinity = created.affinity or source.affinity or "blob",
        collation = created.collation or source.collation or "BINARY",
        not_null = (created.not_null or created.identity) and true or false, bits = created.bits,
        cast = created.declared and declared_types.CASTS[created.type.name] or nil,
    }
end

-- Created columns by the folded names that the source's expressions use.
local function columns_by_name(entry)
    local by_name = {}
    -- Where the plan renamed columns, a created name may be that of another column that is left out.
    for original, derived in pairs(entry.source.original or {}) do
        by_name[model.fold(original)] = entry.column[derived]
    end
    for source_name, created in pairs(entry.source.original and {} or entry.column) do
        by_name[model.fold(source_name)] = created
    end
    return by_name
end

---The columns of one table.
---@param entry wherry.Translated
---@param qualifier string? SQL text that stands before each column
---@return wherry.Scope
function scope.of_table(entry, qualifier)
    local by_name = columns_by_name(entry)
    local own_name = entry.source.original_name or entry.source.name
    local found = {}

    function found.column(_, prefix, name)
        if prefix and model.fold(prefix) ~= model.fold(own_name) then
            return nil, ("no such table: %s"):format(prefix)
        end
        local folded = model.fold(name)
        local created = by_name[folded]
        if not created and ROWID[folded] and entry.source.rowid_alias then
            created = entry.column[entry.source.rowid_alias]
        end
        if created then
            return scope.describe(entry, created, qualifier)
        end
        for _, missing in ipairs(entry.source.left_out or {}) do
            if model.fold(missing) == folded then
                return nil, ("its column %s is left out"):format(missing)
            end
        end
        if ROWID[folded] then
            return nil, "it uses the rowid, which is not carried"
        end
        return nil, ("no such column: %s"):format(name)
    end

    return found
end

---No columns at all.
---@return wherry.Scope
function scope.none()
    local found = {}

    function found.column(_, _, name)
        return nil, ("no such column: %s"):format(name)
    end

    return found
end

return scope
