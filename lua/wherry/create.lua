-- create.lua: resolves a plan into tables that are created after the source's own schema.
local derive = require "wherry.derive"
local load_table = require "wherry.load_table"
local names = require "wherry.names"
local order = require "wherry.order"
local preflight = require "wherry.preflight"
local read = require "wherry.read"
local translate = require "wherry.schema.translate"

local create = {}

-- What stands behind a derived table: the source's own table, its columns by their created names, the plan's condition.
local function behind(context, derived, name, columns)
    local t, sources = derived.tables[name], {}
    for i, column in ipairs(columns) do
        sources[i] = derived.columns[name][column]
    end
    return t, sources, load_table.where(t, derived.entries[name], context.source_query, context.outcome)
end

-- The census of columns of a derived table, over the rows that are carried.
local function census_of(context, derived)
    return function(derived_table, wanted)
        local t, sources, where = behind(context, derived, derived_table.name, wanted)
        local statistics = context.census(t.name, read.census_sql(t, sources, where), #sources)
        local result = {}
        for i, column in ipairs(wanted) do
            result[column] = statistics[i]
        end
        return result
    end
end

local function has_null_of(context, derived)
    return function(derived_table, wanted)
        local t, sources, where = behind(context, derived, derived_table.name, wanted)
        return read.has_null(t, sources, where, context.source_query)
    end
end

-- The names of a schema that are taken: relations, and types, since each table brings a type of its name.
local function taken_names(context)
    local list = {}
    for i, row in ipairs(context.target_query([[SELECT c.relname AS name FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1
            UNION SELECT t.typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
            WHERE n.nspname = $1 AND t.typrelid = 0 AND t.typelem = 0 ORDER BY name]], { context.schema })) do
        list[i] = row.name
    end
    return list
end

local function load_entry(context, derived, created)
    local wanted = {}
    for i, column in ipairs(created.columns) do
        wanted[i] = column.source
    end
    local t, sources, where = behind(context, derived, created.source, wanted)
    local columns = {}
    for i, column in ipairs(created.columns) do
        columns[i] = { source = sources[i], target = column.name, type = column.type, not_null = column.not_null }
    end
    local entry = load_table.new(t, { schema = created.schema, name = created.name }, columns, where,
        context.has_codec, context.outcome)
    for _, column in ipairs(created.columns) do
        if column.identity then
            load_table.add_sequence(entry, t, context.source, column.name, nil)
        end
    end
    return entry
end

local function take_objects(context, derived, created)
    local function own(name)
        return name and derived.tables[name] and derived.tables[name].name or name
    end
    for _, object in ipairs(created.objects) do
        context.outcome:object { kind = object.kind, name = object.name, table = own(object.table),
            target = object.target, sql = object.sql, state = "todo", outcome = object.outcome, note = object.note }
    end
    for _, receipt in ipairs(created.receipts) do
        context.outcome:receipt(receipt.kind, receipt.name, receipt.outcome, receipt.note,
            { table = own(receipt.table), target = receipt.target })
    end
    for _, finding in ipairs(created.findings) do
        local copy = {}
        for key, value in pairs(finding) do
            copy[key] = value
        end
        copy.table = own(copy.table)
        context.outcome:finding(copy)
    end
end

---Resolves into a schema that is created.
---@param context wherry.Context
---@param selected wherry.Selected[]
---@param virtuals wherry.Virtual[]
---@param explicit string[] the plan's order
---@return wherry.LoadTable[] tables
---@return string[] statements that create the schema and the tables
function create.resolve(context, selected, virtuals, explicit)
    local schema_exists = preflight.database(context, context.schema, context.journal, true)
    local derived = derive.model(context.source, selected, virtuals, context.outcome)
    local created = translate.translate(derived.model, {
        schema = context.schema, census = census_of(context, derived), has_null = has_null_of(context, derived),
        existing = taken_names(context),
    })
    take_objects(context, derived, created)
    local nodes, entries, statements, sql_of = {}, {}, {}, {}
    if not schema_exists then
        statements[1] = "CREATE SCHEMA " .. names.quote_pg(context.schema)
    end
    for i, one in ipairs(created.tables) do
        local t = derived.tables[one.source]
        nodes[i], entries[t.name], sql_of[t.name] = t, load_entry(context, derived, one), one.create_sql
    end
    local tables = {}
    for i, name in ipairs((order.sort(nodes, explicit))) do
        tables[i] = entries[name]
        statements[#statements + 1] = sql_of[name]
    end
    return tables, statements
end

return create
