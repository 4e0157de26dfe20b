-- digest/sums.lua: what the journal holds of digests: those of the rows that the steps of a run sent, and those of
-- whole tables at moments of the run.
local core = require "wherry.core"
local names = require "wherry.names"

local sums = {}

local AT_ONCE = 256 -- packed digests that are in memory together: 16 kB each at most

--- The rows that a run has sent, by target: all of its slices together.
---@param journal wherry.Journal of version 6
---@param run integer
---@return table<string, table> digests core.digest, by target_sql; of a table that got no row there is none
function sums.sent(journal, run)
    local digests, slice, target = {}, "-1", ""
    repeat
        local rows = journal:query([[SELECT d.slice, d.target, encode(d.digest, 'hex') AS digest
            FROM %s.slice_digest d JOIN %s.slice s ON s.id = d.slice
            WHERE s.run = $1 AND (d.slice, d.target) > ($2, $3) ORDER BY d.slice, d.target LIMIT $4]],
            { run, slice, target, AT_ONCE })
        for _, row in ipairs(rows) do
            digests[row.target] = digests[row.target] or core.digest.new()
            digests[row.target]:add(core.digest.unpack_hex(row.digest))
            slice, target = row.slice, row.target
        end
    until #rows < AT_ONCE
    return digests
end

---@alias wherry.DigestMoment "before"|"loaded"|"after_load"

--- What tables held at the moments of a run.
---@param journal wherry.Journal of version 6
---@param run integer
---@return table<string, table<wherry.DigestMoment, { rows: integer, sum: string, columns: string }>> by target_sql
function sums.moments(journal, run)
    local found = {}
    for _, row in ipairs(journal:query([[SELECT target, moment, rows, sum, columns FROM %s.target_digest
        WHERE run = $1]], { run })) do
        found[row.target] = found[row.target] or {}
        found[row.target][row.moment] = { rows = math.tointeger(tonumber(row.rows)), sum = row.sum,
            columns = row.columns }
    end
    return found
end

--- The statement that keeps what tables hold at a moment.
---@param journal wherry.Journal
---@param run integer
---@param moment wherry.DigestMoment
---@param list { target: string, rows: integer, sum: string, columns: string }[]
---@return table statement
function sums.keep(journal, run, moment, list)
    local columns = { target = {}, rows = {}, sum = {}, columns = {} }
    for i, one in ipairs(list) do
        for name, values in pairs(columns) do
            values[i] = tostring(one[name])
        end
    end
    return { journal:sql [[INSERT INTO %s.target_digest (run, target, moment, rows, sum, columns)
        SELECT $1, target, $2, rows, sum, columns FROM unnest($3::text[], $4::bigint[], $5::numeric[], $6::text[])
            AS given(target, rows, sum, columns)
        ON CONFLICT (run, target, moment) DO UPDATE
        SET rows = excluded.rows, sum = excluded.sum, columns = excluded.columns]], run, moment,
        names.array_pg(columns.target), names.array_pg(columns.rows), names.array_pg(columns.sum),
        names.array_pg(columns.columns) }
end

return sums
