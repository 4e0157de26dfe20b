-- state_directory.lua: where wherry keeps on this machine what has to outlive a command: the private server, copies.
local failure = require "wherry.failure"

local function set(value)
    return value and value ~= "" and value or nil
end

--- The directory. As root the private server runs as another user, who can't enter /root; therefore a state directory
--- below it is not used.
---@param core table wherry.core
---@param getenv fun(name: string): string|nil
---@param what string what has no place otherwise, for the message
---@param hint string
---@return string
return function(core, getenv, what, hint)
    local home, state = set(getenv "HOME"), set(getenv "XDG_STATE_HOME")
    if state and state:sub(1, 1) ~= "/" then
        state = nil
    end
    if core.sys.euid() == 0 then
        return state and not (state .. "/"):find "^/root/" and state .. "/wherry" or "/var/lib/wherry"
    elseif state then
        return state .. "/wherry"
    elseif home then
        return home .. "/.local/state/wherry"
    end
    failure.raise("environment", ("neither XDG_STATE_HOME nor HOME is set, so %s has no place"):format(what), hint)
end
