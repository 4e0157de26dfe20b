-- Which functions of a schema are the runtime functions of the way there: those whose source is theirs.
local runtime = require "wherry.expr.pg.runtime"

local back_runtime = {}

---@param m wherry.Model of dialect "pg", read entire
---@param schema string
---@return table<string, string> by name: the schema
function back_runtime.recognise(m, schema)
    local found, other = {}, {}
    for _, routine in ipairs(m.functions or {}) do
        if routine.name:find("^sqlite_[%w_]+$") and runtime.has(routine.name) then
            local same = false
            for _, statement in ipairs(runtime.statements({ [routine.name] = true }, schema)) do
                same = same or (statement.name == routine.name and routine.source ~= nil
                    and statement.sql:find(routine.source, 1, true) ~= nil)
            end
            found[routine.name], routine.runtime = schema, same
            other[routine.name] = other[routine.name] or not same
        end
    end
    for name, foreign in pairs(other) do
        found[name] = not foreign and found[name] or nil
    end
    return found
end

return back_runtime
