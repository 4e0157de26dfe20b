-- pretty.lua: values of Lua as the shell prints them.
local cell = require "wherry.shell.cell"
local shallow = require "wherry.shallow"

local pretty = {}

local DEPTH, ENTRIES, LINE = 6, 100, 90 -- levels, entries of a table, columns of a table in one line

local value_of

local function key_of(key)
    if type(key) == "string" and key:find "^[%a_][%w_]*$" then
        return key
    end
    return ("[%s]"):format(value_of(key, DEPTH, {}, ""))
end

-- The entries of a table as texts: those of a list without their numbers.
local function entries_of(value, depth, seen, indent)
    local parts, listed = {}, 0
    while rawget(value, listed + 1) ~= nil and listed < ENTRIES do
        listed = listed + 1
        parts[listed] = value_of(rawget(value, listed), depth + 1, seen, indent)
    end
    local left = 0
    for _, key in ipairs(shallow.keys(value)) do
        local in_list = math.type(key) == "integer" and key >= 1 and key <= listed
        if not in_list and #parts < ENTRIES then
            parts[#parts + 1] = key_of(key) .. " = " .. value_of(rawget(value, key), depth + 1, seen, indent)
        elseif not in_list then
            left = left + 1
        end
    end
    if left > 0 then
        parts[#parts + 1] = ("... %d more"):format(left)
    end
    return parts
end

local function table_of(value, depth, seen, indent)
    if seen[value] then
        return "{ ... the same again }"
    elseif next(value) == nil then
        return "{}"
    elseif depth >= DEPTH then
        return "{ ... }"
    end
    seen[value] = true
    local inside = indent .. "  "
    local parts = entries_of(value, depth, seen, inside)
    seen[value] = nil
    local line = "{ " .. table.concat(parts, ", ") .. " }"
    if #indent + #line <= LINE and not line:find("\n", 1, true) then
        return line
    end
    return ("{\n%s%s,\n%s}"):format(inside, table.concat(parts, ",\n" .. inside), indent)
end

function value_of(value, depth, seen, indent)
    local kind = type(value)
    if kind == "string" then
        return '"' .. cell.text(value):gsub('"', '\\"') .. '"'
    elseif kind == "number" then
        return cell.number(value)
    elseif kind == "nil" or kind == "boolean" then
        return tostring(value)
    end
    local metatable = debug.getmetatable(value)
    metatable = type(metatable) == "table" and metatable or {}
    local name = rawget(metatable, "__name")
    if kind == "userdata" and name == "wherry.blob" then
        return cell.show(value)
    elseif rawget(metatable, "__tostring") then
        return cell.text(tostring(value))
    elseif kind == "table" and name == "wherry.handle" then
        return ("<%s handle, %s>"):format(value.kind, rawget(value, "connection") and "open" or "closed")
    elseif kind == "table" then
        return table_of(value, depth, seen, indent)
    end
    return cell.text(tostring(value))
end

---A value in one or more lines. A text by itself stands as it is.
---@param value any
---@return string
function pretty.value(value)
    if type(value) == "string" and utf8.len(value) and not value:find "[%c\x7f]" then
        return cell.text(value)
    end
    return value_of(value, 0, {}, "")
end

return pretty
