-- A column as a term.
local dynamic = require "wherry.expr.pg.dynamic"

local reference = {}

---@param p wherry.Printer
---@param column wherry.ScopeColumn
---@return wherry.Term
function reference.term(p, column)
    if column.term then
        return column.term
    elseif column.kind == "dynamic" and column.json and column.item then
        return dynamic.column(p, column)
    elseif column.kind == "declared" and not p.null_only then
        p:refuse(("%s is %s by the plan, no text or number as in SQLite"):format(column.sql, column.type.display))
    end
    local atomic, as = column.atomic ~= false, not p.null_only and column.cast
    return p:term {
        sql = as and column.sql .. "::" .. as or column.sql, kind = column.kind, atomic = atomic, level = column.level,
        type = column.type,
        affinity = column.affinity, collation = column.collation or "BINARY", collated = column.kind == "text",
        nullable = not column.not_null, bits = column.bits,
        column = atomic and not column.merged,
    }
end

return reference
