-- source_tables.lua: how many rows are to be read of each source table, kept in the journal, so that others than the
-- run itself can tell how far it is.
local json = require "wherry.json"

local source_tables = {}

-- What is there already stays as it is unless it is another number: a resumed run counts again.
local WRITE = [[INSERT INTO %s.source_table AS s (run, source, source_table, target, total, excluded)
    SELECT $1, source, source_table, target, total, excluded
    FROM json_to_recordset($2) AS r(source text, source_table text, target text, total bigint, excluded bigint)
    ON CONFLICT (run, source, source_table) DO UPDATE SET total = excluded.total, excluded = excluded.excluded
    WHERE (s.total, s.excluded) IS DISTINCT FROM (excluded.total, excluded.excluded)]]

-- Not FOR UPDATE: steps of lanes whose rejects refer to the run would wait, and be waited for.
local UNDER_WAY = "SELECT 1 FROM %s.run WHERE id = $1 AND state = 'running' FOR NO KEY UPDATE"

--- Writes what was counted. A step of a run that is under way; repeated, it changes nothing.
---@param journal wherry.Journal
---@param run integer
---@param resolved wherry.Resolved
---@param counts table<string, { total: integer, excluded: integer }> by source table, from ledger.source
function source_tables.write(journal, run, resolved, counts)
    local rows = json.array()
    for index, tbl in ipairs(resolved.tables) do
        local count = counts[tbl.source]
        rows[index] = { source = tbl.from or "main", source_table = tbl.read.table, target = tbl.target_sql,
            total = count.total, excluded = count.excluded }
    end
    if rows[1] then
        journal.session:step(journal:sql(UNDER_WAY), { run },
            { { journal:sql(WRITE), run, json.encode(rows) } })
    end
end

--- What was counted, by source table. nil: not all tables were.
---@param journal wherry.Journal
---@param run integer
---@param resolved wherry.Resolved
---@return table<string, { total: integer, excluded: integer }>|nil
function source_tables.read(journal, run, resolved)
    local found, counts = {}, {}
    for _, row in ipairs(journal:query("SELECT source_table, total, excluded FROM %s.source_table WHERE run = $1",
        { run })) do
        found[row.source_table] = { total = math.tointeger(tonumber(row.total)),
            excluded = math.tointeger(tonumber(row.excluded)) }
    end
    for _, tbl in ipairs(resolved.tables) do
        if not found[tbl.read.table] then
            return nil
        end
        counts[tbl.source] = found[tbl.read.table]
    end
    return counts
end

return source_tables
