-- declared_type.lua: a declared type that the journal keeps, as SQL of the new file: the source is not trusted, and its
-- text must stay a type.
local keywords = require "wherry.expr.keywords"
local types = require "wherry.schema.types"

local declared_type = {}

local CANONICAL = { integer = "INTEGER", real = "REAL", text = "TEXT", blob = "BLOB", numeric = "NUMERIC" }

-- Words, and a number or two in parentheses.
local function is_plain(text)
    local list = text:gsub("%s*%(%s*[+-]?%d+%s*,?%s*[+-]?%d*%s*%)$", "")
    for word in list:gmatch "%S+" do
        if not keywords.is_plain(word) then
            return false
        end
    end
    return list:find "%S" ~= nil
end

---@param text string as SQLite gives it
---@param affinity string that the column had
---@return string sql gives a column of an ordinary table this affinity
function declared_type.sql(text, affinity)
    if types.affinity(text) ~= affinity then
        return CANONICAL[affinity] -- ANY of a STRICT table
    elseif text == "" or is_plain(text) then
        return text
    end
    return '"' .. text:gsub('"', '""') .. '"'
end

return declared_type
