-- SQLite's own conversions of a value that is known when the expression is translated, and its literal in PostgreSQL.
local constant = {}

local MOST, LEAST = 9223372036854775807.0, -9223372036854775808.0

-- The longest beginning that is a number: white space left out, then the digits; and what follows them.
local function prefix(text)
    local sign, rest = text:match("^[ \t\n\v\f\r]*([+-]?)(.*)$")
    local digits = rest:match("^%d+%.?%d*") or rest:match("^%.%d+")
    if not digits then
        return nil
    end
    local exponent = rest:match("^[eE][+-]?%d+", #digits + 1) or ""
    return sign .. digits .. exponent, rest:sub(#digits + #exponent + 1)
end

-- An integer of digits only, or nil where 64 bits do not hold it.
local function whole(digits)
    local value = tonumber((digits:gsub("^%+", "")))
    return math.type(value) == "integer" and value or nil
end

---A real as an integer: cut, and held within 64 bits.
---@param value number
---@return integer
function constant.cut(value)
    if value >= MOST then
        return math.maxinteger
    elseif value <= LEAST then
        return math.mininteger
    end
    return math.tointeger(value < 0 and math.ceil(value) or math.floor(value))
end

---@param value integer|number|string
---@return integer as CAST AS INTEGER gives it
function constant.integer(value)
    if type(value) == "string" then
        local digits = value:match("^[ \t\n\v\f\r]*([+-]?%d+)")
        if not digits then
            return 0
        end
        return whole(digits) or (digits:sub(1, 1) == "-" and math.mininteger or math.maxinteger)
    end
    return math.type(value) == "integer" and value or constant.cut(value)
end

---@param value integer|number|string
---@return number
function constant.real(value)
    if type(value) == "string" then
        return (tonumber((prefix(value) or "0"):gsub("^%+", ""), nil)) + 0.0
    end
    return value + 0.0
end

---The number that a text stands for when SQLite calculates with it: its beginning.
---@param text string
---@return integer|number
function constant.number(text)
    local digits = prefix(text)
    if not digits then
        return 0
    end
    return digits:find("^[+-]?%d+$") and whole(digits) or constant.real(digits)
end

---The number that numeric affinity makes of a text; nil: it stays a text.
---@param text string
---@return integer|number|nil
function constant.numeric(text)
    local digits, rest = prefix(text)
    if not digits or not rest:find("^[ \t\n\v\f\r]*$") then
        return nil
    end
    local value = digits:find("^[+-]?%d+$") and whole(digits) or constant.real(digits)
    if math.type(value) == "float" and value == math.floor(value) and value >= LEAST and value < MOST then
        return math.tointeger(value)
    end
    return value
end

---@param value integer|number|string
---@return string as CAST AS TEXT gives it
function constant.text(value)
    if math.type(value) == "integer" then
        return ("%d"):format(value)
    elseif type(value) == "string" then
        return value
    elseif value == math.huge or value == -math.huge then
        return value > 0 and "Inf" or "-Inf"
    elseif value == 0 then
        return "0.0"
    end
    local mantissa, exponent = ("%.15g"):format(value):match("^([^e]+)(.*)$")
    return mantissa .. (mantissa:find(".", 1, true) and "" or ".0") .. exponent
end

---The fewest digits that give the same double.
---@param value number finite
---@return string
function constant.shortest(value)
    for precision = 15, 17 do
        local text = ("%." .. precision .. "g"):format(value)
        if tonumber(text) == value then
            return text
        end
    end
end

---How many bits an integer takes without its sign; nil for the least one.
---@param value integer
---@return integer?
function constant.bits(value)
    if value == math.mininteger then
        return nil
    end
    local bits, rest = 0, math.abs(value)
    while rest > 0 do
        bits, rest = bits + 1, rest >> 1
    end
    return bits
end

---The literal of a value of a kind.
---@param p wherry.Printer
---@param kind string
---@param value any
---@return wherry.Term
function constant.term(p, kind, value)
    if kind == "null" then
        return p:term { sql = "NULL", kind = "null", atomic = true }
    elseif kind == "text" then
        return p:term { sql = p:literal_text(value), kind = "text", atomic = true, constant = value, nullable = false }
    elseif kind == "blob" then
        local hex = value:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)
        return p:term { sql = ("'\\x%s'::bytea"):format(hex), kind = "blob", atomic = true, constant = value,
            nullable = false }
    elseif kind == "boolean" then
        return p:term { sql = value ~= 0 and "TRUE" or "FALSE", kind = "boolean", atomic = true, constant = value,
            nullable = false }
    elseif kind == "integer" then
        local bits = constant.bits(value)
        if not bits then
            return p:term { sql = "'-9223372036854775808'::bigint", kind = "integer", atomic = true, constant = value,
                nullable = false }
        end
        return p:term { sql = ("%d"):format(value), kind = "integer", constant = value, bits = bits, small = bits <= 31,
            least = value, nullable = false, atomic = value >= 0, level = value < 0 and p.LEVEL.UNARY or nil }
    elseif value == math.huge or value == -math.huge then
        return p:term { sql = ("'%sInfinity'::double precision"):format(value < 0 and "-" or ""), kind = "real",
            atomic = true, constant = value, nullable = false }
    end
    local sql = constant.shortest(value)
    if not sql:find("[.e]") then
        sql = sql .. ".0"
    end
    return p:term { sql = sql, kind = "real", constant = value, bare = true, nullable = false, atomic = value >= 0,
        level = value < 0 and p.LEVEL.UNARY or nil }
end

return constant
