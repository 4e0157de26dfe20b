-- hook_changes.lua: what a step of the plan did to the tables of its run, for the ledger and for --restart: their rows
-- are counted by the server, once within the step and once beside it.
local emits = require "wherry.resolve.emits"
local names = require "wherry.names"
local progress = require "wherry.progress"

local hook_changes = {}

-- The tables that the transaction holds locks on by which rows are changed, its partitions among them; alone: nobody
-- else can read the table meanwhile.
local TOUCHED = [[SELECT t.n, bool_or(l.mode = 'AccessExclusiveLock') AS alone
    FROM unnest($1::text[]) WITH ORDINALITY AS t(name, n), to_regclass(t.name) AS r,
        LATERAL (SELECT r::oid AS oid UNION SELECT relid FROM pg_partition_tree(r)) AS part
        JOIN pg_locks l ON l.relation = part.oid
    WHERE l.pid = pg_backend_pid() AND l.granted
    AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    GROUP BY t.n ORDER BY t.n]]

-- The rows, and the transactions of the last ones: those that are not over are the step's own, savepoints among them.
local WITHIN = [[SELECT r.n, (SELECT array_agg(x) FROM unnest(r.younger) AS x WHERE pg_xact_status(
        (top + (x - top %% 4294967296 + 4294967296) %% 4294967296)::text::xid8) = 'in progress') AS xids
    FROM (SELECT $1::bigint AS top) AS step, LATERAL (SELECT count(*) AS n, array_agg(DISTINCT xmin::text::bigint)
        FILTER (WHERE age(xmin) <= age((top %% 4294967296)::text::xid)) AS younger FROM %s) AS r]]

local function integer(text)
    return math.tointeger(tonumber(text))
end

-- The rows that a table had before the step. Where the step lets nobody read it, those that the run knows of.
local function rows_before(state, tbl, alone)
    if not alone then
        return integer(state.session:query("SELECT count(*) AS n FROM " .. (tbl.rows_sql or tbl.target_sql))[1].n)
    end
    local counts, before = state.journal:counts(state.run), integer(tbl.before or "0")
    for _, one in ipairs(state.resolved.tables) do -- several may go into the same
        local own = one.target_sql == tbl.target_sql and counts[one.read.table]
        before = before + (own and own.inserted or 0)
    end
    for _, one in pairs(counts) do
        local emitted = one.emitted_into and one.emitted_into[tbl.target_sql]
        before = before + (emitted and emitted.inserted or 0)
    end
    return before
end

local function words_of(changed)
    local parts = {}
    for _, one in ipairs(changed) do
        if one.rows ~= 0 then
            parts[#parts + 1] = ("%s has %s row%s %s"):format(one.target, progress.grouped(math.abs(one.rows)),
                math.abs(one.rows) == 1 and "" or "s", one.rows > 0 and "more" or "less")
        end
    end
    return parts[1] and table.concat(parts, ", ")
end

--- What the open step has done to the run's tables.
---@param state table the engine's
---@param connection userdata the step's
---@param xid string the step's transaction
---@return wherry.HookTarget[] changed
---@return string|nil words nil: no table has more rows or less
function hook_changes.look(state, connection, xid)
    local tables, list, changed, seen = emits.all(state.resolved), {}, {}, {}
    for index, tbl in ipairs(tables) do
        list[index] = tbl.target_sql
    end
    for _, row in ipairs(connection:query(TOUCHED, { names.array_pg(list) })) do
        local tbl = tables[integer(row.n)]
        if not seen[tbl.target_sql] then
            seen[tbl.target_sql] = true
            local now = connection:query(WITHIN:format(tbl.rows_sql or tbl.target_sql), { xid })[1]
            local xids = {}
            for word in (now.xids or ""):gmatch "%d+" do
                xids[#xids + 1] = word
            end
            changed[#changed + 1] = { target = tbl.target_sql, xids = xids,
                rows = integer(now.n) - rows_before(state, tbl, row.alone == "t"),
                own = integer(tbl.before or "0") == 0 }
        end
    end
    return changed, words_of(changed)
end

return hook_changes
