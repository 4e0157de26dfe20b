-- Operators that calculate: + - * / % || and the signs.
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"

local arithmetic = {}

local BEYOND_INTEGER = "beyond 64 bits PostgreSQL raises an error where SQLite goes on with a real"
local BEYOND_REAL = "beyond the range of a double PostgreSQL raises an error where SQLite has Inf or 0, and "
    .. "Inf - Inf is NaN where SQLite has NULL"
local NUMBER_COLUMN = "reals among the integers are calculated as decimal numbers, not as doubles"
local DIGITS = "a text that is a whole number is calculated as a real"

local function null(p)
    return constant.term(p, "null")
end

-- Both operands as numbers: integers, reals or decimals; a text as the number it begins with.
local function numeric(p, term, other)
    if term.dynamic or term.integer then
        return term.integer or convert.as(p, term, "number")
    end
    convert.known(p, term)
    if term.constant ~= nil and not convert.is_number(term) then
        return convert.as(p, term, "number")
    elseif not convert.is_number(term) then
        if other.kind ~= "real" then
            p:note(DIGITS)
        end
        return convert.as(p, term, "real")
    end
    return convert.as(p, term, "number")
end

local function of_type(left, right, type)
    return math.type(left.constant) == type and math.type(right.constant) == type
end

-- What SQLite makes of two known numbers; nil when it does not stay within its class.
local function fold(op, left, right)
    local a, b = left.constant, right.constant
    if not of_type(left, right, "integer") then
        return nil
    elseif op == "/" then
        return b ~= 0 and not (a == math.mininteger and b == -1) and constant.cut(a // b + ((a % b ~= 0 and (a < 0)
            ~= (b < 0)) and 1 or 0)) or nil
    end
    local value = op == "+" and a + b or op == "-" and a - b or a * b
    local about = op == "+" and a + 0.0 + b or op == "-" and a - 0.0 - b or (a + 0.0) * b
    return math.abs(about) < 2.0 ^ 62 and value or nil
end

local function result_bits(op, left, right)
    if not (left.bits and right.bits) then
        return nil
    end
    return op == "*" and left.bits + right.bits or op == "/" and left.bits or math.max(left.bits, right.bits) + 1
end

local OPERATOR_LEVEL = { ["+"] = "SUM", ["-"] = "SUM", ["*"] = "PRODUCT", ["/"] = "PRODUCT", ["%"] = "PRODUCT" }

local function infix(p, op, left, right, fields)
    local level = p.LEVEL[OPERATOR_LEVEL[op] or "OTHER"]
    fields.sql = ("%s %s %s"):format(p:wrap(left, level), op, p:wrap(right, level + 1))
    fields.level = level
    if fields.nullable == nil then
        fields.nullable = left.nullable or right.nullable
    end
    return p:term(fields)
end

-- A divisor that is not known gets NULL for 0, as dividing by 0 gives NULL in SQLite.
local function divisor(p, term)
    if term.constant ~= nil then
        return term
    end
    local fields = { sql = ("NULLIF(%s, 0)"):format(term.sql), kind = term.kind, atomic = true, bits = term.bits,
        small = term.small }
    return p:term(fields)
end

local function of_integers(p, op, left, right)
    local value = fold(op, left, right)
    if value then
        return constant.term(p, "integer", value)
    end
    local bits = result_bits(op, left, right)
    local harmless = op == "/" and right.constant ~= nil and right.constant ~= -1
        or (op == "+" or op == "-") and right.constant == 0 or op == "*" and right.constant == 1
    if not harmless and not (bits and bits <= 63) then
        p:note(BEYOND_INTEGER)
    end
    local small = left.small and right.small and bits ~= nil and bits <= 31
    if left.small and right.small and not small then
        left = convert.bigint(p, left)
    end
    return infix(p, op, left, op == "/" and divisor(p, right) or right, { kind = "integer", bits = bits and bits <= 63
        and bits or nil, small = small, least = op == "+" and left.least and right.least and bits and bits <= 63
        and left.least + right.least or nil, nullable = op == "/" and right.constant == nil or nil })
end

-- Powers of two between which a number lies where it is not 0; nil where nothing is known.
local function range_of(term)
    local value = term.constant
    if value == nil then
        return term.kind == "integer" and { 0, 64 } or term.range
    elseif value == 0 then
        return { 0, 0 }
    elseif value ~= value or math.abs(value) == math.huge then
        return nil
    end
    local power = math.log(math.abs(value), 2)
    return { math.floor(power) - 1, math.ceil(power) + 1 }
end

-- The range of a result; nil where PostgreSQL may raise an error for it.
local function result_range(op, left, right)
    local one, other = range_of(left), range_of(right)
    if not one or not other then
        return nil
    end
    local range
    if op == "*" then
        range = { one[1] + other[1], one[2] + other[2] }
    elseif op == "/" then
        range = { one[1] - other[2], one[2] - other[1] }
    else
        -- What is left of two numbers that cancel each other is at least the last bit of one of them.
        range = { math.min(one[1], other[1]) - 54, math.max(one[2], other[2]) + 1 }
    end
    return range[1] > -1000 and range[2] < 1000 and range or nil
end

local function of_reals(p, op, left, right)
    local range = result_range(op, left, right)
    if not range then
        p:note(BEYOND_REAL)
    end
    -- One operand must be double precision, else PostgreSQL would calculate with decimals.
    if not (left.kind == "real" and not left.bare) then
        if right.bare or right.kind ~= "real" then
            if left.kind == "real" then
                left = convert.double(p, left)
            else
                right = convert.double(p, right)
            end
        end
    end
    return infix(p, op, left, op == "/" and divisor(p, right) or right, { kind = "real", range = range,
        nullable = op == "/" and right.constant == nil or nil })
end

local function calculate(p, op, left, right)
    if left.kind == "null" or right.kind == "null" then
        return null(p)
    end
    local one, other = numeric(p, left, right), numeric(p, right, left)
    if op == "/" and other.constant == 0 then
        return null(p)
    elseif op == "/" and (left.kind == "text" or left.kind == "blob" or right.kind == "text" or right.kind == "blob")
        and (one.constant == nil and not convert.is_number(left) and right.kind ~= "real"
            or other.constant == nil and not convert.is_number(right) and left.kind ~= "real") then
        p:refuse("a division of a text, which is cut or not depending on its digits")
    end
    if one.kind == "number" or other.kind == "number" then
        p:note(NUMBER_COLUMN)
        if op == "/" then
            p:refuse("a division of a column that holds integers and reals, cut or not by its value")
        end
        if one.kind == "real" or other.kind == "real" then
            return of_reals(p, op, convert.as(p, one, "real"), convert.as(p, other, "real"))
        end
        return infix(p, op, one, other, { kind = "number" })
    elseif one.kind == "real" or other.kind == "real" then
        return of_reals(p, op, one, other)
    end
    return of_integers(p, op, one, other)
end

-- The remainder is one of integers; where an operand is real (or a text of one) the result is, too.
local function remainder(p, left, right)
    if left.kind == "null" or right.kind == "null" then
        return null(p)
    end
    for _, term in ipairs { left, right } do
        convert.known(p, term)
        if term.kind == "number" or (term.constant == nil and not convert.is_number(term)) then
            p:refuse("a remainder of a value whose class (integer or real) is not known")
        end
    end
    local real = convert.as(p, left, "number").kind == "real" or convert.as(p, right, "number").kind == "real"
    local one, other = convert.as(p, left, "integer"), convert.as(p, right, "integer")
    if other.constant == 0 then
        return null(p)
    elseif other.constant == math.mininteger or one.constant == math.mininteger then
        one, other = convert.bigint(p, one), convert.bigint(p, other)
    end
    local bits = other.bits or one.bits
    local result = infix(p, "%", one, divisor(p, other), { kind = "integer", bits = bits, small = one.small
        and other.small, nullable = other.constant == nil or nil })
    if real then
        return p:term { sql = p:wrap(result) .. "::double precision", kind = "real", atomic = true,
            nullable = result.nullable }
    end
    return result
end

local function concatenate(p, left, right)
    if left.kind == "null" or right.kind == "null" then
        return null(p)
    end
    local one, other = convert.as(p, left, "text"), convert.as(p, right, "text")
    if one.constant and other.constant then
        return constant.term(p, "text", one.constant .. other.constant)
    end
    return infix(p, "||", one, other, { kind = "text", collated = one.collated or other.collated,
        never_number = one.never_number or other.never_number })
end

local function binary(operation)
    return function(p, node)
        return operation(p, node.op, p:print(node.left), p:print(node.right))
    end
end

local function without_operator(operation)
    return function(p, _, left, right)
        return operation(p, left, right)
    end
end

arithmetic.operators = {
    ["+"] = binary(calculate), ["-"] = binary(calculate), ["*"] = binary(calculate), ["/"] = binary(calculate),
    ["%"] = binary(without_operator(remainder)), ["||"] = binary(without_operator(concatenate)),
}

local unary = {}

unary["+"] = function(_, term)
    local plain = {}
    for key, value in pairs(term) do
        plain[key] = value
    end
    plain.affinity = nil
    return plain
end

unary["-"] = function(p, term)
    if term.kind == "null" then
        return term
    end
    local number = numeric(p, term, term)
    if math.type(number.constant) == "float" then
        return constant.term(p, "real", number.constant == 0 and 0.0 or -number.constant)
    elseif number.constant and number.constant ~= math.mininteger then
        return constant.term(p, "integer", -number.constant)
    elseif number.constant then
        return constant.term(p, "real", 9223372036854775808.0)
    elseif number.kind == "integer" and not (number.bits and number.bits <= 63) then
        p:note("the least integer has no opposite in PostgreSQL: an error where SQLite goes on with a real")
    end
    return p:term { sql = "-" .. p:wrap(number, p.LEVEL.UNARY + 1), kind = number.kind, level = p.LEVEL.UNARY,
        bits = number.bits, small = number.small, nullable = number.nullable }
end

arithmetic.signs = unary

return arithmetic
