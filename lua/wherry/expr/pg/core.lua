-- One SELECT without its compound operators: FROM, WHERE, GROUP BY, HAVING, WINDOW and the result columns.
local Grouping = require "wherry.expr.pg.grouping"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local order = require "wherry.expr.pg.order"
local QueryScope = require "wherry.expr.pg.query_scope"
local reference = require "wherry.expr.pg.reference"
local result = require "wherry.expr.pg.result"
local source = require "wherry.expr.pg.source"
local tree = require "wherry.expr.pg.tree"
local window_clause = require "wherry.expr.pg.window_clause"

local core = {}

---@class wherry.PrintedCore
---@field columns wherry.ResultColumn[]
---@field rest string FROM and what follows it, "" or text that begins with a blank
---@field distinct boolean
---@field order string[]? ORDER BY of a query that is no compound

-- A result's alias, printed anew where it is used.
local function offer_aliases(p, scope, list)
    local function alias_of(folded)
        local position = Grouping.alias_position(folded, list)
        if not position then
            return nil
        end
        scope.alias_of = nil
        local term = p:print(list[position].node)
        scope.alias_of = alias_of
        return { sql = term.sql, kind = term.kind, term = term }
    end
    scope.alias_of = alias_of
end

local function has_text_collation(p, list)
    for _, column in ipairs(list) do
        if Grouping.folded(p, p:print(column.node)) then
            return true
        end
    end
    return false
end

-- The node that a term of GROUP BY stands for: an integer is a position, an alias its expression where no column has
-- the name.
local function group_node(p, scope, node, list)
    local inner = tree.without_collate(node)
    local position = order.position(p, inner, list, false)
    if not position and inner.t == "column" and not inner.table and not scope:has(inner.name) then
        position = Grouping.alias_position(inner.name, list)
    end
    return position and list[position].node or node
end

local function group(p, scope, grouping, node, list)
    for _, term in ipairs(node.group_by or {}) do
        grouping:add(p, group_node(p, scope, term, list))
    end
    grouping:resolve()
end

local function order_by(p, terms, list, shows)
    local parts = {}
    for _, node in ipairs(terms) do
        local inner, collation = tree.without_collate(node.expr)
        local position = order.position(p, inner, list, true)
        local term
        if position then
            term = order.collate(p, list[position].term, collation)
        else
            term = shows and reference.bare(p, node.expr, "shown") or p:print(node.expr)
        end
        local key, changed = order.key(p, term)
        if key then
            local column = position and list[position]
            if column and column.alias and not changed and not term.column then
                key = column.sql_name or key
            end
            parts[#parts + 1] = key .. order.direction(term, node)
        end
    end
    return parts
end

-- DISTINCT goes by the collation: texts that it takes for equal are one row, so the query becomes a grouped one.
local function distinct_as_group(p, node, list)
    if not node.distinct or not has_text_collation(p, list) then
        return node
    elseif node.group_by or tree.has_aggregate(node.columns) or tree.has_window(node.columns) then
        p:refuse "DISTINCT by a collation beside aggregates or window functions"
    end
    local grouped = setmetatable({ distinct = false, group_by = {} }, { __index = node })
    for i, column in ipairs(list) do
        grouped.group_by[i] = column.node
    end
    return grouped
end

local function clauses(p, parts)
    local text = {}
    for _, part in ipairs(parts) do
        if part[2] then
            text[#text + 1] = ("%s%s %s"):format(p.separator, part[1], part[2])
        end
    end
    return table.concat(text)
end

-- WINDOW: names are compared without case, so they are written in small letters here and behind OVER.
local function windows_of(p, node)
    local list = {}
    for i, one in ipairs(node.windows or {}) do
        list[i] = ("%s AS %s"):format(names.quote_pg(model.fold(one.name)), window_clause.text(p, one.window))
    end
    return list[1] and table.concat(list, ", ")
end

-- Whether an aggregate stands in the text: count(*) IS NULL, for one, is known to be false.
local function calls_stand(p, list, having, ordered)
    local texts = { having or "" }
    for _, column in ipairs(list) do
        texts[#texts + 1] = column.term.sql
    end
    local text = table.concat(texts, "\n") .. "\n" .. table.concat(ordered or {}, "\n")
    for _, call in ipairs(p.aggregate_calls) do
        if text:find(call, 1, true) then
            return true
        end
    end
    return false
end

---Prints a core.
---@param outer wherry.Printer
---@param node wherry.Core with result columns, not VALUES
---@param terms table[]? ORDER BY of a query that is no compound
---@param named boolean the result columns get names
---@param as string? "scalar": it is of interest whether there can be several rows
---@return wherry.PrintedCore
function core.print(outer, node, terms, named, as)
    local scope = QueryScope.new(outer.scope)
    local p = outer:nested(scope)
    p.aggregate_calls = {}
    local from = node.from and source.print(p, scope, node.from)
    local list = result.expand(p, scope, node.columns)
    node = distinct_as_group(p, node, list)
    local grouping = Grouping.new(scope)
    local is_grouped = node.group_by ~= nil or tree.has_aggregate(node.columns)
        or (node.having ~= nil and tree.has_aggregate(node.having)) or (terms ~= nil and tree.has_aggregate(terms))
    grouping:attach(p)
    group(p, scope, grouping, node, list)
    grouping.active = is_grouped
    local shows = p.shows and not is_grouped and not node.distinct
    for _, column in ipairs(list) do
        column.term = shows and reference.bare(p, column.node, "shown") or p:print(column.node)
    end
    if named then
        result.name(p, list)
        for _, column in ipairs(list) do
            column.sql_name = names.quote_pg(column.target)
        end
    end
    offer_aliases(p, scope, list)
    local having = node.having and p:condition(p:print(node.having)).sql
    local ordered = terms and not node.distinct and order_by(p, terms, list, shows) or nil
    local windows = windows_of(p, node)
    grouping.active = false
    if node.where and tree.has_aggregate(node.where) then
        p:refuse "an aggregate stands in WHERE"
    end
    local where = node.where and p:condition(p:print(node.where)).sql
    local keys = is_grouped and grouping:finish(node) or {}
    if is_grouped and #keys == 0 and not calls_stand(p, list, having, ordered) then
        -- Nothing is left of the aggregates, but the query still gives one row.
        keys[1] = "()"
    end
    scope.used = nil
    local one_group = is_grouped and (#keys == 0 or keys[1] == "()")
    local single = as == "scalar" and (one_group or not is_grouped and grouping:single_row(node))
    return {
        columns = list, distinct = node.distinct, order = ordered, single = single,
        rest = clauses(p, {
            { "FROM", from }, { "WHERE", where }, { "GROUP BY", keys[1] and table.concat(keys, ", ") },
            { "HAVING", having }, { "WINDOW", windows },
        }),
    }
end

---The whole text, with the terms as they are to be shown.
---@param printed wherry.PrintedCore
---@param named boolean
---@return string
function core.text(printed, named)
    local list = {}
    for i, column in ipairs(printed.columns) do
        local shown = column.shown
        local own = shown.column and shown.sql:match("[^.]+$")
        list[i] = shown.sql .. (named and own ~= column.sql_name and " AS " .. column.sql_name or "")
    end
    return "SELECT " .. (printed.distinct and "DISTINCT " or "") .. table.concat(list, ", ") .. printed.rest
end

return core
