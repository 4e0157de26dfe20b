-- Aggregates, over groups and over windows.
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"
local window = require "wherry.expr.pg.window_clause"

local functions = {}

local ORDER_OF_SUM = "reals are added in another order, the last digits may differ, and Inf beside -Inf gives NaN"
-- So many bits that no table has rows enough to sum them up beyond 2^53.
local FEW_BITS = 16
local PLACES = { check = "a CHECK", default = "a DEFAULT", generated = "a generated column", index = "an index" }

-- The only argument, as a term.
local function argument_of(p, node)
    p:expect(node, 1)
    local term = p:print(node.arguments[1])
    if term.kind ~= "null" and not term.dynamic then
        convert.known(p, term)
    end
    return term
end

-- What DISTINCT goes by: for a collation that folds, the folded text.
local function distinct_sql(p, node, term)
    if not node.distinct then
        return term.sql
    elseif term.kind == "text" and term.collation and term.collation ~= "BINARY" then
        p:refuse(("DISTINCT of texts under the collation %s"):format(term.collation))
    end
    return "DISTINCT " .. term.sql
end

-- A call with its FILTER and OVER.
local function finish(p, node, call)
    if PLACES[p.use] then
        p:refuse(("an aggregate in %s"):format(PLACES[p.use]))
    elseif node.order_by then
        p:refuse("ORDER BY inside an aggregate")
    elseif node.filter then
        call = ("%s FILTER (WHERE %s)"):format(call, p:condition(p:print(node.filter)).sql)
    end
    if p.aggregate_calls and not node.over then
        table.insert(p.aggregate_calls, call)
    end
    if node.over then
        call = ("%s OVER %s"):format(call, window.text(p, node.over))
    end
    return call
end

function functions.count(p, node)
    local call
    if node.star or #node.arguments == 0 then
        call = "count(*)"
    else
        p:expect(node, 1)
        local term = p:print(node.arguments[1])
        if node.distinct and term.kind == "text" and term.collation and term.collation ~= "BINARY" then
            local folded = require("wherry.expr.pg.pair").folded(p, term, term.collation)
            call = ("count(DISTINCT %s)"):format(folded.sql)
        else
            call = ("count(%s)"):format(term.kind == "null" and "NULL" or distinct_sql(p, node, term))
        end
    end
    return p:term { sql = finish(p, node, call), kind = "integer", atomic = true, nullable = false, bits = 48,
        least = 0 }
end

-- The numbers that are added: integers stay integers, everything else is a real.
local function addends(p, term)
    if term.kind == "integer" or term.kind == "boolean" then
        return convert.as(p, term, "integer")
    elseif term.kind == "number" then
        p:note("reals among the integers are added as decimal numbers, not as doubles")
        return term
    elseif term.kind ~= "real" then
        p:note("a text is added as a real, in SQLite a whole number as an integer")
    end
    p:note(ORDER_OF_SUM)
    return convert.double(p, convert.as(p, term, "real"))
end

function functions.sum(p, node)
    local term = argument_of(p, node)
    if term.kind == "null" then
        return p:term { sql = "NULL::bigint", kind = "null", atomic = true }
    end
    local number = addends(p, term)
    local call = finish(p, node, ("sum(%s)"):format(distinct_sql(p, node, number)))
    if number.kind == "integer" and not number.small then
        call = call .. "::bigint"
    end
    return p:term { sql = call, kind = number.kind, atomic = true }
end

function functions.total(p, node)
    local term = argument_of(p, node)
    if term.kind == "null" then
        return constant.term(p, "real", 0.0)
    end
    if (term.kind == "integer" or term.kind == "boolean") and not (term.bits and term.bits <= FEW_BITS) then
        p:note("a sum beyond 2^53 has more exact digits here")
    end
    local number = addends(p, term)
    local call = finish(p, node, ("sum(%s)"):format(distinct_sql(p, node, number)))
    local sql = ("COALESCE(%s, 0)"):format(call)
    if number.kind ~= "real" then
        sql = sql .. "::double precision"
    end
    return p:term { sql = sql, kind = "real", atomic = true, nullable = false }
end

function functions.avg(p, node)
    local term = argument_of(p, node)
    if term.kind == "null" then
        return p:term { sql = "NULL::double precision", kind = "null", atomic = true }
    end
    if term.kind == "real" then
        p:note(ORDER_OF_SUM)
    elseif term.kind == "integer" or term.kind == "boolean" then
        if not (term.bits and term.bits <= FEW_BITS) then
            p:note("a sum beyond 2^53 loses digits in another place")
        end
    else
        p:note(ORDER_OF_SUM)
    end
    local number = convert.double(p, convert.as(p, term, "real"))
    return p:term { sql = finish(p, node, ("avg(%s)"):format(distinct_sql(p, node, number))), kind = "real",
        atomic = true, range = number.range and { -64, 64 } }
end

local function extreme(name)
    return function(p, node)
        local term = argument_of(p, node)
        if term.kind == "null" then
            return term
        elseif term.kind == "blob" or term.dynamic then
            p:refuse(("%s() of %s"):format(name, term.dynamic and "values of any class" or "blobs"))
        elseif term.kind == "text" and term.collation and term.collation ~= "BINARY" then
            p:refuse(("%s() of texts under the collation %s"):format(name, term.collation))
        end
        local value = term.kind == "boolean" and convert.as(p, term, "integer") or term
        if value.kind == "real" then
            value = convert.double(p, value)
        elseif value.kind == "text" then
            value = convert.under_c(p, value)
        end
        return p:term { sql = finish(p, node, ("%s(%s)"):format(name, value.sql)), kind = value.kind, atomic = true,
            bits = value.bits, small = value.small, collated = value.collated, never_number = value.never_number }
    end
end

functions.min_of_rows, functions.max_of_rows = extreme "min", extreme "max"

function functions.group_concat(p, node)
    p:expect(node, 1, 2)
    local term = p:print(node.arguments[1])
    if term.kind == "null" then
        return p:term { sql = "NULL::text", kind = "null", atomic = true }
    elseif node.distinct and node.arguments[2] then
        p:refuse("DISTINCT aggregates must have exactly one argument")
    end
    convert.known(p, term)
    local separator = node.arguments[2] and p:print(node.arguments[2]) or constant.term(p, "text", ",")
    local text = convert.as(p, term, "text")
    separator = separator.kind == "null" and constant.term(p, "text", "") or convert.as(p, separator, "text")
    p:note("the order of the joined texts is PostgreSQL's")
    local call = ("string_agg(%s, %s)"):format(distinct_sql(p, node, text), separator.sql)
    return p:term { sql = finish(p, node, call), kind = "text", atomic = true, collated = text.collated
        or separator.collated }
end

functions.string_agg = functions.group_concat
functions.finish = finish

return functions
