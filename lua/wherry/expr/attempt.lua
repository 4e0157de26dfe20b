-- attempt.lua: runs a translation. A refusal is a result, and so is a mistake of our own: one expression must not keep
-- a whole file from being carried; its receipt says what happened.
local failure = require "wherry.failure"

---@param work function raises { refusal: string } for what is not translated
---@param ... any its arguments
---@return any result nil: not translated
---@return string? reason
return function(work, ...)
    local ok, result = pcall(work, ...)
    if ok then
        return result
    elseif type(result) == "table" and result.refusal then
        return nil, result.refusal
    elseif failure.is(result) then
        error(result, 0)
    end
    return nil, ("a mistake in wherry, please report it (%s)"):format(tostring(result))
end
