-- value.lua: what fills a target column where it is not a source column: SQL that the reading SELECT computes.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"

local value = {}

---@class wherry.Value
---@field kind "sql"
---@field sql string

local metatable = { __name = "wherry.value" }

---@param given any
---@return boolean
function value.is(given)
    return getmetatable(given) == metatable
end

---An expression of SQLite over the source table; `:started` stands for the run's begin.
---@param expression string
---@return wherry.Value
function value.sql(expression)
    if type(expression) ~= "string" or expression:match "^%s*$" then
        failure.raise("plan", "w.sql takes an SQL expression, not " .. ends.describe(expression))
    elseif not utf8.len(expression) or expression:find("\0", 1, true) then
        failure.raise("plan", "w.sql takes text in UTF-8 without the character U+0000",
            "write bytes as SQL does: x'00ff'")
    end
    return setmetatable({ kind = "sql", sql = expression }, metatable)
end

---A value as messages and plans show it, in one line.
---@param given wherry.Value
---@return string
function value.text(given)
    return (given.sql:gsub("^%s+", ""):gsub("%s+$", ""):gsub("%s*[\r\n]%s*", " "))
end

return value
