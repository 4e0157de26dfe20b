-- json.lua: encodes the documents of --json. Integers are exact, keys sorted, arrays and objects never confused, and
-- the text is valid UTF-8 whatever comes in. cjson writes the strings; numbers and nesting are done here, because
-- cjson's numbers are floats of 14 digits and its empty array is an object.
local cjson = require "cjson"

local json = {}

local array_meta = { __name = "wherry.json.array" }
local raw_meta = { __name = "wherry.json.raw" }

--- Stands for null inside a table.
json.null = setmetatable({}, { __name = "wherry.json.null", __tostring = function() return "null" end })

--- Marks a list as an array (an unmarked table is an object unless it has elements 1..n).
---@param list table?
---@return table
function json.array(list)
    return setmetatable(list or {}, array_meta)
end

--- A text that is JSON already, and goes into a document as it is.
---@param text string
---@return table
function json.raw(text)
    return setmetatable({ text = text }, raw_meta)
end

---@param value any
---@return boolean
function json.is_raw(value)
    return getmetatable(value) == raw_meta
end

--- Valid UTF-8 stays; each byte that is no part of it becomes the four characters \xNN. U+0000 is valid JSON.
---@param text string
---@param form string? of such a byte, for string.format
---@return string
function json.utf8(text, form)
    if utf8.len(text) then
        return text
    end
    local parts, position = {}, 1
    while position <= #text do
        local length, bad = utf8.len(text, position)
        if length then
            parts[#parts + 1] = text:sub(position)
            break
        end
        parts[#parts + 1] = text:sub(position, bad - 1)
        parts[#parts + 1] = (form or "\\x%02x"):format(text:byte(bad))
        position = bad + 1
    end
    return table.concat(parts)
end

-- What a terminal obeys though it is no control for JSON: DEL, the C1 controls, what turns the direction of writing or
-- ends a line (as wherry.place has it).
local STEERING = { "\x7f", "\xc2[\x80-\x9f]", "\xe2\x80[\x8e\x8f\xa8-\xae]", "\xe2\x81[\xa6-\xa9]" }

local function by_number(character)
    return ("\\u%04x"):format(utf8.codepoint(character))
end

-- "\/" is valid, but nobody wants to read it.
local function encode_string(text)
    local encoded = cjson.encode(json.utf8(text)):gsub("\\/", "/")
    if encoded:find "[\x7f\xc2\xe2]" then
        for _, pattern in ipairs(STEERING) do
            encoded = encoded:gsub(pattern, by_number)
        end
    end
    return encoded
end

local function encode_number(number)
    if math.type(number) == "integer" then
        return ("%d"):format(number)
    end
    if number ~= number or number == math.huge or number == -math.huge then
        return encode_string(tostring(number))
    end
    local short = ("%.15g"):format(number)
    return tonumber(short) == number and short or ("%.17g"):format(number)
end

local encode

local function encode_array(list)
    local parts = {}
    for index = 1, #list do
        parts[index] = encode(list[index])
    end
    return "[" .. table.concat(parts, ",") .. "]"
end

local function encode_object(object)
    local keys, parts = {}, {}
    for key in pairs(object) do
        assert(type(key) == "string", "an object's keys are strings")
        keys[#keys + 1] = key
    end
    table.sort(keys)
    for index, key in ipairs(keys) do
        parts[index] = encode_string(key) .. ":" .. encode(object[key])
    end
    return "{" .. table.concat(parts, ",") .. "}"
end

encode = function(value)
    local kind = type(value)
    if value == nil or value == json.null then
        return "null"
    elseif kind == "string" then
        return encode_string(value)
    elseif kind == "number" then
        return encode_number(value)
    elseif kind == "boolean" then
        return tostring(value)
    elseif kind ~= "table" then
        error("no JSON for a " .. kind)
    elseif json.is_raw(value) then
        return value.text
    elseif getmetatable(value) == array_meta or value[1] ~= nil then
        return encode_array(value)
    end
    return encode_object(value)
end

--- One document on one line.
---@param value any
---@return string
function json.encode(value)
    return encode(value)
end

--- A list for a document: each entry converted; nil gives an empty list.
---@param list any[]|nil
---@param convert fun(entry: any): any
---@return any[]
function json.each(list, convert)
    local out = json.array()
    for index, entry in ipairs(list or {}) do
        out[index] = convert(entry)
    end
    return out
end

--- The value, or JSON's null for nil.
---@param value any
---@return any
function json.or_null(value)
    if value == nil then
        return json.null
    end
    return value
end

--- A stored value for a document: its storage class, and its text or its bytes in hex. Text that is not valid UTF-8
--- travels as hex too, so nothing of it is lost.
---@param value any a Lua value, or a table that has this form already
---@param class string? SQLite's storage class where the Lua type does not say it
---@return table
function json.value(value, class)
    if type(value) == "table" then
        return value
    elseif value == nil then
        return { class = "null" }
    elseif type(value) == "boolean" then
        return { class = class or "integer", text = tostring(value) }
    elseif type(value) == "number" then
        local text = math.type(value) == "integer" and ("%d"):format(value) or ("%.17g"):format(value)
        return { class = class or (math.type(value) == "integer" and "integer" or "real"), text = text }
    elseif class == "blob" or not utf8.len(value) then
        return { class = class or "text", hex = (value:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) }
    end
    return { class = class or "text", text = value }
end

--- The same for a value that the core has made fit for display (text escaped and cut, a blob as hex digits).
---@param text string?
---@param class string?
---@return table
function json.displayed(text, class)
    if class == "blob" then
        return { class = class, hex = text or "" }
    end
    return { class = class or "text", text = text }
end

return json
