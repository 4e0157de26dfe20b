-- ORDER BY and LIMIT: SQLite's order of values written out, NULL being the least of them.
local convert = require "wherry.expr.pg.convert"
local declared_types = require "wherry.schema.declared_types"
local Grouping = require "wherry.expr.pg.grouping"
local shallow = require "wherry.shallow"
local tree = require "wherry.expr.pg.tree"

local order = {}

---SQL that sorts as SQLite sorts the term; nil where it is the same in all rows.
---@param p wherry.Printer
---@param term wherry.Term
---@return string? sql
---@return boolean? changed it is not the term itself
function order.key(p, term)
    -- A bare literal would be a position, or an error.
    if term.constant ~= nil or term.kind == "null" or term.sql:find("^%-?[%d.]+$") or term.sql:find("^'[^']*'$") then
        return nil
    elseif term.kind == "mixed" or term.kind == "dynamic" then
        p:note(("sorts %s as text, SQLite sorts numbers before texts"):format(term.sql))
    elseif term.kind == "declared" then
        if not declared_types.has_order(term.type) then
            p:refuse(("%s is %s by the plan, which has no order"):format(term.sql, term.type.display))
        end
        p:note(("sorts %s as %s"):format(term.sql, term.type.display))
    elseif term.kind == "json" then
        p:note(("sorts %s as jsonb, SQLite sorts its text"):format(term.sql))
    end
    local folded = Grouping.folded(p, term)
    if folded then
        return folded, true
    end
    return term.kind == "text" and convert.under_c(p, term).sql or term.sql
end

---The direction of a term, with the place of NULLs where there can be any.
---@param term wherry.Term
---@param node table the ORDER BY term
---@return string
function order.direction(term, node)
    local nulls = node.nulls or (node.desc and "last" or "first")
    local text = node.desc and " DESC" or ""
    if term.nullable == false then
        return text
    end
    return text .. " NULLS " .. nulls:upper()
end

---A term compared by another collation.
---@param p wherry.Printer
---@param term wherry.Term
---@param collation string?
---@return wherry.Term
function order.collate(p, term, collation)
    if not collation or collation == term.collation then
        return term
    elseif collation ~= "BINARY" and collation ~= "NOCASE" and collation ~= "RTRIM" then
        p:refuse(("the collation %s is not known"):format(collation))
    end
    return p:term(shallow.copy(term, { collation = collation }))
end

---The result column that a term of ORDER BY or GROUP BY names by position or, for ORDER BY, by its alias.
---@param p wherry.Printer
---@param node wherry.Node without COLLATE
---@param list wherry.ResultColumn[]
---@param aliases boolean
---@return integer?
function order.position(p, node, list, aliases)
    if node.t == "integer" then
        if node.value < 1 or node.value > #list then
            p:refuse(("term %d is out of range"):format(node.value))
        end
        return node.value
    elseif aliases and node.t == "column" and not node.table then
        return Grouping.alias_position(node.name, list)
    end
    return nil
end

-- The result column of a compound that a term names: by position, by an alias or by the same expression.
local function compound_position(p, node, lists)
    local position = order.position(p, node, lists[1], false)
    if position then
        return position
    end
    for _, list in ipairs(lists) do
        position = order.position(p, node, list, true)
        for i, column in ipairs(list) do
            local same = column.node and tree.equal(column.node, node, tree.same_name)
            local named = node.t == "column" and column.node and column.node.t == "resolved"
                and tree.same_name({ name = column.node.column.name }, { name = node.name })
            if not position and (same or named) then
                position = i
            end
        end
        if position then
            return position
        end
    end
    p:refuse "an ORDER BY term does not match any column in the result set"
end

---ORDER BY of a compound or a DISTINCT query: by its result columns, whose names PostgreSQL finds there.
---@param p wherry.Printer
---@param terms table[]
---@param lists wherry.ResultColumn[][] of the cores
---@param columns wherry.ResultColumn[] as they are shown
---@param alias string the query's name where it has to be put inside another
---@return string[] parts
---@return boolean wrapped the parts are not mere columns, so the query must stand in a FROM clause
function order.by_result(p, terms, lists, columns, alias)
    local found, wrapped = {}, false
    for _, node in ipairs(terms) do
        local inner, collation = tree.without_collate(node.expr)
        local column = columns[compound_position(p, inner, lists)]
        local term = order.collate(p, column.term, collation)
        local sql = column.sql_name
        local as_named = p:term { sql = alias .. "." .. sql, kind = term.kind, atomic = true, collated = true,
            collation = term.collation, nullable = term.nullable }
        local key, changed = order.key(p, as_named)
        if key then
            wrapped = wrapped or changed or false
            found[#found + 1] = { key = key, plain = sql, direction = order.direction(term, node) }
        end
    end
    local parts = {}
    for i, one in ipairs(found) do
        parts[i] = (wrapped and one.key or one.plain) .. one.direction
    end
    return parts, wrapped
end

---LIMIT and OFFSET; a negative limit is none, a negative offset none either.
---@param p wherry.Printer
---@param select wherry.Select
---@return string sql "" or text that begins with a blank
function order.limit(p, select)
    local function number(node, clause)
        local term = p:print(node)
        if term.kind ~= "integer" then
            p:refuse(("%s is not an integer"):format(clause))
        end
        if term.constant then
            return term.constant >= 0 and ("%d"):format(term.constant) or nil
        elseif clause == "LIMIT" then
            return ("CASE WHEN %s >= 0 THEN %s END"):format(p:wrap(term), term.sql)
        end
        return ("greatest(%s, 0)"):format(term.sql)
    end
    local limit = select.limit and number(select.limit, "LIMIT")
    local offset = select.offset and number(select.offset, "OFFSET")
    return (limit and " LIMIT " .. limit or "") .. (offset and offset ~= "0" and " OFFSET " .. offset or "")
end

return order
