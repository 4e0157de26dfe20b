-- The private PostgreSQL server of the end-to-end tests: one a busted process, on a Unix socket, gone with it.
local process = require "tests.support.process"

local server = {}

-- busted reloads modules for every file; the registry of the Lua state outlives them.
local SLOT = "wherry.tests.server"

-- What the tests' server is started with: fast, and forgetful when the machine crashes.
server.SETTINGS = {
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=40", "autovacuum=off", "jit=off",
    "shared_buffers=64MB", "log_min_messages=warning",
}

local AS_POSTGRES = "setpriv --reuid=postgres --regid=postgres --init-groups "

local directory

---The path of a program of PostgreSQL's. Debian's psql is a script that looks for the right version, which takes longer
---than what the tests ask.
---@param name string
---@return string
function server.program(name)
    directory = directory or process.shell "pg_config --bindir"
    return directory .. "/" .. name
end

local function is_root()
    return process.shell "id -u" == "0"
end

local function options(settings)
    local words = {}
    for _, setting in ipairs(settings) do
        words[#words + 1] = "-c " .. setting
    end
    return table.concat(words, " ")
end

---@class TestServer
---@field place string
---@field socket string
---@field settings string[]
---@field wrap string words before postgres's
---@field private pipe file*
---@field private guard table ends it with the Lua state
local Server = {}
Server.__index = Server

---The process number of the postmaster.
---@return string|nil
function Server:pid()
    return (process.read(self.place .. "/data/postmaster.pid") or ""):match "^%d+"
end

---Starts what was prepared, or killed.
function Server:launch()
    local as = is_root() and AS_POSTGRES or "setpriv "
    -- popen's shell replaces itself by setpriv and then postgres, so the server is a child of this very process.
    self.pipe = assert(io.popen(("cd / && exec %s%s--pdeathsig=INT %s -D %s/data -k %s/socket "
        .. "-c listen_addresses='' %s >>%s/log 2>&1"):format(self.wrap, as, server.program "postgres", self.place,
        self.place, options(self.settings), self.place), "w"))
    -- Younger than the pipe, so that it is finalised before: the pipe's end waits for the server's.
    self.guard = setmetatable({}, { __gc = function(guard)
        if self.guard == guard then
            self:stop "INT"
            os.execute("rm -rf " .. process.quote(self.place))
        end
    end })
    assert(process.wait(30, function()
        return os.execute(("%s -q -h %s"):format(server.program "pg_isready", self.socket))
    end), "the test server did not start:\n" .. (process.read(self.place .. "/log") or ""))
end

---Ends it.
---@param signal string without SIG: QUIT ends all sessions at once, as a crash does; INT in good order
function Server:stop(signal)
    local pid = self:pid()
    if pid then
        os.execute(("kill -%s %s"):format(signal, pid))
    end
    if self.pipe then
        self.pipe:close()
    end
    self.pipe = nil
end

---Starts a server on a Unix socket, in a directory of its own. It ends with what is returned, or with this process.
---@param settings string[]  name=value
---@param wrap string|nil  a program, with its arguments, that starts it; %s: the server's directory
---@return TestServer
function server.start(settings, wrap)
    local root = is_root()
    local place = process.directory "server"
    local owner = root and "postgres" or process.shell "id -un"
    process.shell(("mkdir -m 0700 %s/data && mkdir -m 0755 %s/socket"):format(place, place))
    if root then
        process.shell(("chown -R postgres: %s/data %s/socket"):format(place, place))
    end
    process.shell(("cd / && %s%s -D %s/data -U postgres -A peer --encoding=UTF8 --locale=C --no-sync"):format(
        root and AS_POSTGRES or "", server.program "initdb", place))
    process.write(place .. "/data/pg_hba.conf",
        "local all +by_password scram-sha-256\nlocal all all peer map=tests\n")
    process.write(place .. "/data/pg_ident.conf",
        ("tests %s postgres\ntests %s postgres\n"):format(owner, process.shell "id -un"))
    local instance = setmetatable({ place = place, socket = place .. "/socket", settings = settings,
        wrap = wrap and wrap:gsub("%%s", place) .. " " or "" }, Server)
    instance:launch()
    process.shell(("%s -Xq -h %s -U postgres -d postgres -c 'CREATE ROLE by_password'"):format(server.program "psql",
        instance.socket))
    return instance
end

---The running server; started at the first call.
---@return TestServer
function server.get()
    local registry = debug.getregistry()
    registry[SLOT] = registry[SLOT] or server.start(server.SETTINGS)
    return registry[SLOT]
end

return server
