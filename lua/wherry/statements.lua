-- statements.lua: several SQL statements of PostgreSQL as one text that a person can read and run, and back: the server
-- takes them one by one.
local statements = {}

---@param list string[] without semicolons behind them; their quotes are doubled inside of literals and names, as
---PostgreSQL's own printing and wherry.names have them
---@return string
function statements.join(list)
    return table.concat(list, ";\n")
end

-- The place behind what is quoted from `place` on; a $ that quotes nothing is one character.
local function behind(text, place, quote)
    if quote == "$" then
        local inside = text:sub(place - 1, place - 1):find "[%w_$\128-\255]"
        quote = not inside and text:match("^%$[%a_]*[%w_]*%$", place)
        if not quote then
            return place + 1
        end
    end
    local _, last = text:find(quote, place + #quote, true)
    return (last or #text) + 1
end

---@param text string from join, or one statement
---@return string[]
function statements.split(text)
    local list, first, at = {}, 1, 1
    while true do
        local place, _, found = text:find("([;'\"$])", at)
        if not place then
            list[#list + 1] = text:sub(first)
            return list
        elseif found == ";" then
            list[#list + 1] = text:sub(first, place - 1)
            first = text:find("%S", place + 1) or #text + 1
            at = first
        else
            at = behind(text, place, found)
        end
    end
end

---Whether the foreign key that a text adds is one whose rows are not looked at.
---@param text string from join
---@return boolean
function statements.is_not_valid(text)
    return statements.split(text)[1]:find " NOT VALID$" ~= nil
end

return statements
