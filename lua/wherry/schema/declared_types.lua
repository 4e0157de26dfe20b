-- declared_types.lua: columns whose type the plan declares. What their values are for a translated expression is known
-- only where the declared type is the one that the values would have got by themselves; every other is a kind of its
-- own, "declared", which no expression reads.
local idiomatic = require "wherry.schema.idiomatic"
local shallow = require "wherry.shallow"
local stored_form = require "wherry.plan.stored_form"

local declared_types = {}

---@class wherry.Given what the plan declares of a column that is created
---@field type wherry.Type? with `stored` and `zone` (seconds), as the codec takes them

-- Narrower types, read as the type that holds the same values.
local READ_AS = { int2 = "int8", int4 = "int8", varchar = "text" }
declared_types.CASTS = { int2 = "bigint", int4 = "bigint", varchar = "text" }

-- Declarations that say of a column what the plan says.
local SAYS = { bool = "BOOLEAN", numeric = "NUMERIC", jsonb = "JSON", uuid = "UUID", timestamptz = "DATETIME",
    date = "DATE" }
local CANDIDATES = { jsonb = true, uuid = true, timestamptz = true, date = true }

-- Types that a B-tree does not sort.
local WITHOUT_ORDER = { json = true, xml = true, point = true, lseg = true, path = true, box = true, polygon = true,
    line = true, circle = true }

-- Stored forms that are also what is read where nothing is declared.
local USUAL = { iso = true, uuid = true }

local function is_usual(type)
    return (not type.stored or USUAL[type.stored]) and not type.zone
end

---What a census is to look at in such a column.
---@param type wherry.Type
---@return "types"|"classes"|"candidates"|"stored"
function declared_types.wanted(type)
    if type.stored and not USUAL[type.stored] then
        return "stored"
    elseif CANDIDATES[type.name] then
        return "candidates"
    end
    return type.name == "bool" and "classes" or "types"
end

---Whether an index of PostgreSQL can hold the type's values in an order.
---@param type wherry.Type
---@return boolean
function declared_types.has_order(type)
    return not WITHOUT_ORDER[(type.element or type).name]
end

-- The kind of the type that the values would get, if that is the declared one.
local function kind_of(column, stats, choose)
    local type = column.given.type
    if not is_usual(type) or type.kind or type.typmod ~= -1 and type.name ~= "varchar" then
        return "declared"
    end
    local alike = shallow.copy(column, { declared = SAYS[type.name] or column.declared })
    alike.given = nil
    local own = stats and shallow.copy(stats, {})
    if own then
        own.joined = nil
    end
    local chosen, _, kind = choose(alike, own, { idiomatic = CANDIDATES[type.name] })
    return chosen.name == (READ_AS[type.name] or type.name) and kind or "declared"
end

-- What the values are, as far as they were counted.
local function evidence(stats, type, counts)
    if stats and stats.decades then
        return stored_form.evidence(stats, type.name == "interval" and "" or type.stored)
    end
    return counts(stats)
end

-- Whether what the SELECT gave is what the column gets: documents, w.hook and what is looked up are made behind it.
local function is_counted(column)
    return not column.shown or column.sql ~= "NULL" and not column.lookup
end

---The type of such a column.
---@param column wherry.Column with `given`
---@param stats wherry.Stats?
---@param choose fun(column: wherry.Column, stats: wherry.Stats?, options: table): wherry.Type, string?, string
---@param counts fun(stats: wherry.Stats?): string the counts by class, as receipts show them
---@return wherry.Type type
---@return string note
---@return string kind
function declared_types.choose(column, stats, choose, counts)
    local type = column.given.type
    local kind = kind_of(column, stats, choose)
    local parts = { ("%s, %s by the plan%s%s"):format(
        column.shown and "computed" or "declared " .. (column.declared == "" and "without a type" or column.declared),
        type.display, type.stored and ", stored as " .. type.stored or "",
        is_counted(column) and (" (%s)"):format(evidence(stats, type, counts)) or "") }
    parts[#parts + 1] = kind ~= "declared" and idiomatic.loss(idiomatic[type.name], stats) or nil
    return type, table.concat(parts, "; "), kind
end

return declared_types
