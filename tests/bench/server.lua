-- The private server of the benches: settings as of a server that keeps what it commits, databases, processor time.
local process = require "tests.support.process"
local support = require "tests.support.server"

local server = {}

-- What a machine of this size would be given for a load. Nothing that a crash could lose is switched off.
server.SETTINGS = {
    "fsync=on", "synchronous_commit=on", "full_page_writes=on", "wal_level=replica", "shared_buffers=1GB",
    "max_wal_size=8GB", "maintenance_work_mem=512MB", "max_parallel_maintenance_workers=2", "autovacuum=off", "jit=off",
    "max_connections=40",
}

---@class BenchServer
---@field place string
---@field socket string
local Server = {}
Server.__index = Server

---@return BenchServer
function server.start()
    local self = setmetatable({ running = support.start(server.SETTINGS) }, Server)
    self.place, self.socket = self.running.place, self.running.socket
    self.postmaster = assert(process.read(self.place .. "/data/postmaster.pid")):match "^%d+"
    self.ticks = tonumber(process.shell "getconf CLK_TCK")
    return self
end

---The start of a command line of PostgreSQL's psql in a database.
---@param database string
---@return string
function Server:psql(database)
    return ("%s -Xqw -v ON_ERROR_STOP=1 -h %s -U postgres -d %s"):format(support.program "psql", self.socket, database)
end

---What a statement gives, unaligned, without headers.
---@param database string
---@param sql string
---@return string
function Server:ask(database, sql)
    return process.shell(("%s -At -c %s"):format(self:psql(database), process.quote(sql)))
end

---@param database string
---@return string
function Server:url(database)
    return ("postgresql:///%s?host=%s&user=postgres"):format(database, self.socket)
end

---Makes the database anew, from a template.
---@param database string
---@param template string?
function Server:create(database, template)
    self:drop(database)
    self:ask("postgres", ("CREATE DATABASE %s TEMPLATE %s"):format(database, template or "template0"))
end

---@param database string
function Server:drop(database)
    self:ask("postgres", ("DROP DATABASE IF EXISTS %s WITH (FORCE)"):format(database))
end

---Seconds of processor time of the server so far: the postmaster, its children, and those of them that have ended.
---@return number
function Server:cpu()
    local ticks = 0
    for line in process.shell("cat /proc/[0-9]*/stat 2>/dev/null; true"):gmatch "[^\n]+" do
        local pid, rest = line:match "^(%d+) %(.*%) (.*)$"
        local fields = {}
        for word in (rest or ""):gmatch "%S+" do
            fields[#fields + 1] = word
        end
        -- From the state on: the parent is field 2, utime and stime 12 and 13, those of children that ended 14 and 15.
        if pid == self.postmaster or fields[2] == self.postmaster then
            ticks = ticks + fields[12] + fields[13] + fields[14] + fields[15]
        end
    end
    return ticks / self.ticks
end

---The version and the settings, in words.
---@return string
function Server:describe()
    return ("PostgreSQL %s, Unix socket; %s"):format(self:ask("postgres", "SHOW server_version"),
        table.concat(server.SETTINGS, ", "))
end

return server
