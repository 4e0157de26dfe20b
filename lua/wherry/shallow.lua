-- shallow.lua: plain tables, one level deep.
local shallow = {}

---A new table with the same fields, some of them changed; the given ones stay as they are. Without a metatable; what
---the fields hold is not copied.
---@param value table
---@param changes? table
---@return table
function shallow.copy(value, changes)
    local result = {}
    for key, field in pairs(value) do
        result[key] = field
    end
    for key, field in pairs(changes or {}) do
        result[key] = field
    end
    return result
end

---The keys in a fixed order: by their names, whatever their types are.
---@param value table
---@return any[]
function shallow.keys(value)
    local keys = {}
    for key in pairs(value) do
        keys[#keys + 1] = key
    end
    table.sort(keys, function(a, b)
        return tostring(a) < tostring(b)
    end)
    return keys
end

return shallow
