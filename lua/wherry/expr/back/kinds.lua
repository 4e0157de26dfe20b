-- The kinds of PostgreSQL's values as SQLite stores them: what a term of a translation back is, by its type's name.

local kinds = {}

---@class wherry.BackKind
---@field kind string "integer", "real", "decimal", "text", "boolean", "blob", "uuid", "date", "timestamp",
---"timestamptz", "time", "timetz", "interval", "enum", "json", "array", "null", "record", "other"
---@field bits integer? of an integer
---@field single boolean? a real of 4 bytes
---@field precision integer? of a decimal: digits in all and behind the point; nil: any
---@field scale integer?
---@field fixed boolean? text of character(n), blanks at whose end do not count
---@field folded boolean? citext
---@field length integer? of text
---@field digits integer? of a second
---@field binary boolean? jsonb
---@field element wherry.BackKind? of an array
---@field name string? of an enum or another type
---@field bytewise boolean? text is ordered byte by byte
---@field ascii_case boolean? lower() and upper() know ASCII letters only
---@field uneven boolean? text of a collation under which different bytes may be equal

local BY_NAME = {
    smallint = { kind = "integer", bits = 16 }, integer = { kind = "integer", bits = 32 },
    bigint = { kind = "integer", bits = 64 }, oid = { kind = "integer", bits = 32, unsigned = true },
    real = { kind = "real", single = true }, ["double precision"] = { kind = "real" }, numeric = { kind = "decimal" },
    text = { kind = "text" }, ["character varying"] = { kind = "text" }, character = { kind = "text", fixed = true },
    bpchar = { kind = "text", fixed = true }, name = { kind = "text", bytewise = true, ascii_case = true },
    citext = { kind = "text", folded = true }, boolean = { kind = "boolean" }, bytea = { kind = "blob" },
    uuid = { kind = "uuid" }, date = { kind = "date" }, ["timestamp without time zone"] = { kind = "timestamp" },
    timestamp = { kind = "timestamp" }, ["timestamp with time zone"] = { kind = "timestamptz" },
    ["time without time zone"] = { kind = "time" }, time = { kind = "time" },
    ["time with time zone"] = { kind = "timetz" }, interval = { kind = "interval" }, json = { kind = "json" },
    jsonb = { kind = "json", binary = true },
}

-- The catalog's names of the same types.
local BY_TYPNAME = {
    int2 = "smallint", int4 = "integer", int8 = "bigint", float4 = "real", float8 = "double precision",
    varchar = "character varying", bpchar = "character", bool = "boolean", timestamptz = "timestamp with time zone",
    timestamp = "timestamp without time zone", time = "time without time zone", timetz = "time with time zone",
}

-- Types whose modifier says how many digits of a second they keep.
local TIMES = { timestamp = true, timestamptz = true, time = true, timetz = true, interval = true }

local function copy(kind)
    local made = {}
    for key, value in pairs(kind) do
        made[key] = value
    end
    return made
end

---The kind of a type by its name as format_type prints it.
---@param type wherry.PgTypeName
---@param enums table<string, boolean>? names of enums
---@return wherry.BackKind
function kinds.of_name(type, enums)
    local known = BY_NAME[type.name]
    for _, argument in ipairs(type.arguments) do
        known = math.type(argument) == "integer" and known or nil
    end
    if type.dimensions > 0 then
        local element = { name = type.name, schema = type.schema, arguments = type.arguments, dimensions = 0 }
        return { kind = "array", element = kinds.of_name(element, enums) }
    elseif known and (not type.schema or type.schema == "pg_catalog" or type.name == "citext") then
        local made = copy(known)
        if made.kind == "decimal" and #type.arguments > 0 then
            made.precision, made.scale = type.arguments[1], type.arguments[2] or 0
        elseif made.kind == "text" then
            made.length = type.arguments[1] or (type.name == "character" and 1 or nil)
        elseif #type.arguments > 0 then
            made.digits = type.arguments[1]
        end
        return made
    end
    return { kind = enums and enums[type.name] and "enum" or "other", name = type.name }
end

---The kind of a column's type as the catalog has it.
---@param type wherry.Type
---@return wherry.BackKind
function kinds.of_type(type)
    local name = BY_TYPNAME[type.name] or type.name
    if type.category == "A" and type.element then
        return { kind = "array", element = kinds.of_type(type.element) }
    elseif type.typtype == "e" then
        return { kind = "enum", name = type.name }
    elseif not BY_NAME[name] or (type.schema and type.schema ~= "pg_catalog" and type.extension ~= "citext") then
        return { kind = "other", name = type.name }
    end
    local made, modifier = copy(BY_NAME[name]), type.typmod or -1
    if made.kind == "decimal" and modifier >= 4 then
        made.precision = (modifier - 4) >> 16
        made.scale = ((modifier - 4) & 0x7ff ~ 1024) - 1024
    elseif made.kind == "text" and not made.folded and modifier >= 4 then
        made.length = modifier - 4
    elseif TIMES[made.kind] and modifier >= 0 then
        made.digits = modifier
    end
    return made
end

return kinds
