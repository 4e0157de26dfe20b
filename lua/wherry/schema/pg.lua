-- Reads a PostgreSQL schema's catalog into the neutral model, with what loading into it needs to know: rights,
-- row-level security, triggers, sequences. A handful of queries, whatever the number of tables.
local model = require "wherry.schema.model"
local pg_entire = require "wherry.schema.pg_entire"
local pg_types = require "wherry.schema.pg_types"
local queries = require "wherry.schema.pg_queries"

local pg = {}

local function truth(value)
    return value == "t" or value == "true"
end

local function read_relations(query, m, schema)
    local by_oid = {}
    for _, row in ipairs(query(queries.relations, { schema })) do
        if row.kind == "v" or row.kind == "m" then
            m.views[#m.views + 1] = { name = row.name, kind = row.kind }
        else
            local t = model.new_table {
                name = row.name, schema = schema, oid = row.oid, kind = row.kind, owned = truth(row.owned),
                can_insert = truth(row.can_insert), can_select = truth(row.can_select),
                rls_in_force = truth(row.rls_in_force), extension = row.extension, insert_triggers = {},
                update_triggers = {},
            }
            m.tables[#m.tables + 1] = t
            by_oid[row.oid] = t
        end
    end
    return by_oid
end

local function read_columns(query, by_oid, schema)
    local complete = pg_types.read(query, schema)
    for _, row in ipairs(query(queries.columns, { schema })) do
        local t = by_oid[row.relation]
        if t then
            local identity = row.identity ~= "" and row.identity or nil
            t.columns[#t.columns + 1] = {
                name = row.name, declared = row.display, not_null = truth(row.not_null),
                type = complete {
                    oid = math.tointeger(tonumber(row.type_oid)), name = row.type_name,
                    typmod = math.tointeger(tonumber(row.typmod)), display = row.display, domain = row.domain,
                    typtype = row.typtype,
                },
                has_default = truth(row.has_default), default = row.default_sql, identity = identity,
                generated = truth(row.generated), expression = truth(row.generated) and row.default_sql or nil,
                collation = row.collation,
            }
        end
    end
end

-- A column may have an owned sequence that its default no longer uses; the rows come most telling first.
local function read_sequences(query, by_oid, schema)
    for _, row in ipairs(query(queries.sequences, { schema })) do
        local t = by_oid[row.relation]
        local column = t and model.column(t, row.column_name)
        if column and not column.sequence then
            column.sequence = { schema = row.schema, name = row.name, can_update = truth(row.can_update) }
        end
    end
end

local function foreign_key(t, row)
    local key = {
        name = row.name, columns = {}, parent = row.parent, parent_columns = {}, parent_missing = false,
        on_delete = row.on_delete, on_update = row.on_update, deferrable = truth(row.deferrable),
        initially_deferred = truth(row.deferred), definition = row.definition, valid = truth(row.valid),
        parent_schema = row.parent_schema, references_ok = t.owned, oid = row.oid, comment = row.comment,
    }
    t.foreign_keys[#t.foreign_keys + 1] = key
    return key
end

local function new_key(t, row)
    local key = { name = row.name, columns = {}, desc = {}, deferrable = truth(row.deferrable) or nil }
    if row.kind == "p" then
        t.primary_key = key
    else
        t.uniques[#t.uniques + 1] = key
    end
    return key
end

-- One row for each column of each constraint; CHECKs may have none.
local function read_constraints(query, by_oid, schema)
    local key, oid
    for _, row in ipairs(query(queries.constraints, { schema })) do
        local t = by_oid[row.relation]
        if t and row.kind == "c" then
            if row.oid ~= oid then
                t.checks[#t.checks + 1] = { name = row.name, sql = row.definition }
            end
        elseif t then
            if row.oid ~= oid then
                key = row.kind == "f" and foreign_key(t, row) or new_key(t, row)
            end
            key.columns[#key.columns + 1] = row.column_name
            if row.kind == "f" then
                key.parent_columns[#key.columns] = row.parent_column
                key.references_ok = key.references_ok and truth(row.may_reference)
            else
                key.desc[#key.columns] = false
            end
        end
        oid = row.oid
    end
end

-- Indexes that no constraint stands for; one row for each key column.
local function read_indexes(query, by_oid, schema)
    local index, oid
    for _, row in ipairs(query(queries.indexes, { schema })) do
        local t = by_oid[row.relation]
        if t then
            if row.oid ~= oid then
                index = {
                    name = row.name, unique = truth(row.is_unique), columns = {}, partial = truth(row.partial),
                    expression = false, sql = row.definition,
                }
                t.indexes[#t.indexes + 1] = index
            end
            index.columns[#index.columns + 1] = {
                name = row.column_name, desc = truth(row.descending), collation = row.collation,
            }
            index.expression = index.expression or row.column_name == nil
        end
        oid = row.oid
    end
end

local function read_triggers(query, m, by_oid, schema)
    for _, row in ipairs(query(queries.triggers, { schema })) do
        local t = by_oid[row.relation]
        m.triggers[#m.triggers + 1] = { name = row.name, table = row.table_name, sql = row.definition }
        local trigger = { name = row.name, enabled = row.enabled, definition = row.definition }
        if t and truth(row.on_insert) then
            table.insert(t.insert_triggers, trigger)
        end
        if t and truth(row.on_update) then
            table.insert(t.update_triggers, trigger)
        end
    end
end

---Reads one schema.
---@param query fun(sql: string, parameters: any[]): table<string, string>[] rows keyed by column name, values as text
---@param schema string
---@return wherry.Model
function pg.read(query, schema)
    local m = model.new("pg")
    local by_oid = read_relations(query, m, schema)
    read_columns(query, by_oid, schema)
    read_sequences(query, by_oid, schema)
    read_constraints(query, by_oid, schema)
    read_indexes(query, by_oid, schema)
    read_triggers(query, m, by_oid, schema)
    return m
end

---Reads one schema with all that a translation of it needs; more queries than `read`, still a fixed number.
---@param query fun(sql: string, parameters: any[]): table<string, string>[]
---@param schema string
---@return wherry.Model
function pg.read_entire(query, schema)
    return pg_entire.complete(query, pg.read(query, schema), schema)
end

return pg
