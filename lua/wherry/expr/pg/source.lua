-- FROM clauses: tables, views, subqueries and joins of all kinds, and the columns that a query sees through them.
local model = require "wherry.schema.model"
local names = require "wherry.names"
local tree = require "wherry.expr.pg.tree"

local source = {}

local JOINS = { inner = "JOIN", cross = "JOIN", left = "LEFT JOIN", right = "RIGHT JOIN", full = "FULL JOIN" }

local print_source

-- The common table expression of this name, or nil.
local function common_table(p, node)
    return not node.schema and p.common_tables and p.common_tables:find(model.fold(node.name)) or nil
end

local function named(p, scope, node)
    if node.arguments then
        local relation = require("wherry.expr.pg.json_table").relations[model.fold(node.name)]
        if not relation then
            p:refuse(("the table-valued function %s is not translated"):format(node.name))
        end
        local found = relation(p, node)
        local alias = scope:free_name(node.alias or node.name)
        scope:add(node.alias or node.name, alias, found.columns)
        return found.sql .. " AS " .. alias
    end
    local relation, reason = common_table(p, node), nil
    if not relation then
        if not p.catalog then
            p:refuse(("no such table: %s"):format(node.name))
        end
        relation, reason = p.catalog:read(node.name, node.schema)
    end
    if not relation then
        p:refuse(reason)
    end
    local visible = node.alias or relation.name
    local alias = scope:free_name(visible)
    scope:add(visible, alias, relation.columns, relation)
    return names.quote_pg(relation.target) == alias and relation.sql or relation.sql .. " AS " .. alias
end

local function subquery(p, scope, node)
    local inner = p:nested(scope.parent)
    local printed = require("wherry.expr.pg.select").print(inner, node.select, { named = true })
    local alias = scope:free_name(node.alias or "subquery")
    scope:add(node.alias or "", alias, printed.columns)
    return ("(%s) AS %s"):format(printed.sql, alias)
end

-- The column that a name means in the tables first..last, and SQLite's refusals for none.
local function shared_column(scope, first, last, folded)
    for i = first, last do
        local column = scope.items[i].by_name[folded]
        if column and not column.hidden then
            return column
        end
    end
    return nil
end

-- The names that a join compares: those given, or all that both sides have.
local function shared_names(scope, node, first, middle, last)
    if node.using then
        return node.using
    end
    local list = {}
    for i = middle, last do
        for _, column in ipairs(scope.items[i].columns) do
            if shared_column(scope, first, middle - 1, model.fold(column.name)) then
                list[#list + 1] = column.name
            end
        end
    end
    return list
end

local function as_node(column)
    return { t = "resolved", column = column }
end

-- One condition a shared name; afterwards the name means one column.
local function join_columns(p, scope, node, first, middle, last)
    local condition
    for _, name in ipairs(shared_names(scope, node, first, middle, last)) do
        local folded = model.fold(name)
        local left = scope.merged[folded] or shared_column(scope, first, middle - 1, folded)
        local right = shared_column(scope, middle, last, folded)
        if not left or not right then
            p:refuse(("cannot join using column %s"):format(name))
        end
        local equal = { t = "binary", op = "=", left = as_node(left), right = as_node(right) }
        condition = condition and { t = "binary", op = "AND", left = condition, right = equal } or equal
        if node.kind == "right" then
            if left.parts then
                p:refuse("a RIGHT JOIN over columns that a FULL JOIN made one")
            end
            left.hidden = true
        else
            right.hidden = true
        end
        if node.kind == "full" then
            left.hidden = true
            scope.merged[folded] = setmetatable({
                sql = ("coalesce(%s, %s)"):format(left.sql, right.sql), atomic = true, not_null = false, item = false,
                parts = { left, right }, merged = true,
            }, { __index = left })
        end
    end
    return condition and p:condition(p:print(condition)).sql
end

-- Which of the tables first..last a condition's side has columns of.
local function sides_of(scope, node, first, middle, last)
    local left, right = false, false
    local used = scope.used
    scope.used = function(_, item)
        for i = first, last do
            left = left or i < middle and scope.items[i] == item
            right = right or i >= middle and scope.items[i] == item
        end
    end
    tree.any(node, function(one)
        if one.t == "column" then
            scope:column(one.table, one.name, one.quoted)
        end
        return false
    end)
    scope.used = used
    return left, right
end

-- PostgreSQL computes a FULL JOIN only by an equality between both sides.
local function check_full(p, scope, node, first, middle, last)
    for _, one in ipairs(tree.conjuncts(node.on)) do
        if one.t == "binary" and one.op == "=" then
            local left, right = sides_of(scope, one.left, first, middle, last)
            local other_left, other_right = sides_of(scope, one.right, first, middle, last)
            local apart = left and not right and other_right and not other_left
                or right and not left and other_left and not other_right
            if apart and p:condition(p:print(one)).sql:find(" = ", 1, true) then
                return
            end
        end
    end
    p:refuse "a FULL JOIN without an equality between its sides"
end

local function join(p, scope, node)
    local first = #scope.items + 1
    local left = print_source(p, scope, node.left)
    local middle = #scope.items + 1
    local right = print_source(p, scope, node.right)
    local last = #scope.items
    if node.right.t == "join" then
        right = "(" .. right .. ")"
    end
    local condition
    if node.natural or node.using then
        condition = join_columns(p, scope, node, first, middle, last)
    elseif node.on then
        condition = p:condition(p:print(node.on)).sql
    end
    if node.kind == "full" and not node.natural and not node.using then
        check_full(p, scope, node, first, middle, last)
    end
    if node.kind == "left" or node.kind == "full" then
        scope:make_nullable(middle, last)
    end
    if node.kind == "right" or node.kind == "full" then
        scope:make_nullable(first, middle - 1)
    end
    if not condition and (node.kind == "inner" or node.kind == "cross") then
        return ("%s CROSS JOIN %s"):format(left, right)
    end
    return ("%s %s %s ON %s"):format(left, JOINS[node.kind], right, condition or "true")
end

function print_source(p, scope, node)
    if node.t == "table" then
        return named(p, scope, node)
    elseif node.t == "subquery" then
        return subquery(p, scope, node)
    elseif node.t == "join" then
        return join(p, scope, node)
    end
    p:refuse(("%s in a FROM clause is not translated"):format(tostring(node.t)))
end

---Prints a FROM clause and adds its tables to the scope.
---@param p wherry.Printer whose scope is `scope`
---@param scope wherry.QueryScope
---@param node wherry.Source
---@return string sql without FROM
function source.print(p, scope, node)
    return print_source(p, scope, node)
end

return source
