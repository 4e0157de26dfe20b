-- Parses what PostgreSQL's catalog prints for an expression (pg_get_expr and its kin) into the tree that expr/parse.lua
-- makes of SQLite's, with nodes of its own for casts, ANY and ALL, arrays, AT TIME ZONE, subscripts and fields.
local cursor_of = require "wherry.expr.cursor"
local lex = require "wherry.expr.pg_lex"
local primary = require "wherry.expr.pg_parse_primary"

local pg_parse = {}

---@class wherry.PgCursor : wherry.Cursor
---@field tokens wherry.PgToken[]
---@field depth integer
local Cursor = cursor_of.class { word = true, quoted = true }

-- Nested deeper, an expression is refused: nobody has written it.
local DEEPEST = 1000

-- How tightly operators bind, from the loosest: comparisons are 5, sums 8, products 9, powers 10.
local LEVEL = { OR = 1, AND = 2, NOT = 3, IS = 4, range = 6, other = 7, zone = 11, collate = 12, sign = 13 }

local OPERATOR_LEVEL = { ["<"] = 5, [">"] = 5, ["="] = 5, ["<="] = 5, [">="] = 5, ["<>"] = 5, ["!="] = 5, ["+"] = 8,
    ["-"] = 8, ["*"] = 9, ["/"] = 9, ["%"] = 9, ["^"] = 10 }

-- OPERATOR(schema.name), or an operator as it stands; nil when there is neither.
function Cursor:operator()
    if self:looking_at("OPERATOR", "(") then
        self:next()
        self:next()
        local schema = self:name()
        self:expect(".")
        local token = self:next()
        if not token or token.kind ~= "operator" then
            self:fail("an operator")
        end
        self:expect(")")
        return token.text, LEVEL.other, schema
    end
    local token = self:peek()
    if token and token.kind == "operator" then
        self:next()
        return token.text, OPERATOR_LEVEL[token.text] or LEVEL.other
    end
    return nil
end

-- The level of the operator that comes next, without reading it.
local function coming(cursor)
    local token = cursor:peek()
    if not token then
        return nil
    elseif token.kind == "operator" then
        return OPERATOR_LEVEL[token.text] or LEVEL.other
    elseif cursor:looking_at("OPERATOR", "(") then
        return LEVEL.other
    elseif token.kind ~= "word" then
        return nil
    elseif token.upper == "OR" or token.upper == "AND" or token.upper == "IS" then
        return LEVEL[token.upper]
    elseif token.upper == "ISNULL" or token.upper == "NOTNULL" then
        return LEVEL.IS
    elseif token.upper == "BETWEEN" or token.upper == "IN" or token.upper == "LIKE" or token.upper == "ILIKE" then
        return LEVEL.range
    elseif token.upper == "NOT" then
        return LEVEL.range
    elseif cursor:looking_at("AT", "TIME", "ZONE") then
        return LEVEL.zone
    elseif token.upper == "COLLATE" then
        return LEVEL.collate
    end
    return nil
end

local function is(cursor, left)
    local negated = cursor:accept("NOT") ~= nil
    if cursor:accept("NULL") or cursor:accept("UNKNOWN") then
        return { t = "is_null", operand = left, negated = negated }
    elseif cursor:looking_at("TRUE") or cursor:looking_at("FALSE") then
        local value = cursor:next().upper == "TRUE"
        local right = { t = "boolean", value = value }
        return { t = "binary", op = negated and "IS NOT" or "IS", left = left, right = right }
    elseif cursor:accept("DISTINCT") then
        cursor:expect("FROM")
        local right = cursor:expression(LEVEL.IS + 1)
        return { t = "binary", op = negated and "IS" or "IS NOT", left = left, right = right }
    end
    return cursor:fail("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM")
end

local LIKE = { LIKE = "~~", ILIKE = "~~*" }

local function range(cursor, left)
    local negated = cursor:accept("NOT") ~= nil
    if cursor:accept("BETWEEN") then
        local low = cursor:expression(LEVEL.range + 1)
        cursor:expect("AND")
        return { t = "between", operand = left, low = low, high = cursor:expression(LEVEL.range + 1),
            negated = negated }
    elseif cursor:accept("IN") then
        cursor:expect("(")
        local list = cursor:list()
        cursor:expect(")")
        return { t = "in", operand = left, negated = negated, list = list }
    end
    local word = cursor:accept("LIKE") or cursor:accept("ILIKE") or cursor:fail("BETWEEN, IN or LIKE")
    local right = cursor:expression(LEVEL.range + 1)
    if cursor:looking_at("ESCAPE") then
        cursor:fail("an expression without ESCAPE")
    end
    return { t = "binary", op = (negated and "!" or "") .. LIKE[word.upper], left = left, right = right }
end

-- An operator with ANY (...) or ALL (...) behind it, or with an operand.
local function operation(cursor, left)
    local op, level, schema = cursor:operator()
    if op == "!=" then
        op = "<>"
    end
    for _, word in ipairs({ "ANY", "ALL" }) do
        if cursor:looking_at(word, "(") then
            cursor:next()
            cursor:next()
            local array = cursor:expression(1)
            cursor:expect(")")
            return { t = "any", op = op, schema = schema, operand = left, array = array, all = word == "ALL" }
        end
    end
    return { t = "binary", op = op, schema = schema, left = left, right = cursor:expression(level + 1) }
end

local function postfix(cursor, left, level)
    if level == LEVEL.OR or level == LEVEL.AND then
        return { t = "binary", op = cursor:next().upper, left = left, right = cursor:expression(level + 1) }
    elseif level == LEVEL.IS then
        local word = cursor:next().upper
        if word ~= "IS" then
            return { t = "is_null", operand = left, negated = word == "NOTNULL" }
        end
        return is(cursor, left)
    elseif level == LEVEL.range then
        return range(cursor, left)
    elseif level == LEVEL.zone then
        cursor:next()
        cursor:next()
        cursor:next()
        return { t = "at_time_zone", operand = left, zone = cursor:expression(LEVEL.zone + 1) }
    elseif level == LEVEL.collate then
        cursor:next()
        local collation = cursor:name()
        while cursor:accept(".") do
            collation = cursor:name()
        end
        return { t = "collate", operand = left, collation = collation }
    end
    return operation(cursor, left)
end

local function prefix(cursor)
    local token = cursor:peek()
    if cursor:accept("NOT") then
        return { t = "unary", op = "NOT", operand = cursor:expression(LEVEL.NOT) }
    elseif token and (token.kind == "operator" or cursor:looking_at("OPERATOR", "(")) then
        local op, _, schema = cursor:operator()
        local level = (op == "-" or op == "+") and LEVEL.sign or LEVEL.other + 1
        return { t = "unary", op = op, schema = schema, operand = cursor:expression(level) }
    end
    return primary.read(cursor)
end

---Reads an expression whose operators bind at least as tightly as `lowest`.
---@param lowest integer
---@return table node
function Cursor:expression(lowest)
    self.depth = self.depth + 1
    if self.depth > DEEPEST then
        self:fail("an expression nested less deeply")
    end
    local left = prefix(self)
    while true do
        local level = coming(self)
        if not level or level < lowest then
            break
        end
        left = postfix(self, left, level)
    end
    self.depth = self.depth - 1
    return left
end

---Reads expressions that commas separate.
---@return table[] nodes
function Cursor:list()
    local list = {}
    repeat
        list[#list + 1] = self:expression(1)
    until not self:accept(",")
    return list
end

---Parses an expression.
---@param sql string
---@return table? node nil when the text was not understood
---@return string? message
---@return integer? position
function pg_parse.expression(sql)
    local tokens, message, position = lex.tokens(sql)
    if not tokens then
        return nil, message, position
    end
    local cursor = setmetatable({ sql = sql, tokens = tokens, at = 1, depth = 0 }, Cursor)
    local ok, node = pcall(function()
        local read = cursor:expression(1)
        if cursor:peek() then
            cursor:fail("the end")
        end
        return read
    end)
    if ok then
        return node
    elseif type(node) == "table" then
        return nil, node.message, node.position
    end
    return nil, tostring(node)
end

return pg_parse
