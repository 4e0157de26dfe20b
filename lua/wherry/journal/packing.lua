-- packing.lua: a plan as JSON text for the journal, and back: the same integers, the same bytes.
local cjson = require "cjson"
local json = require "wherry.json"

local packing = {}

-- A copy in which every byte of a text that is not UTF-8 is a NUL and two hex digits: no text of a plan holds a NUL of
-- its own.
local function packed(value)
    if type(value) == "table" then
        local copy = {}
        for key, inner in pairs(value) do
            copy[packed(key)] = packed(inner)
        end
        return copy
    end
    return type(value) == "string" and json.utf8(value, "\0%02x") or value
end

-- cjson reads every number as a float; the plan's are integers.
local function unpacked(value)
    if type(value) == "table" then
        local copy = {}
        for key, inner in pairs(value) do
            copy[unpacked(key)] = unpacked(inner)
        end
        return copy
    elseif type(value) == "string" then
        return (value:gsub("%z(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
    end
    return math.type(value) == "float" and math.tointeger(value) or value
end

---@param value table texts without NUL, booleans, integers of at most 14 digits, tables of these
---@return string json
function packing.encode(value)
    return cjson.encode(packed(value))
end

---@param text string from packing.encode
---@return table
function packing.decode(text)
    return unpacked(cjson.decode(text))
end

return packing
