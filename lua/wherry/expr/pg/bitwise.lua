-- Operators over bits: & | << >> ~. Their operands become integers as CAST makes them.
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"

local bitwise = {}

local function infix(p, op, left, right, fields)
    local level = p.LEVEL.OTHER
    fields.sql = ("%s %s %s"):format(p:wrap(left, level), op, p:wrap(right, level + 1))
    fields.kind, fields.level, fields.nullable = "integer", level, left.nullable or right.nullable
    return p:term(fields)
end

local function mask(p, op, left, right)
    if left.kind == "null" or right.kind == "null" then
        return constant.term(p, "null")
    end
    local one, other = convert.as(p, left, "integer"), convert.as(p, right, "integer")
    local bits
    if one.bits and other.bits then
        bits = math.max(one.bits, other.bits)
    end
    for _, term in ipairs(op == "&" and { one, other } or {}) do
        if term.constant and term.constant >= 0 then
            bits = constant.bits(term.constant)
        end
    end
    return infix(p, op, one, other, { bits = bits, small = one.small and other.small })
end

local function shift(p, op, left, right)
    if left.kind == "null" or right.kind == "null" then
        return constant.term(p, "null")
    end
    local one, other = convert.as(p, left, "integer"), convert.as(p, right, "integer")
    local count = other.constant
    if count and count < 0 and count > -64 then
        op, count = op == "<<" and ">>" or "<<", -count
        other = constant.term(p, "integer", count)
    end
    if count and count >= 0 and count < 64 then
        return infix(p, op, convert.bigint(p, one), other, { bits = op == ">>" and one.bits or nil })
    end
    local name = op == "<<" and "sqlite_shift_left" or "sqlite_shift_right"
    return p:term { sql = p:call(name, one.sql, other.sql), kind = "integer", atomic = true,
        nullable = one.nullable or other.nullable }
end

---The operator ~.
---@param p wherry.Printer
---@param term wherry.Term
---@return wherry.Term
function bitwise.complement(p, term)
    if term.kind == "null" then
        return term
    end
    local integer = convert.as(p, term, "integer")
    if integer.constant then
        return constant.term(p, "integer", ~integer.constant)
    end
    return p:term { sql = "~" .. p:wrap(integer, p.LEVEL.UNARY + 1), kind = "integer", level = p.LEVEL.OTHER,
        bits = integer.bits and integer.bits + 1, small = integer.small, nullable = integer.nullable }
end

local function operator(operation)
    return function(p, node)
        return operation(p, node.op, p:print(node.left), p:print(node.right))
    end
end

bitwise.operators = {
    ["&"] = operator(mask), ["|"] = operator(mask), ["<<"] = operator(shift), [">>"] = operator(shift),
}

return bitwise
