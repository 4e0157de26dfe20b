-- INSERT, UPDATE and DELETE of SQLite as PostgreSQL's, for the bodies of triggers.
local conflict = require "wherry.expr.pg.conflict"
local convert = require "wherry.expr.pg.convert"
local Grouping = require "wherry.expr.pg.grouping"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local QueryScope = require "wherry.expr.pg.query_scope"
local result = require "wherry.expr.pg.result"
local select = require "wherry.expr.pg.select"
local source = require "wherry.expr.pg.source"

local statement = {}

---@class wherry.Effects what statements do to tables, by the source's folded names
---@field reads table<string, boolean>
---@field writes {table: string, event: string, columns: table<string, boolean>?, whole: boolean?, replace: boolean?}[]

local ROWID = { rowid = true, _rowid_ = true, oid = true }

local function target_of(p, node)
    if node.with then
        p:refuse "WITH before a statement of a trigger"
    elseif node.returning then
        p:refuse "RETURNING in a trigger"
    elseif node.order_by or node.limit then
        p:refuse "ORDER BY or LIMIT of a statement that writes"
    end
    local relation, reason = p.catalog:find(node.table, node.schema)
    if not relation then
        p:refuse(reason)
    end
    return relation
end

-- The column that a statement writes to.
local function written(p, relation, name)
    local folded = model.fold(name)
    for _, column in ipairs(relation.columns) do
        if model.fold(column.name) == folded then
            if column.generated then
                p:refuse(("cannot write the generated column %s"):format(name))
            end
            return column
        end
    end
    if relation.left_out and relation.left_out[folded] then
        p:refuse(("it writes %s.%s, which is left out"):format(relation.name, name))
    elseif ROWID[folded] and relation.rowid then
        return relation.rowid
    elseif ROWID[folded] then
        p:refuse(("it writes the rowid of %s, which is not carried"):format(relation.name))
    end
    p:refuse(("no such column: %s"):format(name))
end

-- A value as the column stores it; the columns of a view have kinds, but no affinity of their own.
local function assigned(p, term, column)
    if column.created then
        return p:assign(term, column.created)
    elseif term.kind == "null" and column.kind ~= "declared" then
        return p:term { sql = "NULL::" .. result.type_of(column.kind), kind = "null", atomic = true }
    elseif term.kind == "boolean" and column.kind == "integer" then
        return convert.bigint(p, p:as(term, "integer"))
    elseif term.kind ~= column.kind then
        p:refuse(("%s of a view holds %s, not %s"):format(column.name, column.kind, term.kind))
    end
    return term.kind == "boolean" and term or result.typed(p, term)
end

local function write(p, relation, event, columns, whole, replace)
    table.insert(p.effects.writes, { table = model.fold(relation.name), event = event, columns = columns,
        whole = whole, replace = replace })
end

-- A new id where SQLite takes NULL for "the next one".
local function identity(p, relation, term)
    local created = relation.rowid.created
    if term.nullable == false then
        return term
    end
    local sequence = names.qualified(relation.entry.target.schema, created.sequence
        or ("%s_%s_seq"):format(relation.entry.target.name, created.name))
    local nextval = ("nextval(%s)"):format(names.literal_pg(sequence))
    p:volatility "volatile"
    return p:term { sql = term.kind ~= "null" and ("coalesce(%s, %s)"):format(term.sql, nextval) or nextval,
        kind = "integer", atomic = true, nullable = false }
end

local function insert_columns(p, relation, node)
    local list = {}
    for i, name in ipairs(node.columns or {}) do
        list[i] = written(p, relation, name)
    end
    if node.columns then
        return list
    elseif relation.left_out then
        p:refuse(("values for all columns of %s, some of which are left out"):format(relation.name))
    end
    for _, column in ipairs(relation.columns) do
        if not column.generated then
            list[#list + 1] = column
        end
    end
    return list
end

-- Whether values can be written as the column stores them inside the SELECT itself.
local function is_plain(node)
    for _, operator in ipairs(node.operators) do
        if operator ~= "UNION ALL" then
            return false
        end
    end
    for _, core in ipairs(node.cores) do
        if core.distinct then
            return false
        end
    end
    return #node.cores == 1 or not node.order_by
end

-- The SELECT or VALUES of an INSERT; `seen` is told of each value.
local function insert_select(p, relation, columns, node, seen)
    local function show(position, term)
        local column = columns[position]
        if not column then
            p:refuse(("table %s has %d columns but more values were supplied"):format(relation.name, #columns))
        end
        seen(column, term)
        local value = assigned(p, term, column)
        if value.kind == "null" and #node.cores > 1 then
            local type = column.created and column.created.type.display or result.type_of(column.kind)
            value = p:term { sql = "NULL::" .. type, kind = "null", atomic = true }
        end
        if relation.rowid and column.target == relation.rowid.target then
            value = identity(p, relation, value)
        end
        return value
    end
    if is_plain(node) then
        local printed = select.print(p, node, { named = false, show = show })
        if #printed.columns ~= #columns then
            p:refuse(("%d values for %d columns"):format(#printed.columns, #columns))
        end
        return printed.sql
    end
    local printed = select.print(p, node, { named = true })
    if #printed.columns ~= #columns then
        p:refuse(("%d values for %d columns"):format(#printed.columns, #columns))
    end
    local list = {}
    for i, column in ipairs(printed.columns) do
        local quoted = "rows." .. names.quote_pg(column.target)
        list[i] = show(i, p:term { sql = quoted, kind = column.kind, atomic = true, affinity = column.affinity,
            collation = column.collation, collated = true, nullable = column.nullable, column = true }).sql
    end
    return ("SELECT %s FROM (%s) AS rows"):format(table.concat(list, ", "), printed.sql)
end

---@param p wherry.Printer
---@param node table
---@return string[] parts each stands on a line of its own; a text in it may have more
function statement.insert(p, node)
    local relation = target_of(p, node)
    local alias = p.scope:free_name(node.alias or relation.name)
    local action = conflict.new(p, relation, node, node.alias or relation.name, alias)
    write(p, relation, "INSERT")
    local parts = { "INSERT INTO " .. relation.sql .. (action.needs_alias and " AS " .. alias or "") }
    if node.default_values then
        parts[2] = "DEFAULT VALUES"
    else
        local columns = insert_columns(p, relation, node)
        local list, given = {}, {}
        for i, column in ipairs(columns) do
            list[i] = column.target
            if given[column.target] then
                p:refuse(("the column %s is written twice"):format(column.name))
            end
            given[column.target] = true
        end
        parts[1] = parts[1] .. (" (%s)"):format(names.list_pg(list))
        parts[2] = insert_select(p, relation, columns, node.select, action.seen)
        action.given = given
    end
    parts[3] = action:text(write)
    return parts
end

-- SET of several columns by one row.
local function set_row(p, relation, one)
    local columns, list = {}, {}
    for i, name in ipairs(one.columns) do
        columns[i] = written(p, relation, name)
        list[i] = columns[i].target
    end
    local value = one.value
    if value.t == "row" and #value.values == #columns then
        local parts = {}
        for i, part in ipairs(value.values) do
            parts[i] = { column = columns[i], sql = names.quote_pg(list[i]) .. " = "
                .. assigned(p, p:print(part), columns[i]).sql }
        end
        return parts
    elseif value.t == "scalar" then
        local printed = select.print(p, value.select, { as = "scalar", named = false, show = function(i, term)
            return columns[i] and assigned(p, term, columns[i]) or term
        end })
        if #printed.columns == #columns then
            return { { column = columns, sql = ("(%s) = (%s)"):format(names.list_pg(list), printed.sql) } }
        end
    end
    p:refuse "several columns are set by something else than a row of as many values"
end

---The assignments of SET.
---@param p wherry.Printer that sees the columns
---@param relation wherry.Relation
---@param set table[]
---@return string sql
---@return table<string, boolean> columns that are written, by the target's names
function statement.assignments(p, relation, set)
    local parts, last, written_columns = {}, {}, {}
    for _, one in ipairs(set) do
        local list
        if #one.columns == 1 then
            local column = written(p, relation, one.columns[1])
            list = { { column = column, sql = names.quote_pg(column.target) .. " = "
                .. assigned(p, p:print(one.value), column).sql } }
        else
            list = set_row(p, relation, one)
        end
        for _, part in ipairs(list) do
            for _, column in ipairs(part.column.target and { part.column } or part.column) do
                if last[column.target] then
                    p:refuse(("the column %s is set twice"):format(column.name))
                end
                last[column.target], written_columns[model.fold(column.name)] = true, true
            end
            parts[#parts + 1] = part.sql
        end
    end
    return table.concat(parts, ", "), written_columns
end

-- The table that is written to as a scope of its own, and how it stands in the statement.
local function target_scope(p, relation, node)
    local scope = QueryScope.new(p.scope)
    local visible = node.alias or relation.name
    local alias = scope:free_name(visible)
    scope:add(visible, alias, relation.columns, relation)
    local sql = names.quote_pg(relation.target) == alias and relation.sql or relation.sql .. " AS " .. alias
    return p:nested(scope), scope, sql
end

-- Whether the statement can touch rows beside the one that the trigger runs for.
local function is_pinned(inner, scope, where)
    local grouping = Grouping.new(scope)
    grouping.printer = inner
    return grouping:single_row({ where = where })
end

---@param p wherry.Printer
---@param node table
---@return string[] parts
function statement.update(p, node)
    local relation = target_of(p, node)
    if node.conflict == "IGNORE" or node.conflict == "REPLACE" then
        p:refuse("UPDATE OR " .. node.conflict)
    end
    local inner, scope, sql = target_scope(p, relation, node)
    local pinned = is_pinned(inner, scope, node.where)
    local from = node.from and source.print(inner, scope, node.from)
    local set, columns = statement.assignments(inner, relation, node.set)
    local parts = { "UPDATE " .. sql, "SET " .. set, from and "FROM " .. from }
    if from then
        p:note "where several rows of FROM fit, either may be taken"
    end
    if node.where then
        parts[#parts + 1] = "WHERE " .. inner:condition(inner:print(node.where)).sql
    end
    write(p, relation, "UPDATE", columns, not pinned)
    return parts
end

---@param p wherry.Printer
---@param node table
---@return string[] parts
function statement.delete(p, node)
    local relation = target_of(p, node)
    local inner, scope, sql = target_scope(p, relation, node)
    local parts = { "DELETE FROM " .. sql }
    if node.where then
        parts[2] = "WHERE " .. inner:condition(inner:print(node.where)).sql
    end
    write(p, relation, "DELETE", nil, not is_pinned(inner, scope, node.where))
    return parts
end

return statement
