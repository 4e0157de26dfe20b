-- moment.lua: a moment in UTC, as people read it and as documents have it.
local moment = {}

---@param seconds number since 1970
---@return string
function moment.text(seconds)
    return os.date("!%Y-%m-%d %H:%M:%S UTC", math.floor(seconds)) --[[@as string]]
end

--- ISO 8601, as all documents of --json have it.
---@param seconds number since 1970
---@return string
function moment.iso(seconds)
    return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(seconds)) --[[@as string]]
end

return moment
