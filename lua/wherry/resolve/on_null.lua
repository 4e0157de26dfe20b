-- on_null.lua: which columns take their default where the source has NULL (on_null = "default"), and what that is: the
-- server evaluates it once, before the load, and the plan keeps it, so that now() is one moment of the run.
local declared = require "wherry.plan.declared"
local failure = require "wherry.failure"
local names = require "wherry.names"
local pg_lex = require "wherry.expr.pg_lex"

local on_null = {}

---@class wherry.OnNull
---@field default string the target column's default, as SQL
---@field wire string what it is, in hexadecimal digits of the binary format; "" while it is not evaluated
---@field text string the same as the server writes it

local LENGTH_HEADER = 4 -- of a typmod of varchar and char

local function finding(outcome, source, column, reason, hint)
    outcome:finding { code = "on_null", table = source, column = column.target, key = column.on_null.default,
        reason = reason, hint = hint }
end

-- The functions that an expression calls, by name.
local function called(sql)
    local list, tokens = {}, pg_lex.tokens(sql) or {}
    for i, token in ipairs(tokens) do
        local behind = tokens[i + 1]
        if behind and behind.text == "(" and (token.kind == "word" or token.kind == "quoted") then
            list[#list + 1] = token.value
        end
    end
    return list
end

-- A function of the expression that gives another value in each row; nil: none does.
local function volatile(context, sql)
    local list = context.target_query and called(sql) or {}
    local row = list[1] and context.target_query([[SELECT proname FROM pg_catalog.pg_proc
        WHERE provolatile = 'v' AND proname = ANY ($1::text[]) ORDER BY proname LIMIT 1]], { names.array_pg(list) })[1]
    return row and row.proname
end

-- Where the column itself says so, it has to be possible; elsewhere it holds for the columns for which it is.
local function take(context, source, column, default, own)
    local changing = default and volatile(context, default)
    if not default and own then
        column.on_null = {}
        finding(context.outcome, source, column, 'on_null = "default", and the target column has no default',
            "give it one, fill NULLs by w.sql \"coalesce(column, value)\", or leave on_null out")
    elseif changing and own then
        column.on_null = { default = default }
        finding(context.outcome, source, column, ('on_null = "default", and the default %s is another value in each '
            .. "row (%s)"):format(default, changing), "fill it by row or by w.sql, or leave the column out: then the "
            .. "server gives each row its own")
    elseif default and not changing then
        column.on_null = { default = default, wire = "", text = "" }
        return
    end
    column.on_null = nil
end

---Notes in the columns of a table which of them take their default.
---@param context wherry.Context
---@param entry table the plan's keys for the table
---@param load wherry.LoadTable
---@param defaults table<string, string> SQL by target column
function on_null.mark(context, entry, load, defaults)
    local plan = context.plan
    for _, column in ipairs(load.columns) do
        local own = declared.own(entry, column.target, "on_null")
        local given = declared.value(plan, entry, column.target, "on_null")
        if (given or (column.not_null and (entry.on_null or plan.on_null))) == "default" then
            take(context, load.source, column, defaults[column.target], own == "default")
        end
    end
end

-- The names of the functions that write types in their binary format.
local function send_functions(context, list)
    local oids, found = {}, {}
    for i, one in ipairs(list) do
        oids[i] = tostring(one.column.type.oid)
    end
    for _, row in ipairs(context.target_query([[SELECT t.oid, n.nspname AS schema, p.proname AS name
        FROM pg_catalog.pg_type t JOIN pg_catalog.pg_proc p ON p.oid = t.typsend
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE t.oid = ANY ($1::oid[])]],
        { names.array_pg(oids) })) do
        found[math.tointeger(tonumber(row.oid))] = names.qualified(row.schema, row.name)
    end
    return found
end

local function select_of(place, column, send)
    local sql = column.on_null.default
    local type_of = column.type
    local too_long = (type_of.name == "varchar" or type_of.name == "bpchar") and not type_of.kind
        and type_of.typmod >= LENGTH_HEADER and ("length((%s)::text) > %d"):format(sql,
            type_of.typmod - LENGTH_HEADER) or "false"
    return ("SELECT %d AS place, d::text AS text, %s AS wire, too_long FROM (SELECT CAST((%s) AS %s) AS d, %s AS "
        .. "too_long) AS s"):format(place, send and ("encode(%s(d), 'hex')"):format(send) or "NULL", sql,
        type_of.display, too_long)
end

-- The rows of one statement, so that all are of one moment; where the server refuses it, of one each.
local function evaluated(context, statements)
    local ok, rows = pcall(context.target_query, table.concat(statements, "\nUNION ALL "))
    if ok then
        return rows
    elseif not (failure.is(rows) and rows.kind == "server") then
        error(rows, 0)
    end
    local list = {}
    for place, sql in ipairs(statements) do
        local fine, result = pcall(context.target_query, sql)
        list[place] = fine and result[1] or { place = place, refused = tostring(result) }
    end
    return list
end

local function settle(context, one, row)
    local column, problem = one.column, row.refused
    problem = problem or row.too_long == "t" and "it is longer than the column" or not row.text and "it is NULL"
        or column.codec and not row.wire and "its type has no binary format"
    if problem then
        finding(context.outcome, one.source, column, ("on_null = \"default\", and the default %s can't be used: %s")
            :format(column.on_null.default, problem), "mend the default, or leave on_null out")
    end
    column.on_null.wire, column.on_null.text = row.wire or "", row.text or ""
end

---Has the server evaluate the defaults that columns take.
---@param context wherry.Context
---@param tables wherry.LoadTable[]
function on_null.evaluate(context, tables)
    local list, statements = {}, {}
    for _, tbl in ipairs(tables) do
        for _, column in ipairs(tbl.columns) do
            list[#list + 1] = column.on_null and { source = tbl.source, column = column }
        end
    end
    if not list[1] or not context.target_query then
        return
    end
    local send = send_functions(context, list)
    for place, one in ipairs(list) do
        statements[place] = select_of(place, one.column, one.column.codec and send[one.column.type.oid])
    end
    for _, row in ipairs(evaluated(context, statements)) do
        settle(context, list[math.tointeger(tonumber(row.place))], row)
    end
end

---Keeps what defaults were when the run began, where the plan is resolved again for it.
---@param before wherry.LoadTable|nil
---@param now wherry.LoadTable
function on_null.keep(before, now)
    local known = {}
    for _, column in ipairs(before and before.columns or {}) do
        known[column.target] = column.on_null
    end
    for _, column in ipairs(now.columns) do
        local own = column.on_null and known[column.target]
        if own and own.default == column.on_null.default then
            column.on_null = own
        end
    end
end

---@param column wherry.LoadColumn
---@return string|nil
function on_null.text(column)
    return column.on_null and ("NULL is its default %s"):format(column.on_null.default) or nil
end

return on_null
