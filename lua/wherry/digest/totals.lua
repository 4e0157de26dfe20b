-- digest/totals.lua: what tables hold: summed up by the server as of one moment, or, where it hashes otherwise than we
-- do, read and summed up here.
local expectation = require "wherry.digest.expectation"
local server = require "wherry.digest.server"
local target_rows = require "wherry.drill.target"

local totals = {}

-- The rows travel; as they stand when each table is read.
local function stream(session, list, progress)
    local beside, found = session:beside(), {}
    local ok, fault = pcall(function()
        for _, target in ipairs(list) do
            found[target.target_sql] = expectation.total(target_rows.sum({ session = beside, progress = progress },
                target))
        end
    end)
    beside:close()
    if not ok then
        error(fault, 0)
    end
    return found
end

---Rows and sums of tables.
---@param session wherry.Session
---@param list wherry.DigestTarget[] that have digests
---@param phase string what is done, in the telling
---@param progress fun(report: wherry.ProgressReport)
---@return table<string, wherry.DigestTotal> totals by target_sql
---@return string|nil why the server does not sum up itself
function totals.of(session, list, phase, progress)
    if not list[1] then
        return {}
    end
    local why
    local found = session:read_at_once(function(connection)
        local function query(sql, parameters) return connection:query(sql, parameters) end
        local can, reason = server.can_sum(query)
        why = reason
        server.prepare(query)
        return can and server.totals(query, list, function(index)
            progress { table = list[index].table, phase = phase, index = index, tables = #list, done = false }
        end) or nil
    end)
    return found or stream(session, list, progress), why
end

return totals
