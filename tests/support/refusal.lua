-- refusal.lua: what a call raises, which has to be a failure object.
local failure = require "wherry.failure"

---@param call function
---@param ... any its arguments
---@return wherry.Failure
return function(call, ...)
    local passed, raised = pcall(call, ...)
    assert(not passed, "it was no error")
    assert(failure.is(raised), tostring(raised))
    return raised
end
