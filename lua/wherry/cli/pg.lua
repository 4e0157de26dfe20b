-- pg: the private server: start, stop, its URL, psql on it.
local failure = require "wherry.failure"
local json = require "wherry.json"
local private = require "wherry.target.private"
local url = require "wherry.url"

local pg = { name = "pg", group = "help", summary = "The private server: start, stop, url, psql" }

pg.description = "The private server (wherry help private-server). psql takes further words: "
    .. "wherry pg psql app -- -c 'select 1'"

function pg.define(command)
    command:usage "Usage: wherry pg start|stop|url|psql [DB] [-- WORD...]"
    command:argument("ACTION", "start, stop, url or psql."):target "action"
    command:argument("DB", "A database of it; without one, the newest."):args "?":target "database"
    command:argument("WORD", "Handed to psql."):args "*":target "words"
end

local function running(server)
    local found = server:running()
    if not found then
        failure.raise("environment", "the private server does not run", "start it with: wherry pg start")
    end
    return found
end

local function database_of(server, started, wanted)
    if not wanted then
        return server:newest_database(started) or "postgres"
    elseif not server:has_database(started, wanted) then
        failure.raise("usage", ("the private server has no database %q"):format(wanted),
            "wherry pg psql postgres -- -l lists them")
    end
    return wanted
end

local actions = {}

function actions.start(server)
    local started = server:start()
    local address = url.from_keywords(started.conninfo, "postgres")
    return { running = true, url = address, version = started.version, directory = server:directory() },
        ("PostgreSQL %s runs in %s\n%s\n"):format(started.version, server:directory(), address)
end

function actions.stop(server)
    local stopped = server:stop()
    return { running = false, stopped = stopped, directory = server:directory() },
        stopped and "stopped\n" or "it did not run\n"
end

function actions.url(server, values)
    local found = running(server)
    local database = database_of(server, found, values.database)
    local address = url.from_keywords(found.conninfo, database)
    return { running = true, url = address, database = database, version = found.version }, address .. "\n"
end

local function psql(server, values, context)
    if context.json then
        failure.raise("usage", "psql has no --json", "wherry pg url --json names the database")
    end
    local core = context.core()
    local found = running(server)
    local database = database_of(server, found, values.database)
    local program = core.private.bindir() .. "/psql"
    local argv = { core.sys.stat(program) and program or "psql", "-d", private.conninfo(found, database) }
    table.move(values.words or {}, 1, #(values.words or {}), #argv + 1, argv)
    return (core.sys.spawn(argv, { inherit = true }))
end

function pg.run(values, context)
    local server = private.new(context.core(), context.getenv)
    local action = values.action
    if action == "psql" and (values.database or ""):sub(1, 1) == "-" then
        -- wherry pg psql -- -c '...': a word for psql, and no database was named
        values.words = table.move(values.words or {}, 1, #(values.words or {}), 2, { values.database })
        values.database = nil
    end
    if action ~= "psql" and #(values.words or {}) > 0 then
        failure.raise("usage", "too many arguments", "wherry help pg")
    elseif action == "psql" then
        return psql(server, values, context)
    elseif not actions[action] then
        failure.raise("usage", ("wherry pg has no %q: start, stop, url or psql"):format(action), "wherry help pg")
    end
    context.core().sys.signals()
    local answer, text = actions[action](server, values)
    answer.schema, answer.command, answer.action, answer.error = 1, "pg", action, json.null
    context.respond(answer, text)
    return 0
end

return pg
