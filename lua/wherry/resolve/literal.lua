-- literal.lua: a value of Lua as SQL of SQLite, exactly.
local names = require "wherry.names"

local literal = {}

-- A factor of 2^52, so that all of them are whole numbers that SQLite reads exactly.
local STEP = 52

-- A double from its bits: SQLite reads many digits, and large and small exponents, only nearly. A whole number of up to
-- 53 bits becomes it by factors of two, which lose nothing.
local function exact(value)
    local sign, whole, fraction, exponent = ("%a"):format(value):match "^(%-?)0x(%x)%.?(%x*)p([+-]%d+)$"
    local parts = { ("CAST(%s%d AS REAL)"):format(sign, tonumber("0x" .. whole .. fraction)) }
    local power = math.tointeger(tonumber(exponent)) - 4 * #fraction
    while power ~= 0 do
        local step = math.min(math.abs(power), STEP)
        parts[#parts + 1] = (" %s %d.0"):format(power < 0 and "/" or "*", 1 << step)
        power = power + (power < 0 and step or -step)
    end
    return "(" .. table.concat(parts) .. ")"
end

local function real(value)
    local short = ("%.15g"):format(value)
    if value == math.huge or value == -math.huge then
        return value < 0 and "-9e999" or "9e999"
    elseif tonumber(short) == value and math.abs(value) < 1e15 and (value == 0 or math.abs(value) > 1e-7) then
        return short:find "[.e]" and short or short .. ".0"
    end
    return exact(value)
end

---A value as an expression that gives it with its class.
---@param value nil|boolean|integer|number|string
---@return string
function literal.sqlite(value)
    if type(value) == "string" then
        return names.literal_sqlite(value)
    elseif type(value) == "boolean" then
        return value and "1" or "0"
    elseif math.type(value) == "float" then
        return real(value)
    end
    return value and ("%d"):format(value) or "NULL"
end

return literal
