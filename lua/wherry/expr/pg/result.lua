-- Result columns of a query: their names as SQLite gives them, and SQL of a definite type.
local convert = require "wherry.expr.pg.convert"
local dynamic = require "wherry.expr.pg.dynamic"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local tree = require "wherry.expr.pg.tree"

local result = {}

---@class wherry.ResultColumn
---@field node wherry.Node? its expression
---@field alias string? given by AS
---@field name string
---@field term wherry.Term

local TYPES = { integer = "bigint", real = "double precision", text = "text", blob = "bytea", number = "numeric",
    boolean = "boolean" }

---@param kind string
---@return string
function result.type_of(kind)
    return TYPES[kind] or "text"
end

---The term as a column of a query shows it: an integer, double or text of its own, a condition as 0 or 1. A column that
---is boolean in its table stays so.
---@param p wherry.Printer
---@param term wherry.Term
---@return wherry.Term
function result.typed(p, term)
    term = p:plain(term)
    if term.kind == "boolean" and not term.column then
        term = p:as(term, "integer")
    end
    if term.kind == "dynamic" then
        term = dynamic.shown(p, term)
    end
    if term.kind == "integer" then
        return convert.bigint(p, term)
    elseif term.kind == "real" then
        return convert.double(p, term)
    elseif term.kind == "text" and not term.column then
        return convert.under_c(p, term)
    elseif term.kind == "null" then
        return p:term { sql = "NULL::text", kind = "null", atomic = true }
    end
    return term
end

-- The name of a result column: its alias, the column's own name, or its text.
local function name_of(column, scope, position)
    local name = column.alias
    if not name then
        local node = tree.without_collate(column.expr)
        local found = node.t == "column" and scope:column(node.table, node.name, node.quoted)
        name = found and found.name or column.text
    end
    local folded = name and model.fold(name)
    if not name or folded == "true" or folded == "false" then
        return ("column%d"):format(position)
    end
    return name
end

local function star(p, scope, prefix, add)
    local wanted, matched = prefix and model.fold(prefix), false
    for _, item in ipairs(scope.items) do
        if not wanted or item.folded == wanted then
            matched = true
            if item.relation and item.relation.left_out then
                p:refuse(("* stands for columns of %s that are left out"):format(item.name))
            end
            for _, column in ipairs(item.columns) do
                local merged = not wanted and scope.merged[model.fold(column.name)]
                if merged and merged.parts[1] == column then
                    add(merged)
                elseif wanted or not column.hidden then
                    add(column)
                end
            end
        end
    end
    if not matched then
        p:refuse(prefix and ("no such table: %s"):format(prefix) or "no tables specified")
    end
end

---The result columns of a core, * written out.
---@param p wherry.Printer
---@param scope wherry.QueryScope
---@param columns table[] of the core
---@return {node: wherry.Node, alias: string?, name: string}[]
function result.expand(p, scope, columns)
    local list = {}
    for _, column in ipairs(columns) do
        if column.star then
            star(p, scope, column.table, function(found)
                list[#list + 1] = { node = { t = "resolved", column = found }, name = found.name }
            end)
        else
            list[#list + 1] = { node = column.expr, alias = column.alias, name = name_of(column, scope, #list + 1) }
        end
    end
    return list
end

---Names that are unique without regard to case, as SQLite makes them for views and subqueries, then as PostgreSQL takes
---them.
---@param p wherry.Printer
---@param list wherry.ResultColumn[] gain `name` and `target`
function result.name(p, list)
    local taken = {}
    local allocator = names.allocator({}, { columns = true })
    for _, column in ipairs(list) do
        local name, count = column.name, 0
        while taken[model.fold(name)] do
            count = count + 1
            name = ("%s:%d"):format(name:match("^(.+):%d*$") or name, count)
        end
        if count > 4 then
            p:note(("SQLite gives the column %s a random name"):format(name))
        end
        taken[model.fold(name)] = true
        column.name = name
        column.target = allocator:take(name)
    end
end

return result
