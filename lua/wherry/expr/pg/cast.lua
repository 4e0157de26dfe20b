-- CAST: the affinity of the type's name says what it converts to.
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"
local types = require "wherry.schema.types"

local cast = {}

-- CAST AS NUMERIC: an integer where the value is one, else a real.
local function numeric(p, term)
    convert.known(p, term)
    if type(term.constant) == "string" then
        local value = constant.number(term.constant)
        local whole = math.type(value) == "float" and value == math.floor(value) and math.abs(value) < 2.0 ^ 51
            and math.tointeger(value) or value
        return constant.term(p, math.type(whole) == "integer" and "integer" or "real", whole)
    elseif term.kind == "boolean" then
        return convert.as(p, term, "integer")
    elseif convert.is_number(term) then
        return term
    end
    p:note("a text cast to NUMERIC is always a real here, in SQLite an integer where it is one")
    return convert.as(p, term, "real")
end

function cast.cast(p, node)
    local operand = p:print(node.operand)
    local affinity = types.affinity(node.type)
    local term
    if operand.kind == "null" then
        term = operand
    elseif affinity == "numeric" then
        term = numeric(p, operand)
    else
        term = convert.as(p, operand, affinity)
    end
    local result = {}
    for key, value in pairs(term) do
        result[key] = value
    end
    result.affinity, result.collation, result.column = affinity, operand.collation, nil
    return result
end

return cast
