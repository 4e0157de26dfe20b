-- The nodes of operators, each handed to the module of its kind.
local arithmetic = require "wherry.expr.pg.arithmetic"
local bitwise = require "wherry.expr.pg.bitwise"
local compare = require "wherry.expr.pg.compare"
local logic = require "wherry.expr.pg.logic"

local operator = {}

local BINARY = {}
for _, operators in ipairs { arithmetic.operators, bitwise.operators, compare.operators, logic.operators } do
    for op, handler in pairs(operators) do
        BINARY[op] = handler
    end
end

function operator.binary(p, node)
    local handler = BINARY[node.op]
    if handler then
        return handler(p, node)
    end
    -- -> and ->> are functions of JSON.
    local called = p:handler(node.op)
    if not called then
        p:refuse(("the operator %s is not translated"):format(node.op))
    end
    return called(p, node, { node.left, node.right })
end

function operator.unary(p, node)
    if node.op == "NOT" then
        return logic.negate(p, p:print(node.operand))
    elseif node.op == "~" then
        return bitwise.complement(p, p:print(node.operand))
    end
    return arithmetic.signs[node.op](p, p:print(node.operand))
end

-- An operator of functions: the text of a call is that of its handler.
operator["function"] = function(p, node)
    local handler = p:handler(node.name)
    if not handler then
        p:refuse(("the function %s() is not translated"):format(node.name))
    end
    return handler(p, node, node.arguments)
end

return operator
