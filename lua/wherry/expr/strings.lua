-- Double quotes around strings: where they name no column, SQLite takes a schema's expression for a text.
local parse = require "wherry.expr.parse"

local strings = {}

---Makes strings of the columns in double quotes that are none, in the tree itself.
---@param node table
---@param is_column fun(name: string): boolean
---@return table node the same
function strings.resolve(node, is_column)
    parse.walk(node, function(part)
        if part.t == "column" and part.quoted == '"' and not part.table and not is_column(part.name) then
            part.t, part.value, part.name, part.quoted = "string", part.name, nil, nil
        end
    end)
    return node
end

return strings
