-- peak_memory.lua: how much memory this process has needed.
local peak_memory = {}

--- Tells the highest resident size so far, as the kernel counted it.
---@param log fun(level: string, text: string)
function peak_memory.tell(log)
    local file <close> = io.open("/proc/self/status", "r")
    local kilobytes = file and file:read "a":match "VmHWM:%s*(%d+) kB"
    if kilobytes then
        log("verbose", ("peak memory %.1f MB"):format(tonumber(kilobytes) / 1024))
    end
end

return peak_memory
