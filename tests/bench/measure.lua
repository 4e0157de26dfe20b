-- One measured command: wall time, processor time of its own, of the server and of everybody else, peak memory.
local process = require "tests.support.process"

---@class BenchResult
---@field wall number     seconds
---@field own number      processor seconds of the command and what it started
---@field server number   processor seconds of the server
---@field others number   processor seconds of everything else on the machine, time stolen by its host included
---@field peak number     MB, of the largest process of the command
---@field code integer    exit code
---@field output string   the end of what it said

-- Processor seconds of the whole machine: all but idle and waiting for disks.
local function machine(ticks)
    local user, nice, system, _, _, irq, softirq, stolen = process.read "/proc/stat":match(
        "^cpu +(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)")
    return (user + nice + system + irq + softirq + stolen) / ticks
end

---@param bench Bench
---@param command string  of the shell
---@return BenchResult
return function(bench, command)
    local said, figures = bench.place .. "/said", bench.place .. "/figures"
    process.write(bench.place .. "/command", command .. "\n")
    bench.server:ask("postgres", "CHECKPOINT")
    local server, all = bench.server:cpu(), machine(bench.server.ticks)
    process.shell(("cd %s && exec %s measure %s timeout -k 5 %d bash -e -o pipefail command >%s 2>&1 </dev/null")
        :format(bench.place, bench.helper, figures, bench.limit, said))
    all, server = machine(bench.server.ticks) - all, bench.server:cpu() - server
    local wall, user, system, peak, code = process.read(figures):match "(%S+) (%S+) (%S+) (%S+) (%S+)"
    local own = user + system
    return { wall = tonumber(wall), own = own, server = server, others = math.max(0, all - own - server),
        peak = peak / 1024, code = math.tointeger(code), output = process.read(said):sub(-20000) }
end
