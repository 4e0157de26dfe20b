-- Arithmetic and concatenation.
local cast = require "wherry.expr.back.cast"
local comparison = require "wherry.expr.back.comparison"
local json = require "wherry.expr.back.json"
local numbers = require "wherry.expr.back.numbers"
local times = require "wherry.expr.back.times"

local arithmetic = { handlers = {} }

arithmetic.OVERFLOW = "where PostgreSQL reports an overflow, SQLite goes on"
local ZERO = "where PostgreSQL reports a division by zero, SQLite gives NULL"

-- A number's constant is zero, or it is none at all.
local function may_be_zero(term)
    return term.constant == nil or tonumber(term.constant) == 0
end

local function integers(p, op, left, right)
    if op == "/" or op == "%" then
        if may_be_zero(right) then
            p:note_error(ZERO)
        end
        if op == "/" and (right.constant == nil or right.constant == -1) then
            p:note_error(arithmetic.OVERFLOW)
        end
    else
        p:note_error(arithmetic.OVERFLOW)
    end
    return p:term({ kind = "integer", bits = math.max(left.bits or 64, right.bits or 64) },
        { t = "binary", op = op, left = left.node, right = right.node })
end

local BITS = { ["&"] = true, ["|"] = true }

-- The places behind the point of a sum, difference or product of decimals, where they are known.
local function scale_of(op, left, right)
    local a, b = left.kind == "integer" and 0 or left.scale, right.kind == "integer" and 0 or right.scale
    if not a or not b then
        return nil
    end
    return op == "*" and a + b or math.max(a, b)
end

---One of + - * / % between two numbers.
---@param p wherry.Back
---@param op string
---@param left wherry.BackTerm
---@param right wherry.BackTerm
---@return wherry.BackTerm
function arithmetic.calculate(p, op, left, right)
    if left.kind == "integer" and right.kind == "integer" then
        return integers(p, op, left, right)
    elseif op == "%" then
        p:refuse("SQLite's % takes integers only")
    end
    local decimal = left.kind ~= "real" and right.kind ~= "real"
    if decimal then
        p:note("computed in doubles, not in decimals")
    elseif left.single and right.single then
        p:note("computed with 8 bytes, not with 4")
    end
    if op == "/" and may_be_zero(right) then
        p:note_error(ZERO)
    end
    p:note_error(arithmetic.OVERFLOW)
    local left_node = op == "/" and numbers.real(p, left) or numbers.node(p, left)
    return p:term(decimal and { kind = "decimal", scale = op ~= "/" and scale_of(op, left, right) or nil } or "real",
        { t = "binary", op = op, left = left_node, right = numbers.node(p, right) }, { computed = true })
end

-- A text without a type beside a number is a number.
local function settle(p, term, other)
    if term.literal and numbers.is(other) then
        return cast.to(p, { kind = other.kind, bits = other.bits }, term)
    end
    return term
end

local function concatenate(p, left, right)
    local texts = left.kind == "text" or right.kind == "text"
    if left.kind == "seed" and right.kind == "seed" then
        return left
    end
    if not texts then
        p:refuse(("%s || %s is not translated"):format(p:called(left), p:called(right)))
    end
    local a, b = cast.to_text(p, left), cast.to_text(p, right)
    return p:term({ kind = "text", bytewise = a.bytewise and b.bytewise, ascii_case = a.ascii_case and b.ascii_case },
        { t = "binary", op = "||", left = a.node, right = b.node })
end

local ARITHMETIC = { ["+"] = true, ["-"] = true, ["*"] = true, ["/"] = true, ["%"] = true }

local function binary(p, node)
    local op = node.op
    if op == "AND" or op == "OR" then
        return p:term("boolean", { t = "binary", op = op, left = p:condition(node.left).node,
            right = p:condition(node.right).node })
    end
    local left, right = p:operand(node.left), p:operand(node.right)
    if not comparison.OPERATORS[op] then
        p:plain(left)
        p:plain(right)
    end
    if node.schema and node.schema ~= "pg_catalog" and not left.folded and not right.folded then
        p:refuse(("the operator %s.%s is not translated"):format(node.schema, op))
    elseif (op == "IS" or op == "IS NOT") and node.right.t == "boolean" then
        local test = { t = "boolean", value = node.right.value }
        return p:term("boolean", { t = "binary", op = op, left = p:condition(node.left).node, right = test })
    elseif ARITHMETIC[op] then
        local moved = (op == "+" or op == "-") and times.move(p, op, left, right)
            or (op == "+" and times.move(p, op, right, left))
        if moved then
            return moved
        end
        left, right = settle(p, left, right), settle(p, right, left)
        if numbers.is(left) and numbers.is(right) then
            return arithmetic.calculate(p, op, left, right)
        end
        p:refuse(("%s %s %s is not translated"):format(p:called(left), op, p:called(right)))
    elseif BITS[op] and left.kind == "integer" and right.kind == "integer" then
        return p:term({ kind = "integer", bits = math.max(left.bits or 64, right.bits or 64) },
            { t = "binary", op = op, left = left.node, right = right.node })
    elseif op == "||" then
        return concatenate(p, left, right)
    elseif left.kind == "json" and not comparison.OPERATORS[op] then
        return json.operator(p, op, left, right)
    end
    return comparison.apply(p, op, left, right)
end

arithmetic.handlers.binary = binary

local function negative(p, term)
    if term.constant and term.kind == "integer" then
        return p:term({ kind = "integer", bits = term.bits }, numbers.literal(("%d"):format(-term.constant)),
            { constant = -term.constant })
    elseif term.constant then
        return cast.constant(p, { kind = term.kind }, "-" .. tostring(term.constant))
    elseif term.kind == "integer" then
        p:note_error(arithmetic.OVERFLOW)
    end
    return p:term({ kind = term.kind, bits = term.bits, precision = term.precision, scale = term.scale },
        { t = "unary", op = "-", operand = numbers.node(p, term) })
end

function arithmetic.handlers.unary(p, node)
    if node.op == "NOT" then
        return p:term("boolean", { t = "unary", op = "NOT", operand = p:condition(node.operand).node })
    end
    local term = p:print(node.operand)
    if node.schema and node.schema ~= "pg_catalog" then
        p:refuse(("the operator %s.%s is not translated"):format(node.schema, node.op))
    elseif node.op == "-" and numbers.is(term) then
        return negative(p, term) or p:refuse("a negative constant is not understood")
    elseif node.op == "+" and numbers.is(term) then
        return term
    elseif node.op == "~" and term.kind == "integer" then
        return p:term({ kind = "integer", bits = term.bits }, { t = "unary", op = "~", operand = term.node })
    end
    return p:refuse(("%s %s is not translated"):format(node.op, p:called(term)))
end

return arithmetic
