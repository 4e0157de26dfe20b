-- BETWEEN, IN, IS NULL and COLLATE.
local compare = require "wherry.expr.pg.compare"
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"
local logic = require "wherry.expr.pg.logic"
local pair = require "wherry.expr.pg.pair"
local reference = require "wherry.expr.pg.reference"

local comparison = {}

local KNOWN_COLLATION = { BINARY = true, NOCASE = true, RTRIM = true }

-- The collation belongs to the comparison around it; the value is the same.
function comparison.collate(p, node)
    if not KNOWN_COLLATION[node.collation] then
        p:refuse(("the collation %s is not known"):format(node.collation))
    end
    local term = {}
    for key, value in pairs(p:print(node.operand)) do
        term[key] = value
    end
    term.collation, term.explicit_collation = node.collation, true
    return term
end

function comparison.is_null(p, node)
    return compare.null_test(p, reference.bare(p, node.operand, "null"), node.negated)
end

local function with_negation(p, term, negated)
    return negated and logic.negate(p, term) or term
end

function comparison.between(p, node)
    if node.operand.t == "row" then
        p:refuse("a row value stands before BETWEEN")
    end
    local operand = p:print(node.operand)
    local low, high = p:print(node.low), p:print(node.high)
    local forms, prepared, bounds = {}, {}, {}
    for i, bound in ipairs { low, high } do
        if operand.kind ~= "null" and bound.kind ~= "null" then
            forms[i], prepared[i], bounds[i] = pair.prepare(p, operand, bound,
                compare.collation(operand, bound, node.operand, i == 1 and node.low or node.high), true)
        end
    end
    if forms[1] == "plain" and forms[2] == "plain" and prepared[1].sql == prepared[2].sql then
        local level = p.LEVEL.LIKE
        -- PostgreSQL's grammar takes no COLLATE before the AND.
        local first = p:wrap(bounds[1], bounds[1].sql:find("COLLATE", 1, true) and p.LEVEL.ATOMIC or level + 1)
        return p:term { sql = ("%s %s %s AND %s"):format(p:wrap(prepared[1], level + 1), node.negated and "NOT BETWEEN"
            or "BETWEEN", first, p:wrap(bounds[2], level + 1)), kind = "boolean", level = level,
            nullable = operand.nullable or low.nullable or high.nullable }
    end
    local over = compare.terms(p, ">=", operand, low, compare.collation(operand, low, node.operand, node.low))
    local under = compare.terms(p, "<=", operand, high, compare.collation(operand, high, node.operand, node.high))
    return with_negation(p, logic.both(p, over, under), node.negated)
end

local function in_list(p, operand, values, negated, nullable)
    local level = p.LEVEL.LIKE
    return p:term { sql = ("%s %s (%s)"):format(p:wrap(operand, level + 1), negated and "NOT IN" or "IN",
        table.concat(values, ", ")), kind = "boolean", level = level, nullable = nullable }
end

-- A list of one scalar subquery. PostgreSQL takes parentheses around a lone subquery as none, so that all its rows
-- would be the list; SQLite takes its first row.
local function single(p, operand, value, negated, nullable)
    local level = p.LEVEL.COMPARISON
    return p:term { sql = ("%s %s %s"):format(p:wrap(operand, level + 1), negated and "<>" or "=", value),
        kind = "boolean", level = level, nullable = nullable }
end

-- An element of a list that a truth value is compared with: false and true are 0 and 1, nothing else is equal.
local function truth(p, term)
    local value = term.kind == "text" and constant.numeric(term.constant) or term.constant
    if value == 0 or value == 1 then
        return constant.term(p, "boolean", math.tointeger(value))
    end
    return nil
end

-- One element: its SQL beside the prepared operand; false where it can never be equal, nil and its term where only a
-- comparison of its own tells.
local function element(p, operand, node, collation)
    local term = p:print(node)
    term.affinity = nil
    if term.kind == "null" then
        return "NULL", nil, true
    elseif operand.kind == "boolean" and term.constant ~= nil and operand.affinity then
        local value = truth(p, term)
        return value and value.sql or false, value and operand or nil, false
    end
    local form, one, other = pair.prepare(p, operand, term, collation, false)
    if form == "open" then
        return nil, term, term.nullable
    elseif form == "classes" then
        if term.nullable then
            p:refuse("a list holds values of another class that may be NULL")
        end
        return false, nil, false
    end
    return other.sql, one, term.nullable
end

-- SQLite's elements take the operand's affinity, and the operand's collation alone counts.
local function listed(p, node, operand)
    local collation = compare.collation(operand, {}, node.operand, { t = "null" })
    local groups, by_sql, nullable, dropped = {}, {}, operand.nullable, false
    local nulls, alone = false, {}
    for _, value in ipairs(node.list) do
        local sql, one, may_be_null = element(p, operand, value, collation)
        nullable = nullable or may_be_null
        if sql == "NULL" then
            nulls = true
        elseif sql == nil then
            alone[#alone + 1] = compare.terms(p, node.negated and "<>" or "=", operand, one, collation)
        elseif not sql then
            dropped = true
        else
            local group = by_sql[one.sql]
            if not group then
                group = { operand = one, values = {} }
                by_sql[one.sql], groups[#groups + 1] = group, group
            end
            group.values[#group.values + 1] = sql
            group.scalar = value.t == "scalar"
        end
    end
    if nulls then
        groups[1] = groups[1] or { operand = operand, values = {} }
        table.insert(groups[1].values, "NULL")
    elseif #groups == 0 and #alone == 0 then
        return dropped and compare.unless_null(p, node.negated, operand)
            or constant.term(p, "boolean", node.negated and 1 or 0)
    end
    local all
    local only = #groups == 1 and #alone == 0 and #groups[1].values == 1 and groups[1]
    if only and only.operand.kind == "boolean" then
        local value = only.values[1]
        if value == "TRUE" or value == "FALSE" then
            return compare.terms(p, node.negated and "<>" or "=", only.operand,
                constant.term(p, "boolean", value == "TRUE" and 1 or 0))
        end
    end
    local join = node.negated and logic.both or logic.either
    for _, one in ipairs(alone) do
        all = all and join(p, all, one) or one
    end
    for _, group in ipairs(groups) do
        local lone = group.scalar and #group.values == 1
        local one = lone and single(p, group.operand, group.values[1], node.negated, nullable)
            or in_list(p, group.operand, group.values, node.negated, nullable)
        all = all and join(p, all, one) or one
    end
    return all
end

-- A subquery's column beside the operand: nothing may have to be converted inside it.
local function selected(p, node, operand)
    local printed = p:select(node.select, "in")
    local column = printed.columns[1]
    if not column or #printed.columns ~= 1 then
        p:refuse("a subquery after IN gives several columns")
    end
    local collation = compare.collation(operand, {}, node.operand, { t = "null" })
    local inner = p:term { sql = "s.value", kind = column.kind, atomic = true, affinity = column.affinity,
        collated = true, nullable = true }
    local form, one, other = pair.prepare(p, operand, inner, collation, false)
    if form ~= "plain" then
        p:refuse("a subquery after IN gives values of another class")
    elseif other.sql == inner.sql then
        return in_list(p, one, { printed.sql }, node.negated, true)
    end
    return in_list(p, one, { ("SELECT %s FROM (%s) AS s (value)"):format(other.sql, printed.sql) }, node.negated, true)
end

comparison["in"] = function(p, node)
    if node.operand.t == "row" then
        p:refuse("a row value stands before IN")
    end
    local operand = p:print(node.operand)
    if node.relation then
        node = setmetatable({ select = { t = "select", cores = { { t = "core", distinct = false, columns = {
            { star = true } }, from = { t = "table", schema = node.relation.schema, name = node.relation.name,
            arguments = node.relation.arguments } } }, operators = {} } }, { __index = node })
    end
    if node.select then
        return selected(p, node, operand)
    elseif operand.kind == "null" then
        return #node.list == 0 and constant.term(p, "boolean", node.negated and 1 or 0) or convert.condition(p, operand)
    end
    return listed(p, node, operand)
end

return comparison
