-- CASE, EXISTS and scalar subqueries; results of several branches brought to one kind.
local constant = require "wherry.expr.pg.constant"
local compare = require "wherry.expr.pg.compare"
local convert = require "wherry.expr.pg.convert"
local pair = require "wherry.expr.pg.pair"

local branch = {}

local MIXED_NUMBERS = "integers and reals come from one expression: all are reals in PostgreSQL"

-- The one kind of several terms, NULLs left aside; nil where there is none.
local function common_kind(p, terms)
    local kinds, found = {}, {}
    for _, term in ipairs(terms) do
        if term.kind ~= "null" and not kinds[term.kind] then
            kinds[term.kind] = true
            found[#found + 1] = term.kind
        end
    end
    if #found < 2 then
        return found[1] or "null"
    elseif kinds.dynamic then
        return "dynamic"
    end
    local numbers = true
    for _, kind in ipairs(found) do
        numbers = numbers and (kind == "integer" or kind == "boolean" or kind == "real" or kind == "number")
    end
    if not numbers then
        table.sort(found)
        p:refuse(("one expression gives values of several classes (%s)"):format(table.concat(found, ", ")))
    elseif kinds.number then
        if kinds.real then
            p:note(MIXED_NUMBERS)
        end
        return kinds.real and "real" or "number"
    elseif kinds.real then
        p:note(MIXED_NUMBERS)
        return "real"
    end
    return "integer"
end

---Brings terms to one kind, as the branches of CASE or the arguments of COALESCE need it.
---@param p wherry.Printer
---@param terms wherry.Term[]
---@return wherry.Term[] terms
---@return wherry.Term shape kind, bits and the like of any of them
function branch.unify(p, terms)
    local kind = common_kind(p, terms)
    local shape = { kind = kind, nullable = false, small = true, bits = 0, never_number = true }
    local unified = {}
    for i, term in ipairs(terms) do
        if kind ~= term.kind and term.kind ~= "null" then
            term = convert.as(p, term, kind)
        end
        unified[i] = term
        shape.nullable = shape.nullable or term.nullable
        if term.kind ~= "null" then
            shape.small = shape.small and term.small
            shape.bits = shape.bits and term.bits and math.max(shape.bits, term.bits)
            shape.collated = shape.collated or term.collated
            shape.never_number = shape.never_number and term.never_number
            shape.typed = shape.typed or not term.bare
        end
    end
    -- Nothing but literals with a point would be numeric.
    if kind == "real" and not shape.typed then
        for i, term in ipairs(unified) do
            unified[i] = term.kind == "real" and convert.double(p, term) or term
        end
    end
    return unified, shape
end

---A term whose fields are those that several unified terms have in common.
---@param p wherry.Printer
---@param shape wherry.Term
---@param sql string
---@return wherry.Term
function branch.term(p, shape, sql)
    return p:term { sql = sql, kind = shape.kind, atomic = true, nullable = shape.nullable, small = shape.small,
        bits = shape.bits, collated = shape.collated, never_number = shape.never_number }
end

-- A CASE keeps its operand where one form of it is equal to each value by PostgreSQL's own comparison.
local function operand_of(p, operand, values, collations)
    local shared, tests = nil, {}
    if operand.kind == "null" or operand.kind == "boolean" then
        return nil
    end
    for i, value in ipairs(values) do
        if value.kind == "null" then
            tests[i] = "NULL"
        else
            local form, one, other = pair.prepare(p, operand, value, collations[i], false)
            local truth = one.kind == "boolean" or other.kind == "boolean"
            if form ~= "plain" or truth or (shared and shared ~= one.sql) then
                return nil
            end
            shared, tests[i] = one.sql, other.sql
        end
    end
    return shared, tests
end

-- The tests of a CASE: conditions, or comparisons of its operand with each value.
local function tests_of(p, node)
    local tests = {}
    if not node.operand then
        for i, one in ipairs(node.branches) do
            tests[i] = p:condition(p:print(one.when)).sql
        end
        return tests, nil
    end
    local operand, values, collations = p:print(node.operand), {}, {}
    for i, one in ipairs(node.branches) do
        values[i] = p:print(one.when)
        collations[i] = compare.collation(operand, values[i], node.operand, one.when)
    end
    local shared, plain = operand_of(p, operand, values, collations)
    if shared then
        return plain, shared
    elseif #values > 1 and not operand.column and operand.constant == nil then
        p:refuse("the operand of a CASE would have to be calculated once for each branch")
    end
    for i, value in ipairs(values) do
        tests[i] = compare.terms(p, "=", operand, value, collations[i]).sql
    end
    return tests, nil
end

function branch.case(p, node)
    local tests, operand = tests_of(p, node)
    local results = {}
    for i, one in ipairs(node.branches) do
        results[i] = p:print(one.result)
    end
    results[#results + 1] = node.otherwise and p:print(node.otherwise) or constant.term(p, "null")
    local unified, shape = branch.unify(p, results)
    local parts = { "CASE" }
    if operand then
        parts[2] = operand
    end
    for i, test in ipairs(tests) do
        parts[#parts + 1] = ("WHEN %s THEN %s"):format(test, unified[i].sql)
    end
    if node.otherwise then
        parts[#parts + 1] = "ELSE " .. unified[#unified].sql
    end
    parts[#parts + 1] = "END"
    return branch.term(p, shape, table.concat(parts, " "))
end

function branch.exists(p, node)
    local printed = p:select(node.select, "exists")
    return p:term { sql = ("%sEXISTS (%s)"):format(node.negated and "NOT " or "", printed.sql), kind = "boolean",
        level = node.negated and p.LEVEL.NOT or p.LEVEL.ATOMIC, nullable = false }
end

function branch.scalar(p, node)
    local printed = p:select(node.select, "scalar")
    local column = printed.columns[1]
    if #printed.columns ~= 1 then
        p:refuse("a subquery gives several columns where one value is meant")
    end
    if column.kind == "null" then
        return constant.term(p, "null")
    end
    return p:term { sql = "(" .. printed.sql .. ")", kind = column.kind, atomic = true, affinity = column.affinity,
        collation = column.collation, collated = column.kind == "text" }
end

return branch
