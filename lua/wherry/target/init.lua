-- target/init.lua: chooses the target of a run: the one given, else the script's, else DATABASE_URL, else libpq's own
-- variables, else (for a file, never for a script) the private server. Production data in the wrong database is the
-- worst that can happen here, so what was chosen always carries its origin, and nothing is guessed.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local url = require "wherry.url"

local target = {}

---@class wherry.Target
---@field conninfo string for libpq; empty: libpq takes the environment
---@field url_masked string for display
---@field origin "given"|"script"|"DATABASE_URL"|"PG*"|"private server"
---@field database string? where it is known before the connection
---@field discard fun()? removes a private database that was made for this run

---@class wherry.TargetRequest
---@field given string|wherry.Target|nil DST, or a target chosen already
---@field script wherry.Pg|string|nil the script's `to`
---@field file string? the SQLite file, when the source is a file: a script never gets the private server unasked
---@field source string? the SQLite file of a script, after which a private database is named
---@field getenv (fun(name: string): string|nil)?
---@field log fun(level: string, text: string)?
---@field resume boolean|string|nil
---@field restart boolean?
---@field journal string?
---@field look boolean? of the private server only a database that has runs of the file: none is made
---@field private wherry.Private? the private server, for tests

--- What a run writes to, by its spelling alone: "postgresql", "dump" or "environment" (nothing given). Refuses what
--- can't be a target; raises kind "usage".
---@param given string?
---@return string
function target.kind(given)
    if given == nil then
        return "environment"
    end
    local form = url.form(given)
    if form == "dump" then
        return "dump"
    elseif form == "sqlite" then
        failure.raise("usage", ("%s is a SQLite file, and only PostgreSQL goes into one"):format(given),
            "a target is a PostgreSQL URL, a connection string, FILE.sql, FILE.dump or -")
    elseif form == "path" then
        failure.raise("usage", ("%q is no target"):format(given),
            "a target is a PostgreSQL URL, a connection string (dbname=...), FILE.sql, FILE.dump or -")
    end
    url.parse(given)
    return "postgresql"
end

local function from_text(text, origin, log)
    local parsed = url.parse(text)
    for _, note in ipairs(parsed.notes) do
        log("warning", note)
    end
    return { conninfo = parsed.conninfo, url_masked = parsed.masked, origin = origin, database = parsed.database }
end

local function from_environment(getenv)
    local settings = {}
    local names = { { "service", "PGSERVICE" }, { "user", "PGUSER" }, { "host", "PGHOST" }, { "port", "PGPORT" },
        { "dbname", "PGDATABASE" } }
    for _, pair in ipairs(names) do
        local value = getenv(pair[2])
        if value and value ~= "" then
            settings[#settings + 1] = { pair[1], value }
        end
    end
    return { conninfo = "", url_masked = require "wherry.conninfo".write(settings), origin = "PG*" }
end

--- A database of the private server as a target.
---@param conninfo string
---@param database string
---@return wherry.Target
function target.private(conninfo, database)
    return { conninfo = conninfo, url_masked = url.from_keywords(conninfo), origin = "private server",
        database = database }
end

local function from_private(request, getenv, log)
    local server = request.private or require "wherry.target.private".new(nil, getenv)
    local file = request.file or request.source or "script"
    if request.look and not server:is_there() then
        failure.raise("usage", ("the private server holds no run of %s"):format(file), "name the target")
    end
    local started = server:start()
    local database
    if request.resume or request.restart then
        local run = type(request.resume) == "string" and request.resume or nil
        database = server:database_of(started, file, { journal = request.journal, run = run,
            finished = request.resume ~= nil })
        if run and not database then
            failure.raise("usage", ("the private server holds no run %s of %s"):format(run, file),
                request.look and "wherry status lists what is there" or "leave --resume out to begin a new one")
        elseif request.look and not database then
            failure.raise("usage", ("the private server holds no run of %s"):format(file), "name the target")
        elseif request.look then
            return target.private(server.conninfo(started, database), database)
        end
        log("info", database and ("goes on in the private server's database %s"):format(database)
            or ("the private server holds no unfinished run of %s: a new one begins"):format(file))
    end
    local discard
    if not database then
        database = server:database_for(started, file)
        discard = function() server:drop_database(started, database) end
    end
    local chosen = target.private(server.conninfo(started, database), database)
    chosen.discard = discard
    return chosen
end

local function is_set(getenv, name)
    local value = getenv(name)
    return value ~= nil and value ~= ""
end

local function from_script(request, getenv, log)
    local to = request.script
    if type(to) == "table" and to.kind == "private" then
        return from_private(request, getenv, log)
    end
    local text = ends.expand(type(to) == "table" and to.url or to, getenv)
    local ok, chosen = pcall(from_text, text, "script", log)
    if not ok then
        if failure.is(chosen) and chosen.kind == "usage" then
            failure.raise("plan", "the script's target: " .. chosen.message, chosen.hint)
        end
        error(chosen, 0)
    end
    return chosen
end

local function from_database_url(getenv, log)
    local ok, chosen = pcall(from_text, getenv "DATABASE_URL", "DATABASE_URL", log)
    if not ok then
        if failure.is(chosen) then
            failure.raise("usage", "the environment variable DATABASE_URL: " .. chosen.message,
                "give a target, or run without it: env -u DATABASE_URL wherry ...")
        end
        error(chosen, 0)
    end
    return chosen
end

--- Whether a target is named anywhere, so that there is a database to look at without starting the private server.
---@param request wherry.TargetRequest
---@return boolean
function target.is_named(request)
    local getenv = request.getenv or os.getenv
    local script = request.script
    if type(script) == "table" and script.kind == "private" and not request.given then
        return false
    end
    return request.given ~= nil or script ~= nil or is_set(getenv, "DATABASE_URL") or is_set(getenv, "PGHOST")
        or is_set(getenv, "PGSERVICE") or is_set(getenv, "PGDATABASE")
end

--- Chooses the target, starts the private server when it is that, and says so through request.log.
---@param request wherry.TargetRequest
---@return wherry.Target
function target.choose(request)
    local getenv = request.getenv or os.getenv
    local log = request.log or function() end
    local chosen
    if type(request.given) == "table" then
        chosen = request.given
    elseif request.given then
        chosen = from_text(request.given, "given", log)
    elseif request.script then
        chosen = from_script(request, getenv, log)
    elseif is_set(getenv, "DATABASE_URL") then
        chosen = from_database_url(getenv, log)
    elseif is_set(getenv, "PGHOST") or is_set(getenv, "PGSERVICE") or is_set(getenv, "PGDATABASE") then
        chosen = from_environment(getenv)
    elseif request.file then
        chosen = from_private(request, getenv, log)
    else
        failure.raise("usage", "no target: the script names none, and neither DATABASE_URL nor PGHOST is set",
            'give one: wherry run SCRIPT postgresql://..., or to = w.pg "..." in the script')
    end
    log("info", "target: " .. target.describe(chosen))
    return chosen
end

--- The target and where it came from, for the first and the last line of a run.
---@param chosen { url_masked: string?, url: string?, file: string?, origin: string }
---@return string
function target.describe(chosen)
    local origins = { given = "as given", script = "from the script", DATABASE_URL = "from DATABASE_URL",
        ["PG*"] = "from the environment's PG variables", ["private server"] = "private server" }
    return ("%s (%s)"):format(chosen.url_masked or chosen.url or chosen.file, origins[chosen.origin] or chosen.origin)
end

return target
