-- parameters.lua: the parameters (?1, :name, @name, $name) of SQL that a plan brings along.
local names = require "wherry.names"

local parameters = {}

-- The end of what begins at a place and holds no parameter: a text, a quoted name, a comment, a word; nil: there is no
-- such thing.
local function passed_over(sql, at)
    local character, two = sql:sub(at, at), sql:sub(at, at + 1)
    if character == "'" or character == '"' or character == "`" then
        return sql:find(character, at + 1, true) or #sql
    elseif character == "[" then
        return sql:find("]", at + 1, true) or #sql
    elseif two == "--" then
        return sql:find("\n", at, true) or #sql
    elseif two == "/*" then
        return select(2, sql:find("*/", at + 2, true)) or #sql
    end
    return select(2, sql:find("^[%w_\x80-\xFF][%w_$\x80-\xFF]*", at))
end

---Replaces the parameters that have a value by literals of texts.
---@param sql string
---@param values table<string, string> by the parameter as it is written, ":name"
---@return string sql
---@return string|nil unknown the first parameter that has none
function parameters.fill(sql, values)
    local parts, from, at, unknown = {}, 1, 1, nil
    while at <= #sql do
        local last = passed_over(sql, at)
        local found = not last and sql:match("^[?:@$][%w_:$\x80-\xFF]*", at)
        if found and values[found] then
            parts[#parts + 1] = sql:sub(from, at - 1) .. names.literal_sqlite(values[found])
            from = at + #found
        elseif found then
            unknown = unknown or found
        end
        at = (last or at + math.max(found and #found or 1, 1) - 1) + 1
    end
    parts[#parts + 1] = sql:sub(from)
    return table.concat(parts), unknown
end

return parameters
