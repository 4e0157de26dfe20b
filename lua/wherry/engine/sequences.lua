-- sequences.lua: after the load every sequence of a loaded table stands behind the data, and that is proven.
local emits = require "wherry.resolve.emits"
local failure = require "wherry.failure"
local names = require "wherry.names"

local sequences = {}

-- The sequence behind a column, named by the plan or owned as identity or serial, and the column's type category.
local FIND = [[SELECT n.nspname AS schema, c.relname AS name, s.seqincrement AS increment, s.seqmin AS lowest,
        s.seqmax AS highest, t.typcategory AS category
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = $2::text::regclass AND a.attname = $3::text JOIN pg_type t ON t.oid = a.atttypid
    WHERE s.seqrelid = coalesce($1::text, pg_get_serial_sequence($2::text, $3::text))::regclass]]

-- Where a sequence that counts upwards and one that counts downwards differ.
local UP = { last = "max", further = "greatest", beyond = ">", within = "v >= %s" }
local DOWN = { last = "min", further = "least", beyond = "<", within = "v <= %s" }

---@class wherry.SequenceState
---@field name string quoted
---@field increment string
---@field way table UP or DOWN
---@field last_sql string the column's last value in that direction, as numeric
---@field first string the sequence's bound at its start

local function find(session, tbl, entry)
    local row = session:query(FIND, { entry.sequence, tbl.target_sql, entry.column, n = 3 })[1]
    if not row then
        return nil
    end
    local way = row.increment:find "^-" and DOWN or UP
    local column = names.quote_pg(entry.column)
    -- Only whole numbers can meet a value of the sequence: of a text column those count that are written as one. The
    -- largest number itself is found by the column's index, where one of its numeric form would be looked for in all
    -- rows.
    local value = row.category == "N" and column
        or ("CASE WHEN %s::text ~ '^-?[0-9]{1,30}$' THEN %s::text::numeric END"):format(column, column)
    return { name = names.qualified(row.schema, row.name), increment = row.increment, way = way,
        first = way == UP and row.lowest or row.highest, lowest = row.lowest, highest = row.highest,
        last_sql = ("(SELECT %s(%s)::numeric FROM %s)"):format(way.last, value, tbl.target_sql) }
end

-- Never sets a sequence back: others may share it, and one that was not used yet may start higher than the data.
local function set(journal, run, entry, found)
    journal:step(run, { { ("SELECT setval($1::regclass, v::bigint) FROM (SELECT %s(%s, $2::numeric, "
        .. "(SELECT last_value::numeric - CASE WHEN is_called THEN 0 ELSE %s END FROM %s)) AS v) AS s WHERE %s"):format(
        found.way.further, found.last_sql, found.increment, found.name, found.way.within:format(found.first)),
        found.name, found.way == UP and entry.source_seq or nil, n = 3 } })
end

-- What the sequence gives next, and whether that is free: behind the data, and within the sequence's bounds.
local function proven(session, found)
    local row = session:query(([[SELECT next, last, next %s coalesce(last, next - (%s)) AS behind,
            next BETWEEN %s AND %s AS within
        FROM (SELECT CASE WHEN is_called THEN last_value::numeric + (%s) ELSE last_value END AS next, %s AS last
            FROM %s) AS s]]):format(found.way.beyond, found.increment, found.lowest, found.highest, found.increment,
        found.last_sql, found.name))[1]
    if row.within == "f" then
        return ("the sequence %s is used up: its next value would be %s, and its bounds are %s and %s"):format(
            found.name, row.next, found.lowest, found.highest)
    elseif row.behind ~= "t" then
        return ("the next value of the sequence %s is %s, and the column holds %s"):format(found.name, row.next,
            row.last)
    end
end

-- Runs `work`; gives the server's refusal as text instead of raising it.
local function refusal(work, ...)
    local ok, result = pcall(work, ...)
    if ok then
        return nil, result
    elseif failure.is(result) and result.kind == "server" then
        return result.message
    end
    error(result, 0)
end

---What is wrong with the next value of a sequence; nil: nothing, or the column has none. Only looks.
---@param session wherry.Session
---@param tbl wherry.LoadTable
---@param entry wherry.LoadSequence
---@return string|nil
function sequences.problem(session, tbl, entry)
    local found = find(session, tbl, entry)
    return found and proven(session, found)
end

local function settle(journal, run, tbl, entry)
    local refused, found = refusal(find, journal.session, tbl, entry)
    if not refused and not found then
        return nil
    end
    refused = refused or refusal(set, journal, run, entry, found)
    local unproven, problem
    if found then
        unproven, problem = refusal(proven, journal.session, found)
    end
    problem = problem or unproven or refused
    return problem and { code = "sequence", table = tbl.source, column = entry.column,
        reason = problem .. (refused and refused ~= problem and (" (%s)"):format(refused) or ""),
        hint = "new rows would collide or be refused: widen the sequence, or set it by hand" }
end

--- Sets the sequences of all loaded tables and proves that the next value is free.
---@param journal wherry.Journal
---@param run integer
---@param resolved wherry.Resolved
---@return wherry.Finding[]
function sequences.settle(journal, run, resolved)
    local findings = {}
    for _, tbl in ipairs(emits.all(resolved)) do
        for _, entry in ipairs(tbl.sequences or {}) do
            findings[#findings + 1] = settle(journal, run, tbl, entry)
        end
    end
    return findings
end

--- ANALYZE of every loaded table, so that the first queries are planned well. What does not let itself be analyzed is
--- no reason to fail: its rows are there. A plan may do without.
---@param journal wherry.Journal
---@param run integer
---@param resolved wherry.Resolved
---@param analyzed table<string, boolean> by target_sql: were already, beside the load
---@param log fun(level: string, text: string)
---@return boolean asked for
function sequences.analyze(journal, run, resolved, analyzed, log)
    if resolved.analyze == false then
        log("verbose", "takes no statistics of the tables: run ANALYZE")
        return false
    end
    for _, tbl in ipairs(emits.all(resolved)) do
        -- functions in its indexes find what they call as they do for the application
        local refused = not analyzed[tbl.target_sql] and refusal(journal.step, journal, run,
            { { "SET LOCAL search_path TO DEFAULT" }, { "ANALYZE " .. tbl.target_sql } })
        if refused then
            log("warning", ("ANALYZE %s: %s"):format(tbl.target_sql, refused))
        end
    end
    return true
end

return sequences
