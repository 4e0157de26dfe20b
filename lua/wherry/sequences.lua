-- sequences.lua: after the load every sequence of a loaded table stands above the data, and that is proven.
local names = require "wherry.names"

local sequences = {}

-- The sequence behind a column: named by the plan, or the one that an identity or serial column owns.
local function find(session, tbl, entry)
    local rows = session:query([[SELECT n.nspname AS schema, c.relname AS name, s.seqincrement AS increment
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE s.seqrelid = coalesce($1, pg_get_serial_sequence($2, $3))::regclass]],
        { entry.sequence, tbl.target_sql, entry.column, n = 3 })
    return rows[1]
end

local function finding(tbl, entry, reason, hint)
    return { code = "sequence", table = tbl.source, column = entry.column, reason = reason, hint = hint }
end

-- Never lowers a sequence: others may share it.
local function set(session, lock_sql, lock_parameters, tbl, entry, name)
    session:step(lock_sql, lock_parameters, { { ([[SELECT setval($1::regclass, v) FROM (SELECT greatest(
            (SELECT max(%s)::bigint FROM %s), $2::bigint, (SELECT CASE WHEN is_called THEN last_value END FROM %s)) AS v) AS s
        WHERE v >= (SELECT seqmin FROM pg_sequence WHERE seqrelid = $1::regclass)]]):format(
        names.quote_pg(entry.column), tbl.target_sql, name), name, entry.source_seq, n = 3 } })
end

local function proven(session, tbl, entry, name, increment)
    local row = session:query(([[SELECT next, highest, next > coalesce(highest, next - 1) AS above FROM (
        SELECT CASE WHEN is_called THEN last_value::numeric + %s ELSE last_value END AS next,
            (SELECT max(%s)::numeric FROM %s) AS highest FROM %s) AS s]]):format(increment, names.quote_pg(entry.column),
        tbl.target_sql, name))[1]
    return row.above == "t", row
end

--- Sets the sequences of all loaded tables and proves that the next value is above the highest one.
---@param journal wherry.Journal
---@param run integer
---@param resolved table
---@return wherry.Finding[]
function sequences.settle(journal, run, resolved)
    local findings = {}
    local session = journal.session
    local lock_sql = journal:sql "SELECT 1 FROM %s.run WHERE id = $1 AND state = 'running' FOR UPDATE"
    for _, tbl in ipairs(resolved.tables) do
        for _, entry in ipairs(tbl.sequences or {}) do
            local found = find(session, tbl, entry)
            if found and not found.increment:find "^-" then
                local name = names.quote_pg(found.schema) .. "." .. names.quote_pg(found.name)
                local ok, fault = pcall(set, session, lock_sql, { run }, tbl, entry, name)
                if not ok and fault.kind ~= "server" then
                    error(fault, 0)
                end
                local above, row = proven(session, tbl, entry, name, found.increment)
                if not above then
                    findings[#findings + 1] = finding(tbl, entry,
                        ("the next value of sequence %s is %s, and the highest value is %s%s"):format(name, row.next,
                            row.highest, ok and "" or (" (" .. fault.message .. ")")),
                        "new rows would collide: widen the sequence or set it by hand")
                end
            end
        end
    end
    return findings
end

--- ANALYZE of every loaded table, so that the first queries are planned well.
---@param journal wherry.Journal
---@param run integer
---@param resolved table
function sequences.analyze(journal, run, resolved)
    local lock_sql = journal:sql "SELECT 1 FROM %s.run WHERE id = $1 AND state = 'running' FOR UPDATE"
    for _, tbl in ipairs(resolved.tables) do
        journal.session:step(lock_sql, { run }, { { "ANALYZE " .. tbl.target_sql } })
    end
end

return sequences
