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

--- ISO 8601 with its microseconds, as values have it.
---@param microseconds integer since 1970
---@return string
function moment.exact(microseconds)
    return ("%s.%06dZ"):format(moment.iso(microseconds // 1000000):sub(1, -2), microseconds % 1000000)
end

return moment
