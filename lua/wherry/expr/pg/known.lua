-- A column that is known already, where a tree is put together by the translation itself.
local known = {}

---@param p wherry.Printer
---@param node {t: "resolved", column: wherry.ScopeColumn}
---@return wherry.Term
function known.resolved(p, node)
    local column = node.column
    return p:term {
        sql = column.sql, kind = column.kind, atomic = column.atomic ~= false, level = column.level, type = column.type,
        affinity = column.affinity, collation = column.collation or "BINARY", collated = column.kind == "text",
        nullable = not column.not_null, bits = column.bits, column = column.atomic ~= false and not column.merged,
    }
end

return known
