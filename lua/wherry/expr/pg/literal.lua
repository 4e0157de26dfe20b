-- Literals and columns.
local constant = require "wherry.expr.pg.constant"
local reference = require "wherry.expr.pg.reference"

local literal = {}

function literal.null(p)
    return constant.term(p, "null")
end

function literal.integer(p, node)
    return constant.term(p, "integer", node.value)
end

function literal.real(p, node)
    return constant.term(p, "real", node.value + 0.0)
end

function literal.string(p, node)
    return constant.term(p, "text", node.value)
end

function literal.blob(p, node)
    return constant.term(p, "blob", node.value)
end

function literal.boolean(p, node)
    return constant.term(p, "boolean", node.value and 1 or 0)
end

-- CURRENT_TIMESTAMP, CURRENT_DATE and CURRENT_TIME are functions without arguments.
function literal.current(p, node)
    local name = "current_" .. node.which:lower()
    local handler = p:handler(name)
    if not handler then
        p:refuse(("%s is not translated"):format(name:upper()))
    end
    return handler(p, { t = "function", name = name, arguments = {} }, {})
end

function literal.variable(p)
    p:refuse("a parameter")
end

function literal.row(p)
    p:refuse("a row value stands where one value is meant")
end

function literal.raise(p)
    p:refuse("RAISE is no value")
end

-- A name in double quotes that is no column is a text: SQLite's concession to old habits. One that is a column, though
-- not one that can be used, stays a column.
function literal.column(p, node)
    local column, reason = p.scope:column(node.table, node.name, node.quoted)
    if not column then
        if node.quoted == '"' and not node.table and (reason or "no such column"):find("^no such column") then
            return constant.term(p, "text", node.name)
        end
        p:refuse(reason or ("no such column: %s"):format(node.name))
    end
    return reference.term(p, column)
end

return literal
