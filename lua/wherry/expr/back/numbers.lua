-- Numbers of all kinds as numbers for SQLite: decimals are stored as text, whose digits a double holds up to fifteen.
local constant = require "wherry.expr.back.constant"

local numbers = {}

-- Every decimal of so many digits is a double of its own.
local EXACT = 15

local NOTE = "computed in doubles, which hold 15 digits of a decimal"

---@param term wherry.BackTerm
---@return boolean
function numbers.is(term)
    return term.kind == "integer" or term.kind == "real" or term.kind == "decimal"
end

---A number literal.
---@param digits string
---@return table node
function numbers.literal(digits)
    local negative = digits:find("^-")
    local bare = digits:gsub("^[-+]", "")
    local node
    if bare:find("^%d+$") and math.tointeger(tonumber(bare)) then
        node = { t = "integer", value = math.tointeger(tonumber(bare)), text = bare }
    else
        node = { t = "real", value = tonumber(bare) + 0.0, text = bare:find("^%d+$") and bare .. ".0" or bare }
    end
    return negative and { t = "unary", op = "-", operand = node } or node
end

-- A constant without zeros at the end of its fraction.
local function shortened(digits)
    if digits:find(".", 1, true) then
        digits = digits:gsub("0+$", ""):gsub("%.$", "")
    end
    return digits
end

---A term as a number, with a note where digits may be lost.
---@param p wherry.Back
---@param term wherry.BackTerm
---@return table node
function numbers.node(p, term)
    if term.kind ~= "decimal" or term.null then
        return term.node
    elseif term.constant then
        if constant.digits(term.constant) > EXACT then
            p:note(NOTE)
        end
        return numbers.literal(shortened(term.constant))
    elseif not term.computed and (not term.precision or term.precision > EXACT) then
        p:note(NOTE)
    end
    if term.as_text then
        return { t = "cast", operand = term.node, type = "REAL" }
    end
    return term.node
end

---A term as a double: never an integer, whose division would be another one.
---@param p wherry.Back
---@param term wherry.BackTerm
---@return table node
function numbers.real(p, term)
    local node = numbers.node(p, term)
    if node.t == "unary" and node.operand.t == "integer" then
        return { t = "unary", op = node.op, operand = numbers.real(p, { kind = "integer", node = node.operand }) }
    elseif node.t == "integer" then
        return { t = "real", value = node.value + 0.0, text = ("%d.0"):format(node.value) }
    elseif term.kind == "real" and node.t ~= "integer" or node.t == "real" or (node.t == "cast" and node.type == "REAL")
        or term.null then
        return node
    end
    return { t = "cast", operand = node, type = "REAL" }
end

return numbers
