-- A column that is known already, where a tree is put together by the translation itself.
local reference = require "wherry.expr.pg.reference"

local known = {}

---@param p wherry.Printer
---@param node {t: "resolved", column: wherry.ScopeColumn}
---@return wherry.Term
function known.resolved(p, node)
    return reference.term(p, node.column)
end

return known
