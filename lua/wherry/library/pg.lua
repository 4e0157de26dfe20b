-- pg.lua: open handles of PostgreSQL databases. One statement at a time; its values come through the codecs.
local core = require "wherry.core"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local handle = require "wherry.library.handle"
local names = require "wherry.names"
local open_options = require "wherry.library.open_options"
local pg_types = require "wherry.schema.pg_types"
local target = require "wherry.target"

local pg = {}

local CONNECT_SECONDS = 10
local SHOWN = 60 -- bytes of a statement in messages

---@class wherry.PgHandle : wherry.Handle
---@field types table<string, table> by oid and typmod: those that never change
local PgHandle = handle.class "pg"
pg.class = PgHandle

-- Rows under way: they have the connection for themselves until they are closed, or all are read.
local Cursor = { __name = "wherry.cursor" }
Cursor.__index = Cursor

function Cursor:close()
    local rows, owner = self.rows, self.handle
    self.rows = nil
    if rows then
        rows:close()
        if owner.use and owner.use.token == self.token then
            owner:release()
        end
    end
end
Cursor.__close = Cursor.close
Cursor.__gc = Cursor.close

local function taken(self, method, ...)
    if not self.rows then
        return nil
    end
    local ok, value, bytes = pcall(method, self.rows, ...)
    if not ok or value == nil then
        self:close()
    end
    if not ok then
        error(value, 0)
    end
    return value, bytes
end

function Cursor:next(metatable)
    return taken(self, self.rows and self.rows.next, metatable)
end

function Cursor:value()
    return (taken(self, self.rows and self.rows.value))
end

---The next row as a list, in which NULL is nil and a bytea a blob; nil: the end.
---@return any[]|nil
function Cursor:list()
    return (taken(self, self.rows and self.rows.list))
end

function Cursor:columns()
    return self.rows:columns()
end

local function check_sql(sql)
    if type(sql) ~= "string" then
        failure.raise("usage", "a statement is a text of SQL, not " .. ends.describe(sql))
    end
end

local function is_plain(type)
    return type.typtype == "b" and (not type.kind or (type.kind == "array" and is_plain(type.element)))
end

-- Sets the type of each column. Enums, composites and domains are asked for each time: they can be altered.
local function add_types(self, columns)
    local unknown = {}
    for _, column in ipairs(columns) do
        column.type = self.types[column.oid .. ":" .. column.typmod]
        unknown[#unknown + 1] = not column.type and column or nil
    end
    if not unknown[1] then
        return
    end
    local types = pg_types.of(function(sql, parameters)
        return self.connection:query(sql, parameters)
    end, unknown)
    for i, column in ipairs(unknown) do
        column.type = types[i]
        if is_plain(types[i]) then
            self.types[column.oid .. ":" .. column.typmod] = types[i]
        end
    end
end

-- The statement around one that gives columns which travel in no binary form: those as their text.
local function with_texts(sql, columns)
    local given, taken_columns = {}, {}
    for i, column in ipairs(columns) do
        local name = "c" .. i
        given[i] = name
        taken_columns[i] = ("%s%s AS %s"):format(name, core.has_codec(column.type) and "" or "::pg_catalog.text",
            names.quote_pg(column.name))
    end
    return ("WITH wherry(%s) AS (%s\n) SELECT %s FROM wherry"):format(table.concat(given, ", "),
        sql:gsub("[%s;]+$", ""), table.concat(taken_columns, ", "))
end

-- What is sent, and its columns with a codec each.
local function described(self, sql, ...)
    local columns = core.pg_rows.describe(self.connection, sql, ...)
    add_types(self, columns)
    local odd
    for _, column in ipairs(columns) do
        odd = odd or not core.has_codec(column.type) and column
    end
    if not odd then
        return sql, columns
    end
    local wrapped = with_texts(sql, columns)
    local ok, of_wrapped = pcall(core.pg_rows.describe, self.connection, wrapped, ...)
    if not ok then
        failure.raise("usage", ("column %q is of type %s, which cannot be read as it is"):format(odd.name,
            odd.type.name), "write it as a text in the statement: ::text", { column = odd.name })
    end
    add_types(self, of_wrapped)
    return wrapped, of_wrapped
end

local function shown(sql)
    local line = sql:gsub("%s+", " ")
    return #line > SHOWN and line:sub(1, SHOWN):gsub("[\x80-\xff]*$", "") .. "..." or line
end

---A statement that has begun; its rows come by next and value.
---@param sql string
---@param ... any
---@return table
function PgHandle:cursor(sql, ...)
    check_sql(sql)
    local cursor = setmetatable({ handle = self, token = {} }, Cursor)
    -- Rows that were forgotten are collected, and so end.
    local weak = setmetatable({ cursor = cursor }, { __mode = "v" })
    self:claim("rows of: " .. shown(sql), function()
        if weak.cursor then
            weak.cursor:close()
        end
    end)
    self.use.token = cursor.token
    local ok, fault = pcall(function(...)
        local sent, columns = described(self, sql, ...)
        cursor.described = columns
        cursor.rows = core.pg_rows.open(self.connection, sent, columns, ...)
    end, ...)
    if not ok then
        self:release()
        error(fault, 0)
    end
    return cursor
end

local COUNTED = { INSERT = true, UPDATE = true, DELETE = true, MERGE = true }

-- Runs a statement; returns the server's word for it, and the number of rows.
local function run(self, sql, ...)
    check_sql(sql)
    self:claim("a statement", function() end)
    local ok, tag, rows = pcall(core.pg_rows.run, self.connection, sql, ...)
    self:release()
    if not ok then
        error(tag, 0)
    end
    return tag, rows
end

---Runs a statement to its end.
---@param sql string
---@param ... any
---@return integer affected rows
function PgHandle:run(sql, ...)
    local tag, rows = run(self, sql, ...)
    return COUNTED[tag:match "^%u*"] and rows or 0
end

function PgHandle:begin()
    self:run "BEGIN"
end

---Whether a statement gives rows; it is not run.
---@param sql string
---@return boolean
function PgHandle:gives_rows(sql)
    check_sql(sql)
    self:claim("a statement", function() end)
    local ok, columns = pcall(core.pg_rows.describe, self.connection, sql)
    self:release()
    if not ok then
        error(columns, 0)
    end
    return columns[1] ~= nil
end

---Raises when the server has rolled back instead.
function PgHandle:commit()
    if run(self, "COMMIT") == "ROLLBACK" then
        failure.raise("server", "nothing was committed: a statement of the transaction had failed",
            "let its error out of the function, or set a savepoint before what may fail")
    end
end

-- The private server's newest database: one that a run has filled, where there is one.
local function private_conninfo()
    local server = require "wherry.target.private".new(nil, os.getenv)
    local started = server:start()
    return server.conninfo(started, server:newest_database(started) or "postgres")
end

---Connects to a database.
---@param conninfo string for libpq
---@param options { write: boolean? }? write = false: its transactions are read-only
---@return wherry.PgHandle
function pg.connect(conninfo, options)
    options = options or {}
    open_options.check(options, { "write" })
    local opened = setmetatable({ is_writable = options.write ~= false, types = {} }, PgHandle)
    opened.connection = core.pg.connect(conninfo, CONNECT_SECONDS)
    opened:run "RESET search_path" -- wherry's own statements want another one
    if not opened.is_writable then
        opened:run "SET default_transaction_read_only = on"
    end
    return opened
end

---Connects to the database of w.pg(url), or to the newest one of the private server.
---@param source wherry.Pg
---@param options { write: boolean? }?
---@return wherry.PgHandle
function pg.open(source, options)
    local conninfo = source.kind == "private" and private_conninfo() or target.choose { script = source }.conninfo
    return pg.connect(conninfo, options)
end

return pg
