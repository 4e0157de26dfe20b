-- left_out.lua: sources that a run goes without, although the plan's pattern finds them.
local result_of = require "wherry.engine.result"

local left_out = {}

--- Findings for sources that are left out: those that can't be read, and those that do not fit.
---@param state table
---@param resolved wherry.Resolved
function left_out.tell(state, resolved)
    for _, file in ipairs(state.files or {}) do
        if file.fault then
            result_of.finding(state.result, { code = "bad_source", table = file.name, key = file.path,
                reason = ("the source %s is left out: %s"):format(file.name, file.fault.message),
                hint = file.fault.hint })
        end
    end
    result_of.findings(state.result, resolved.left_out or {})
end

return left_out
