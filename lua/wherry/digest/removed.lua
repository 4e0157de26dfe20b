-- digest/removed.lua: rows that a run has sent and takes out of the target again: what they had added to its sums.
local catalog = require "wherry.digest.catalog"
local core = require "wherry.core"
local server = require "wherry.digest.server"
local spec = require "wherry.digest.spec"
local sums = require "wherry.digest.sums"

local removed = {}

local DIGESTS = 6 -- the version of the journal that keeps digests

local SUMS = [[SELECT %s & 1023 AS bucket, count(*) AS n, sum(%s) AS sum FROM %s t
    JOIN json_to_recordset($1::json) AS g(oid oid, tid tid, x text)
        ON t.ctid = g.tid AND t.tableoid = g.oid AND t.xmin::text = g.x GROUP BY 1]]

-- The table as it is hashed, if the run hashes it.
local function hashed_target(journal, run, resolved, target_sql, query)
    local moments = journal:has_version(DIGESTS) and sums.moments(journal, run)[target_sql]
    for _, target in ipairs(moments and moments.before and spec.of(resolved, catalog.of(query)) or {}) do
        if target.target_sql == target_sql and spec.has_digest(target)
            and server.columns(target) == moments.before.columns then
            return target
        end
    end
    return nil
end

---What is to be added to the sums of a table when rows go from it.
---@param journal wherry.Journal
---@param run integer
---@param resolved wherry.Resolved
---@param target_sql string
---@param rows string JSON, with oid, tid and x of each
---@return string|nil packed in hexadecimal digits; nil: the run has no sums of the table
function removed.digest(journal, run, resolved, target_sql, rows)
    local function query(sql, parameters) return journal.session:query(sql, parameters) end
    local target = hashed_target(journal, run, resolved, target_sql, query)
    if not target or not server.can_sum(query) then
        return nil
    end
    local digest = core.digest.new()
    for _, row in ipairs(query(SUMS:format(target.key_sql, target.row_sql, target_sql), { rows })) do
        digest:add_bucket(math.tointeger(tonumber(row.bucket)), -math.tointeger(tonumber(row.n)),
            core.digest.minus("0", row.sum))
    end
    return (digest:pack():gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

return removed
