-- cell.lua: values as the shell shows them, in one line and safe for a terminal.
local place = require "wherry.place"

local cell = {}

local BLOB_BYTES = 64 -- shown of a blob

---A text without what would steer a terminal; bytes that are not UTF-8 as \xNN.
---@param text string
---@return string
function cell.text(text)
    if utf8.len(text, 1, -1, true) == nil then
        text = text:gsub("[\x80-\xff]", function(c) return ("\\x%02x"):format(c:byte()) end)
    end
    return place.printable(text)
end

---Bytes as SQL of SQLite writes them.
---@param bytes string
---@return string
function cell.blob(bytes)
    local digits = bytes:sub(1, BLOB_BYTES):gsub(".", function(c) return ("%02x"):format(c:byte()) end)
    local more = #bytes > BLOB_BYTES and ("... (%d bytes)"):format(#bytes) or ""
    return ("x'%s'%s"):format(digits, more)
end

---A number with the fewest digits that read back as the same.
---@param number number
---@return string
function cell.number(number)
    if math.type(number) == "integer" or number ~= number or number == math.huge or number == -math.huge then
        return tostring(number)
    end
    for digits = 15, 17 do
        local text = ("%%.%dg"):format(digits):format(number)
        if tonumber(text) == number then
            return text:find "[%.eE]" and text or text .. ".0"
        end
    end
end

---@param value any nil is NULL
---@return string
function cell.show(value)
    if value == nil then
        return "NULL"
    elseif type(value) == "number" then
        return cell.number(value)
    elseif type(value) == "string" then
        return cell.text(value)
    elseif type(value) == "userdata" and getmetatable(value) and getmetatable(value).__name == "wherry.blob" then
        return cell.blob(tostring(value))
    end
    return cell.text(tostring(value))
end

return cell
