-- failure.lua: errors of the Lua side have the form of the core's: a table with kind and message that prints as text.
local failure = {}

---@class wherry.Failure
---@field kind string one of the core's kinds: usage, environment, plan, value, server, connection, source, changed, ...
---@field message string one sentence
---@field hint string? what to do

local meta = { __tostring = function(self) return self.message end }

---@param kind string
---@param message string
---@param hint string?
---@return wherry.Failure
function failure.new(kind, message, hint)
    return setmetatable({ kind = kind, message = message, hint = hint }, meta)
end

---@param kind string
---@param message string
---@param hint string?
function failure.raise(kind, message, hint)
    error(failure.new(kind, message, hint), 0)
end

--- Any raised value as a failure: structured ones as they are, everything else is an internal error.
---@param raised any
---@return wherry.Failure
function failure.from(raised)
    if type(raised) == "table" and raised.kind and raised.message then
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
