-- row_type.lua: the metatable of the rows of one statement: a name that it does not give is an error, not nil.
local failure = require "wherry.failure"
local match = require "wherry.match"

local row_type = {}

---@param columns string[] names in the order of the statement
---@return table metatable of its rows, which hold what is not NULL
function row_type.new(columns)
    local known = {}
    for _, name in ipairs(columns) do
        if known[name] then
            failure.raise("usage", ("the statement gives two columns named %q"):format(name),
                "give one of them another name: AS ...")
        end
        known[name] = true
    end
    return {
        __name = "wherry.row",
        __index = function(_, name)
            if not known[name] then
                failure.raise("usage", ("the row has no column %q"):format(tostring(name)),
                    match.suggestion(tostring(name), columns) or "its columns: " .. table.concat(columns, ", "))
            end
            return nil -- NULL
        end,
    }
end

return row_type
