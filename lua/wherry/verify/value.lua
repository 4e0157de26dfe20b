-- value.lua: values of both databases in one form, so that they can be compared: numbers by their value, JSON by its
-- content, everything else as the codec of PostgreSQL's type writes it.
local core = require "wherry.core"
local failure = require "wherry.failure"
local json_text = require "wherry.json"
local place = require "wherry.place"
local shallow = require "wherry.shallow"

local value = {}

local NUMBERS = { int2 = true, int4 = true, int8 = true, oid = true, float4 = true, float8 = true, numeric = true }
local DOCUMENTS = { json = true, jsonb = true }

local FURTHEST = 20000 -- digits that an exponent may stand for

-- The digits before and behind the point, with the exponent carried out.
local function digits_of(whole, fraction, exponent)
    local digits, point = whole .. fraction, #whole + exponent
    if point < 0 then
        digits, point = ("0"):rep(-point) .. digits, 0
    elseif point > #digits then
        digits = digits .. ("0"):rep(point - #digits)
    end
    return digits:sub(1, point):gsub("^0+", ""), (digits:sub(point + 1):gsub("0+$", ""))
end

-- A decimal text as an integer where it is one of 64 bits, else in its shortest form: "12.50" is "12.5". nil: it is no
-- decimal number.
local function decimal(text)
    local sign, whole, fraction, rest = text:match "^([+-]?)(%d*)%.?(%d*)(.*)$"
    local exponent = rest == "" and 0 or math.tointeger(tonumber(rest:match "^[eE]([+-]?%d+)$"))
    if whole .. fraction == "" or not exponent or math.abs(exponent) > FURTHEST then
        return nil
    end
    whole, fraction = digits_of(whole, fraction, exponent)
    sign = sign == "-" and whole .. fraction ~= "" and "-" or ""
    local before = sign .. (whole == "" and "0" or whole)
    if fraction ~= "" then
        return before .. "." .. fraction
    end
    local exact = tonumber(before)
    return math.type(exact) == "integer" and exact or before
end

-- A number in the form that `same` compares: an integer, a float, or a decimal that neither of the two holds exactly.
-- nil: it is none.
local function number(cell)
    if type(cell) == "boolean" then
        return cell and 1 or 0
    elseif math.type(cell) == "float" then
        return cell ~= cell and "NaN" or math.tointeger(cell) or cell
    elseif type(cell) == "string" then
        return decimal(cell) or (cell == "NaN" or cell:find "^[+-]?Infinity$") and cell or nil
    end
    return cell
end

local function as_float(canonical)
    local text = type(canonical) == "string" and canonical:lower()
    if text and text:find "infinity$" then
        return text:sub(1, 1) == "-" and -math.huge or math.huge
    end
    return tonumber(canonical)
end

---Whether two values are the same number or the same text; nil is the same as nil. A float is the same as a decimal
---that is nearest to it.
---@param a any nil, a number or a text, as a reader gives it
---@param b any
---@return boolean
function value.same(a, b)
    if a == b then
        return true
    elseif math.type(a) == "float" and type(b) == "string" then
        return a == as_float(b)
    end
    return math.type(b) == "float" and type(a) == "string" and b == as_float(a)
end

local json = core.json
local LONG_NUMBER = getmetatable(json.number "1e400")

-- A document without what is no content: keys in the order of their bytes, numbers in their shortest form.
local function plain_document(node)
    if getmetatable(node) == LONG_NUMBER then
        return tostring(decimal(node.text) or node.text)
    elseif type(node) == "number" then
        return tostring(number(node))
    elseif type(node) ~= "table" or node == json.null then
        return json.encode(node)
    end
    local parts = {}
    if json.is_array(node) then
        for i = 1, #node do
            parts[i] = plain_document(node[i])
        end
        return "[" .. table.concat(parts, ",") .. "]"
    end
    for key, member in pairs(node) do
        parts[#parts + 1] = json.encode(key) .. ":" .. plain_document(member)
    end
    table.sort(parts)
    return "{" .. table.concat(parts, ",") .. "}"
end

local function document(cell)
    if cell == nil then
        return nil
    end
    local ok, node = pcall(json.decode, tostring(cell))
    return ok and plain_document(node) or nil
end

-- A cell as PostgreSQL would give it back, or nil and why it does not fit. SQLite's texts and blobs are strings here.
local function coded(put, get, cell, is_bytes)
    local ok, wire = pcall(put.put, put, cell, is_bytes)
    if not ok and type(cell) == "string" then
        local second, bytes = pcall(put.put, put, cell, not is_bytes)
        ok, wire = second, second and bytes or wire
    end
    if not ok then
        return nil, tostring(wire)
    end
    return (get:get(wire))
end

local function by_codec(type_of, zone)
    local get, put = core.codec(type_of), nil
    if type_of.name == "timestamptz" and zone ~= 0 then
        put = core.codec(shallow.copy(type_of, { zone = zone }))
    end
    return function(cell)
        if cell ~= nil then
            return coded(put or get, get, cell, type_of.name == "bytea")
        end
    end
end

---@class wherry.ValueReader
---@field type string the name of PostgreSQL's type
---@field is_number boolean
---@field source fun(cell: any): any, string? a cell of SQLite; nil and why: it is no value of that type
---@field target fun(cell: any): any a cell that the codec has read

---How values of a column are brought into one form.
---@param type_of table the column's type, as the codecs take it
---@param zone integer seconds east of UTC, of SQLite's times without offset
---@return wherry.ValueReader
function value.reader(type_of, zone)
    local name = type_of.name
    local reader = { type = name, is_number = NUMBERS[name] and not type_of.kind or false }
    if reader.is_number then
        reader.target = number
        function reader.source(cell)
            local read = number(cell)
            return read, read == nil and cell ~= nil and "it is no number" or nil
        end
    elseif DOCUMENTS[name] and not type_of.kind then
        reader.target = document
        function reader.source(cell)
            local read = document(cell)
            return read, read == nil and cell ~= nil and "it is no JSON" or nil
        end
    else
        reader.source = by_codec(type_of, zone)
        function reader.target(cell) return cell end
    end
    return reader
end

---Two values of which no type is known, as check.equal has them: numbers by their value, a decimal text too where the
---other one is a number; texts by their bytes.
---@param a any
---@param b any
---@return boolean
function value.equal(a, b)
    if a == nil or b == nil or type(a) == "string" and type(b) == "string" then
        return a == b
    end
    local x, y = number(a), number(b)
    return x ~= nil and y ~= nil and value.same(x, y)
end

---A value as a float, or nil where it is no number.
---@param cell any
---@return number|nil
function value.float(cell)
    local read = number(cell)
    return read ~= nil and as_float(read) or nil
end

---The number for a key by which equal ones are found: exactly, or as the float that is nearest to it.
---@param canonical integer|number|string as a reader gives it
---@param nearest boolean
---@return string
function value.key(canonical, nearest)
    local float = nearest and as_float(canonical)
    return float and ("%.17g"):format(float) or tostring(canonical)
end

---A value for a message.
---@param cell any
---@return string
function value.shown(cell)
    if cell == nil then
        return "NULL"
    elseif math.type(cell) == "float" and cell - cell == 0 then
        return json_text.encode(cell) .. " (real)"
    elseif type(cell) == "string" or type(cell) == "number" then
        local shown = json_text.value(cell)
        return place.value { value = shown.hex and { class = "blob", hex = shown.hex } or shown }
    end
    return tostring(cell)
end

local SHOWN_BYTES = 300 -- of a row

---A row for a message.
---@param columns string[]
---@param row table by the columns' names
---@return string
function value.shown_row(columns, row)
    local parts, bytes = {}, 0
    for i, name in ipairs(columns) do
        parts[i] = ("%s = %s"):format(name, value.shown(row[name]))
        bytes = bytes + #parts[i]
        if bytes > SHOWN_BYTES and columns[i + 1] then
            parts[i + 1] = "..."
            break
        end
    end
    return "(" .. table.concat(parts, ", ") .. ")"
end

---What a check has to compare is a value: no table, no function.
---@param cell any
---@param what string
function value.check(cell, what)
    local kind = type(cell)
    if cell ~= nil and kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
        failure.raise("usage", ("%s is a value, not a %s"):format(what, kind == "userdata" and "blob" or kind),
            kind == "userdata" and "tostring gives the bytes of a blob" or nil)
    end
end

return value
