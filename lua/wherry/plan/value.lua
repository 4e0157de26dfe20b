-- value.lua: what fills a target column where it is not a source column: SQL that the reading SELECT computes, or the
-- same value in each row.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local json = require "wherry.json"

local value = {}

---@class wherry.Value
---@field kind "sql"|"constant"
---@field sql? string
---@field value? any of a constant

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

---The same value in each row: nil, a boolean, a number, a text.
---@param given nil|boolean|integer|number|string
---@return wherry.Value
function value.constant(given)
    local kind = type(given)
    if kind ~= "nil" and kind ~= "boolean" and kind ~= "number" and kind ~= "string" then
        failure.raise("plan", "w.constant takes nil, a boolean, a number or a text, not " .. ends.describe(given),
            "bytes are written w.sql \"x'00ff'\"")
    elseif given ~= given then
        failure.raise("plan", "w.constant takes no NaN: SQLite has none")
    end
    return setmetatable({ kind = "constant", value = given }, metatable)
end

---A value as messages and plans show it, in one line.
---@param given wherry.Value
---@return string
function value.text(given)
    if given.kind == "constant" then
        return ("w.constant(%s)"):format(type(given.value) == "string" and json.encode(given.value)
            or math.type(given.value) == "float" and ("%.17g"):format(given.value) or tostring(given.value))
    end
    return (given.sql:gsub("^%s+", ""):gsub("%s+$", ""):gsub("%s*[\r\n]%s*", " "))
end

return value
