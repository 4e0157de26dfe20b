-- A proxy between a run and its server, which delays and cuts (tests/support/proxy.c).
local h = require "tests.support.harness"
local process = h.process

local faults_proxy = {}

---@class FaultProxy  closed: connections through it are cut
---@field port string
local Proxy = {}
Proxy.__index = Proxy

---The way to a database through it.
---@param database string
---@return string
function Proxy:url(database)
    return ("postgresql://postgres@127.0.0.1:%s/%s?sslmode=disable"):format(self.port, database)
end

function Proxy:__close()
    self.input:close()
end

---Starts it before the server.
---@param program string  that was built of tests/support/proxy.c
---@param socket string  the server's directory
---@param cut "end"|"half"|"mute"|"shut"  how it cuts
---@param byte integer  where, counted over all connections; 0: never
---@param delay integer  microseconds for which each piece is held back
---@return FaultProxy
function faults_proxy.start(program, socket, cut, byte, delay)
    local out = h.path "proxy"
    local proxy = setmetatable({ input = assert(io.popen(("exec %s %s/.s.PGSQL.5432 %s %d %d >%s"):format(
        program, socket, cut, byte, delay, out), "w")) }, Proxy)
    proxy.port = assert(process.wait(10, function() return (process.read(out) or ""):match "^(%d+)\n" end),
        "the proxy did not start")
    os.remove(out)
    return proxy
end

return faults_proxy
