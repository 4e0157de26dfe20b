-- reading.lua: the session in which a PostgreSQL schema is read: one transaction that only reads, whose snapshot all
-- connections share, with locks that keep its tables from being changed or emptied meanwhile.
local names = require "wherry.names"
local odd_values = require "wherry.back.odd_values"

local reading = {}

-- Tables that this role may read; to know them no snapshot may be taken yet.
local TABLES = [[SELECT c.relname AS name FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY c.relname]]

---Begins the transaction. The locks come before its first look: TRUNCATE knows no snapshots.
---@param session wherry.Session that tries nothing again
---@param schema string
---@return string snapshot id
---@return string seen which transactions it sees
function reading.begin(session, schema)
    local list = {}
    for i, row in ipairs(session:query(TABLES, { schema })) do
        list[i] = names.qualified(schema, row.name)
    end
    session:query "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    if list[1] then
        session:query(("LOCK TABLE %s IN ACCESS SHARE MODE"):format(table.concat(list, ", ")))
    end
    local row = session:query([[SELECT pg_catalog.pg_export_snapshot() AS id,
        'transactions ' || pg_catalog.txid_current_snapshot() AS seen]])[1]
    return row.id, row.seen
end

---The number of rows of each table, and the receipts of odd values.
---@param session wherry.Session
---@param resolved wherry.BackResolved
---@return integer[] counts
---@return wherry.Object[] receipts
function reading.count(session, resolved)
    local counts, receipts = {}, {}
    for i, t in ipairs(resolved.tables) do
        local row = session:query(t.count_sql)[1]
        counts[i] = math.tointeger(tonumber(row.n))
        local found = odd_values.receipts(t.source, row, t.odd)
        table.move(found, 1, #found, #receipts + 1, receipts)
    end
    return counts, receipts
end

return reading
