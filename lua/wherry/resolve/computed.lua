-- computed.lua: columns that a plan computes from a row of the source: what fills them becomes one more column of the
-- source table, under a name that tells what it is.
local fold = require "wherry.resolve.fold"
local literal = require "wherry.resolve.literal"
local match = require "wherry.match"
local model = require "wherry.schema.model"
local parameters = require "wherry.resolve.parameters"
local read = require "wherry.resolve.read"
local names = require "wherry.names"
local shallow = require "wherry.shallow"
local value_of = require "wherry.plan.value"

local computed = {}

local SHOWN = 120 -- bytes of an expression in a message: with the target's name they are a name in core/err.h

-- The name of a computed column in messages: its target, and what fills it.
local function label(target, expression)
    if #expression > SHOWN then
        expression = expression:sub(1, utf8.offset(expression, 0, SHOWN + 1) - 1) .. "..."
    end
    return ("%s = %s"):format(target, expression)
end

---What SQLite gets for an expression, or nil and what is wrong with it.
---@param t wherry.Table
---@param given wherry.Value of kind sql or constant
---@param context { started: string, source_reads: function }
---@return string|nil sql
---@return string|nil problem
function computed.compile(t, given, context)
    if given.kind == "constant" then
        return literal.sqlite(given.value)
    end
    local sql, unknown = parameters.fill(given.sql, { [":started"] = context.started })
    if unknown then
        return nil, ("the parameter %s has no value here; there is :started"):format(unknown)
    end
    local problem = read.where_problem(t, sql, context.source_reads)
    return not problem and ("(%s\n)"):format(sql) or nil, problem
end

-- Notes the columns of the table that the expression reads.
local function note_reads(t, sql, reads, context)
    for _, one in ipairs(context.source_reads(("SELECT %s FROM %s"):format(sql, names.quote_sqlite(t.name)))) do
        if one.table == t.name then
            reads[one.column] = true
        end
    end
end

-- The SQL of an expression; what is none is a finding, and NULL from there on, so that nothing else is told of it.
local function sql_of(t, target, given, reads, context)
    local sql, problem = computed.compile(t, given, context)
    if not problem then
        note_reads(t, sql, reads, context)
        return sql
    end
    context.outcome:finding { code = "bad_expression", table = t.name, column = target, key = given.sql,
        reason = ("its expression %s is none over a row of the source table: %s"):format(value_of.text(given), problem),
        hint = "write one expression of SQLite without aggregates; a subquery stands in parentheses" }
    return "NULL"
end

-- How the document is made of cells.
local function fold_of(t, target, given, reads, context)
    return fold.compile(given, { t = t, outcome = context.outcome, reads = reads, label = function(path, one)
        return label(path and target .. "." .. path or target, value_of.text(one))
    end, compile = function(one)
        return sql_of(t, target, one, reads, context)
    end })
end

-- A source column as an expression; what is none is a finding.
local function column_value(t, name, context)
    local own = context.outcome:lookup(name, model.names(t.columns), { kind = "column", side = "source",
        table = t.name, column = name, code = "unknown_column", hint = "columns are written target = \"source\"" })
    return value_of.sql(own and names.quote_sqlite(own) or "NULL")
end

-- What a column is looked up in.
local function lookup_of(t, target, wanted, context)
    if not wanted.lookup then
        return nil
    end
    local known = context.plan.lookups or {}
    if not known[wanted.lookup] then
        context.outcome:finding { code = "unknown_lookup", table = t.name, column = target, key = wanted.lookup,
            reason = ("there is no lookup %q in the plan's lookups"):format(wanted.lookup),
            hint = match.suggestion(wanted.lookup, shallow.keys(known))
                or ('add it: lookups = { %s = { pg = "select key, value from ..." } }'):format(wanted.lookup) }
    end
    local missing = wanted.missing or "bad"
    for _, one in ipairs(context.lookups or {}) do
        -- without a target nothing is known of its keys: none of the values is bad
        missing = one.name == wanted.lookup and one.unread and "null" or missing
    end
    return known[wanted.lookup] and { name = wanted.lookup, missing = missing }
end

local function add(t, target, wanted, columns, reads, context)
    local given = value_of.is(wanted.from) and wanted.from or column_value(t, wanted.from or target, context)
    local lookup = lookup_of(t, target, wanted, context)
    local shown = value_of.text(given) .. (lookup and ", looked up in " .. lookup.name or "")
    local column = { name = label(target, given.kind == "fold" and "w.fold" or shown), shown = shown, declared = "",
        affinity = "blob", not_null = false, lookup = lookup }
    if given.kind == "json" or given.kind == "fold" then
        column.sql, column.fold = "NULL", fold_of(t, target, given, reads, context)
    elseif given.kind == "hook" then
        column.sql = "NULL"
    else
        column.sql = sql_of(t, target, given, reads, context)
    end
    context.outcome:receipt("computed column", ("%s.%s"):format(t.name, target), "exact", shown, { table = t.name })
    columns[#columns + 1] = column
    return column.name
end

---A table with the columns that its entry computes, and the entry with their names in place of what fills them. What is
---no expression over the table is a finding.
---@param context { started: string, source_reads: function, outcome: wherry.Outcome }
---@param t wherry.Table of the source
---@param entry table the plan's keys for it
---@return wherry.Table t with computed: these columns, and reads: the names of columns that expressions read
---@return table entry
function computed.extend(context, t, entry)
    local columns, reads, own = {}, {}, {}
    for target, given in pairs(entry.columns or {}) do
        own[#own + 1] = type(given) == "table" and (value_of.is(given.from) or given.lookup) and target or nil
    end
    if not own[1] then
        return t, entry
    end
    table.sort(own)
    local changed = shallow.copy(entry.columns)
    for _, target in ipairs(own) do
        local given = entry.columns[target]
        changed[target] = shallow.copy(given, { from = add(t, target, given, columns, reads, context) })
    end
    local all = table.move(columns, 1, #columns, #t.columns + 1, table.move(t.columns, 1, #t.columns, 1, {}))
    return shallow.copy(t, { columns = all, computed = columns, reads = reads }),
        shallow.copy(entry, { columns = changed })
end

---Finds a computed column that is to be created without a type: an expression has none of its own.
---@param outcome wherry.Outcome
---@param t wherry.Table of the source
---@param column wherry.Column as it is to be created
function computed.without_type(outcome, t, column)
    outcome:finding { code = "computed_type", table = t.name, column = column.name, key = column.shown,
        reason = ("it is computed (%s), and no type is declared for it"):format(column.shown),
        hint = ('columns = { %s = { from = ..., type = "text" } }'):format(column.name:find "^[%a_][%w_]*$"
            and column.name or ("[%q]"):format(column.name)) }
end

return computed
