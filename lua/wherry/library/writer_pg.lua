-- writer_pg.lua: a writer's rows into a table of PostgreSQL, by COPY.
local core = require "wherry.core"
local failure = require "wherry.failure"
local match = require "wherry.match"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local schema_pg = require "wherry.schema.pg"
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

-- Quotes are those of SQL; without them a name is taken as it is written.
local function part(text, first)
    if text:sub(first, first) == '"' then
        local place = first
        repeat
            place = text:find('"', place + 1, true)
            local doubled = place and text:sub(place + 1, place + 1) == '"'
            place = doubled and place + 1 or place
        until not doubled
        return place and text:sub(first + 1, place - 1):gsub('""', '"'), place and place + 1
    end
    local behind = text:find(".", first, true) or #text + 1
    return text:sub(first, behind - 1), behind
end

-- "name" or "schema.name".
local function parse(text)
    local name, behind = part(text, 1)
    local schema
    if behind and text:sub(behind, behind) == "." then
        schema = name
        name, behind = part(text, behind + 1)
    end
    if not behind or behind <= #text or name == "" or schema == "" then
        failure.raise("usage", ("%q is no name of a table"):format(text), 'for example "events", "app.events"')
    end
    return schema, name
end

local REFUSED = { v = "a view", m = "a materialized view" }

-- The relation that is meant.
local function find(query, text)
    local schema, name = parse(text)
    local by_name, known = {}, {}
    for _, row in ipairs(query(RELATIONS, { schema, n = 1 })) do
        if not by_name[row.name] then
            by_name[row.name] = row
            known[#known + 1] = row.name
        end
    end
    local found, how, alternatives = match.find(name, known)
    if how == "ambiguous" then
        failure.raise("usage", ("there is more than one table %q without regard to case"):format(text),
            "write it as it is: " .. table.concat(alternatives, " or "), { table = text })
    elseif not found then
        failure.raise("usage", ("there is no table %q%s"):format(name, schema and (" in the schema %q"):format(schema)
            or ""), match.suggestion(name, known) or not schema and "name its schema, too" or nil, { table = text })
    end
    local row = by_name[found]
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
    return { connection = connection, target_sql = target, binary = binary, columns = columns,
        copy_sql = ("COPY %s (%s) FROM STDIN%s"):format(target, names.list_pg(listed),
            binary and " (FORMAT binary)" or "") }, listed
end

---@class wherry.PgSink : wherry.RowSink
---@field private handle wherry.Handle
---@field private rows userdata the core's
---@field private nested boolean within a transaction of somebody else's
local Sink = {}
Sink.__index = Sink

function Sink:write(...)
    self.rows:write(...)
end

function Sink:finish()
    local stored = self.rows:finish()
    return self.rows:rows(), stored
end

local function commit_fault(target, fault)
    if fault.kind == "connection" then
        fault.message = ("whether the rows of %s are stored is not known: %s"):format(target, fault.message)
        fault.hint = "look into the table before you write them again"
    elseif failure.is(fault) then
        fault.message = ("the rows of %s were refused at the commit: %s"):format(target, fault.message)
    end
    return fault
end

function Sink:commit()
    self.rows:close()
    local sql = self.nested and "RELEASE SAVEPOINT wherry_writer" or "COMMIT"
    local ok, fault = pcall(self.handle.connection.query, self.handle.connection, sql)
    if not ok then
        error(commit_fault(self.target, fault), 0)
    end
    self:left()
end

function Sink:left()
    if not self.nested then
        self.handle.in_transaction = false
    end
end

local function end_transaction(connection, nested)
    if nested then
        connection:query "ROLLBACK TO SAVEPOINT wherry_writer"
        connection:query "RELEASE SAVEPOINT wherry_writer"
    else
        connection:query "ROLLBACK"
    end
end

-- Where it fails the connection is of no use any more, and the server takes everything back.
function Sink:rollback()
    if self.rows then
        self.rows:close()
    end
    if self.handle.connection then
        pcall(end_transaction, self.handle.connection, self.nested)
    end
    self:left()
end

-- Functions of triggers, defaults and CHECKs find what they call as they do for the application.
local function begin(self, query)
    query(self.nested and "SAVEPOINT wherry_writer" or "BEGIN")
    if query("SHOW search_path")[1].search_path == "pg_catalog" then
        query "SET LOCAL search_path TO DEFAULT"
    end
end

local function prepare(self, query, table_name, wanted)
    local row, target = find(query, table_name)
    local t = model.table(schema_pg.read(query, row.schema), row.name)
    local chosen = writer_columns.choose(t, target, wanted)
    if #t.insert_triggers == 0 then
        writer_columns.check_left_out(t, target, chosen, function(column)
            return column.has_default or column.identity
        end)
    end
    local options
    options, self.columns = copy_options(self.handle.connection, t, target, chosen)
    self.target = target
    self.rows = core.pg_writer(options)
end

---@param handle wherry.Handle
---@param table_name string
---@param wanted string[] columns
---@return wherry.PgSink
function writer_pg.open(handle, table_name, wanted)
    local connection = handle.connection
    local self = setmetatable({ handle = handle, nested = connection:in_transaction() }, Sink)
    local function query(sql, parameters)
        return connection:query(sql, parameters)
    end
    begin(self, query)
    if not self.nested then
        handle.in_transaction = true
    end
    local ok, fault = pcall(prepare, self, query, table_name, wanted)
    if not ok then
        self:rollback()
        error(fault, 0)
    end
    return self
end

return writer_pg
