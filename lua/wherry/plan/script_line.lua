-- script_line.lua: the line of a script that is being executed, for messages.
local script_line = {}

local DEEPEST = 200 -- levels of the stack that are looked at

---The current line of the innermost function on the stack that was read from the script; nil: there is none.
---@param path string|nil the script's, as it was loaded
---@return integer|nil
function script_line.of(path)
    local source = path and "@" .. path
    for level = 2, source and DEEPEST or 0 do
        local info = debug.getinfo(level, "Sl")
        if not info then
            return nil
        elseif info.source == source and info.currentline > 0 then
            return info.currentline
        end
    end
end

return script_line
