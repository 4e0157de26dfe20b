-- Functions of numbers.
local branch = require "wherry.expr.pg.branch"
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"

local BEYOND = "beyond the range of a double PostgreSQL raises an error where SQLite has Inf or 0"
local functions = {}

-- The arguments as terms; nil where one of them is NULL and so is the result.
local function arguments_of(p, node, least, most)
    p:expect(node, least, most)
    local terms = p:print_all(node.arguments)
    for _, term in ipairs(terms) do
        if term.kind == "null" then
            return nil
        end
        convert.known(p, term)
    end
    return terms
end

local function call(p, kind, name, ...)
    local list, nullable = {}, false
    for i, term in ipairs { ... } do
        list[i], nullable = term.sql, nullable or term.nullable
    end
    return p:term { sql = ("%s(%s)"):format(name, table.concat(list, ", ")), kind = kind, atomic = true,
        nullable = nullable }
end

function functions.abs(p, node)
    local terms = arguments_of(p, node, 1)
    if not terms then
        return constant.term(p, "null")
    end
    local term = terms[1]
    if convert.is_number(term) then
        local number = convert.as(p, term, "number")
        local result = call(p, number.kind, "abs", number.kind == "real" and convert.double(p, number) or number)
        result.bits, result.small, result.least = number.bits, number.small, 0
        return result
    end
    return call(p, "real", "abs", convert.double(p, convert.as(p, term, "real")))
end

local CLOSE = "the last digit may differ where the value lies within 1e-16 of the middle of two"

-- round(): away from zero at the middle; always a real.
function functions.round(p, node)
    local terms = arguments_of(p, node, 1, 2)
    if not terms then
        return constant.term(p, "null")
    end
    local value = convert.double(p, convert.as(p, terms[1], "real"))
    local places = terms[2] and convert.as(p, terms[2], "integer")
    if terms[1].kind == "integer" or terms[1].kind == "boolean" then
        if places and places.nullable then
            p:refuse("round() of an integer to a number of places that may be NULL")
        end
        return value
    elseif places and not (places.constant and places.constant <= 0) then
        p:note(CLOSE)
        return p:term { sql = p:call("sqlite_round", value.sql, places.sql), kind = "real", atomic = true,
            nullable = value.nullable or places.nullable }
    end
    return p:term { sql = p:call("sqlite_round", value.sql), kind = "real", atomic = true, nullable = value.nullable }
end

---The least or greatest of several values; NULL where one of them is NULL.
---@param p wherry.Printer
---@param terms wherry.Term[]
---@param name "LEAST"|"GREATEST"
---@return wherry.Term
local function extreme(p, terms, name)
    local collation
    for _, term in ipairs(terms) do
        if term.kind == "null" then
            return term
        end
        convert.known(p, term)
        collation = collation or term.collation
    end
    local unified, shape = branch.unify(p, terms)
    if collation and collation ~= "BINARY" and shape.kind == "text" then
        p:refuse(("%s of texts under the collation %s"):format(name == "LEAST" and "min()" or "max()", collation))
    end
    local list, tests = {}, {}
    for i, term in ipairs(unified) do
        local sql = term.sql
        if i == 1 and shape.kind == "text" and not shape.collated then
            sql = convert.under_c(p, term).sql
        end
        list[i] = sql
        if term.nullable then
            tests[#tests + 1] = p:wrap(terms[i], p.LEVEL.IS + 1) .. " IS NOT NULL"
        end
    end
    local sql = ("%s(%s)"):format(name, table.concat(list, ", "))
    if #tests > 0 then
        sql = ("CASE WHEN %s THEN %s END"):format(table.concat(tests, " AND "), sql)
        if #sql > 4000 then
            p:refuse("the smallest or greatest of expressions that are too long to be repeated")
        end
    end
    return branch.term(p, shape, sql)
end

-- With one argument they are aggregates.
local function several(name, aggregate)
    return function(p, node)
        if #node.arguments == 1 then
            return require("wherry.expr.pg.aggregate")[aggregate](p, node, node.arguments)
        elseif #node.arguments == 0 then
            p:refuse(("wrong number of arguments to function %s()"):format(node.name))
        end
        return extreme(p, p:print_all(node.arguments), name)
    end
end

functions.min = several("LEAST", "min_of_rows")
functions.max = several("GREATEST", "max_of_rows")

-- SQLite's own: not known before 3.35, and only where it was built with them.
local function only_numbers(p, node, count, most)
    local terms = arguments_of(p, node, count, most)
    for i, term in ipairs(terms or {}) do
        if not convert.is_number(term) then
            p:refuse(("%s() of a text, which is NULL where it does not look like a number"):format(node.name))
        end
        terms[i] = convert.as(p, term, "number")
    end
    return terms
end

local function towards(name)
    return function(p, node)
        local terms = only_numbers(p, node, 1)
        if not terms then
            return constant.term(p, "null")
        elseif terms[1].kind == "integer" then
            return branch.term(p, terms[1], p:wrap(terms[1]))
        elseif terms[1].kind == "number" then
            p:note("a real among the integers stays a real in SQLite, also where it has become a whole number")
            return call(p, "number", name, terms[1])
        end
        return call(p, "real", name, convert.double(p, terms[1]))
    end
end

functions.ceil, functions.ceiling = towards "ceil", towards "ceil"
functions.floor, functions.trunc = towards "floor", towards "trunc"

function functions.sign(p, node)
    local terms = only_numbers(p, node, 1)
    if not terms then
        return constant.term(p, "null")
    end
    local result = call(p, "integer", "sign", terms[1])
    result.sql, result.small, result.bits = result.sql .. "::integer", true, 1
    return result
end

-- A function of reals; `domain` is a condition over %s outside of which SQLite gives NULL.
local function real_function(name, domain, overflows)
    return function(p, node)
        local terms = only_numbers(p, node, 1)
        if not terms then
            return constant.term(p, "null")
        end
        local value = convert.double(p, convert.as(p, terms[1], "real"))
        if overflows then
            p:note(BEYOND)
        end
        local result = call(p, "real", name, value)
        if domain then
            result.sql = ("CASE WHEN %s THEN %s END"):format(domain:format(p:wrap(terms[1], p.LEVEL.LIKE + 1)),
                result.sql)
            result.nullable = true
        end
        return result
    end
end

functions.sqrt = real_function("sqrt", "%s >= 0")
functions.ln = real_function("ln", "%s > 0")

-- As SQLite calculates them: from the natural logarithm.
local function logarithm(factor)
    return function(p, node)
        local term = functions.ln(p, node)
        if term.kind == "real" then
            term.sql, term.atomic, term.level = term.sql .. factor, false, p.LEVEL.PRODUCT
        end
        return term
    end
end

functions.log10, functions.log2 = logarithm " / 2.302585092994046::double precision",
    logarithm " / 0.6931471805599453::double precision"
functions.exp = real_function("exp", nil, true)
functions.sin, functions.cos = real_function("sin", nil, true), real_function("cos", nil, true)
functions.tan, functions.atan = real_function("tan", nil, true), real_function("atan")
functions.asin = real_function("asin", "%s BETWEEN -1 AND 1")
functions.acos = real_function("acos", "%s BETWEEN -1 AND 1")

function functions.pow(p, node)
    local terms = only_numbers(p, node, 2)
    if not terms then
        return constant.term(p, "null")
    end
    p:note("a power that is no real number, or beyond the range of a double, is an error in PostgreSQL")
    return call(p, "real", "power", convert.double(p, convert.as(p, terms[1], "real")),
        convert.double(p, convert.as(p, terms[2], "real")))
end

functions.power = functions.pow

function functions.log(p, node)
    if #node.arguments == 1 then
        return functions.log10(p, node)
    end
    p:refuse("log() with a base")
end

function functions.pi(p, node)
    p:expect(node, 0)
    return p:term { sql = "pi()", kind = "real", atomic = true, nullable = false }
end

return functions
