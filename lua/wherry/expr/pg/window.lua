-- Functions that need a window: ranks, and values of other rows.
local convert = require "wherry.expr.pg.convert"
local window_clause = require "wherry.expr.pg.window_clause"

local functions = {}

local function over(p, node, call)
    if not node.over then
        p:refuse(("%s() without OVER"):format(node.name))
    elseif node.filter or node.distinct then
        p:refuse(("FILTER or DISTINCT with %s()"):format(node.name))
    end
    return ("%s OVER %s"):format(call, window_clause.text(p, node.over))
end

local function ranking(kind)
    return function(p, node)
        p:expect(node, 0)
        return p:term { sql = over(p, node, node.name .. "()"), kind = kind, atomic = true, nullable = false,
            bits = kind == "integer" and 48 or nil }
    end
end

functions.row_number, functions.rank, functions.dense_rank = ranking "integer", ranking "integer", ranking "integer"
functions.percent_rank, functions.cume_dist = ranking "real", ranking "real"

-- A count of rows that PostgreSQL takes as an integer of 32 bits.
local function known_count(p, node, index, least)
    local term = p:print(node.arguments[index])
    if math.type(term.constant) ~= "integer" or not term.small or term.constant < least then
        p:refuse(("%s() with a number of rows that is not known"):format(node.name))
    end
    return term.sql
end

function functions.ntile(p, node)
    p:expect(node, 1)
    return p:term { sql = over(p, node, ("ntile(%s)"):format(known_count(p, node, 1, 1))), kind = "integer",
        atomic = true, small = true, nullable = false }
end

-- The value of another row: of the first argument's kind.
local function value_of(p, node, call, term)
    return p:term { sql = over(p, node, call), kind = term.kind, atomic = true, bits = term.bits, small = term.small,
        collated = term.collated, never_number = term.never_number, type = term.type }
end

local function neighbour(p, node)
    p:expect(node, 1, 3)
    local term = p:print(node.arguments[1])
    local parts = { convert.shown(p, term) }
    if node.arguments[2] then
        parts[2] = known_count(p, node, 2, 0)
    end
    if node.arguments[3] then
        local otherwise = p:print(node.arguments[3])
        if otherwise.kind ~= term.kind and otherwise.kind ~= "null" then
            p:refuse(("%s() with a default of another class"):format(node.name))
        end
        parts[3] = convert.shown(p, term.kind == "integer" and not term.small and otherwise.kind == "integer"
            and convert.bigint(p, otherwise) or otherwise)
    end
    return value_of(p, node, ("%s(%s)"):format(node.name, table.concat(parts, ", ")), term)
end

functions.lag, functions.lead = neighbour, neighbour

local function end_of_frame(p, node)
    p:expect(node, 1)
    local term = p:print(node.arguments[1])
    return value_of(p, node, ("%s(%s)"):format(node.name, convert.shown(p, term)), term)
end

functions.first_value, functions.last_value = end_of_frame, end_of_frame

function functions.nth_value(p, node)
    p:expect(node, 2)
    local term = p:print(node.arguments[1])
    return value_of(p, node, ("nth_value(%s, %s)"):format(convert.shown(p, term), known_count(p, node, 2, 1)), term)
end

return functions
