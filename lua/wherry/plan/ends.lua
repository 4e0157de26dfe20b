-- ends.lua: the two ends of a plan as values: a SQLite file, a PostgreSQL server. Nothing is opened here.
local failure = require "wherry.failure"
local url = require "wherry.url"

local ends = {}

---@class wherry.Sqlite
---@field kind "sqlite"
---@field path string as written: a path or a sqlite: URL, `$NAME` not yet expanded
---@field options? table what is particular to it among several sources (plan/sources.lua)
---@field here? boolean a relative path counts from the current directory, whatever the script's folder is

---@class wherry.SqliteGlob
---@field kind "glob"
---@field pattern string as written, `$NAME` not yet expanded
---@field options table

---@class wherry.Pg
---@field kind "pg"|"private"
---@field url? string as written, `$NAME` not yet expanded

local sqlite_metatable = { __name = "wherry.sqlite", __index = {} }
local glob_metatable = { __name = "wherry.sqlite.glob" }
local pg_metatable = { __name = "wherry.pg", __index = {} }

---Opens the file for a script's own reading and writing (wherry help library).
---@param options { write: boolean?, create: boolean? }?
---@return wherry.SqliteHandle
function sqlite_metatable.__index:open(options)
    return require "wherry.library.sqlite".open(self, options)
end

---Connects for a script's own reading and writing (wherry help library).
---@param options { write: boolean? }? write = false: to read alone
---@return wherry.PgHandle
function pg_metatable.__index:open(options)
    return require "wherry.library.pg".open(self, options)
end

---A SQLite file. A relative path counts from the script's folder.
---@param path string|table a path, or a URL: sqlite:///relative, sqlite:////absolute; or { path, options }
---@return wherry.Sqlite
function ends.sqlite(path)
    if type(path) == "table" and not getmetatable(path) then
        return require "wherry.plan.sources".file(path)
    elseif type(path) ~= "string" or path == "" then
        failure.raise("plan", "w.sqlite takes the path of a SQLite file, not " .. ends.describe(path))
    end
    return setmetatable({ kind = "sqlite", path = path }, sqlite_metatable)
end

---A file that the command line names: the shell has put its variables in place.
---@param path string a path, or a URL
---@return wherry.Sqlite
function ends.here(path)
    return setmetatable({ kind = "sqlite", path = (path:gsub("%$", "$$")), here = true }, sqlite_metatable)
end

---The same file with other options.
---@param file wherry.Sqlite
---@param options? table
---@return wherry.Sqlite
function ends.with_options(file, options)
    return setmetatable({ kind = "sqlite", path = file.path, options = options }, sqlite_metatable)
end

---Several files, found by a pattern.
---@param pattern string
---@param options table
---@return wherry.SqliteGlob
function ends.glob(pattern, options)
    return setmetatable({ kind = "glob", pattern = pattern, options = options }, glob_metatable)
end

---@param value any
---@return boolean
function ends.is_glob(value)
    return getmetatable(value) == glob_metatable
end

---A PostgreSQL database.
---@param target string a URL or a libpq conninfo string; "$NAME" stands for an environment variable
---@return wherry.Pg
function ends.pg(target)
    if type(target) ~= "string" or target == "" then
        failure.raise("plan", "w.pg takes a URL, not " .. ends.describe(target), 'for example w.pg "$DATABASE_URL"')
    end
    return setmetatable({ kind = "pg", url = target }, pg_metatable)
end

---The private server, started when it does not run.
---@return wherry.Pg
function ends.private()
    return setmetatable({ kind = "private" }, pg_metatable)
end

---@param value any
---@return boolean
function ends.is_sqlite(value)
    return getmetatable(value) == sqlite_metatable
end

---@param value any
---@return boolean
function ends.is_pg(value)
    return getmetatable(value) == pg_metatable
end

---A value as a message names it.
---@param value any
---@return string
function ends.describe(value)
    if type(value) == "string" then
        -- a URL in the wrong place may hold a password
        return value == "" and "an empty text" or ('"%s"'):format(url.mask(value))
    end
    if type(value) == "number" or type(value) == "boolean" or value == nil then
        return tostring(value)
    end
    local metatable = getmetatable(value)
    if type(metatable) == "table" and metatable == sqlite_metatable then
        return "w.sqlite"
    elseif type(metatable) == "table" and metatable == glob_metatable then
        return "w.sqlite.glob"
    elseif type(metatable) == "table" and metatable == pg_metatable then
        return "w.pg"
    end
    return "a " .. type(value)
end

---Replaces `$NAME` and `${NAME}` by the environment's values; `$$` is one dollar sign. An unset variable is an error of
---kind "environment" that names it, because an empty text in its place would choose another database without a word.
---@param text string
---@param getenv fun(name: string): string|nil
---@return string
function ends.expand(text, getenv)
    local function value(name)
        local found = getenv(name)
        if not found or found == "" then
            failure.raise("environment", ("the environment variable %s is not set"):format(name),
                ("set it (export %s=...), or give the value in another way"):format(name))
        end
        return found
    end
    return (text:gsub("%$([%${]?)([%a_]?[%w_]*)(}?)", function(open, name, close)
        if open == "$" then
            return "$" .. name .. close
        elseif not name:find "^[%a_]" then
            return nil
        elseif open == "{" then
            return close == "}" and value(name) or nil
        end
        return value(name) .. close
    end))
end

---The file's path: `$NAME` expanded, a sqlite: URL taken apart, a relative path put behind `folder`.
---@param source wherry.Sqlite
---@param getenv fun(name: string): string|nil
---@param folder? string
---@return string
function ends.path(source, getenv, folder)
    local path = url.sqlite_path(ends.expand(source.path, getenv))
    if folder and folder ~= "" and not source.here and path:sub(1, 1) ~= "/" then
        path = folder:gsub("/*$", "/") .. path
    end
    return path
end

return ends
