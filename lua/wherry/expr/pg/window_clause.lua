-- OVER: partitions, order and frame of a window.
local model = require "wherry.schema.model"
local names = require "wherry.names"
local order = require "wherry.expr.pg.order"

local window_clause = {}

local function partition(p, nodes)
    local list = {}
    for _, node in ipairs(nodes) do
        local key = order.key(p, p:print(node))
        list[#list + 1] = key
    end
    return list
end

---The terms of an ORDER BY over rows, not over results.
---@param p wherry.Printer
---@param terms table[]
---@return string[]
function window_clause.order(p, terms)
    local list = {}
    for _, node in ipairs(terms) do
        local term = p:print(node.expr)
        local key = order.key(p, term)
        if key then
            list[#list + 1] = key .. order.direction(term, node)
        end
    end
    return list
end

local function bound(p, one)
    if not one.expr then
        return one.kind:upper()
    end
    local term = p:print(one.expr)
    if term.kind ~= "integer" then
        p:refuse("a frame of a window by a number that is no integer")
    end
    return ("%s %s"):format(p:wrap(term), one.kind:upper())
end

local function frame(p, one)
    local text = bound(p, one.from)
    if one.to then
        text = ("BETWEEN %s AND %s"):format(text, bound(p, one.to))
    end
    return ("%s %s%s"):format(one.unit, text, one.exclude and one.exclude ~= "NO OTHERS" and " EXCLUDE " .. one.exclude
        or "")
end

---A window's definition in parentheses, or its name.
---@param p wherry.Printer
---@param over table|string
---@return string
function window_clause.text(p, over)
    if type(over) == "string" then
        return names.quote_pg(model.fold(over))
    end
    local parts = {}
    parts[1] = over.base and names.quote_pg(model.fold(over.base)) or nil
    local partitions = over.partition_by and partition(p, over.partition_by) or {}
    if #partitions > 0 then
        parts[#parts + 1] = "PARTITION BY " .. table.concat(partitions, ", ")
    end
    local terms = over.order_by and window_clause.order(p, over.order_by) or {}
    if #terms > 0 then
        parts[#parts + 1] = "ORDER BY " .. table.concat(terms, ", ")
    end
    if over.frame then
        parts[#parts + 1] = frame(p, over.frame)
    end
    return "(" .. table.concat(parts, " ") .. ")"
end

return window_clause
