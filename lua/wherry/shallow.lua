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

return shallow
