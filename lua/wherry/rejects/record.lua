-- record.lua: what the journal holds of rejected rows: counted, in groups with their first examples, one by one. The
-- values and rows are JSON already, as core/cell_json.h writes it.
local cjson = require "cjson"
local json = require "wherry.json"

local record = {}

local GROUPS, EXAMPLES = 100, 3
local PAGE = 200 -- rows of 1 MiB and more are possible

-- Reasons differ in the value or the byte that they name; rows with the same reason but for that are one group. What
-- stands in quotes is the value where the data is at fault, and a constraint's name everywhere else.
local ALIKE = [[regexp_replace(CASE WHEN sqlstate LIKE '22%' THEN regexp_replace(reason, '"[^"]*"', '""', 'g')
    ELSE reason END, '[0-9]+', '0', 'g')]]

-- A long value is cut for an example.
local SHORT = [[CASE WHEN (octet_length(value) > 2000) IS NOT TRUE THEN value ELSE (
    SELECT json_build_object('class', v ->> 'class', form, left(v ->> form, 500),
        'bytes', octet_length(v ->> form) / CASE form WHEN 'hex' THEN 2 ELSE 1 END)::text
    FROM (SELECT v, CASE WHEN v ->> 'hex' IS NULL THEN 'text' ELSE 'hex' END AS form
        FROM (SELECT value::json AS v) AS j) AS f) END]]

local function integer(text)
    return math.tointeger(tonumber(text))
end

---A stored value as the journal has it: { class =, text = or hex =, bytes = }.
---@param text string|nil
---@return table|nil
function record.value(text)
    return text and cjson.decode(text)
end

---How many rows of each table are rejected and not loaded since.
---@param journal wherry.Journal
---@param run integer
---@return table<string, integer> by the source table's name as the journal has it
function record.open(journal, run)
    local counts = {}
    for _, row in ipairs(journal:query([[SELECT source_table, count(*) AS n FROM %s.reject
        WHERE run = $1 AND state = 'open' GROUP BY source_table]], { run })) do
        counts[row.source_table] = integer(row.n)
    end
    return counts
end

---@class wherry.RejectGroup rows that were rejected for the same reason
---@field table string
---@field column string|nil
---@field sqlstate string|nil
---@field reason string of the first
---@field hint string|nil
---@field count integer
---@field examples { key: string|nil, value: table|nil }[] the first rows

---The open rejects in groups, the largest first within a table; beyond the first groups, one that stands for the rest.
---@param journal wherry.Journal
---@param run integer
---@return wherry.RejectGroup[]
function record.groups(journal, run)
    local groups, by_id = {}, {}
    local rows = journal:query(([[SELECT source_table, column_name, sqlstate, reason, hint, key_text, %s AS value,
            total, first FROM (SELECT *, dense_rank() OVER (ORDER BY source_table, total DESC, first) AS position
            FROM (SELECT *, row_number() OVER w AS n, count(*) OVER (PARTITION BY source_table, column_name, sqlstate,
                alike) AS total, min(id) OVER (PARTITION BY source_table, column_name, sqlstate, alike) AS first
                FROM (SELECT *, %s AS alike FROM %%s.reject WHERE run = $1 AND state = 'open') AS r
                WINDOW w AS (PARTITION BY source_table, column_name, sqlstate, alike ORDER BY id)) AS g
            WHERE n <= %d) AS p WHERE position <= %d ORDER BY position, n]]):format(SHORT, ALIKE, EXAMPLES, GROUPS),
        { run })
    for _, row in ipairs(rows) do
        local group = by_id[row.first]
        if not group then
            group = { table = row.source_table, column = row.column_name, sqlstate = row.sqlstate, reason = row.reason,
                hint = row.hint, count = integer(row.total), examples = {} }
            by_id[row.first], groups[#groups + 1] = group, group
        end
        table.insert(group.examples, { key = row.key_text, value = record.value(row.value) })
    end
    return groups
end

---@class wherry.RejectFilter
---@field table string|nil the source table's name as the journal has it
---@field behind integer|nil only rows with a greater id
---@field limit integer|nil

---Open rejects one by one, in the order in which they were found.
---@param journal wherry.Journal
---@param run integer
---@param filter wherry.RejectFilter
---@return table[] rows with id, source_table, target, key_text, column_name, value, sqlstate, reason, hint, row
function record.rows(journal, run, filter)
    return journal:query([[SELECT id, source_table, target, key_text, column_name, value, sqlstate, reason, hint, row,
            found FROM %s.reject WHERE run = $1 AND state = 'open' AND ($2::text IS NULL OR source_table = $2)
            AND id > $3 ORDER BY id LIMIT $4]], { run, filter.table, filter.behind or 0, filter.limit or PAGE, n = 4 })
end

---A reject as a document.
---@param run integer
---@param row table from record.rows
---@return table
function record.document(run, row)
    local function known(value)
        return value == nil and json.null or value
    end
    return { run = run, table = row.source_table, key = known(row.key_text), column = known(row.column_name),
        value = row.value and json.raw(row.value) or json.null, reason = row.reason, sqlstate = known(row.sqlstate),
        row = json.raw(row.row) }
end

---Calls `act` with every open reject, a page at a time.
---@param journal wherry.Journal
---@param run integer
---@param filter wherry.RejectFilter
---@param act fun(row: table)
function record.each(journal, run, filter, act)
    local behind, left = 0, filter.limit or math.maxinteger
    repeat
        local rows = record.rows(journal, run, { table = filter.table, behind = behind, limit = math.min(PAGE, left) })
        for _, row in ipairs(rows) do
            act(row)
            behind = integer(row.id)
        end
        left = left - #rows
    until #rows < PAGE or left == 0
end

return record
