-- A term as another kind: CAST's conversions, conditions, and SQL whose type PostgreSQL knows.
local constant = require "wherry.expr.pg.constant"
local dynamic = require "wherry.expr.pg.dynamic"

local convert = {}

local REAL = { integer = true, real = true, number = true, boolean = true }

-- Why a column of this kind cannot be calculated with.
local UNKNOWN = {
    mixed = "%s holds integers and texts as text",
    json = "%s is jsonb here, whose text is not the source's",
    dynamic = "%s may be of any class",
    uuid = "%s is a uuid here, whose text may not be the source's",
    time = "%s is a time here, no text or number as in SQLite",
}

---Refuses a term whose class in SQLite is not known.
---@param p wherry.Printer
---@param term wherry.Term
function convert.known(p, term)
    if UNKNOWN[term.kind] then
        p:refuse(UNKNOWN[term.kind]:format(term.sql))
    end
end

local function derived(p, from, fields)
    fields.nullable = from.nullable
    if fields.collated == nil then
        fields.collated = from.collated
    end
    return p:term(fields)
end

-- A cast binds stronger than everything that may stand around it.
local function cast(p, from, type, kind, fields)
    fields = fields or {}
    fields.sql, fields.kind, fields.atomic = p:wrap(from) .. "::" .. type, kind, true
    return derived(p, from, fields)
end

local function call(p, from, kind, name, ...)
    return derived(p, from, { sql = p:call(name, ...), kind = kind, atomic = true })
end

-- The bytes of a blob as text that begins with the same digits; what is no ASCII character ends a number anyway.
local function escaped(p, term)
    return derived(p, term, { sql = ("encode(%s, 'escape')"):format(term.sql), kind = "text", atomic = true })
end

---Double precision for certain: a literal with a point is numeric in PostgreSQL.
---@param p wherry.Printer
---@param term wherry.Term of kind real
---@return wherry.Term
function convert.double(p, term)
    if term.bare then
        local typed = cast(p, term, "double precision", "real")
        typed.constant = term.constant
        return typed
    end
    return term
end

---A bigint for certain: short literals, lengths and converted booleans are integers of 32 bits in PostgreSQL.
---@param p wherry.Printer
---@param term wherry.Term of kind integer
---@return wherry.Term
function convert.bigint(p, term)
    if term.small then
        return cast(p, term, "bigint", "integer", { bits = term.bits, constant = term.constant })
    end
    return term
end

---Text under COLLATE "C" for certain.
---@param p wherry.Printer
---@param term wherry.Term of kind text
---@return wherry.Term
function convert.under_c(p, term)
    if term.collated then
        return term
    end
    return derived(p, term, { sql = p:wrap(term, p.LEVEL.COLLATE) .. ' COLLATE "C"', kind = "text",
        level = p.LEVEL.COLLATE, constant = term.constant, collated = true })
end

local SHOWN = {
    timestamptz = "to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')",
    timestamp = "to_char(%s, 'YYYY-MM-DD HH24:MI:SS')", date = "to_char(%s, 'YYYY-MM-DD')", uuid = "%s::text",
}

---A column of times or UUIDs as text in the form that SQLite itself writes; other terms as they are.
---@param p wherry.Printer
---@param term wherry.Term
---@return wherry.Term
function convert.textual(p, term)
    local shown = (term.kind == "time" or term.kind == "uuid") and term.type and SHOWN[term.type.name]
    if not shown then
        return term
    elseif term.kind == "uuid" then
        p:note(("the text of %s is in small letters, with hyphens"):format(term.sql))
    else
        p:note(("the text of %s is its time in UTC, without fractions of a second"):format(term.sql))
        p:volatility("stable")
    end
    return derived(p, term, { sql = shown:format(p:wrap(term)), kind = "text", atomic = true, collated = false,
        never_number = term.kind == "time" })
end

local to = {}

function to.integer(p, term)
    if term.kind == "integer" then
        return term
    elseif term.integer then
        return term.integer
    elseif term.kind == "boolean" then
        return cast(p, term, "integer", "integer", { bits = 1, small = true, least = 0 })
    elseif term.kind == "blob" then
        term = escaped(p, term)
    end
    return call(p, term, "integer", "sqlite_integer", term.sql)
end

function to.real(p, term)
    if term.kind == "real" then
        return term
    elseif term.kind == "boolean" then
        term = to.integer(p, term)
    elseif term.kind == "blob" then
        term = escaped(p, term)
    end
    if REAL[term.kind] then
        return cast(p, term, "double precision", "real", { range = term.kind == "integer" and { 0, 64 } or nil })
    end
    return call(p, term, "real", "sqlite_real", term.sql)
end

function to.number(p, term)
    if term.kind == "boolean" then
        return to.integer(p, term)
    end
    return REAL[term.kind] and term or to.real(p, term)
end

function to.text(p, term)
    if term.kind == "text" then
        return term
    elseif term.kind == "boolean" then
        term = to.integer(p, term)
    end
    if term.kind == "integer" then
        return cast(p, term, "text", "text")
    elseif term.kind == "blob" then
        p:note("bytes that are not UTF-8 cannot become text in PostgreSQL: an error")
        p:volatility("stable")
        return derived(p, term, { sql = ("convert_from(%s, 'UTF8')"):format(term.sql), kind = "text", atomic = true })
    end
    if term.kind == "number" and term.affinity == "blob" then
        p:note(("a whole number among the reals of %s has no point in its text"):format(term.sql))
    end
    local doubles = term.kind == "number" and term.type and term.type.name == "float8"
    return call(p, term, "text", doubles and "sqlite_number_text" or "sqlite_text", convert.double(p, term).sql)
end

function to.blob(p, term)
    if term.kind == "blob" then
        return term
    end
    return call(p, to.text(p, term), "blob", "sqlite_blob", to.text(p, term).sql)
end

local FOLD = {
    integer = constant.integer, real = constant.real, text = constant.text, blob = constant.text,
    number = function(value)
        return type(value) == "string" and constant.number(value) or value
    end,
}

---A term converted as CAST does it; NULL stays NULL. Without affinity and collation, which only a column has.
---@param p wherry.Printer
---@param term wherry.Term
---@param kind "integer"|"real"|"text"|"blob"|"number"
---@return wherry.Term
function convert.as(p, term, kind)
    if term.kind == "null" or (term.kind == kind and term.kind ~= "number") then
        return term
    elseif term.dynamic then
        return dynamic.as(p, term, kind)
    elseif kind == "dynamic" then
        return dynamic.beside(p, term)
    end
    term = convert.textual(p, term)
    convert.known(p, term)
    if term.kind == kind then
        return term
    elseif term.constant ~= nil then
        local value = FOLD[kind](term.constant)
        if kind == "number" then
            kind = math.type(value) == "integer" and "integer" or "real"
        end
        return constant.term(p, kind, value)
    end
    return to[kind](p, term)
end

---A term as a boolean of PostgreSQL, by SQLite's rules of truth.
---@param p wherry.Printer
---@param term wherry.Term
---@return wherry.Term
function convert.condition(p, term)
    if term.kind == "boolean" then
        return term
    elseif term.kind == "null" then
        return constant.term(p, "null")
    elseif term.dynamic then
        term = dynamic.as(p, term, "real")
    end
    convert.known(p, term)
    if term.constant ~= nil then
        return constant.term(p, "boolean", constant.real(term.constant) ~= 0 and 1 or 0)
    elseif not REAL[term.kind] then
        term = convert.as(p, term, "real")
    end
    return derived(p, term, { sql = p:wrap(term, p.LEVEL.COMPARISON + 1) .. " <> 0", kind = "boolean",
        level = p.LEVEL.COMPARISON, collated = false })
end

---SQL whose type is that of its kind, where it stands alone.
---@param p wherry.Printer
---@param term wherry.Term
---@return string
function convert.shown(p, term)
    return convert.double(p, term).sql
end

---True for integers, reals, numbers and booleans.
---@param term wherry.Term
---@return boolean
function convert.is_number(term)
    return REAL[term.kind] or false
end

return convert
