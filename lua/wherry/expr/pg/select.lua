-- SELECT of SQLite as PostgreSQL's: compounds, ORDER BY, LIMIT, WITH, and what a subquery's place asks for.
local CommonTables = require "wherry.expr.pg.common"
local compound = require "wherry.expr.pg.compound"
local core = require "wherry.expr.pg.core"
local names = require "wherry.names"
local order = require "wherry.expr.pg.order"

local select = {}

---@class wherry.SelectContext
---@field named boolean? the result columns need names
---@field as "scalar"|"exists"|"in"|nil what a subquery stands for
---@field begun fun(columns: table[])? told of the columns before a part that may be recursive
---@field entry table? the common table that this select is
---@field show (fun(position: integer, term: wherry.Term): wherry.Term)? how a value is written, for INSERT and UPDATE

-- The rows of terms of one part, and how to write it once they are shown.
local function print_part(p, node, terms, named, as)
    if node.t == "values" then
        local rows = compound.rows(p, node)
        local list = {}
        for i in ipairs(rows[1]) do
            list[i] = { name = "column" .. i, alias = "column" .. i, target = "column" .. i, sql_name = "column" .. i }
        end
        return { rows = rows, columns = list, single = #rows == 1, text = compound.values }
    end
    local printed = core.print(p, node, terms, named, as)
    local row = {}
    for i, column in ipairs(printed.columns) do
        row[i] = column.term
    end
    return {
        rows = { row }, columns = printed.columns, order = printed.order, distinct = printed.distinct,
        single = printed.single,
        text = function(shown)
            if as == "exists" and not printed.distinct then
                return "SELECT 1" .. printed.rest
            end
            for i, column in ipairs(printed.columns) do
                column.shown = shown[1][i]
            end
            return core.text(printed, named)
        end,
    }
end

local function names_of(columns)
    local list = {}
    for i, column in ipairs(columns) do
        list[i] = column.name
    end
    return list
end

-- The columns of the rows so far.
local function columns_of(p, parts, show)
    local rows = {}
    for _, part in ipairs(parts) do
        table.move(part.rows, 1, #part.rows, #rows + 1, rows)
    end
    local list = parts[1].columns
    for _, row in ipairs(rows) do
        if #row ~= #list then
            p:refuse "SELECTs of a compound do not have the same number of result columns"
        end
    end
    local shown, columns
    if show then
        shown, columns = {}, {}
        for r, row in ipairs(rows) do
            shown[r] = {}
            for i, term in ipairs(row) do
                shown[r][i], columns[i] = show(i, term), columns[i] or { kind = term.kind }
            end
        end
    else
        shown, columns = compound.unify(p, rows, names_of(list))
    end
    for i, column in ipairs(columns) do
        column.name, column.target = list[i].name, list[i].target
    end
    return shown, columns
end

-- A part that reads the common table it belongs to: PostgreSQL takes it once, as the last part, of the same kinds.
local function check_recursion(p, parts, first, operators, given)
    if first ~= #parts then
        p:refuse "a recursive table with several recursive parts"
    elseif operators[first - 1] ~= "UNION" and operators[first - 1] ~= "UNION ALL" then
        p:refuse("a recursive table by " .. operators[first - 1])
    end
    local before = { table.unpack(parts, 1, first - 1) }
    local _, begun = columns_of(p, before)
    local _, columns = columns_of(p, parts)
    for i, column in ipairs(columns) do
        if column.kind ~= begun[i].kind or begun[i].kind == "null" then
            p:refuse(("the recursive column %s changes its kind"):format(given and given[i] or column.name))
        end
    end
end

-- Columns as the recursive part sees them: later rows may hold greater numbers and NULLs.
local function open_columns(columns)
    for _, column in ipairs(columns) do
        column.not_null, column.nullable, column.bits = false, true, nil
    end
    return columns
end

local function print_parts(p, node, context, named)
    local parts, recursive = {}, nil
    local terms = #node.cores == 1 and node.order_by or nil
    for i, one in ipairs(node.cores) do
        if context.begun and i > 1 and not recursive then
            local _, columns = columns_of(p, parts)
            context.begun(open_columns(columns))
        end
        parts[i] = print_part(p, one, terms, named and i == 1, context.as)
        if context.entry and context.entry.is_recursive and not recursive then
            recursive = i
        end
    end
    if recursive then
        check_recursion(p, parts, recursive, node.operators, context.entry.node.columns)
    end
    return parts, recursive ~= nil
end

local function dropping(operators)
    for _, operator in ipairs(operators) do
        if operator ~= "UNION ALL" then
            return operator
        end
    end
    return nil
end

-- LIMIT 1 for a value: SQLite takes the first row where there are several.
local function first_row(p, node, parts, limit)
    local single = #parts == 1 and parts[1].single
    if single then
        return limit
    elseif not node.order_by and not (node.limit and node.limit.t == "integer" and node.limit.value == 0) then
        p:note "where a subquery gives several rows, either may be taken"
    end
    if not node.limit then
        return " LIMIT 1" .. limit
    elseif node.limit.t == "integer" then
        return limit:find("LIMIT") and limit:gsub("LIMIT %d+", "LIMIT " .. math.min(node.limit.value, 1))
            or " LIMIT 1" .. limit
    end
    return (limit:gsub("^ LIMIT (.*END)", " LIMIT least(1, %1)"))
end

local function ordered(p, node, parts, columns, sql)
    local terms, part = node.order_by, parts[1]
    if not terms then
        return sql
    elseif #parts == 1 and not part.distinct and part.order then
        return #part.order > 0 and sql .. p.separator .. "ORDER BY " .. table.concat(part.order, ", ") or sql
    end
    local lists, shown = {}, {}
    for i, one in ipairs(parts) do
        lists[i] = one.columns
    end
    for i, column in ipairs(columns) do
        shown[i] = { term = column, sql_name = names.quote_pg(column.target) }
    end
    local keys, wrapped = order.by_result(p, terms, lists, shown, "result")
    if #keys == 0 then
        return sql
    elseif wrapped then
        sql = ("SELECT * FROM (%s) AS result"):format(sql)
    end
    return sql .. p.separator .. "ORDER BY " .. table.concat(keys, ", ")
end

-- A recursive table gives its rows as they come; what SQLite orders and limits inside is done where it is read.
local function outside(p, node, context, limit)
    if node.order_by then
        if limit ~= "" then
            p:refuse "a recursive table with ORDER BY and LIMIT"
        end
        p:note "the order in which a recursive table finds its rows is not kept"
    end
    context.entry.limit = limit ~= "" and limit or nil
end

---Prints a SELECT.
---@param p wherry.Printer
---@param node wherry.Select
---@param as wherry.SelectContext|"scalar"|"exists"|"in"|nil nil: a whole statement
---@return {sql: string, columns: table[]} printed
function select.print(p, node, as)
    local context = type(as) == "table" and as or { as = as, named = as == nil }
    p = p:nested(p.scope)
    p.separator = as == nil and "\n" or " "
    p.shows = p.use == "view" and #node.cores == 1 and not context.as and not context.show
    if node.with then
        p.common_tables = CommonTables.new(p, node.with)
    end
    local by_result = node.order_by and (#node.cores > 1 or node.cores[1].distinct or node.cores[1].t == "values")
    local named = context.named or by_result or false
    local parts, recursive = print_parts(p, node, context, named)
    local shown, columns = columns_of(p, parts, context.show)
    local operator = dropping(node.operators)
    if operator then
        compound.check_equality(p, columns, operator)
    end
    local texts, first = {}, 1
    for i, part in ipairs(parts) do
        texts[i] = part.text({ table.unpack(shown, first, first + #part.rows - 1) })
        first = first + #part.rows
    end
    local sql = compound.join(texts, node.operators, p.separator)
    local limit = order.limit(p, node)
    if limit ~= "" and not node.order_by and context.as ~= "exists" and not parts[1].single then
        p:note "LIMIT without ORDER BY: any of the rows may be taken"
    end
    if recursive then
        outside(p, node, context, limit)
    elseif context.as ~= "exists" or node.limit or node.offset then
        if context.as == "scalar" then
            limit = first_row(p, node, parts, limit)
        end
        sql = ordered(p, node, parts, columns, sql) .. limit
    end
    return { sql = (node.with and p.common_tables:text(p.separator) or "") .. sql, columns = columns }
end

return select
