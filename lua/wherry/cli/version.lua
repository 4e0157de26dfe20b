-- version: what is at work: wherry, the libraries under it, and the server where one can be reached.
local json = require "wherry.json"
local private = require "wherry.target.private"
local url = require "wherry.url"

local version = { name = "version", group = "help", summary = "Versions of wherry, SQLite, libpq, Lua and the server" }

local SECONDS = 3

function version.define() end

local function set(value)
    return value and value ~= "" and value or nil
end

-- The server that a run without a target would meet; asking must not start one.
local function server_of(context)
    local core, getenv = context.core(), context.getenv
    local conninfo, origin
    if set(getenv "DATABASE_URL") then
        conninfo, origin = url.parse(getenv "DATABASE_URL").conninfo, "DATABASE_URL"
    elseif set(getenv "PGHOST") or set(getenv "PGSERVICE") or set(getenv "PGDATABASE") then
        conninfo, origin = "", "PG*"
    else
        local server = private.new(core, getenv):running()
        return server and server.version, "private server"
    end
    local connection = core.pg.connect(conninfo, SECONDS)
    local found = connection:parameter "server_version"
    connection:close()
    return found, origin
end

function version.run(_, context)
    local libraries = context.core().versions()
    local found, server, origin = pcall(server_of, context)
    local lines = {
        "wherry " .. require "wherry.version", "SQLite " .. libraries.sqlite, "libpq " .. libraries.libpq,
        "Lua " .. libraries.lua,
    }
    if libraries.xxhash then
        lines[#lines + 1] = "xxHash " .. libraries.xxhash
    end
    if not found then
        lines[#lines + 1] = "PostgreSQL: not reached: " .. tostring(server)
    elseif server then
        lines[#lines + 1] = ("PostgreSQL %s (%s)"):format(server, origin)
    else
        lines[#lines + 1] = "PostgreSQL: no server to ask (neither DATABASE_URL nor PGHOST is set, and the private "
            .. "server does not run)"
    end
    context.respond({
        schema = 1, command = "version", wherry = require "wherry.version", sqlite = libraries.sqlite,
        libpq = libraries.libpq, lua = libraries.lua, xxhash = libraries.xxhash or json.null,
        server = found and server and { version = server, origin = origin } or json.null, error = json.null,
    }, table.concat(lines, "\n") .. "\n")
    return 0
end

return version
