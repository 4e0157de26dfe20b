-- journal/counts.lua: what the steps of a run have counted, added up by source table.
local journal_counts = {}

local COUNTED = { "read", "filtered", "merged", "passed", "emitted", "inserted", "updated", "skipped", "rejected" }
local STAGES = 5 -- the version that knows what stages took out

---@param journal wherry.Journal
---@param run integer
---@return table<string, table> counts as journal:counts
function journal_counts.read(journal, run)
    local counts, staged = {}, journal:has_version(STAGES)
    -- a slice may have rows for several targets: they are added up before they meet the slice
    for _, row in ipairs(journal:query([[SELECT s.source_table, sum(s.read) AS read, sum(s.filtered) AS filtered,
            ]] .. (staged and "sum(s.merged)" or "0") .. [[ AS merged, sum(s.passed) AS passed,
            sum(t.emitted) AS emitted, sum(t.inserted) AS inserted, sum(t.updated) AS updated,
            sum(t.skipped) AS skipped, sum(t.rejected) AS rejected,
            round(extract(epoch FROM sum(s.finished - s.started))::numeric, 3) AS seconds
            FROM %s.slice s CROSS JOIN LATERAL (SELECT sum(emitted) AS emitted, sum(inserted) AS inserted,
                sum(updated) AS updated, sum(skipped) AS skipped, sum(rejected) AS rejected
                FROM %s.slice_target WHERE slice = s.id AND (emitted = 0 OR passed <> 0)) t
            WHERE s.run = $1 AND s.state = 'done' GROUP BY s.source_table]], { run })) do
        local entry = { seconds = tonumber(row.seconds), filtered_by = {} }
        for _, field in ipairs(COUNTED) do
            entry[field] = math.tointeger(tonumber(row[field])) or 0
        end
        counts[row.source_table] = entry
    end
    for _, row in ipairs(staged and journal:query([[SELECT s.source_table, f.reason, sum(f.rows) AS rows FROM %s.slice s
            JOIN %s.slice_filtered f ON f.slice = s.id WHERE s.run = $1 AND s.state = 'done'
            GROUP BY s.source_table, f.reason]], { run }) or {}) do
        counts[row.source_table].filtered_by[row.reason] = math.tointeger(tonumber(row.rows))
    end
    for _, row in ipairs(journal:query([[SELECT s.source_table, t.target, sum(t.emitted) AS emitted,
            sum(t.inserted) AS inserted, sum(t.skipped) AS skipped FROM %s.slice s
            JOIN %s.slice_target t ON t.slice = s.id AND t.emitted <> 0 AND t.passed = 0
            WHERE s.run = $1 AND s.state = 'done' GROUP BY s.source_table, t.target]], { run })) do
        local entry = counts[row.source_table]
        entry.emitted_into = entry.emitted_into or {}
        entry.emitted_into[row.target] = { emitted = math.tointeger(tonumber(row.emitted)),
            inserted = math.tointeger(tonumber(row.inserted)), skipped = math.tointeger(tonumber(row.skipped)) }
    end
    return counts
end

return journal_counts
