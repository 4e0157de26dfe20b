-- Functions that choose between their arguments: COALESCE, IFNULL, NULLIF, IIF, and those that only hint at something.
local branch = require "wherry.expr.pg.branch"
local compare = require "wherry.expr.pg.compare"
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"
local pair = require "wherry.expr.pg.pair"

local functions = {}

function functions.coalesce(p, node)
    if #node.arguments < 2 then
        p:refuse(("wrong number of arguments to function %s()"):format(node.name))
    end
    local terms = {}
    for _, term in ipairs(p:print_all(node.arguments)) do
        if term.kind ~= "null" then
            terms[#terms + 1] = term
        end
        -- What follows a value that is never NULL is never reached.
        if term.kind ~= "null" and not term.nullable then
            break
        end
    end
    if #terms == 0 then
        return constant.term(p, "null")
    elseif #terms == 1 then
        return branch.term(p, terms[1], p:wrap(convert.double(p, terms[1])))
    end
    local unified, shape = branch.unify(p, terms)
    local list = {}
    shape.nullable = true
    for i, term in ipairs(unified) do
        list[i] = term.sql
        shape.nullable = shape.nullable and term.nullable
    end
    return branch.term(p, shape, ("COALESCE(%s)"):format(table.concat(list, ", ")))
end

function functions.ifnull(p, node)
    p:expect(node, 2)
    return functions.coalesce(p, node)
end

function functions.iif(p, node)
    p:expect(node, 3)
    return p:print { t = "case", branches = { { when = node.arguments[1], result = node.arguments[2] } },
        otherwise = node.arguments[3] }
end

local function without_affinity(term)
    local plain = {}
    for key, value in pairs(term) do
        plain[key] = value
    end
    plain.affinity = nil
    return plain
end

-- NULL where both are equal; a function's arguments are compared without affinity.
function functions.nullif(p, node)
    p:expect(node, 2)
    local left, right = without_affinity(p:print(node.arguments[1])), without_affinity(p:print(node.arguments[2]))
    if left.kind == "null" or right.kind == "null" then
        return left
    end
    local collation = compare.collation(left, right, node.arguments[1], node.arguments[2])
    local form, one, other = pair.prepare(p, left, right, collation, false)
    if form == "classes" then
        return left
    elseif one.sql == left.sql and (left.kind == other.kind or left.kind == "real") then
        return p:term { sql = ("NULLIF(%s, %s)"):format(convert.shown(p, left), other.sql), kind = left.kind,
            atomic = true, bits = left.bits, small = left.small and other.small,
            collated = left.collated or other.collated, nullable = true }
    elseif not left.column and left.constant == nil then
        p:refuse("NULLIF of an expression that would have to be calculated twice")
    end
    return p:term { sql = ("CASE WHEN %s THEN NULL ELSE %s END"):format(
        compare.terms(p, "=", left, right, collation).sql, convert.shown(p, left)), kind = left.kind, atomic = true,
        bits = left.bits, small = left.small, collated = left.collated, nullable = true }
end

-- Hints for SQLite's planner: the value is that of the first argument, a function's and no longer a column's.
local function first_argument(p, node)
    p:expect(node, 1, 2)
    local term = p:print(node.arguments[1])
    local plain = {}
    for key, value in pairs(term) do
        plain[key] = value
    end
    plain.affinity, plain.column = nil, nil
    plain.collation = nil
    return plain
end

functions.likely, functions.unlikely, functions.likelihood = first_argument, first_argument, first_argument

-- The function forms of the operators, whose arguments stand the other way round.
function functions.like(p, node)
    p:expect(node, 2, 3)
    return p:print { t = "like", op = "LIKE", negated = false, left = node.arguments[2], right = node.arguments[1],
        escape = node.arguments[3] }
end

function functions.glob(p, node)
    p:expect(node, 2)
    return p:print { t = "like", op = "GLOB", negated = false, left = node.arguments[2], right = node.arguments[1] }
end

return functions
