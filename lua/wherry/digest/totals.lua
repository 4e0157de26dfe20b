-- digest/totals.lua: what tables hold, as of one moment: summed up by the server.
local server = require "wherry.digest.server"

local totals = {}

---Rows and sums of tables.
---@param session wherry.Session
---@param list wherry.DigestTarget[] that have digests
---@param tell fun(index: integer)|nil called before each
---@return table<string, wherry.DigestTotal>|nil totals by target_sql; nil: the server can't sum up
---@return string|nil why not
function totals.of(session, list, tell)
    if not list[1] then
        return {}
    end
    local why
    local found = session:read_at_once(function(connection)
        local function query(sql, parameters) return connection:query(sql, parameters) end
        local can, reason = server.can_sum(query)
        why = reason
        server.prepare(query)
        return can and server.totals(query, list, tell) or nil
    end)
    return found, why
end

return totals
