-- removal.lua: moves rows that are in the target already to the rejects: they go from their tables, come into the
-- journal and are counted there, in one statement.
local digest_removed = require "wherry.digest.removed"
local json = require "wherry.json"
local restart = require "wherry.engine.restart"
local source_set = require "wherry.engine.source_set"

local removal = {}

local function hex(bytes)
    return bytes and "\\x" .. bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end) or nil
end

local function rows_json(rows)
    local list = json.array()
    for i, row in ipairs(rows) do
        list[i] = { oid = row.oid, tid = row.tid, x = row.x, key = hex(row.source.key), key_text = row.source.key_text,
            column_name = row.column, value = row.value, sqlstate = row.sqlstate, reason = row.reason, hint = row.hint,
            row = row.source.row }
    end
    return json.encode(list)
end

-- The parts for one table: what is given, the rows that go, the step that counts them, the rejects, what the sums of
-- the table lose.
local PARTS = [[given%1$d AS (SELECT * FROM json_to_recordset($%2$d::json) AS r(oid oid, tid tid, x text, key bytea,
    key_text text, column_name text, value text, sqlstate text, reason text, hint text, row text)),
gone%1$d AS (DELETE FROM %4$s t USING given%1$d g
    WHERE t.ctid = g.tid AND t.tableoid = g.oid AND t.xmin::text = g.x RETURNING g.*),
step%1$d AS (INSERT INTO %5$s.slice (run, source, source_table, state, kind, passed, started, finished)
    SELECT $1, $%7$d, $%3$d, 'done', 'retry', -count(*), clock_timestamp(), clock_timestamp() FROM gone%1$d
    HAVING count(*) > 0 RETURNING id, passed),
counted%1$d AS (INSERT INTO %5$s.slice_target (slice, target, passed, inserted, rejected)
    SELECT id, $%6$d, passed, passed, -passed FROM step%1$d),
kept%1$d AS (INSERT INTO %5$s.reject (run, slice, source, source_table, target, key, key_text, column_name, value,
        sqlstate, reason, hint, row)
    SELECT $1, s.id, $%7$d, $%3$d, $%6$d, g.key, g.key_text, g.column_name, g.value, g.sqlstate, g.reason, g.hint, g.row
    FROM gone%1$d g CROSS JOIN step%1$d s),
summed%1$d AS (INSERT INTO %5$s.slice_digest (slice, target, digest)
    SELECT id, $%6$d, decode($%8$d, 'hex') FROM step%1$d WHERE $%8$d <> '')]]

-- Lua's format takes no places.
local function fill(parts, values)
    return (parts:gsub("%%(%d)%$[ds]", function(place) return tostring(values[tonumber(place)]) end))
end

---Moves rows. Rows that somebody has changed since they were looked at stay where they are.
---@param journal wherry.Journal
---@param run integer
---@param lists { tbl: wherry.LoadTable, rows: table[] }[] rows with oid, tid, x, source, reason and what else is known
---@param resolved wherry.Resolved
function removal.move(journal, run, lists, resolved)
    local parts, parameters = {}, { run }
    local statements, back = {}, {}
    for i, list in ipairs(lists) do
        restart.trigger_statements(journal, { id = run }, list.tbl.target_sql, statements, back)
        local first, rows = #parameters, rows_json(list.rows)
        table.move({ rows, list.tbl.read.table, list.tbl.target_sql, source_set.from(list.tbl),
            digest_removed.digest(journal, run, resolved, list.tbl.target_sql, rows) or "" }, 1, 5, first + 1,
            parameters)
        parts[i] = fill(PARTS, { i, first + 1, first + 2, list.tbl.target_sql, journal.schema, first + 3,
            first + 4, first + 5 })
    end
    -- triggers that fire find their tables as in a session of the application's
    statements[#statements + 1] = { "SET LOCAL search_path TO DEFAULT" }
    statements[#statements + 1] = { "WITH " .. table.concat(parts, ",\n") .. "\nSELECT 1", table.unpack(parameters) }
    statements[#statements + 1] = { "SET LOCAL search_path TO pg_catalog" }
    table.move(back, 1, #back, #statements + 1, statements)
    journal:step(run, statements)
end

return removal
