-- Expressions as SQLite's text, with parentheses only where the tree would be read back as another one, and around the
-- operand of NOT, where readers expect them.
local name = require "wherry.expr.sqlite.name"

local expression = {}

-- The levels of parse_expression; what needs no parentheses anywhere is atomic.
local OR, AND, NOT, EQUALITY, COMPARISON, BITS = 1, 2, 3, 4, 5, 7
local SUM, PRODUCT, CONCAT, COLLATE, UNARY, ATOMIC = 8, 9, 10, 11, 12, 13

local LEVELS = {
    OR = OR, AND = AND, ["="] = EQUALITY, ["<>"] = EQUALITY, IS = EQUALITY, ["IS NOT"] = EQUALITY,
    ["<"] = COMPARISON, ["<="] = COMPARISON, [">"] = COMPARISON, [">="] = COMPARISON,
    ["&"] = BITS, ["|"] = BITS, ["<<"] = BITS, [">>"] = BITS, ["+"] = SUM, ["-"] = SUM,
    ["*"] = PRODUCT, ["/"] = PRODUCT, ["%"] = PRODUCT, ["||"] = CONCAT, ["->"] = CONCAT, ["->>"] = CONCAT,
}

---Per tag: function(node) that returns the text and its level, ATOMIC when it returns none. The files beside this one
---add what contains selects.
expression.printers = {}
local printers = expression.printers

-- The text of a node for a place where operators below `minimum` would be torn apart.
local function at(node, minimum)
    local text, level = printers[node.t](node)
    if (level or ATOMIC) < minimum then
        return "(" .. text .. ")"
    end
    return text
end

---The text of an expression.
---@param node table
---@return string
function expression.print(node)
    return (printers[node.t](node))
end

---Expressions with commas between them.
---@param nodes table[]
---@return string
function expression.list(nodes)
    local texts = {}
    for i, node in ipairs(nodes) do
        texts[i] = expression.print(node)
    end
    return table.concat(texts, ", ")
end

---Ordering terms with commas between them.
---@param terms table[]
---@return string
function expression.terms(terms)
    local texts = {}
    for i, term in ipairs(terms) do
        texts[i] = expression.print(term.expr) .. (term.desc and " DESC" or "")
            .. (term.nulls and " NULLS " .. term.nulls:upper() or "")
    end
    return table.concat(texts, ", ")
end

printers.column = name.column

function printers.null()
    return "NULL"
end

local function number(node)
    local text, negative = name.number(node)
    return text, negative and UNARY or ATOMIC
end

printers.integer = number
printers.real = number

function printers.string(node)
    return name.text(node.value)
end

function printers.blob(node)
    return name.blob(node.value)
end

function printers.boolean(node)
    return node.value and "TRUE" or "FALSE"
end

function printers.current(node)
    return "CURRENT_" .. node.which
end

function printers.variable(node)
    return node.text
end

function printers.unary(node)
    local operand = node.operand
    if node.op == "NOT" then
        local chained = operand.t == "unary" and operand.op == "NOT"
        return "NOT " .. at(operand, chained and NOT or COMPARISON), NOT
    end
    local text = at(operand, UNARY)
    if node.op == "-" and operand.t == "real" and text:find("^0*9223372036854775808$") then
        text = text .. ".0"
    end
    -- Two minus signs side by side begin a comment.
    return node.op .. (text:find("^[-+~]") and " " or "") .. text, UNARY
end

function printers.binary(node)
    local level = LEVELS[node.op]
    return at(node.left, level) .. " " .. node.op .. " " .. at(node.right, level + 1), level
end

function printers.collate(node)
    return at(node.operand, COLLATE) .. " COLLATE " .. name.quote(node.collation), COLLATE
end

function printers.cast(node)
    return "CAST(" .. expression.print(node.operand) .. " AS " .. node.type .. ")"
end

function printers.like(node)
    local text = at(node.left, EQUALITY) .. (node.negated and " NOT " or " ") .. node.op .. " "
        .. at(node.right, COMPARISON)
    if node.escape then
        text = text .. " ESCAPE " .. at(node.escape, COMPARISON)
    end
    return text, EQUALITY
end

function printers.is_null(node)
    return at(node.operand, EQUALITY) .. (node.negated and " IS NOT NULL" or " IS NULL"), EQUALITY
end

function printers.between(node)
    return at(node.operand, EQUALITY) .. (node.negated and " NOT" or "") .. " BETWEEN " .. at(node.low, COMPARISON)
        .. " AND " .. at(node.high, COMPARISON), EQUALITY
end

printers["in"] = function(node)
    local text = at(node.operand, EQUALITY) .. (node.negated and " NOT" or "") .. " IN "
    if node.select then
        text = text .. "(" .. expression.select(node.select) .. ")"
    elseif node.relation then
        local relation = node.relation
        text = text .. name.qualified(relation.schema, relation.name)
            .. (relation.arguments and "(" .. expression.list(relation.arguments) .. ")" or "")
    else
        text = text .. "(" .. expression.list(node.list) .. ")"
    end
    return text, EQUALITY
end

function printers.case(node)
    local parts = { "CASE" }
    if node.operand then
        parts[2] = expression.print(node.operand)
    end
    for _, branch in ipairs(node.branches) do
        parts[#parts + 1] = "WHEN " .. expression.print(branch.when) .. " THEN " .. expression.print(branch.result)
    end
    if node.otherwise then
        parts[#parts + 1] = "ELSE " .. expression.print(node.otherwise)
    end
    parts[#parts + 1] = "END"
    return table.concat(parts, " ")
end

-- Words that begin another construct before a parenthesis are quoted, all others are called bare.
local function function_name(text)
    local upper = text:upper()
    return (upper == "LIKE" or upper == "GLOB" or upper == "REPLACE" or upper == "MATCH" or upper == "REGEXP") and text
        or name.quote(text)
end

printers["function"] = function(node)
    local inside = node.star and "*" or (node.distinct and "DISTINCT " or "") .. expression.list(node.arguments)
    if node.order_by then
        inside = inside .. (inside ~= "" and " " or "") .. "ORDER BY " .. expression.terms(node.order_by)
    end
    local text = function_name(node.name) .. "(" .. inside .. ")"
    if node.filter then
        text = text .. " FILTER (WHERE " .. expression.print(node.filter) .. ")"
    end
    if type(node.over) == "string" then
        text = text .. " OVER " .. name.quote(node.over)
    elseif node.over then
        text = text .. " OVER " .. expression.window(node.over)
    end
    return text
end

function printers.exists(node)
    local text = "EXISTS (" .. expression.select(node.select) .. ")"
    return node.negated and "NOT " .. text or text, node.negated and NOT or ATOMIC
end

function printers.scalar(node)
    return "(" .. expression.select(node.select) .. ")"
end

function printers.row(node)
    return "(" .. expression.list(node.values) .. ")"
end

function printers.raise(node)
    if node.action == "IGNORE" then
        return "RAISE(IGNORE)"
    end
    local message = node.expression and expression.print(node.expression) or name.text(node.message)
    return "RAISE(" .. node.action .. ", " .. message .. ")"
end

return expression
