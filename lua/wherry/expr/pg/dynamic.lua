-- Terms whose class in SQLite only the value tells: what json_extract() gives. Each use asks for its exact form.
local dynamic = {}

local NUMERIC = { integer = true, real = true, numeric = true }

--- What is not the same in a column of type jsonb.
dynamic.JSONB = "jsonb keeps neither the spelling of a document nor the order of its names, and of equal names the last"

local SHOWN = "what json_extract() gives is text here, numbers included"

-- The casts of json_extract(document, path), each by a runtime function.
local CASTS = { text = "sqlite_json_text", real = "sqlite_json_number", integer = "sqlite_json_integer" }

---A value inside a document.
---@param p wherry.Printer
---@param document string SQL
---@param path string SQL
---@return wherry.Term sql is its text: NULL exactly where the value is NULL
function dynamic.term(p, document, path)
    local arguments = { document, path }
    return p:term { sql = p:call("sqlite_json_text", document, path), kind = "dynamic", atomic = true,
        dynamic = arguments }
end

---A column of json_each() or json_tree(), beside which its JSON stands in another.
---@param p wherry.Printer
---@param column table
---@return wherry.Term
function dynamic.column(p, column)
    local json = ("%s.%s"):format(column.item.sql, column.json)
    if column.atom then
        json = ("CASE WHEN %s IS NOT NULL THEN %s END"):format(column.sql, json)
    end
    return p:term { sql = column.sql, kind = "dynamic", atomic = true, column = true,
        dynamic = { json, "'$'", text = true } }
end

---As CAST converts it.
---@param p wherry.Printer
---@param term wherry.Term
---@param kind string
---@return wherry.Term
function dynamic.as(p, term, kind)
    if kind == "text" and term.dynamic.text then
        return p:term { sql = term.sql, kind = "text", atomic = true, nullable = term.nullable }
    elseif kind == "blob" then
        return p:as(dynamic.as(p, term, "text"), "blob")
    elseif kind == "number" then
        p:note "a number of a JSON document is calculated with as a double"
        kind = "real"
    end
    return p:term { sql = p:call(CASTS[kind], table.unpack(term.dynamic)), kind = kind, atomic = true }
end

---Another branch of an expression that may give a value of a document, too.
---@param p wherry.Printer
---@param term wherry.Term
---@return wherry.Term
function dynamic.beside(p, term)
    local text = p:as(term, "text")
    return p:term { sql = text.sql, kind = "dynamic", atomic = text.atomic, level = text.level,
        nullable = term.nullable }
end

---As a query or an index shows it: one type for all values.
---@param p wherry.Printer
---@param term wherry.Term
---@return wherry.Term
function dynamic.shown(p, term)
    p:note(SHOWN)
    if term.dynamic then
        return dynamic.as(p, term, "text")
    end
    return p:term { sql = term.sql, kind = "text", atomic = term.atomic, level = term.level, nullable = term.nullable }
end

-- A string that is a number counts as one beside a column of numbers.
local function value_of(p, term, numeric)
    local value = p:call("sqlite_json_value", term.dynamic[1], term.dynamic[2])
    return numeric and p:call("sqlite_json_numeric", value) or value
end

-- A number that is known, as JSON writes it in full.
local function number_literal(value)
    if math.type(value) == "integer" then
        return ("'%d'::jsonb"):format(value)
    elseif value == math.huge or value == -math.huge then
        return ("to_jsonb(%s1e400)"):format(value < 0 and "-" or "")
    elseif math.abs(value) >= 2.0 ^ 53 then
        return ("'%.0f'::jsonb"):format(value)
    end
    return ("'%s'::jsonb"):format(require("wherry.expr.pg.constant").shortest(value))
end

-- The other operand of a comparison as a scalar of the same form.
local function scalar(p, term, numeric)
    if term.dynamic then
        return value_of(p, term, numeric)
    elseif term.kind == "boolean" then
        term = p:as(term, "integer")
    end
    if term.constant ~= nil and term.kind ~= "blob" then
        if term.kind ~= "text" then
            return number_literal(term.constant)
        elseif term.constant:find '[%c"\\]' then
            return ("to_jsonb(%s::text)"):format(term.sql)
        end
        return p:literal_text('"' .. term.constant .. '"') .. "::jsonb"
    elseif term.kind == "integer" or term.kind == "text" then
        return ("to_jsonb(%s)"):format(term.sql)
    elseif term.kind == "real" then
        return p:call("sqlite_json_scalar", ("%s::text"):format(p:wrap(term)))
    end
    p:refuse(("json_extract() is compared with a value of kind %s"):format(term.kind))
end

---Both operands of a comparison in one form.
---@param p wherry.Printer
---@param left wherry.Term
---@param right wherry.Term
---@param collation string?
---@param ordered boolean for < <= > >=
---@return string form "plain"
---@return wherry.Term one
---@return wherry.Term other
function dynamic.prepare(p, left, right, collation, ordered)
    local known = left.dynamic and right or left
    if collation and collation ~= "BINARY" then
        p:refuse(("json_extract() is compared under the collation %s"):format(collation))
    elseif known.affinity == "text" and known.kind == "text" then
        -- Text affinity makes a text of the value, too.
        local convert = require "wherry.expr.pg.convert"
        local text = convert.under_c(p, dynamic.as(p, left.dynamic and left or right, "text"))
        return "plain", left.dynamic and text or left, right.dynamic and text or right
    end
    local numeric = NUMERIC[known.affinity] or false
    local one, other = scalar(p, left, numeric), scalar(p, right, numeric)
    local nullable = left.nullable or right.nullable
    if ordered then
        return "plain", p:term { sql = p:call("sqlite_json_compare", one, other), kind = "integer", atomic = true,
            nullable = nullable }, p:term { sql = "0", kind = "integer", atomic = true, nullable = false }
    end
    return "plain", p:term { sql = one, kind = "json", atomic = true, nullable = left.nullable },
        p:term { sql = other, kind = "json", atomic = true, nullable = right.nullable }
end

return dynamic
