-- Names and literals as SQLite reads them.
local keywords = require "wherry.expr.keywords"

local name = {}

---A name, in double quotes where it would be read as something else.
---@param text string
---@return string
function name.quote(text)
    if keywords.is_plain(text) then
        return text
    end
    return '"' .. text:gsub('"', '""') .. '"'
end

---Names with commas between them, in parentheses.
---@param list string[]
---@return string
function name.list(list)
    local quoted = {}
    for i, text in ipairs(list) do
        quoted[i] = name.quote(text)
    end
    return "(" .. table.concat(quoted, ", ") .. ")"
end

---A table's name behind its schema, when there is one.
---@param schema string?
---@param text string
---@return string
function name.qualified(schema, text)
    return schema and name.quote(schema) .. "." .. name.quote(text) or name.quote(text)
end

-- A column's own name: as it was quoted, or bare where the grammar takes it bare.
local function column_name(node)
    local text = node.name
    if node.quoted == "[" and not text:find("]", 1, true) then
        return "[" .. text .. "]"
    elseif node.quoted == "`" then
        return "`" .. text:gsub("`", "``") .. "`"
    end
    local upper = text:upper()
    local bare = not node.quoted and text:find("^[%a_\x80-\xff][%w_$\x80-\xff]*$") and not keywords.reserved[upper]
        and (node.table ~= nil or not keywords.value[upper])
    return bare and text or '"' .. text:gsub('"', '""') .. '"'
end

---A column with its table and schema.
---@param node table
---@return string
function name.column(node)
    local text = column_name(node)
    if node.table then
        text = name.quote(node.table) .. "." .. text
    end
    return node.schema and name.quote(node.schema) .. "." .. text or text
end

local function hexadecimal(bytes)
    return (bytes:gsub(".", function(byte) return ("%02X"):format(byte:byte()) end))
end

---A text literal; SQLite's statements end at a NUL, so that such a text is written as its bytes.
---@param text string
---@return string
function name.text(text)
    if text:find("\0", 1, true) then
        return "CAST(X'" .. hexadecimal(text) .. "' AS TEXT)"
    end
    return "'" .. text:gsub("'", "''") .. "'"
end

---@param bytes string
---@return string
function name.blob(bytes)
    return "X'" .. hexadecimal(bytes) .. "'"
end

---A number literal and whether it begins with a minus. A real is written so that it is not read as an integer.
---@param node table
---@return string
---@return boolean
function name.number(node)
    local text, value = node.text, node.value
    if node.t == "integer" then
        text = text or ("%d"):format(value)
    elseif not text then
        if value ~= value then
            return "NULL", false
        elseif value == math.huge or value == -math.huge then
            return value > 0 and "9e999" or "-9e999", value < 0
        end
        text = ("%.17g"):format(value)
        if tonumber(("%.15g"):format(value)) == value then
            text = ("%.15g"):format(value)
        end
        text = text:find("[.e]") and text or text .. ".0"
    end
    return text, text:sub(1, 1) == "-"
end

return name
