-- private.lua: the kept private server as the command line uses it: where it lives, which database a file gets in it,
-- and where an unfinished run of that file is found again. The server itself is core/private_pg.c.
local failure = require "wherry.failure"
local json = require "wherry.json"
local make_state_directory = require "wherry.make_state_directory"
local state_directory = require "wherry.state_directory"

local private = {}
private.__index = private

---@class wherry.Private
---@field core table
---@field getenv fun(name: string): string|nil

---@param core table? wherry.core, or a stand-in
---@param getenv (fun(name: string): string|nil)?
---@return wherry.Private
function private.new(core, getenv)
    return setmetatable({ core = core or require "wherry.core", getenv = getenv or os.getenv }, private)
end

--- Where wherry keeps its state.
---@return string
function private:state_directory()
    return state_directory(self.core, self.getenv, "the private server", "set HOME, or name a target")
end

---@return string
function private:directory()
    return self:state_directory() .. "/pg"
end

--- Starts the server, or finds it running.
---@return table server as core.private.start gives it
function private:start()
    local state = self:state_directory()
    local ok, started = pcall(function()
        if not self.core.sys.stat(state) then
            make_state_directory(self.core.sys, state)
        end
        return self.core.private.start { kind = "kept", directory = self:directory() }
    end)
    if not ok and failure.is(started) and (not started.hint or started.hint == "choose a shorter path") then
        started.hint = ("XDG_STATE_HOME chooses another place than %s; or name a target"):format(state)
    end
    return ok and started or error(started, 0)
end

--- The server where it runs, else nil. Starts nothing.
---@return table|nil
function private:running()
    local directory = self:directory()
    if not self.core.sys.stat(directory) then
        return nil
    end
    local server = self.core.private.find(directory)
    return server and server.running and server or nil
end

--- Whether there is one at all, running or not.
---@return boolean
function private:is_there()
    return self.core.sys.stat(self:directory()) ~= nil
end

--- Stops it; false when it did not run.
---@return boolean
function private:stop()
    local server = self:running()
    if server then
        self.core.private.stop(server, "kept")
    end
    return server ~= nil
end

--- The same connection string with another database.
---@param server table
---@param database string
---@return string
function private.conninfo(server, database)
    local list = server.conninfo:gsub("%s*%f[%w]dbname=%S+", "")
    return list .. " dbname=" .. database
end

local function with_connection(self, conninfo, work)
    local connection = self.core.pg.connect(conninfo, 10)
    local ok, result = pcall(work, connection)
    connection:close()
    if not ok then
        error(result, 0)
    end
    return result
end

--- The database name that a file suggests: its base name without extension, in [a-z0-9_], at most 48 characters.
---@param file string
---@return string
function private.base_name(file)
    local name = file:match "([^/]*)/*$"
    name = name:match "^(.+)%.[^.]*$" or name
    name = name:lower():gsub("[^a-z0-9_]+", "_"):gsub("^_+", ""):gsub("_+$", ""):sub(1, 48)
    if not name:match "^[a-z]" then
        name = ("db_" .. name):sub(1, 48):gsub("_+$", "")
    end
    if name == "postgres" or name:match "^template%d" then
        name = "db_" .. name
    end
    return name
end

-- The private databases of a file's name: { [name] = number }, and the list from the newest to the oldest.
local function databases_of(connection, base)
    local names, newest_first = {}, {}
    local rows = connection:query [[SELECT datname AS name FROM pg_catalog.pg_database
        WHERE NOT datistemplate ORDER BY oid DESC]]
    for _, row in ipairs(rows) do
        names[row.name] = true
        if row.name == base or (row.name:sub(1, #base + 1) == base .. "_" and row.name:match("^%d+$", #base + 2)) then
            newest_first[#newest_first + 1] = row.name
        end
    end
    return names, newest_first
end

local function create_database(connection, name)
    connection:query(("CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'"):format(name))
end

--- Makes a new database named after the file: app, then app_2, app_3 and so on.
---@param server table
---@param file string
---@return string name
function private:database_for(server, file)
    local base = private.base_name(file)
    return with_connection(self, server.conninfo, function(connection)
        local taken = databases_of(connection, base)
        local name, number = base, 1
        while taken[name] do
            number = number + 1
            name = ("%s_%d"):format(base, number)
        end
        create_database(connection, name)
        return name
    end)
end

--- Makes a database for the time of one command.
---@param server table
---@param file string
---@return string name
function private:temporary_database(server, file)
    local name = ("dump_%s_%d"):format(private.base_name(file):sub(1, 30), self.core.sys.pid())
    with_connection(self, server.conninfo, function(connection)
        connection:query(("DROP DATABASE IF EXISTS %s WITH (FORCE)"):format(name))
        create_database(connection, name)
    end)
    return name
end

---@param server table
---@param name string
function private:drop_database(server, name)
    with_connection(self, server.conninfo, function(connection)
        connection:query(("DROP DATABASE IF EXISTS %s WITH (FORCE)"):format(name))
    end)
end

-- The state of the newest run of a source in a database's journal, or nil.
local function run_state(connection, journal, path, run)
    local quoted = '"' .. journal:gsub('"', '""') .. '"'
    local tables = connection:query("SELECT to_regclass($1) AS run, to_regclass($2) AS source",
        { quoted .. ".run", quoted .. ".source", n = 2 })[1]
    if not (tables.run and tables.source) then
        return nil
    end
    local found = connection:query(([[SELECT r.state FROM %s.run r JOIN %s.source s ON s.run = r.id
        WHERE r.state <> 'removed' AND s.path = $1 AND ($2::text IS NULL OR r.id::text = $2)
        ORDER BY r.id DESC LIMIT 1]]):format(quoted, quoted), { json.utf8(path), run, n = 2 })
    return found[1] and found[1].state
end

--- The newest private database of this file that holds an unfinished run of it. Without one, and if `finished` is
--- set, the newest with a finished one: a run that was killed after its last step is done, and finds that out.
---@param server table
---@param file string
---@param options { journal: string?, run: string?, finished: boolean? }?
---@return string|nil name
function private:database_of(server, file, options)
    options = options or {}
    local path = self.core.sys.realpath(file) or file
    local candidates = with_connection(self, server.conninfo, function(connection)
        local _, newest_first = databases_of(connection, private.base_name(file))
        return newest_first
    end)
    local finished
    for _, name in ipairs(candidates) do
        local state = with_connection(self, private.conninfo(server, name), function(connection)
            return run_state(connection, options.journal or "wherry", path, options.run)
        end)
        if state and state ~= "done" then
            return name
        end
        finished = finished or state and options.finished and name
    end
    return finished or nil
end

--- The newest database that is nobody's default, for `pg psql` and `pg url` without a name.
---@param server table
---@return string|nil
function private:newest_database(server)
    return with_connection(self, server.conninfo, function(connection)
        local row = connection:query [[SELECT datname AS name FROM pg_catalog.pg_database
            WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY oid DESC LIMIT 1]][1]
        return row and row.name
    end)
end

--- Whether the server has a database of this name.
---@param server table
---@param name string
---@return boolean
function private:has_database(server, name)
    return with_connection(self, server.conninfo, function(connection)
        return connection:query("SELECT 1 AS found FROM pg_catalog.pg_database WHERE datname = $1",
            { name, n = 1 })[1] ~= nil
    end)
end

return private
