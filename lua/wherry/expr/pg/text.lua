-- Functions of texts and blobs.
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"

local function null(p)
    return constant.term(p, "null")
end

-- A term whose value comes from others: NULL where one of them is.
local function of(p, kind, sql, terms, fields)
    fields = fields or {}
    fields.sql, fields.kind, fields.atomic, fields.nullable = sql, kind, true, fields.nullable or false
    for _, term in ipairs(terms) do
        fields.nullable = fields.nullable or term.nullable
        fields.collated = fields.collated or (kind == "text" and term.collated)
    end
    return p:term(fields)
end

-- The arguments as terms; nil where one of them is NULL and so is the result.
local function arguments_of(p, node, least, most)
    p:expect(node, least, most)
    local terms = p:print_all(node.arguments)
    for i, term in ipairs(terms) do
        if term.kind == "null" then
            return nil
        end
        -- These functions take every value for its text.
        terms[i] = convert.textual(p, term.dynamic and convert.as(p, term, "text") or term)
        convert.known(p, terms[i])
    end
    return terms
end

local functions = {}

function functions.length(p, node)
    local terms = arguments_of(p, node, 1)
    if not terms then
        return null(p)
    end
    local value = terms[1].kind == "blob" and terms[1] or convert.as(p, terms[1], "text")
    if value.constant then
        return constant.term(p, "integer", value.kind == "blob" and #value.constant or utf8.len(value.constant))
    end
    return of(p, "integer", ("length(%s)"):format(value.sql), terms, { small = true, bits = 30, least = 0 })
end

local function folding(name, pattern)
    return function(p, node)
        local terms = arguments_of(p, node, 1)
        if not terms then
            return null(p)
        end
        local value = convert.as(p, terms[1], "text")
        if value.constant then
            return constant.term(p, "text", (value.constant:gsub(pattern, string[name])))
        elseif name == "lower" and value.lowered then -- hex digits, which PostgreSQL writes in lower case
            return of(p, "text", value.lowered, terms)
        end
        value = convert.under_c(p, value)
        return of(p, "text", ("%s(%s)"):format(name, value.sql), terms, { collated = true,
            never_number = value.never_number })
    end
end

functions.lower = folding("lower", "%u")
functions.upper = folding("upper", "%l")

local function trimming(plain, name)
    return function(p, node)
        local terms = arguments_of(p, node, 1, 2)
        if not terms then
            return null(p)
        end
        local values = {}
        for i, term in ipairs(terms) do
            values[i] = convert.as(p, term, "text")
        end
        if not values[2] then
            return of(p, "text", ("%s(%s)"):format(plain, values[1].sql), values)
        end
        return of(p, "text", ("%s(%s, %s)"):format(name, values[1].sql, values[2].sql), values)
    end
end

functions.trim = trimming("trim", "btrim")
functions.ltrim = trimming("ltrim", "ltrim")
functions.rtrim = trimming("rtrim", "rtrim")

-- substr: PostgreSQL's where the first place is at least 1 and the count is not negative.
function functions.substr(p, node)
    local terms = arguments_of(p, node, 2, 3)
    if not terms then
        return null(p)
    end
    local value = terms[1].kind == "blob" and terms[1] or convert.as(p, terms[1], "text")
    local first = convert.as(p, terms[2], "integer")
    local count = terms[3] and convert.as(p, terms[3], "integer")
    local kind = value.kind
    local plain = first.small and (first.least or 0) >= 1 and (not count or (count.small and (count.least or -1) >= 0))
    if kind == "blob" and plain then
        -- Of an empty blob SQLite gives NULL.
        return of(p, kind, ("substr(NULLIF(%s, ''), %s%s)"):format(value.sql, first.sql, count and ", " .. count.sql
            or ""), { value, first, count }, { nullable = true })
    elseif plain then
        return of(p, kind, ("substr(%s, %s%s)"):format(value.sql, first.sql, count and ", " .. count.sql or ""),
            { value, first, count })
    elseif kind == "blob" then
        p:refuse("substr() of a blob from a place that is not known to be inside it")
    elseif first.constant and first.constant < 0 and first.constant >= -2147483647 and not count then
        return of(p, kind, ("right(%s, %d)"):format(value.sql, -first.constant), { value })
    elseif first.constant == 0 and not count then
        return of(p, kind, ("substr(%s, 1)"):format(value.sql), { value })
    end
    return of(p, kind, p:call("sqlite_substr", value.sql, first.sql, count and count.sql), { value, first, count })
end

functions.substring = functions.substr

function functions.instr(p, node)
    local terms = arguments_of(p, node, 2)
    if not terms then
        return null(p)
    end
    local found = { small = true, bits = 30, least = 0 }
    if terms[1].kind == "blob" and terms[2].kind == "blob" then
        return of(p, "integer", ("position(%s IN %s)"):format(p:wrap(terms[2]), p:wrap(terms[1])), terms, found)
    end
    local value, part = convert.as(p, terms[1], "text"), convert.as(p, terms[2], "text")
    return of(p, "integer", ("strpos(%s, %s)"):format(value.sql, part.sql), { value, part }, found)
end

function functions.replace(p, node)
    local terms = arguments_of(p, node, 3)
    if not terms then
        if p:print(node.arguments[3]).kind == "null" then
            p:refuse("replace() by NULL")
        end
        return null(p)
    end
    local values = {}
    for i, term in ipairs(terms) do
        values[i] = convert.as(p, term, "text")
    end
    if terms[1].kind ~= "text" and (values[2].constant or "") == "" then
        p:note("where nothing is searched for, a number stays a number in SQLite")
    elseif values[3].nullable and (values[2].constant or "") == "" then
        p:note("where nothing is searched for, a replacement by NULL changes nothing in SQLite")
    end
    return of(p, "text", ("replace(%s, %s, %s)"):format(values[1].sql, values[2].sql, values[3].sql), values)
end

function functions.hex(p, node)
    p:expect(node, 1)
    local term = p:print(node.arguments[1])
    if term.kind == "null" then
        return constant.term(p, "text", "")
    end
    convert.known(p, term)
    local bytes = convert.as(p, term, "blob")
    -- NULL has no bytes.
    local form = term.nullable and "COALESCE(%s, '')" or "%s"
    local lowered = ("encode(%s, 'hex')"):format(bytes.sql)
    return of(p, "text", form:format(("upper(%s)"):format(lowered)), {}, { nullable = false,
        lowered = form:format(lowered) })
end

functions["char"] = function(p, node)
    local parts = {}
    local terms = p:print_all(node.arguments)
    for i, term in ipairs(terms) do
        if math.type(term.constant) ~= "integer" or term.constant <= 0 or term.constant > 0x10ffff
            or (term.constant >= 0xd800 and term.constant < 0xe000) then
            p:refuse("char() of a code that is not known")
        end
        parts[i] = utf8.char(term.constant)
    end
    return constant.term(p, "text", table.concat(parts))
end

function functions.unicode(p, node)
    local terms = arguments_of(p, node, 1)
    if not terms then
        return null(p)
    end
    local value = convert.as(p, terms[1], "text")
    return of(p, "integer", ("NULLIF(ascii(%s), 0)"):format(value.sql), { value }, { nullable = true, small = true,
        bits = 21 })
end

function functions.quote(p, node)
    p:expect(node, 1)
    local term = p:print(node.arguments[1])
    if term.kind == "null" then
        return constant.term(p, "text", "NULL")
    end
    convert.known(p, term)
    local sql
    if term.kind == "text" then
        sql = ("'''' || replace(%s, '''', '''''') || ''''"):format(term.sql)
    elseif term.kind == "blob" then
        sql = ("'X''' || upper(encode(%s, 'hex')) || ''''"):format(term.sql)
    elseif term.kind == "integer" or term.kind == "boolean" then
        sql = convert.as(p, term, "text").sql
    else
        p:refuse("quote() of a real")
    end
    if term.nullable then
        return of(p, "text", ("COALESCE(%s, 'NULL')"):format(sql), {}, { nullable = false, collated = term.collated })
    end
    return p:term { sql = sql, kind = "text", level = p.LEVEL.OTHER, nullable = false, collated = term.collated }
end

local CLASS = { integer = "integer", boolean = "integer", real = "real", text = "text", blob = "blob" }

-- The class is known but for NULL.
function functions.typeof(p, node)
    p:expect(node, 1)
    local term = p:print(node.arguments[1])
    if term.kind == "null" then
        return constant.term(p, "text", "null")
    end
    convert.known(p, term)
    local class = CLASS[term.kind]
    if not class then
        p:refuse(("typeof() of %s, which holds integers and reals"):format(term.sql))
    elseif not term.nullable then
        return constant.term(p, "text", class)
    end
    return p:term { sql = ("CASE WHEN %s IS NULL THEN 'null' ELSE '%s' END"):format(
        p:wrap(term, p.LEVEL.IS + 1), class), kind = "text", atomic = true, nullable = false,
        typeof = { term = term, class = class }, never_number = true }
end

return functions
