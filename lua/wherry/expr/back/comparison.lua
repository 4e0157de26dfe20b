-- Comparisons: =, <>, <, IS DISTINCT FROM, ANY and ALL, BETWEEN, IN.
local cast = require "wherry.expr.back.cast"
local json = require "wherry.expr.back.json"
local matching = require "wherry.expr.back.matching"
local numbers = require "wherry.expr.back.numbers"
local sqlite = require "wherry.expr.sqlite"

local comparison = { handlers = {} }
local handlers = comparison.handlers

local ORDERS = { ["<"] = true, ["<="] = true, [">"] = true, [">="] = true }

comparison.OPERATORS = { ["="] = true, ["<>"] = true, ["<"] = true, ["<="] = true, [">"] = true, [">="] = true,
    IS = true, ["IS NOT"] = true }

-- Kinds whose stored form is equal exactly where the values are, and in the same order where `ordered`.
local PLAIN = { boolean = "ordered", blob = "ordered", uuid = "ordered", time = "ordered", enum = "equal" }

-- A text without a type takes the other side's kind.
local function settle(p, term, other)
    if term.literal and other.kind ~= "text" and other.kind ~= "null" and term.constant then
        local made = cast.constant(p, other, term.constant)
        if not made then
            p:refuse(("%q is not understood as %s"):format(term.constant, other.kind))
        end
        return made
    end
    return term
end

local function text_pair(p, op, left, right)
    if left.uneven or right.uneven then
        p:refuse("the collation takes different texts for equal")
    elseif left.fixed ~= right.fixed and not (left.null or right.null) then
        p:refuse("a text is compared with one of fixed length")
    elseif left.folded or right.folded then
        if not p.settings.ascii_case then
            p:note("only ASCII letters are compared without regard to case")
        end
    end
    local bytewise = (left.constant ~= nil or left.bytewise) and (right.constant ~= nil or right.bytewise)
    if ORDERS[op] and not (bytewise and not left.folded and not right.folded) then
        p:note("ordered byte by byte, not by the language")
    end
    local left_node, right_node = left.node, right.node
    if (left.folded or right.folded) and not left.column then
        left_node = { t = "collate", operand = left_node, collation = "NOCASE" }
    elseif left.fixed and not left.column then
        left_node = { t = "collate", operand = left_node, collation = "RTRIM" }
    end
    return left_node, right_node
end

local YEARS = "years before 1 and after 9999 compare as text"

local function time_pair(p, op, left, right)
    if left.kind ~= right.kind then
        local days = { kind = "timestamp" }
        if left.kind == "date" and right.kind == "timestamp" then
            left = cast.to(p, days, left)
        elseif left.kind == "timestamp" and right.kind == "date" then
            right = cast.to(p, days, right)
        else
            return nil
        end
    end
    if ORDERS[op] then
        p:note(YEARS)
    end
    return left.node, right.node
end

local TIMES = { date = true, timestamp = true, timestamptz = true }

-- Both operands as nodes that SQLite compares as PostgreSQL compares the terms.
local function pair(p, op, left, right)
    left, right = settle(p, left, right), settle(p, right, left)
    local a, b = left.kind, right.kind
    if left.null or right.null then
        return left.node, right.node
    elseif numbers.is(left) and numbers.is(right) then
        local wide = a == "integer" and b == "real" and left or b == "integer" and a == "real" and right or nil
        if wide and wide.bits == 64 and not wide.constant then
            p:note("integers beyond 53 bits are compared as they are, not as doubles")
        end
        return numbers.node(p, left), numbers.node(p, right)
    elseif a == "text" and b == "text" then
        return text_pair(p, op, left, right)
    elseif TIMES[a] and TIMES[b] then
        local left_node, right_node = time_pair(p, op, left, right)
        if left_node then
            return left_node, right_node
        end
    elseif a == b and PLAIN[a] and left.name == right.name and (PLAIN[a] == "ordered" or not ORDERS[op]) then
        return left.node, right.node
    elseif a == "json" and b == "json" and not ORDERS[op] then
        p:note("JSON is compared as it is written")
        return left.node, right.node
    end
    return p:refuse(("%s %s %s is not translated"):format(p:called(left), op, p:called(right)))
end

---One comparison.
---@param p wherry.Back
---@param op string
---@param left wherry.BackTerm
---@param right wherry.BackTerm
---@return wherry.BackTerm
function comparison.compare(p, op, left, right)
    local special = matching.json_text(p, op, left, right) or matching.json_text(p, op, right, left)
        or json.type_is(p, op, left, right)
    if special then
        return special
    end
    p:plain(left)
    p:plain(right)
    local left_node, right_node = pair(p, op, left, right)
    -- IS and IS NOT with TRUE, FALSE or NULL are operators of their own in SQLite, of the same meaning.
    return p:term("boolean", { t = "binary", op = op, left = left_node, right = right_node })
end

local function joined(op, list)
    local node = list[1]
    for i = 2, #list do
        node = { t = "binary", op = op, left = node, right = list[i] }
    end
    return node
end

-- x = ANY (ARRAY[..]) as x IN (..), where x is written the same beside every element.
local function as_list(p, operand, elements, negated)
    local list, printed, tested = {}, nil, nil
    for i, element in ipairs(elements) do
        local one = comparison.compare(p, "=", operand, element).node
        if one.t ~= "binary" or one.op ~= "=" then
            return nil
        end
        local left = sqlite.expression(one.left)
        if printed and left ~= printed then
            return nil
        end
        printed, tested, list[i] = left, one.left, one.right
    end
    return { t = "in", operand = tested, negated = negated, list = list }
end

-- An operator with each element of a list that is known, joined by OR (ANY) or AND (ALL).
local function spread(p, op, operand, elements, all)
    if #elements == 0 then
        -- Nothing is compared, not even NULL.
        return p:term("boolean", { t = "integer", value = all and 1 or 0 }, { constant = all })
    end
    local negated = op == "<>" and all
    if #elements > 1 and ((op == "=" and not all) or negated) then
        local node = as_list(p, operand, elements, negated)
        if node then
            return p:term("boolean", node)
        end
    end
    local list = {}
    for i, element in ipairs(elements) do
        list[i] = comparison.apply(p, op, operand, element).node
    end
    return p:term("boolean", joined(all and "AND" or "OR", list))
end

---An operator of comparison or matching between two terms.
---@param p wherry.Back
---@param op string
---@param left wherry.BackTerm
---@param right wherry.BackTerm
---@return wherry.BackTerm
function comparison.apply(p, op, left, right)
    if comparison.OPERATORS[op] then
        return comparison.compare(p, op, left, right)
    elseif matching.OPERATORS[op] then
        return matching.match(p, op, p:plain(left), right)
    end
    return p:refuse(("the operator %s is not translated"):format(op))
end

function handlers.any(p, node)
    local operand, array = p:operand(node.operand), p:print(node.array)
    if node.schema and node.schema ~= "pg_catalog" and not operand.folded then
        p:refuse(("the operator %s.%s is not translated"):format(node.schema, node.op))
    end
    if array.literal then
        array = cast.constant(p, { kind = "array", element = operand }, array.constant) or array
    end
    if array.kind ~= "array" or not array.elements then
        p:refuse("ANY and ALL of an array that is no constant are not translated")
    end
    return spread(p, node.op, operand, array.elements, node.all)
end

handlers["in"] = function(p, node)
    local operand, elements = p:operand(node.operand), {}
    for i, one in ipairs(node.list) do
        elements[i] = p:print(one)
    end
    return spread(p, node.negated and "<>" or "=", operand, elements, node.negated)
end

function handlers.between(p, node)
    local operand = p:print(node.operand)
    local low = comparison.compare(p, ">=", operand, p:print(node.low)).node
    local high = comparison.compare(p, "<=", operand, p:print(node.high)).node
    local both = { t = "binary", op = "AND", left = low, right = high }
    return p:term("boolean", node.negated and { t = "unary", op = "NOT", operand = both } or both)
end

return comparison
