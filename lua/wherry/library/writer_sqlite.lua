-- writer_sqlite.lua: a writer's rows into a table of a SQLite file, by a prepared INSERT.
local core = require "wherry.core"
local failure = require "wherry.failure"
local names = require "wherry.names"
local row_sink = require "wherry.library.row_sink"
local table_name = require "wherry.library.table_name"
local types = require "wherry.schema.types"
local writer_columns = require "wherry.library.writer_columns"

local writer_sqlite = {}

-- As SQLite looks for a table without schema: temporary ones first, then those of the file.
local TABLES = [[SELECT schema, name, type, wr, strict FROM pragma_table_list
    WHERE (?1 IS NULL OR schema = ?1 COLLATE NOCASE) AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
    ORDER BY schema <> 'temp', schema <> 'main', schema, name]]
local COLUMNS = [[SELECT name, type, "notnull" AS not_null, dflt_value IS NOT NULL AS has_default, pk,
    hidden > 1 AS generated FROM pragma_table_xinfo(?1, ?2) ORDER BY cid]]

-- The INTEGER PRIMARY KEY, which SQLite numbers.
local function find_rowid(columns, found)
    local key, count
    for _, column in ipairs(columns) do
        if column.pk > 0 then
            key, count = column, (count or 0) + 1
        end
    end
    return found.wr == 0 and count == 1 and key.type:upper() == "INTEGER" and key or nil
end

local function read_columns(handle, found)
    local t = { columns = {} }
    for row in handle:rows(COLUMNS, found.name, found.schema) do
        t.columns[#t.columns + 1] = { name = row.name, type = row.type, pk = row.pk, not_null = row.not_null ~= 0,
            has_default = row.has_default ~= 0, generated = row.generated ~= 0 }
    end
    t.rowid = find_rowid(t.columns, found)
    return t
end

local function insert_options(connection, t, found, target, chosen)
    local columns, listed, quoted, places = {}, {}, {}, {}
    for i, column in ipairs(chosen) do
        columns[i] = {
            name = column.name, type = column.type, affinity = types.affinity(column.type, found.strict ~= 0),
            not_null = column.not_null or column == t.rowid,
            is_blob = column.type:upper():find("BLOB", 1, true) ~= nil,
        }
        listed[i], quoted[i], places[i] = column.name, names.quote_sqlite(column.name), "?"
    end
    -- OR ABORT: what a table says of conflicts (IGNORE, REPLACE) would leave rows out, or take rows away.
    return { connection = connection, target = target, columns = columns,
        insert_sql = ("INSERT OR ABORT INTO %s.%s (%s) VALUES (%s)"):format(names.quote_sqlite(found.schema),
            names.quote_sqlite(found.name), table.concat(quoted, ", "), table.concat(places, ", ")) }, listed
end

local function find(handle, text)
    local schema, name = table_name.parse(text)
    local candidates = {}
    for row in handle:rows(TABLES, schema) do
        candidates[#candidates + 1] = row
    end
    local found = table_name.choose(text, schema, name, candidates)
    local target = (found.schema == "main" and "" or found.schema .. ".") .. found.name
    if found.type == "view" then
        failure.raise("usage", ("%s is a view: a writer writes into tables"):format(target), nil, { table = target })
    end
    return found, target
end

---@param handle wherry.Handle
---@param text string the table's name
---@param wanted string[] columns
---@return wherry.RowSink
function writer_sqlite.open(handle, text, wanted)
    local function run(sql)
        handle:run(sql)
    end
    return row_sink.open(handle, "BEGIN IMMEDIATE", run, function(sink)
        local found, target = find(handle, text)
        local t = read_columns(handle, found)
        local chosen = writer_columns.choose(t, target, wanted)
        writer_columns.check_left_out(t, target, chosen, function(column)
            return column.has_default or column == t.rowid
        end)
        local options
        options, sink.columns = insert_options(handle.connection, t, found, target, chosen)
        sink.target = target
        sink.rows = core.sqlite_writer(options)
    end)
end

return writer_sqlite
