-- complete.lua: what the Tab key may put behind what was typed: commands, names of Lua, fields of tables, tables.
local catalog = require "wherry.shell.catalog"
local commands = require "wherry.shell.commands"
local names = require "wherry.names"
local tools = require "wherry.tools"

local complete = {}

local function fields_of(environment, path)
    local value = environment
    for name in path:gmatch "[^%.]+" do
        value = type(value) == "table" and rawget(value, name) or nil
    end
    local list = {}
    for key in pairs(type(value) == "table" and value or {}) do
        list[#list + 1] = type(key) == "string" and path .. "." .. key or nil
    end
    for _, name in ipairs(path == "w" and tools.names() or {}) do
        list[#list + 1] = "w." .. name
    end
    return list
end

local function names_of(shell)
    local list = { "src", "dst" }
    for name in pairs(shell.environment) do
        list[#list + 1] = name
    end
    for name in pairs(_G) do
        list[#list + 1] = name
    end
    local found, tables = pcall(function()
        return catalog.tables(shell.databases:open(shell.current))
    end)
    for _, one in ipairs(found and tables or {}) do
        list[#list + 1] = one.kind and names.quote_pg(one.name)
    end
    shell.databases:rest()
    return list
end

---What may stand at the end of a text, in order, each with what stands there already.
---@param shell wherry.Shell
---@param before string
---@return string[]
---@return integer first where it begins
function complete.find(shell, before)
    local first, typed = before:match "()([%w_%.]*)$"
    local candidates
    if before:find "^%s*%.%a*$" then
        candidates = {}
        for i, name in ipairs(commands.names) do
            candidates[i] = "." .. name
        end
    elseif typed:find ".%." then
        candidates = fields_of(shell.environment, typed:match "^(.*)%.")
    else
        candidates = names_of(shell)
    end
    local found, seen = {}, {}
    for _, one in ipairs(candidates) do
        if one:sub(1, #typed) == typed and not seen[one] then
            found[#found + 1], seen[one] = one, true
        end
    end
    table.sort(found)
    return found, first
end

return complete
