-- value.lua: what fills a target column where it is not a source column: SQL that the reading SELECT computes, the same
-- value in each row, JSON, several columns as one JSON document.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local json = require "wherry.json"

local value = {}

---@class wherry.Value
---@field kind "sql"|"constant"|"json"|"fold"|"column"|"hook"
---@field sql? string of an expression, and of one that gives JSON
---@field value? any of a constant
---@field column? string of a column, and of one that holds JSON
---@field members? { key: string, value: wherry.Value }[] of a fold, in the order of the keys' bytes

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

---A source column, or an expression, whose texts are JSON.
---@param column string|wherry.Value
---@return wherry.Value
function value.json(column)
    if value.is(column) and column.kind == "sql" then
        return setmetatable({ kind = "json", sql = column.sql }, metatable)
    elseif type(column) ~= "string" or column:match "^%s*$" then
        failure.raise("plan", "w.json takes the name of a source column, or w.sql, not " .. ends.describe(column))
    end
    return setmetatable({ kind = "json", column = column }, metatable)
end

---A column that the table's function `row` fills.
value.hook = setmetatable({ kind = "hook" }, metatable)

-- What a constant cannot be inside of a document, or nil.
local function problem_in_json(given)
    if type(given) == "string" then
        return (not utf8.len(given) or given:find("\0", 1, true)) and "a text in UTF-8 without the character U+0000"
    end
    return (given == math.huge or given == -math.huge) and "a number that is not infinite"
end

local fold_at

local function member(given, place)
    if type(given) == "string" and not given:match "^%s*$" then
        return setmetatable({ kind = "column", column = given }, metatable)
    elseif not value.is(given) then
        return fold_at(given, place)
    elseif given.kind == "hook" then
        failure.raise("plan", ("w.fold: %s: w.hook fills columns, not members"):format(place),
            "let row assign the whole document: new.column = w.json.encode { ... }")
    end
    local expected = given.kind == "constant" and problem_in_json(given.value)
    if expected then
        failure.raise("plan", ("w.fold: %s: JSON takes %s"):format(place, expected))
    end
    return given
end

-- A table of members, at a place inside of the document.
function fold_at(given, place)
    if type(given) ~= "table" or getmetatable(given) then
        failure.raise("plan", ("w.fold: %s: a source column, w.json, w.sql, w.constant or a table of members is "
            .. "expected, not %s"):format(place, ends.describe(given)))
    end
    local members = {}
    for key in pairs(given) do
        if type(key) ~= "string" or not utf8.len(key) or key:find("\0", 1, true) then
            failure.raise("plan", ("w.fold: %s: keys are texts in UTF-8, not %s"):format(place, ends.describe(key)),
                "a document is written { key = \"source column\" }; there are no arrays in it")
        end
        members[#members + 1] = { key = key, value = false }
    end
    table.sort(members, function(a, b) return a.key < b.key end)
    for _, one in ipairs(members) do
        one.value = member(given[one.key], place == "the document" and one.key or place .. "." .. one.key)
    end
    return setmetatable({ kind = "fold", members = members }, metatable)
end

---Several values as one JSON document.
---@param members table<string, string|wherry.Value|table> a bare text is a source column, a table a document inside
---@return wherry.Value
function value.fold(members)
    local made = fold_at(members, "the document")
    if not made.members[1] then
        failure.raise("plan", "w.fold takes members, { key = \"source column\" }, and there are none")
    end
    return made
end

local function constant_text(given)
    return type(given) == "string" and json.encode(given) or math.type(given) == "float" and ("%.17g"):format(given)
        or tostring(given)
end

---SQL as messages and plans show it.
---@param sql string
---@return string
function value.one_line(sql)
    return (sql:gsub("^%s+", ""):gsub("%s+$", ""):gsub("%s*[\r\n]%s*", " "))
end

local function fold_text(given)
    local parts = {}
    for i, one in ipairs(given.members) do
        local key = one.key:find "^[%a_][%w_]*$" and one.key or ("[%s]"):format(json.encode(one.key))
        parts[i] = key .. " = " .. value.text(one.value, true)
    end
    return parts[1] and "{ " .. table.concat(parts, ", ") .. " }" or "{}"
end

---A value as messages and plans show it, in one line.
---@param given wherry.Value
---@param inside? boolean a member of a fold
---@return string
function value.text(given, inside)
    if given.kind == "constant" then
        return ("w.constant(%s)"):format(constant_text(given.value))
    elseif given.kind == "json" and given.sql then
        return ("w.json(w.sql %s)"):format(json.encode(value.one_line(given.sql)))
    elseif given.kind == "json" or given.kind == "column" then
        return (given.kind == "json" and "w.json " or "") .. json.encode(given.column)
    elseif given.kind == "fold" then
        return (inside and "" or "w.fold ") .. fold_text(given)
    elseif given.kind == "hook" then
        return "w.hook"
    end
    local sql = value.one_line(given.sql)
    return inside and "w.sql " .. json.encode(sql) or sql
end

return value
