-- The leaves of PostgreSQL's expressions: literals, columns, arrays and COLLATE.
local times = require "wherry.expr.back.times"

local literals = { handlers = {} }
local handlers = literals.handlers

function handlers.null(p)
    return p:term("null", { t = "null" }, { null = true })
end

function handlers.integer(p, node)
    return p:term("integer", { t = "integer", value = node.value, text = node.text },
        { bits = node.value <= 0x7fffffff and 32 or 64, constant = node.value })
end

-- A number with a point or an exponent is a numeric in PostgreSQL.
function handlers.real(p, node)
    local digits = node.text
    if digits:find("[eE]") then
        p:refuse("a numeric with an exponent is not translated")
    end
    digits = digits:gsub("^%.", "0."):gsub("%.$", "")
    return p:term("decimal", { t = "real", value = node.value, text = digits }, { constant = digits })
end

-- Without standard_conforming_strings the printed backslash would be half of what was meant.
function handlers.string(p, node)
    if node.backslash and not p.settings.standard_strings then
        p:refuse("a text with a backslash was printed without standard_conforming_strings")
    end
    return p:term("text", { t = "string", value = node.value },
        { constant = node.value, literal = true, bytewise = p.settings.bytewise, ascii_case = p.settings.ascii_case })
end

function handlers.boolean(p, node)
    return p:term("boolean", { t = "integer", value = node.value and 1 or 0 }, { constant = node.value })
end

local function of_column(p, found)
    return p:term(found.kind, { t = "column", name = found.name }, { column = true,
        as_text = found.kind.kind == "decimal" and not found.kind.as_integer or nil })
end

function handlers.column(p, node)
    if p.use == "default" then
        p:refuse("a default cannot refer to a column")
    end
    local found, reason = p.options.column(node.name)
    if not found then
        p:refuse(reason or ("there is no column %s"):format(node.name))
    end
    return of_column(p, found)
end

function handlers.value(p)
    if not p.options.value then
        p:refuse("VALUE stands outside of a domain")
    end
    return of_column(p, p.options.value)
end

local BYTEWISE = { C = true, POSIX = true, ucs_basic = true }

function handlers.collate(p, node)
    local term = p:print(node.operand)
    if term.kind ~= "text" or term.folded then
        p:refuse(("COLLATE on %s is not translated"):format(p:called(term)))
    elseif BYTEWISE[node.collation] then
        term.bytewise, term.ascii_case, term.uneven = true, true, nil
    elseif node.collation ~= "default" then
        p:refuse(("SQLite has no collation %s"):format(node.collation))
    end
    term.column = nil
    return term
end

function handlers.array(p, node)
    local elements = {}
    for i, value in ipairs(node.values) do
        elements[i] = p:print(value)
    end
    return p:term("array", { t = "formless" }, { elements = elements, element = elements[1] })
end

handlers.current = times.current
handlers.at_time_zone = times.at_time_zone

return literals
