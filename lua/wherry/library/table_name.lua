-- table_name.lua: a table as a script names it: "events", "app.events", 'app."My Events"'.
local failure = require "wherry.failure"
local match = require "wherry.match"

local table_name = {}

-- Quotes are those of SQL; without them a name is taken as it is written.
local function part(text, first)
    if text:sub(first, first) == '"' then
        local place = first
        repeat
            place = text:find('"', place + 1, true)
            local doubled = place and text:sub(place + 1, place + 1) == '"'
            place = doubled and place + 1 or place
        until not doubled
        return place and text:sub(first + 1, place - 1):gsub('""', '"'), place and place + 1
    end
    local behind = text:find(".", first, true) or #text + 1
    return text:sub(first, behind - 1), behind
end

---@param text string
---@return string|nil schema
---@return string name
function table_name.parse(text)
    local name, behind = part(text, 1)
    local schema
    if behind and text:sub(behind, behind) == "." then
        schema = name
        name, behind = part(text, behind + 1)
    end
    if not behind or behind <= #text or name == "" or schema == "" then
        failure.raise("usage", ("%q is no name of a table"):format(text), 'for example "events", "app.events"')
    end
    return schema, name
end

---The table that is meant; raises where there is none.
---@generic T
---@param text string as it was written, for messages
---@param schema string|nil
---@param name string
---@param candidates T[] with name; of those with one name the first counts
---@return T
function table_name.choose(text, schema, name, candidates)
    local by_name, known = {}, {}
    for _, candidate in ipairs(candidates) do
        if not by_name[candidate.name] then
            by_name[candidate.name] = candidate
            known[#known + 1] = candidate.name
        end
    end
    local found, how, alternatives = match.find(name, known)
    if how == "ambiguous" then
        failure.raise("usage", ("there is more than one table %q without regard to case"):format(text),
            "write it as it is: " .. table.concat(alternatives, " or "), { table = text })
    elseif not found then
        failure.raise("usage", ("there is no table %q%s"):format(name, schema and (" in the schema %q"):format(schema)
            or ""), match.suggestion(name, known) or not schema and "name its schema, too" or nil, { table = text })
    end
    return by_name[found]
end

return table_name
