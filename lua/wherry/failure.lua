-- failure.lua: errors of the Lua side have the form of the core's: a table with kind and message that prints as text.
local failure = {}

---@class wherry.Failure
---@field kind string one of the core's kinds: usage, environment, plan, value, server, connection, source, changed, ...
---@field message string one sentence
---@field hint string? what to do
---@field table string?
---@field column string?
---@field key string?
---@field row integer? of a writer: the row's number, from 1

local meta = { __name = "wherry.failure", __tostring = function(self) return self.message end }

---@param kind string
---@param message string
---@param hint string?
---@param fields table? table, column, key
---@return wherry.Failure
function failure.new(kind, message, hint, fields)
    local fault = setmetatable({}, meta)
    for name, value in pairs(fields or {}) do
        fault[name] = value
    end
    fault.kind, fault.message, fault.hint = kind, message, hint
    return fault
end

---@param kind string
---@param message string
---@param hint string?
---@param fields table?
function failure.raise(kind, message, hint, fields)
    error(failure.new(kind, message, hint, fields), 0)
end

--- Whether a caught value is such an error, from Lua or from the core.
---@param raised any
---@return boolean
function failure.is(raised)
    return type(raised) == "table" and type(raised.kind) == "string" and type(raised.message) == "string"
end

--- Any raised value as a failure: structured ones as they are, everything else is an internal error.
---@param raised any
---@return wherry.Failure
function failure.from(raised)
    if failure.is(raised) then
        return raised
    end
    return failure.new("internal", tostring(raised))
end

-- The exit code of a failure before anything was written. What happens to a run in the middle is the engine's to say.
local codes = { usage = 2, plan = 4, value = 4, interrupted = 130 }

---@param fault wherry.Failure
---@return integer
function failure.exit_code(fault)
    return codes[fault.kind] or 3
end

return failure
