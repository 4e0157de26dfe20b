-- interruptible.lua: calls a function of a script so that a signal ends it, even where it never asks the databases.
local core = require "wherry.core"
local failure = require "wherry.failure"

local LOOK_INSTRUCTIONS = 100000 -- of Lua, between two looks

---Calls the work as xpcall does; raises kind "interrupted" inside of it when a signal asks to stop.
---@param work function
---@param handler fun(raised: any): any
---@param ... any
---@return boolean ok
---@return any ... what the work gives, or what the handler makes of what was raised
return function(work, handler, ...)
    local hook, mask, count = debug.gethook()
    debug.sethook(function()
        if core.sys.stopped() then
            failure.raise("interrupted", "interrupted by a signal")
        end
    end, "", LOOK_INSTRUCTIONS)
    local results = table.pack(xpcall(work, handler, ...))
    debug.sethook(hook, mask, count)
    return table.unpack(results, 1, results.n)
end
