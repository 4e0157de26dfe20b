-- What every end-to-end spec uses: fresh databases on both sides, the wherry command, and what must hold after any run:
-- the source's bytes unchanged, nothing left beside it, no process left over, no secret in any output.
local process = require "tests.support.process"
local server = require "tests.support.server"

local harness = { process = process }

--- What "within a second" may take here, in seconds: test machines are noisy, and what does not answer at all takes
--- much longer.
harness.PROMPT = 8

local state = { directory = nil, made = {}, databases = {}, sources = {}, secrets = {} }

-- Words given out so far. busted reloads modules for every file; databases live as long as the server does.
local COUNT = "wherry.tests.count"

---A word that no other test of this machine uses now.
---@param prefix string
---@return string
function state.fresh(prefix)
    local registry = debug.getregistry()
    registry[COUNT] = (registry[COUNT] or 0) + 1
    return ("%s_%s_%d"):format(prefix, process.read("/proc/self/stat"):match "^%d+", registry[COUNT])
end

---The temporary directory of this test.
---@return string
function harness.directory()
    if not state.directory then
        state.directory = process.directory "e2e"
        process.shell(("mkdir %s/temp %s/home"):format(state.directory, state.directory))
    end
    return state.directory
end

---Makes a directory inside the test's directory where it is not there yet; returns its path.
---@param name string
---@return string
function harness.subdirectory(name)
    local path = harness.directory() .. "/" .. name
    if not state.made[path] then
        process.shell("mkdir -p " .. path)
        state.made[path] = true
    end
    return path
end

---A path inside the test's directory.
---@param name string
---@return string
function harness.path(name)
    return harness.directory() .. "/" .. name
end

---Removes what the test made. For after_each. Databases and roles go with the server: dropping a database is slow.
function harness.cleanup()
    if #state.databases > 0 then
        harness.sql("postgres", ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('%s')")
            :format(table.concat(state.databases, "','")))
    end
    if state.directory then
        os.execute("rm -rf " .. process.quote(state.directory))
    end
    state.directory, state.made, state.databases, state.sources, state.secrets = nil, {}, {}, {}, {}
    state.command = nil
end

-- PostgreSQL side -----------------------------------------------------------------------------------------------------

---Takes another server than the tests' own one, or that again.
---@param other TestServer|nil
function harness.serve(other)
    state.server = other
end

---@return TestServer
local function serving()
    return state.server or server.get()
end

---Runs SQL through psql and returns what it prints: rows by lines, columns by "|", NULL as "\N".
---@param database string
---@param text string
---@return string
function harness.sql(database, text)
    local argv = { server.program "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-P", "null=\\N", "-f", "-" }
    local result = process.run(argv, {
        directory = harness.subdirectory "psql",
        env = {
            PATH = os.getenv "PATH", PGHOST = serving().socket, PGUSER = "postgres", PGDATABASE = database,
            PGTZ = "UTC", PGCLIENTENCODING = "UTF8", PGOPTIONS = "-c client_min_messages=error",
        },
        stdin = text,
        timeout = 60,
    })
    if result.code ~= 0 then
        error(("psql: %s\n%s"):format(result.stderr, text:sub(1, 2000)), 2)
    end
    return (result.stdout:gsub("\n$", ""))
end

---Makes an empty database; returns its name.
---@param options { encoding: string?, owner: string?, ctype: string?, icu: string? }|nil
---@return string
function harness.database(options)
    options = options or {}
    local name = state.fresh "t"
    local sql = "CREATE DATABASE %s TEMPLATE template0 ENCODING '%s' LC_COLLATE 'C' LC_CTYPE '%s'%s%s"
    local owner = options.owner and " OWNER " .. options.owner or ""
    harness.sql("postgres", sql:format(name, options.encoding or "UTF8", options.ctype or "C", owner,
        options.icu and (" LOCALE_PROVIDER icu ICU_LOCALE '%s'"):format(options.icu) or ""))
    state.databases[#state.databases + 1] = name
    return name
end

---Makes a role without any special right that logs in by password; returns its name and the password.
---@return string name
---@return string password
function harness.role()
    local name = state.fresh "r"
    local password = "p@ss/" .. name .. "#%&?"
    harness.sql("postgres", ("CREATE ROLE %s LOGIN PASSWORD '%s' IN ROLE by_password"):format(name, password))
    state.secrets[#state.secrets + 1] = password
    return name, password
end

---A word that must never show up in any output of this test.
---@param word string
function harness.secret(word)
    state.secrets[#state.secrets + 1] = word
end

---Percent-encodes a part of a URL.
---@param text string
---@return string
function harness.escape(text)
    return (text:gsub("[^%w%-._~]", function(c)
        return ("%%%02X"):format(c:byte())
    end))
end

---The URL of a database of the test server.
---@param database string
---@param role string|nil
---@param password string|nil
---@return string
function harness.url(database, role, password)
    local user = (role or "postgres") .. (password and ":" .. harness.escape(password) or "")
    return ("postgresql://%s@/%s?host=%s"):format(user, database, harness.escape(serving().socket))
end

---True when nothing but what a new database holds is in it: no table, no schema of ours.
---@param database string
---@return string objects  "" when the database is untouched
function harness.objects(database)
    return harness.sql(database, [[
        SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$|^public$'
        UNION ALL SELECT 'relation ' || c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname !~ '^pg_|^information_schema$' ORDER BY 1]])
end

-- SQLite side ---------------------------------------------------------------------------------------------------------

---Runs SQL through the sqlite3 command and returns what it prints. The file counts as a source from then on.
---@param file string  absolute path
---@param text string
---@return string
function harness.sqlite(file, text)
    state.sources[file] = true
    local place = harness.subdirectory "sqlite"
    local result = process.run({ "sqlite3", "-batch", "-bail", file }, {
        directory = place,
        env = { PATH = os.getenv "PATH", HOME = place },
        stdin = text,
        timeout = 120,
    })
    if result.code ~= 0 or result.stderr ~= "" then
        error(("sqlite3: %s\n%s"):format(result.stderr, text:sub(1, 2000)), 2)
    end
    return (result.stdout:gsub("\n$", ""))
end

---Makes a SQLite file in the test's directory and returns its path.
---@param text string
---@param name string|nil
---@return string
function harness.source(text, name)
    local place = harness.subdirectory "source" .. "/"
    if not name then
        name = process.read(place .. "app.db") and state.fresh "app" .. ".db" or "app.db"
    end
    local file = place .. name
    harness.sqlite(file, text)
    return file
end

---Counts a file that the test made by other means as a source.
---@param file string
---@return string file
function harness.track(file)
    state.sources[file] = true
    return file
end

---Writes a migration script and returns its path.
---@param text string
---@return string
function harness.script(text)
    local path = harness.path(state.fresh "script" .. ".lua")
    process.write(path, text)
    return path
end

require "tests.support.command"(harness, state)

return harness
