-- Operators: SQLite's precedence, climbed with a loop for what stands left and recursion for what stands right.
local Parser = require "wherry.expr.parser"

-- The levels of SQLite's grammar, weakest first. ESCAPE has one between comparisons and bits, which never decides.
local OR, AND, NOT, EQUALITY, COMPARISON, BITS = 1, 2, 3, 4, 5, 7
local SUM, PRODUCT, CONCAT, COLLATE, UNARY = 8, 9, 10, 11, 12

-- What follows an operand: level, and read(parser, left), which returns nil when it is no operator after all.
local INFIX = {}

local function binary(level, op, ...)
    for _, key in ipairs({ op, ... }) do
        INFIX[key] = {
            level = level,
            read = function(parser, left)
                parser.at = parser.at + 1
                return { t = "binary", op = op, left = left, right = parser:expression(level + 1) }
            end,
        }
    end
end

binary(OR, "OR")
binary(AND, "AND")
binary(EQUALITY, "=", "==")
binary(EQUALITY, "<>", "!=")
for level, operators in pairs({
    [COMPARISON] = { "<", "<=", ">", ">=" }, [BITS] = { "&", "|", "<<", ">>" }, [SUM] = { "+", "-" },
    [PRODUCT] = { "*", "/", "%" }, [CONCAT] = { "||", "->", "->>" },
}) do
    for _, op in ipairs(operators) do
        binary(level, op)
    end
end

local function is_null(parser, left, negated, tokens)
    parser.at = parser.at + tokens
    return { t = "is_null", operand = left, negated = negated }
end

local function is(parser, left)
    parser:expect("IS")
    local negated = parser:accept("NOT")
    if parser:looking_at("DISTINCT", "FROM") then
        parser.at = parser.at + 2
        negated = not negated
    end
    local right = parser:expression(EQUALITY + 1)
    if right.t == "null" then
        return is_null(parser, left, negated, 0)
    end
    return { t = "binary", op = negated and "IS NOT" or "IS", left = left, right = right }
end

-- LIKE's pattern and ESCAPE's character both reach over all stronger operators.
local function like(parser, left, negated)
    local node = { t = "like", op = parser:next().upper, negated = negated, left = left }
    node.right = parser:expression(EQUALITY + 1)
    if parser:accept("ESCAPE") then
        node.escape = parser:expression(EQUALITY + 1)
    end
    return node
end

-- Between BETWEEN and its AND stands anything but AND and OR.
local function between(parser, left, negated)
    parser:expect("BETWEEN")
    local low = parser:expression(EQUALITY)
    parser:expect("AND")
    local high = parser:expression(EQUALITY + 1)
    return { t = "between", operand = left, low = low, high = high, negated = negated }
end

local function in_relation(parser, node)
    local relation = { name = parser:name() }
    if parser:accept(".") then
        relation.schema, relation.name = relation.name, parser:name()
    end
    if parser:accept("(") then
        relation.arguments = parser:expressions_until(")")
        parser:expect(")")
    end
    node.relation = relation
    return node
end

local function in_(parser, left, negated)
    parser:expect("IN")
    local node = { t = "in", operand = left, negated = negated }
    if not parser:accept("(") then
        return in_relation(parser, node)
    end
    if parser:is_select() then
        node.select = parser:select()
    else
        node.list = parser:expressions_until(")")
    end
    parser:expect(")")
    return node
end

INFIX.IS = { level = EQUALITY, read = is }
INFIX.BETWEEN = { level = EQUALITY, read = between }
INFIX.IN = { level = EQUALITY, read = in_ }
for _, key in ipairs({ "LIKE", "GLOB", "REGEXP", "MATCH" }) do
    INFIX[key] = { level = EQUALITY, read = like }
end

INFIX.ISNULL = { level = EQUALITY, read = function(parser, left) return is_null(parser, left, false, 1) end }
INFIX.NOTNULL = { level = EQUALITY, read = function(parser, left) return is_null(parser, left, true, 1) end }

INFIX.NOT = {
    level = EQUALITY,
    read = function(parser, left)
        local key = parser.keys[parser.at + 1]
        if key == "NULL" then
            return is_null(parser, left, true, 2)
        end
        local rule = key and INFIX[key]
        if not rule or rule.read ~= like and rule.read ~= between and rule.read ~= in_ then
            return nil
        end
        parser.at = parser.at + 1
        return rule.read(parser, left, true)
    end,
}

INFIX.COLLATE = {
    level = COLLATE,
    read = function(parser, left)
        parser.at = parser.at + 1
        if not parser:is_alias() then
            parser:fail("expected a collation")
        end
        return { t = "collate", operand = left, collation = parser:next().value:upper() }
    end,
}

-- 9223372036854775808 alone is a real, but with a minus directly before it the least integer.
local function minus(operand)
    if operand.t == "real" and operand.text:find("^0*9223372036854775808$") then
        return { t = "integer", value = math.mininteger, text = "-9223372036854775808" }
    end
    return { t = "unary", op = "-", operand = operand }
end

-- What stands before an operand; nil when the operand itself comes.
local function prefix(parser)
    local key = parser:key()
    if key == "NOT" then
        parser.at = parser.at + 1
        local operand = parser:expression(NOT)
        if operand.t == "exists" and not operand.negated then
            return { t = "exists", select = operand.select, negated = true }
        end
        return { t = "unary", op = "NOT", operand = operand }
    elseif key == "-" then
        parser.at = parser.at + 1
        return minus(parser:expression(UNARY))
    elseif key == "+" or key == "~" then
        parser.at = parser.at + 1
        return { t = "unary", op = key, operand = parser:expression(UNARY) }
    end
    return nil
end

---Reads an expression.
---@param minimum integer? the weakest level of operator that belongs to it; any when not given
---@return table node
function Parser:expression(minimum)
    self:enter()
    minimum = minimum or OR
    local left = prefix(self) or self:primary()
    while true do
        local key = self.keys[self.at]
        local rule = key and INFIX[key]
        if not rule or rule.level < minimum then
            break
        end
        local node = rule.read(self, left, false)
        if not node then
            break
        end
        left = node
    end
    self:leave()
    return left
end

---Reads at least one expression, with commas between them.
---@return table[]
function Parser:expressions()
    local list = {}
    repeat
        list[#list + 1] = self:expression()
    until not self:accept(",")
    return list
end

---Reads expressions that may be none because the closing key comes.
---@param closing string
---@return table[]
function Parser:expressions_until(closing)
    return self:key() == closing and {} or self:expressions()
end

return Parser
