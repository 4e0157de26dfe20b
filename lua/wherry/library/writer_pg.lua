-- writer_pg.lua: a writer's rows into a table of PostgreSQL, by COPY.
local core = require "wherry.core"
local failure = require "wherry.failure"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local row_sink = require "wherry.library.row_sink"
local schema_pg = require "wherry.schema.pg"
local table_name = require "wherry.library.table_name"
local writer_columns = require "wherry.library.writer_columns"

local writer_pg = {}

-- The relations that a name may mean: of its schema ($1), else of those where the session looks.
local RELATIONS = [[
SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, p.relname AS parent
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
  LEFT JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
   AND CASE WHEN $1::pg_catalog.text IS NULL
            THEN n.nspname = ANY (pg_catalog.current_schemas(true)) AND n.nspname <> 'pg_catalog'
            WHEN $1 = 'pg_temp' THEN n.oid = pg_catalog.pg_my_temp_schema()
            ELSE n.nspname = $1 END
 ORDER BY pg_catalog.array_position(pg_catalog.current_schemas(true), n.nspname), c.relname COLLATE "C"]]

local REFUSED = { v = "a view", m = "a materialized view" }

-- The relation that is meant.
local function find(query, text)
    local schema, name = table_name.parse(text)
    local row = table_name.choose(text, schema, name, query(RELATIONS, { schema, n = 1 }))
    local target = names.qualified(row.schema, row.name)
    if REFUSED[row.kind] then
        failure.raise("usage", ("%s is %s: a writer writes into tables"):format(target, REFUSED[row.kind]), nil,
            { table = target })
    elseif row.parent then
        failure.raise("usage", ("%s is a partition: a writer writes into the table that it is a part of"):format(
            target), ("write into %s"):format(names.quote_pg(row.parent)), { table = target })
    end
    return row, target
end

-- What the core copies by. A trigger may fill a column before the server asks whether it is NULL.
local function copy_options(connection, t, target, chosen)
    local columns, listed, binary = {}, {}, true
    for i, column in ipairs(chosen) do
        columns[i] = { source = column.name, target = column.name, type = column.type,
            not_null = column.not_null and #t.insert_triggers == 0 }
        listed[i] = column.name
        binary = binary and core.has_codec(column.type)
    end
    return { connection = connection, target = target, binary = binary, columns = columns,
        copy_sql = ("COPY %s (%s) FROM STDIN%s"):format(target, names.list_pg(listed),
            binary and " (FORMAT binary)" or "") }, listed
end

---@param handle wherry.Handle
---@param text string the table's name
---@param wanted string[] columns
---@return wherry.RowSink
function writer_pg.open(handle, text, wanted)
    local connection = handle.connection
    local function query(sql, parameters)
        return connection:query(sql, parameters)
    end
    return row_sink.open(handle, "BEGIN", query, function(sink)
        local row, target = find(query, text)
        local t = model.table(schema_pg.read(query, row.schema), row.name)
        local chosen = writer_columns.choose(t, target, wanted)
        if #t.insert_triggers == 0 then
            writer_columns.check_left_out(t, target, chosen, function(column)
                return column.has_default or column.identity
            end)
        end
        local options
        options, sink.columns = copy_options(connection, t, target, chosen)
        sink.target = target
        sink.rows = core.pg_writer(options)
    end)
end

return writer_pg
