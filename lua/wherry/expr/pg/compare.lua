-- = <> < <= > >= IS and IS NOT between two values.
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"
local pair = require "wherry.expr.pg.pair"
local logic = require "wherry.expr.pg.logic"

local compare = {}

local MIRRORED = { ["<"] = ">", ["<="] = ">=", [">"] = "<", [">="] = "<=" }
local ORDERED = { ["<"] = true, ["<="] = true, [">"] = true, [">="] = true }
local EQUALITY = { ["IS"] = "=", ["IS NOT"] = "<>" }

-- A collation that COLLATE gives somewhere in an expression, the leftmost first.
local function explicit(node)
    if node.t == "collate" then
        return node.collation
    end
    for _, key in ipairs { "operand", "left", "right" } do
        local found = node[key] and node[key].t and explicit(node[key])
        if found then
            return found
        end
    end
    for _, argument in ipairs(node.t == "function" and node.arguments or {}) do
        local found = explicit(argument)
        if found then
            return found
        end
    end
    return nil
end

---The collation of a comparison: an explicit one, else that of the left operand, else that of the right one.
---@param left wherry.Term
---@param right wherry.Term
---@param left_node wherry.Node
---@param right_node wherry.Node
---@return string?
function compare.collation(left, right, left_node, right_node)
    return explicit(left_node) or explicit(right_node) or left.collation or right.collation
end

local function truth_of_classes(op, left, right)
    local one, other = pair.RANK[pair.class(left)], pair.RANK[pair.class(right)]
    if op == "=" or op == "<>" then
        return op == "<>"
    end
    return (op:sub(1, 1) == "<") == (one < other)
end

---A truth that does not depend on the values, but is NULL where one of them is.
---@param p wherry.Printer
---@param truth boolean
---@param ... wherry.Term
---@return wherry.Term
function compare.unless_null(p, truth, ...)
    local tests = {}
    for _, term in ipairs { ... } do
        if term.nullable then
            tests[#tests + 1] = p:wrap(term, p.LEVEL.IS + 1) .. " IS NOT NULL"
        end
    end
    if #tests == 0 then
        return constant.term(p, "boolean", truth and 1 or 0)
    end
    return p:term { sql = ("CASE WHEN %s THEN %s END"):format(table.concat(tests, " AND "), truth and "TRUE"
        or "FALSE"), kind = "boolean", atomic = true }
end

local function infix(p, op, left, right)
    local level = p.LEVEL.COMPARISON
    return p:term { sql = ("%s %s %s"):format(p:wrap(left, level + 1), op, p:wrap(right, level + 1)), kind = "boolean",
        level = level, nullable = left.nullable or right.nullable }
end

local function null_test(p, term, negated)
    if not term.nullable then
        return constant.term(p, "boolean", negated and 1 or 0)
    end
    return p:term { sql = p:wrap(term, p.LEVEL.IS + 1) .. (negated and " IS NOT NULL" or " IS NULL"), kind = "boolean",
        level = p.LEVEL.IS, nullable = false }
end
compare.null_test = null_test

-- A truth value beside 0 or 1: itself or its opposite; nil for other comparisons.
local function beside_truth(p, op, term, value)
    if value ~= 0 and value ~= 1 then
        return nil
    elseif EQUALITY[op] then
        return p:term { sql = ("%s %s %s"):format(p:wrap(term, p.LEVEL.IS + 1), op, value == 1 and "TRUE" or "FALSE"),
            kind = "boolean", level = p.LEVEL.IS, nullable = false }
    end
    local holds = {}
    for truth = 0, 1 do
        holds[truth] = op == "=" and truth == value or op == "<>" and truth ~= value or op == "<" and truth < value
            or op == "<=" and truth <= value or op == ">" and truth > value or op == ">=" and truth >= value
    end
    if holds[0] == holds[1] then
        return compare.unless_null(p, holds[0], term)
    end
    local itself = p:term { sql = term.sql, kind = "boolean", atomic = term.atomic, level = term.level,
        nullable = term.nullable }
    return holds[1] and itself or logic.negate(p, itself)
end

-- typeof(x) beside a class that is known: whether x is NULL, or neither.
local function beside_typeof(p, op, called, value)
    if op ~= "=" and op ~= "<>" and not EQUALITY[op] then
        return nil
    end
    local unequal = op == "<>" or op == "IS NOT"
    if value == "null" or value == called.class then
        return null_test(p, called.term, (value == "null") == unequal)
    end
    return constant.term(p, "boolean", unequal and 1 or 0)
end

local function with_truth(p, op, left, right)
    if left.typeof and type(right.constant) == "string" then
        return beside_typeof(p, op, left.typeof, right.constant)
    end
    if left.kind == "boolean" and left.constant == nil and math.type(right.constant) then
        return beside_truth(p, op, left, right.constant)
    elseif right.kind == "boolean" and right.constant == nil and math.type(left.constant) then
        return beside_truth(p, MIRRORED[op] or op, right, left.constant)
    end
    return nil
end

-- IS and IS NOT: NULLs are equal.
local function distinct(p, op, left, right)
    if not left.nullable and not right.nullable then
        return infix(p, EQUALITY[op], left, right)
    end
    local level = p.LEVEL.IS
    return p:term { sql = ("%s %s %s"):format(p:wrap(left, level + 1), op == "IS" and "IS NOT DISTINCT FROM"
        or "IS DISTINCT FROM", p:wrap(right, level + 1)), kind = "boolean", level = level, nullable = false }
end

-- Values of two classes are the same only where both are NULL.
local function distinct_classes(p, op, left, right)
    if not left.nullable or not right.nullable then
        return constant.term(p, "boolean", op == "IS NOT" and 1 or 0)
    end
    local both = logic.both(p, null_test(p, left), null_test(p, right))
    return op == "IS" and both or logic.negate(p, both)
end

-- A number and a text, which is compared as a number where it looks like one.
local function open(p, op, left, right)
    local number, text = left, right
    if left.kind == "text" then
        number, text, op = right, left, MIRRORED[op] or op
    end
    if EQUALITY[op] and (number.nullable or text.nullable) then
        p:refuse(("%s is compared with %s as a number where it looks like one"):format(text.sql, number.sql))
    end
    local name = number.kind == "real" and "sqlite_compare_real" or "sqlite_compare"
    return p:term { sql = ("%s %s 0"):format(p:call(name, convert.as(p, number, "number").sql, text.sql),
        EQUALITY[op] or op), kind = "boolean", level = p.LEVEL.COMPARISON, nullable = left.nullable or right.nullable }
end

---Compares two terms.
---@param p wherry.Printer
---@param op string
---@param left wherry.Term
---@param right wherry.Term
---@param collation string?
---@return wherry.Term
function compare.terms(p, op, left, right, collation)
    if left.kind == "null" or right.kind == "null" then
        if EQUALITY[op] then
            local other = left.kind == "null" and right or left
            return other.kind == "null" and constant.term(p, "boolean", op == "IS" and 1 or 0)
                or null_test(p, other, op == "IS NOT")
        end
        return constant.term(p, "null")
    end
    local special = with_truth(p, op, left, right)
    if special then
        return special
    end
    local form, one, other = pair.prepare(p, left, right, collation, ORDERED[op] or false)
    -- A text may have become a number only now.
    special = form == "plain" and with_truth(p, op, left.kind == "boolean" and left or one,
        right.kind == "boolean" and right or other)
    if special then
        return special
    elseif form == "open" then
        return open(p, op, one, other)
    elseif EQUALITY[op] then
        return (form == "plain" and distinct or distinct_classes)(p, op, one, other)
    elseif form == "classes" then
        return compare.unless_null(p, truth_of_classes(op, one, other), one, other)
    end
    return infix(p, op, one, other)
end

local function rows(p, node)
    local left, right = node.left, node.right
    if left.t ~= "row" or right.t ~= "row" then
        p:refuse("a row value is compared with a subquery")
    elseif #left.values ~= #right.values then
        p:refuse("row values of different lengths are compared")
    elseif ORDERED[node.op] then
        local ones, others = {}, {}
        for i, value in ipairs(left.values) do
            local one, other = p:print(value), p:print(right.values[i])
            local form, prepared, against = pair.prepare(p, one, other,
                compare.collation(one, other, value, right.values[i]), true)
            if form ~= "plain" then
                p:refuse("row values of different classes are compared")
            end
            ones[i], others[i] = prepared.sql, against.sql
        end
        return p:term { sql = ("(%s) %s (%s)"):format(table.concat(ones, ", "), node.op, table.concat(others, ", ")),
            kind = "boolean", level = p.LEVEL.COMPARISON }
    end
    local all
    local join = (node.op == "<>" or node.op == "IS NOT") and logic.either or logic.both
    for i, value in ipairs(left.values) do
        local one = compare.node(p, { t = "binary", op = node.op, left = value, right = right.values[i] })
        all = all and join(p, all, one) or one
    end
    return all
end

-- TRUE and FALSE; an IN over nothing is one of them already for SQLite's parser.
local HINTS = { likely = true, unlikely = true, likelihood = true }

local function truth_value(p, node)
    while node.t == "collate" or (node.t == "function" and HINTS[node.name] and node.arguments[1]) do
        node = node.operand or node.arguments[1]
    end
    if node.t == "boolean" or (node.t == "in" and node.list and #node.list == 0) then
        return p:print(node).sql
    end
    return nil
end

---A comparison's node.
---@param p wherry.Printer
---@param node wherry.Node
---@return wherry.Term
function compare.node(p, node)
    if node.left.t == "row" or node.right.t == "row" then
        return rows(p, node)
    end
    local left = p:print(node.left)
    local truth = EQUALITY[node.op] and truth_value(p, node.right)
    if truth then
        -- x IS TRUE asks for the truth of x, not for the number 1.
        local condition = convert.condition(p, left)
        return p:term { sql = ("%s %s %s"):format(p:wrap(condition, p.LEVEL.LIKE + 1), node.op, truth),
            kind = "boolean", level = p.LEVEL.IS, nullable = false }
    end
    local right = p:print(node.right)
    return compare.terms(p, node.op, left, right, compare.collation(left, right, node.left, node.right))
end

compare.operators = {}
for _, op in ipairs { "=", "<>", "<", "<=", ">", ">=", "IS", "IS NOT" } do
    compare.operators[op] = compare.node
end

return compare
