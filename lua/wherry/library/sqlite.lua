-- sqlite.lua: open handles of SQLite files: read as they are at one moment, or written.
local core = require "wherry.core"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local handle = require "wherry.library.handle"
local open_options = require "wherry.library.open_options"

local sqlite = {}

---@class wherry.SqliteHandle : wherry.Handle
local SqliteHandle = handle.class "sqlite"

local function prepared(self, sql)
    if type(sql) ~= "string" then
        failure.raise("usage", "a statement is a text of SQL, not " .. ends.describe(sql))
    end
    return self:open_connection():prepare(sql)
end

---A statement that has begun; its rows come by next and value.
---@param sql string
---@param ... any
---@return userdata
function SqliteHandle:cursor(sql, ...)
    local statement = prepared(self, sql)
    statement:bind(...)
    return statement
end

---Runs a statement to its end.
---@param sql string
---@param ... any
---@return integer affected rows
function SqliteHandle:run(sql, ...)
    local statement <close> = prepared(self, sql)
    return statement:run(...)
end

---Whether a statement gives rows; it is not run.
---@param sql string
---@return boolean
function SqliteHandle:gives_rows(sql)
    local statement <close> = prepared(self, sql)
    return statement:columns()[1] ~= nil
end

---Takes the lock of the file at once: what is read in a transaction is what it writes upon.
function SqliteHandle:begin()
    if not self.is_writable then
        failure.raise("usage", "a file that is only read needs no transaction: it is seen as it is at one moment",
            "to write it: open { write = true }")
    end
    self:run "BEGIN IMMEDIATE"
end

function SqliteHandle:commit()
    self:run "COMMIT"
end

---Opens the file of w.sqlite(path); a relative path counts from the current directory.
---@param source wherry.Sqlite
---@param options { write: boolean?, create: boolean? }? create: written, and made where it is missing
---@return wherry.SqliteHandle
function sqlite.open(source, options)
    options = options or {}
    open_options.check(options, { "write", "create" })
    local opened = setmetatable({ is_writable = options.write or options.create or false }, SqliteHandle)
    opened.connection = core.database.open(ends.path(source, os.getenv), options)
    return opened
end

return sqlite
