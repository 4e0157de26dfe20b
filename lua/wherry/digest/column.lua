-- digest/column.lua: one column of a digest: how the server gives its values for a record, or why no digest can tell.
local core = require "wherry.core"

local digest_column = {}

local BUILTIN = 9999 -- types of higher numbers are made by users and extensions, and are numbered anew in each database
local TEXT, BYTEA, XML = 25, 17, 142
local NUMERIC = 1700
local UNSIGNED = { [700] = "(%s + '0'::pg_catalog.float4)", [701] = "(%s + '0'::pg_catalog.float8)" }
local FRACTIONS = { trimmed = "pg_catalog.trim_scale(%s)", ["one digit"] = "CASE WHEN pg_catalog.scale("
    .. "pg_catalog.trim_scale(%s)) = 0 THEN pg_catalog.round(%s, 1) ELSE pg_catalog.trim_scale(%s) END" }

-- Whether the server's text stands for the value: a codec knows no other form of it.
local function is_text(column)
    return column.as_text or column.codec == false
end

---How the server gives the values. Types whose numbers differ from database to database come as text, or as the bytes
---that are sent for them; the column may be one that a file of SQLite's keeps as text, or as a number: without the sign
---of a zero and zeros at its end.
---@param info wherry.DigestType
---@param column table|nil of a load
---@return string sql with %s for the column
---@return integer oid in the record
function digest_column.value(info, column)
    local cast = info.is_domain and ("CAST(%%s AS %s)"):format(info.base:gsub("%%", "%%%%")) or "%s"
    local number = column and (column.unsigned_zero and UNSIGNED[info.oid]
        or info.oid == NUMERIC and FRACTIONS[column.fraction])
    if column and is_text(column) then
        return "CAST(%s AS pg_catalog.text)", TEXT
    elseif number then
        return (number:gsub("%%s", function() return cast end)), info.oid
    elseif info.typtype == "e" or info.typname == "citext" or info.oid == XML then
        return "CAST(%s AS pg_catalog.text)", TEXT
    elseif info.oid <= BUILTIN then
        return cast, info.oid
    end
    return info.send .. "(" .. cast .. ")", BYTEA
end

---The bytes that the server sends for an expression of the column's type, as they would travel.
---@param info wherry.DigestType
---@param expression string
---@param column table of a load
---@return string sql
function digest_column.wire(info, expression, column)
    local sql, oid = digest_column.value(info, column)
    local value = sql:format(("CAST(%s AS %s)"):format(expression, info.declared))
    if oid == BYTEA and info.oid ~= BYTEA then
        return value
    end
    return (oid == TEXT and "pg_catalog.textsend" or info.send) .. "(" .. value .. ")"
end

---Why no digest can tell of a column, or nil.
---@param info wherry.DigestType|nil
---@param given boolean every row has it
---@param column table of a load
---@return string|nil
function digest_column.problem(info, given, column)
    local codec = not is_text(column) and column.type and core.codec(column.type)
    if not info then
        return "the target does not have it any more"
    elseif info.generated then
        return "it is computed there"
    elseif info.oid == XML and column.in_file then
        return "SQLite's file does not keep its declaration"
    elseif not info.send and not is_text(column) then
        return ("the type %s has no binary form"):format(info.declared)
    elseif not given and not info.steady then
        return ("not all rows are given it, and its default (%s) is another one each time"):format(
            info.default or "the next number")
    end
    return codec and codec:unknown() or nil
end

return digest_column
