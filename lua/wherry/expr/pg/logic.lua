-- AND, OR and NOT over conditions.
local constant = require "wherry.expr.pg.constant"

local logic = {}

local function joined(p, word, left, right)
    local level = p.LEVEL[word]
    return p:term { sql = ("%s %s %s"):format(p:wrap(left, level), word, p:wrap(right, level + 1)), kind = "boolean",
        level = level, nullable = left.nullable or right.nullable }
end

---Both of two conditions.
---@param p wherry.Printer
---@param left wherry.Term of kind boolean
---@param right wherry.Term of kind boolean
---@return wherry.Term
function logic.both(p, left, right)
    return joined(p, "AND", left, right)
end

---One of two conditions.
---@param p wherry.Printer
---@param left wherry.Term of kind boolean
---@param right wherry.Term of kind boolean
---@return wherry.Term
function logic.either(p, left, right)
    return joined(p, "OR", left, right)
end

---The opposite of a term's truth.
---@param p wherry.Printer
---@param term wherry.Term
---@return wherry.Term
function logic.negate(p, term)
    local condition = p:condition(term)
    if condition.constant ~= nil then
        return constant.term(p, "boolean", 1 - condition.constant)
    elseif condition.kind == "null" then
        return condition
    end
    return p:term { sql = "NOT " .. p:wrap(condition, p.LEVEL.NOT), kind = "boolean", level = p.LEVEL.NOT,
        nullable = condition.nullable }
end

local function operator(word)
    return function(p, node)
        return joined(p, word, p:condition(p:print(node.left)), p:condition(p:print(node.right)))
    end
end

logic.operators = { AND = operator "AND", OR = operator "OR" }

return logic
