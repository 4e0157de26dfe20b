-- declared_type.lua: a PostgreSQL type as a plan writes it for a column that is created: "timestamptz", "varchar(40)",
-- "numeric(10, 2)", "integer[]"; only types whose values the core can write.
local Cursor = require "wherry.expr.cursor"
local failure = require "wherry.failure"
local match = require "wherry.match"
local names = require "wherry.names"
local pg_lex = require "wherry.expr.pg_lex"
local pg_type_name = require "wherry.expr.pg_type_name"

local declared_type = {}

-- pg_type's oid and that of the array, by typname: fixed in every database.
local OIDS = {
    bool = { 16, 1000 }, bytea = { 17, 1001 }, name = { 19, 1003 }, int8 = { 20, 1016 }, int2 = { 21, 1005 },
    int4 = { 23, 1007 }, text = { 25, 1009 }, oid = { 26, 1028 }, json = { 114, 199 }, xml = { 142, 143 },
    point = { 600, 1017 }, lseg = { 601, 1018 }, path = { 602, 1019 }, box = { 603, 1020 }, polygon = { 604, 1027 },
    line = { 628, 629 }, cidr = { 650, 651 }, float4 = { 700, 1021 }, float8 = { 701, 1022 }, circle = { 718, 719 },
    macaddr8 = { 774, 775 }, money = { 790, 791 }, macaddr = { 829, 1040 }, inet = { 869, 1041 },
    bpchar = { 1042, 1014 }, varchar = { 1043, 1015 }, date = { 1082, 1182 }, time = { 1083, 1183 },
    timestamp = { 1114, 1115 }, timestamptz = { 1184, 1185 }, interval = { 1186, 1187 }, timetz = { 1266, 1270 },
    bit = { 1560, 1561 }, varbit = { 1562, 1563 }, numeric = { 1700, 1231 }, uuid = { 2950, 2951 },
    pg_lsn = { 3220, 3221 }, tsvector = { 3614, 3643 }, jsonb = { 3802, 3807 },
    int4range = { 3904, 3905, "int4" }, numrange = { 3906, 3907, "numeric" }, tsrange = { 3908, 3909, "timestamp" },
    tstzrange = { 3910, 3911, "timestamptz" }, daterange = { 3912, 3913, "date" }, int8range = { 3926, 3927, "int8" },
    int4multirange = { 4451, 6150, "int4range" }, nummultirange = { 4532, 6151, "numrange" },
    tsmultirange = { 4533, 6152, "tsrange" }, tstzmultirange = { 4534, 6153, "tstzrange" },
    datemultirange = { 4535, 6155, "daterange" }, int8multirange = { 4536, 6157, "int8range" },
}
-- Types of extensions have another oid in every database.
local EXTENSIONS = { citext = "citext", hstore = "hstore", vector = "vector" }

-- What else a type is called, and how format_type writes it; %s: where the modifiers stand.
local CALLED = {
    boolean = "bool", smallint = "int2", integer = "int4", int = "int4", bigint = "int8", real = "float4",
    float = "float8", ["double precision"] = "float8", decimal = "numeric", dec = "numeric", char = "bpchar",
    character = "bpchar", ["character varying"] = "varchar", ["bit varying"] = "varbit",
    ["timestamp without time zone"] = "timestamp", ["timestamp with time zone"] = "timestamptz",
    ["time without time zone"] = "time", ["time with time zone"] = "timetz",
}
local DISPLAY = {
    bool = "boolean", int2 = "smallint", int4 = "integer", int8 = "bigint", float4 = "real",
    float8 = "double precision", bpchar = "character%s", varchar = "character varying%s", varbit = "bit varying%s",
    timestamp = "timestamp%s without time zone", timestamptz = "timestamp%s with time zone",
    time = "time%s without time zone", timetz = "time%s with time zone",
}

-- The typmod of modifiers, or nil where they are none: each takes a type's arguments.
local function length(least)
    return function(n, more)
        return not more and math.type(n) == "integer" and n >= least and n <= 10485760 and n or nil
    end
end

local characters, bits = length(1), length(1)

local function digits(n, more)
    return not more and math.type(n) == "integer" and n >= 0 and n <= 6 and n or nil
end

local function precision(p, s, more)
    s = s or 0
    if more or math.type(p) ~= "integer" or math.type(s) ~= "integer" or p < 1 or p > 1000 or s < 0 or s > p then
        return nil
    end
    return (p << 16 | s) + 4
end

local function with_header(n, more)
    local count = characters(n, more)
    return count and count + 4
end

local TYPMODS = {
    varchar = with_header, bpchar = with_header, bit = bits, varbit = bits, numeric = precision,
    timestamp = digits, timestamptz = digits, time = digits, timetz = digits,
    interval = function(n, more)
        return digits(n, more) and 0x7FFF << 16 | n
    end,
    vector = function(n, more)
        return not more and math.type(n) == "integer" and n >= 1 and n <= 16000 and n or nil
    end,
}

local PgCursor = Cursor.class { word = true, quoted = true }

local function read(text)
    local tokens = pg_lex.tokens(text)
    local cursor = tokens and setmetatable({ sql = text, tokens = tokens, at = 1 }, PgCursor)
    local fine, found = pcall(pg_type_name.read, cursor or {})
    if not cursor or not fine or cursor:peek() then
        return nil
    end
    return found
end

-- All names that can be written, for suggestions.
local function known()
    local list = {}
    for _, map in ipairs { OIDS, EXTENSIONS, CALLED } do
        for name in pairs(map) do
            list[#list + 1] = name
        end
    end
    return list
end

local function display_of(name, arguments)
    local shown = #arguments > 0 and ("(%s)"):format(table.concat(arguments, ",")) or ""
    -- "character" alone would be of one character
    local pattern = (name ~= "bpchar" or shown ~= "") and DISPLAY[name] or name
    return pattern:find("%s", 1, true) and pattern:format(shown) or pattern .. shown
end

-- A type without modifiers, with what it is made of.
local function plain(name)
    local own = OIDS[name]
    local type = { oid = own and own[1] or 0, name = name, typmod = -1, display = display_of(name, {}) }
    if own and own[3] then
        type.kind = name:find("multirange", 1, true) and "multirange" or "range"
        type.element = plain(own[3])
    end
    return type
end

---The array of a type.
---@param element wherry.Type
---@param oid integer
---@return wherry.Type
local function array_of(element, oid)
    return { oid = oid, name = "_" .. element.name, typmod = element.typmod, display = element.display .. "[]",
        kind = "array", element = element, extension = element.extension }
end

---Reads a type; nil and the reason when it is none that can be declared.
---@param text string
---@return wherry.Type|nil type one of an extension has the field `extension` and is not complete; see resolve
---@return string|nil reason
---@return string|nil hint
function declared_type.read(text)
    local found = read(text)
    if not found then
        return nil, ("%q is no type as PostgreSQL writes it"):format(text)
    end
    local name = not found.schema and not found.quoted and (CALLED[found.name] or found.name) or nil
    if not name or not OIDS[name] and not EXTENSIONS[name] then
        return nil, ("%q is none of the types that can be declared"):format(text), match.suggestion(found.name, known())
    end
    local arguments = found.arguments
    if #arguments == 0 and (name == "bpchar" and found.name ~= "bpchar" or name == "bit") then
        arguments = { 1 }
    end
    local type = plain(name)
    if #arguments > 0 then
        type.typmod = TYPMODS[name] and TYPMODS[name](table.unpack(arguments))
        if not type.typmod then
            return nil, ("%s takes no such modifiers as in %q"):format(type.display, text)
        end
        if name == "numeric" and #arguments == 1 then
            arguments = { arguments[1], 0 }
        end
        type.display = display_of(name, arguments)
    end
    type.extension = EXTENSIONS[name]
    return found.dimensions > 0 and array_of(type, OIDS[name] and OIDS[name][2] or 0) or type
end

---Checks a type of a plan; raises kind "plan".
---@param value any
---@param place string
---@return string
function declared_type.check(value, place)
    if type(value) ~= "string" or value:match "^%s*$" then
        failure.raise("plan", ("%s: a type is expected, not %s"):format(place,
            type(value) == "string" and "an empty text" or "a " .. type(value)),
            'write it as in SQL: type = "timestamptz", "varchar(40)", "numeric(10,2)", "integer[]"')
    end
    local found, reason, hint = declared_type.read(value)
    if not found then
        failure.raise("plan", ("%s: %s"):format(place, reason), hint
            or 'write it as in SQL: "timestamptz", "varchar(40)", "numeric(10,2)", "integer[]"')
    end
    return value
end

-- Where an extension's type is in the target.
local INSTALLED = [[SELECT t.oid, t.typarray AS array, n.nspname AS schema
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid
        AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    WHERE t.typname = $1 AND e.extname = $2]]

---A type for the target; nil and the reason where its extension is not there.
---@param text string that check has taken
---@param target_query (fun(sql: string, parameters: table): table[])|nil nil: an empty database
---@return wherry.Type|nil
---@return string|nil reason
---@return string|nil hint
function declared_type.resolve(text, target_query)
    local found = assert(declared_type.read(text))
    local extension = found.extension
    if not extension then
        return found
    end
    local element = found.element or found
    local row = target_query and target_query(INSTALLED, { element.name, extension })[1]
    if not row then
        return nil, ("the target has no extension %s"):format(extension),
            ("CREATE EXTENSION %s in the target, or declare another type"):format(extension)
    end
    local modifiers = element.display:match "%b()$" or ""
    element.oid, element.extension = math.tointeger(tonumber(row.oid)), nil
    element.display = names.qualified(row.schema, element.name) .. modifiers
    return found.element and array_of(element, math.tointeger(tonumber(row.array))) or element
end

return declared_type
