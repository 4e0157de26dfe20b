-- A tree as text with parentheses around every operand, which shows how the tree is built.
local expression = require "wherry.expr.sqlite.expression"

---@param print fun(node: table): string a printer of wherry.expr.sqlite
---@param node table
---@return string
return function(print, node)
    local printers = {}
    for tag, printer in pairs(expression.printers) do
        printers[tag] = printer
        expression.printers[tag] = function(inner)
            return (printer(inner)), 0
        end
    end
    local ok, text = pcall(print, node)
    for tag, printer in pairs(printers) do
        expression.printers[tag] = printer
    end
    return ok and text or error(text, 0)
end
