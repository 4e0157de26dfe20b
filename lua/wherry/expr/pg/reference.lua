-- A column as a term. One whose type the plan declares is read where its value says nothing: whether it is NULL, and
-- where a view shows it.
local dynamic = require "wherry.expr.pg.dynamic"

local reference = {}

---@param p wherry.Printer
---@param node wherry.Node
---@param purpose "null"|"shown"
---@return wherry.Term
function reference.bare(p, node, purpose)
    if node.t ~= "column" and node.t ~= "resolved" then
        return p:print(node)
    end
    local inner = p:nested(p.scope)
    inner.reads_for = purpose
    return inner:print(node)
end

---@param p wherry.Printer
---@param column wherry.ScopeColumn
---@return wherry.Term
function reference.term(p, column)
    if column.term then
        return column.term
    elseif column.kind == "dynamic" and column.json and column.item then
        return dynamic.column(p, column)
    end
    if column.kind == "declared" and p.reads_for ~= "null" then
        local what = ("%s is %s by the plan, no text or number as in SQLite"):format(column.sql, column.type.display)
        if p.reads_for ~= "shown" then
            p:refuse(what)
        end
        p:note(what)
    end
    local atomic, as = column.atomic ~= false, p.reads_for ~= "null" and column.cast
    return p:term {
        sql = as and column.sql .. "::" .. as or column.sql, kind = column.kind, atomic = atomic, level = column.level,
        type = column.type,
        affinity = column.affinity, collation = column.collation or "BINARY", collated = column.kind == "text",
        nullable = not column.not_null, bits = column.bits,
        column = atomic and not column.merged,
    }
end

return reference
