-- A scope of columns of given kinds, and what an expression over them is printed as: for specs of the printer's parts.
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"

local kinds_scope = {}

---@param kinds table<string, string> kind by name; a name in capitals is a column that is never NULL
---@return { value: fun(text: string, use: string?): table?, string?, sql: fun(text: string): string, string }
function kinds_scope.new(kinds)
    local scope = { column = function(_, _, name)
        local not_null = kinds[name:upper()] ~= nil
        local kind = kinds[name] or kinds[name:upper()]
        if not kind then
            return nil, "no such column: " .. name
        end
        return { sql = name, kind = kind, affinity = kind, collation = "BINARY", not_null = not_null }
    end }

    local function value(text, use)
        return pg.value(assert(parse.expression(text)), { scope = scope, use = use or "view", schema = "app" })
    end

    local function sql(text)
        local printed, reason = value(text)
        if not printed then
            error(("%s: %s"):format(text, reason), 2)
        end
        return printed.sql, printed.outcome
    end

    return { scope = scope, value = value, sql = sql }
end

return kinds_scope
