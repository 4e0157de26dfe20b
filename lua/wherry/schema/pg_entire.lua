-- Completes the model of a PostgreSQL schema with what its translation needs: the expressions behind checks, defaults
-- and indexes, the labels of enums, the conditions of domains, comments, and the objects that have no table.
local model = require "wherry.schema.model"
local queries = require "wherry.schema.pg_entire_queries"

local pg_entire = {}

---@class wherry.PgSettings
---@field bytewise boolean the database's own collation compares text byte by byte
---@field ascii_case boolean lower() and upper() know ASCII letters only
---@field standard_strings boolean
---@field date_style string
---@field version integer
---@field schema_exists boolean

local function truth(value)
    return value == "t" or value == "true"
end

local function plain_locale(name)
    return name == "C" or name == "POSIX"
end

local function read_settings(query, m, schema)
    local row = query(queries.settings, { schema })[1]
    local libc = row.provider == nil or row.provider == "c"
    m.settings = {
        bytewise = libc and plain_locale(row.collation), ascii_case = libc and plain_locale(row.ctype),
        standard_strings = row.standard_strings == "on", date_style = row.date_style,
        version = math.tointeger(tonumber(row.version)), schema_exists = truth(row.schema_exists),
    }
end

local function read_relations(query, m, by_oid, schema)
    for _, row in ipairs(query(queries.relations, { schema })) do
        local t = by_oid[row.oid]
        if t then
            t.comment, t.children = row.comment, math.tointeger(tonumber(row.children))
            t.parents = math.tointeger(tonumber(row.parents))
        else
            local view = model.named(m.views, row.name)
            if view then
                view.sql, view.comment = row.view_sql, row.comment
            end
        end
    end
end

-- The rows of a query as arrays of one field, by another.
local function gathered(rows, key, make)
    local lists = {}
    for _, row in ipairs(rows) do
        lists[row[key]] = lists[row[key]] or {}
        table.insert(lists[row[key]], make(row))
    end
    return lists
end

local function read_columns(query, by_oid, schema)
    local labels = gathered(query(queries.labels, {}), "type_oid", function(row)
        return row.label
    end)
    local checks = gathered(query(queries.domain_checks, {}), "type_oid", function(row)
        return { name = row.name, expression = row.expression }
    end)
    for _, row in ipairs(query(queries.columns, { schema })) do
        local t = by_oid[row.relation]
        local column = t and model.column(t, row.name)
        if column then
            local type = column.type
            type.schema, type.category, type.extension = row.type_schema, row.category, row.extension
            type.labels = labels[row.type_oid]
            type.domain_checks, type.domain_default = checks[row.declared_oid], row.domain_default
            if row.element_oid and not type.element then
                type.element = { oid = math.tointeger(tonumber(row.element_oid)), name = row.element_name,
                    typtype = row.element_typtype, labels = labels[row.element_oid], typmod = -1 }
            end
            column.own_not_null, column.comment = truth(row.own_not_null), row.comment
            column.collation = row.collation ~= "default" and row.collation or nil
            column.deterministic = row.deterministic == nil or truth(row.deterministic)
        end
    end
end

local function read_constraint(t, row)
    if row.kind == "c" then
        local check = model.named(t.checks, row.name)
        if check then
            check.expression, check.valid = row.expression, truth(row.valid)
        end
    elseif row.kind == "f" then
        local key = model.named(t.foreign_keys, row.name)
        if key then
            key.match = row.match == "f" and "FULL" or row.match == "p" and "PARTIAL" or nil
            key.set_columns = (tonumber(row.set_columns or 0) or 0) > 0
        end
    elseif row.kind == "x" then
        table.insert(t.exclusions, { name = row.name, sql = row.definition })
    else
        local key = row.kind == "p" and t.primary_key or model.named(t.uniques, row.name)
        if key then
            key.deferrable, key.including = truth(row.deferrable), truth(row.including)
            key.nulls_not_distinct = truth(row.nulls_not_distinct)
        end
    end
end

local function read_indexes(query, by_oid, schema)
    local at, of = 0, nil
    for _, row in ipairs(query(queries.index_columns, { schema })) do
        local t = by_oid[row.relation]
        local index = t and model.named(t.indexes, row.name)
        if index then
            if index ~= of then
                of, at = index, 0
                index.method, index.valid, index.predicate = row.method, truth(row.valid), row.predicate
                index.nulls_not_distinct, index.included = truth(row.nulls_not_distinct), {}
            end
            at = at + 1
            if truth(row.included) then
                table.insert(index.included, row.column_name)
            else
                local part = index.columns[at]
                part.expression, part.nulls_first = row.expression, truth(row.nulls_first)
                part.operator_class = not truth(row.default_class) and row.operator_class or nil
                part.collation = row.collation ~= "default" and row.collation or nil
                part.deterministic = row.deterministic == nil or truth(row.deterministic)
            end
        end
    end
end

-- Sequences by schema and name, and those that no column of the schema has.
local function read_sequences(query, m, schema)
    local owned = {}
    for _, t in ipairs(m.tables) do
        for _, column in ipairs(t.columns) do
            if column.sequence then
                owned[column.sequence.schema .. "\0" .. column.sequence.name] = column.sequence
            end
        end
    end
    m.free_sequences = {}
    for _, row in ipairs(query(queries.sequences, {})) do
        local sequence = owned[row.schema .. "\0" .. row.name]
        if sequence then
            sequence.last = row.last_value and math.tointeger(tonumber(row.last_value))
            sequence.increment = math.tointeger(tonumber(row.increment_by))
            sequence.start = math.tointeger(tonumber(row.start_value))
        elseif row.schema == schema then
            table.insert(m.free_sequences, row.name)
        end
    end
end

local function read_names(query, by_oid, schema, sql, field)
    for _, row in ipairs(query(sql, { schema })) do
        local t = by_oid[row.relation]
        if t then
            table.insert(t[field], row.name)
        end
    end
end

---Adds to a model what pg.read leaves out.
---@param query fun(sql: string, parameters: any[]): table<string, string>[]
---@param m wherry.Model of dialect "pg"
---@param schema string
---@return wherry.Model
function pg_entire.complete(query, m, schema)
    local by_oid = {}
    for _, t in ipairs(m.tables) do
        by_oid[t.oid] = t
        t.exclusions, t.policies, t.rules = {}, {}, {}
    end
    read_settings(query, m, schema)
    read_relations(query, m, by_oid, schema)
    read_columns(query, by_oid, schema)
    for _, row in ipairs(query(queries.constraints, { schema })) do
        local t = by_oid[row.relation]
        if t then
            read_constraint(t, row)
        end
    end
    read_indexes(query, by_oid, schema)
    read_names(query, by_oid, schema, queries.policies, "policies")
    read_names(query, by_oid, schema, queries.rules, "rules")
    read_sequences(query, m, schema)
    m.functions = query(queries.functions, { schema })
    return m
end

return pg_entire
