-- A stand-in for wherry.core with a private server whose databases are a list of names, for specs of the command line.
local process = require "tests.support.process"

local private = {}

-- Directories and dumps below `home` are real, so that what was dumped can be read.
local function real_files(core, log, home, status)
    function core.sys.mkdir(path)
        process.shell("mkdir -p " .. process.quote(path))
    end
    function core.sys.remove_tree(path)
        process.shell("rm -r " .. process.quote(path))
    end
    function core.sys.spawn(argv)
        log.spawned[#log.spawned + 1] = argv
        process.write(argv[#argv]:match "^%-%-file=(.*)$", "the dump")
        return status or 0, "", ""
    end
    log.home = home
end

---@param options { euid: integer?, running: boolean?, databases: string[]?, unfinished: table<string, string>?,
---    home: string?, status: integer?, files: table<string, table>? }
---@return table core, table log of SQL, servers started and programs
function private.core(options)
    local databases = table.move(options.databases or {}, 1, #(options.databases or {}), 1, {})
    local log = { sql = {}, spawned = {}, made = {} }
    local server = { directory = "/state/wherry/pg", user = "wherry", version = "15.9", pid = 7, running = true,
        conninfo = "host=/state/wherry/pg/socket user=wherry dbname=postgres" }

    local function list()
        local rows = {}
        for index = #databases, 1, -1 do
            rows[#rows + 1] = { name = databases[index] }
        end
        return rows
    end

    local function query(database, sql, parameters)
        log.sql[#log.sql + 1] = sql
        local created, dropped = sql:match "^CREATE DATABASE (%S+)", sql:match "^DROP DATABASE IF EXISTS (%S+)"
        if created then
            databases[#databases + 1] = created
        elseif dropped then
            for index = #databases, 1, -1 do
                if databases[index] == dropped then
                    table.remove(databases, index)
                end
            end
        elseif sql:find("to_regclass", 1, true) then
            local there = options.unfinished and options.unfinished[database]
            return { { run = there and "r", source = there and "s" } }
        elseif sql:find(".source s", 1, true) then
            local path, state = options.unfinished[database]:match "^(%S+) ?(.*)$"
            return path == parameters[1] and { { state = state == "" and "stopped" or state } } or {}
        elseif sql:find("WHERE datname = $1", 1, true) then
            for _, row in ipairs(list()) do
                if row.name == parameters[1] then
                    return { { found = "1" } }
                end
            end
        elseif sql:find("pg_database", 1, true) then
            return list()
        end
        return {}
    end

    local core = {
        sys = {
            euid = function() return options.euid or 1000 end, pid = function() return 42 end,
            stat = function(path) return (options.files or {})[path] end, clock = function() return 0 end,
            mkdir = function(path, mode) log.made[#log.made + 1] = { path, mode } end, signals = function() end,
            realpath = function(path) return "/real/" .. path end, stopped = function() return nil end,
            spawn = function(argv) log.spawned[#log.spawned + 1] = argv return options.status or 0 end,
            fsync = function() end, columns = function() end,
        },
        pg = { connect = function(conninfo)
            local database = conninfo:match "dbname=(%S+)"
            return { query = function(_, sql, parameters) return query(database, sql, parameters) end,
                     close = function() end, parameter = function() return "16.1" end }
        end },
        private = {
            start = function() log.started = true return server end, stop = function() log.stopped = true end,
            find = function() return options.running and server or nil end, bindir = function() return "/bin/pg" end,
        },
        versions = function() return { sqlite = "3.40.1", libpq = "15.9", lua = "5.4.4", xxhash = "0.8.1" } end,
        snapshot = { copy = function(source, file) log.copied = { source, file } end },
    }
    if options.home then
        real_files(core, log, options.home, options.status)
    end
    return core, log, databases
end

return private
