-- audit/created.lua: what the statements with which a run created its tables have made: columns with their defaults,
-- generated ones, conditions.
local pg_lex = require "wherry.expr.pg_lex"

local created = {}

local OPENING, CLOSING = { ["("] = true, ["["] = true }, { [")"] = true, ["]"] = true }

-- What ends a default: another clause of the column.
local ENDS = { NOT = true, NULL = true, CONSTRAINT = true, CHECK = true, GENERATED = true, UNIQUE = true,
    PRIMARY = true, REFERENCES = true, COLLATE = true }

-- The parts of a CREATE TABLE between its parentheses, each a list of tokens.
local function parts_of(tokens, first)
    local parts, depth, part = {}, 0, {}
    for i = first, #tokens do
        local text = tokens[i].text
        if depth == 0 and (text == "," or text == ")") then
            parts[#parts + 1], part = part, {}
            if text == ")" then
                break
            end
        else
            depth = depth + (OPENING[text] and 1 or CLOSING[text] and -1 or 0)
            part[#part + 1] = tokens[i]
        end
    end
    return parts
end

local function default_of(sql, part)
    local depth, first, last = 0, nil, nil
    for i, token in ipairs(part) do
        local word = token.kind == "word" and depth == 0 and token.text:upper()
        if first and i > first and word and ENDS[word] and last then
            break
        elseif word == "DEFAULT" and not first and part[i - 1].text:upper() ~= "BY" then
            first = i
        elseif first then
            last = i
        end
        depth = depth + (OPENING[token.text] and 1 or CLOSING[token.text] and -1 or 0)
    end
    local text = last and sql:sub(part[first + 1].first, part[last].last)
    return text and text:upper() ~= "NULL" and text or nil -- which is no default at all
end

local function is_generated(part)
    for i = 1, #part - 1 do
        if part[i].upper == "GENERATED" and part[i + 1].upper == "ALWAYS" then
            return true
        end
    end
    return false
end

---@class wherry.CreatedTable
---@field columns { name: string, generated: boolean }[]
---@field checks string[] names of its conditions
---@field defaults table<string, string> by column

local function add_part(made, sql, part)
    local name = part[1] and (part[1].value or part[1].text)
    if part[1] and part[1].upper == "CONSTRAINT" then
        made.checks[#made.checks + 1] = part[2].value or part[2].text
    elseif name then
        local default = default_of(sql, part)
        made.columns[#made.columns + 1] = { name = name, generated = is_generated(part) }
        made.defaults[name] = default
    end
end

---What the statements of a plan have created.
---@param statements string[]
---@return table<string, wherry.CreatedTable> by table, as it is written there
function created.read(statements)
    local found = {}
    for _, sql in ipairs(statements) do
        local tokens = sql:find "^CREATE TABLE " and pg_lex.tokens(sql)
        local open = 1
        while tokens and tokens[open] and tokens[open].text ~= "(" do
            open = open + 1
        end
        if tokens and tokens[open] then
            local made = { columns = {}, checks = {}, defaults = {} }
            for _, part in ipairs(parts_of(tokens, open + 1)) do
                add_part(made, sql, part)
            end
            found[sql:sub(tokens[3].first, tokens[open - 1].last)] = made
        end
    end
    return found
end

local WORDS = { TRUE = true, FALSE = true, NULL = true }
local MARKS = { ["-"] = true, ["("] = true, [")"] = true, ["::"] = true }
local OF_TYPE = { word = true, quoted = true }
local MARKS_OF_TYPE = { ["."] = true, [","] = true, ["["] = true, ["]"] = true }

---Whether an expression is a literal, with casts at most: the server may be asked what it is.
---@param sql string
---@return boolean
function created.is_literal(sql)
    local casts, tokens = false, pg_lex.tokens(sql) or {}
    for _, token in ipairs(tokens) do
        casts = casts or token.text == "::"
        if not (token.kind == "string" or token.kind == "number" or MARKS[token.text]
            or token.kind == "word" and WORDS[token.upper or token.text:upper()]
            or casts and (OF_TYPE[token.kind] or MARKS_OF_TYPE[token.text])) then
            return false
        end
    end
    return tokens[1] ~= nil
end

return created
