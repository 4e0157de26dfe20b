-- handle.lua: what open handles of both databases have in common: statements, rows, transactions.
local batch = require "wherry.library.batch"
local failure = require "wherry.failure"
local row_type = require "wherry.library.row_type"

---@class wherry.Handle
---@field kind "sqlite"|"pg"
---@field connection userdata|nil the core's connection; nil: closed
---@field is_writable boolean
---@field in_transaction boolean within transaction(), or a writer's
---@field use { what: string, close: fun(), token: table? }|nil what has the connection for itself
local handle = {}

---The class of one kind's handles; it brings cursor(handle, sql, ...) -> { columns, next, value, close } and
---run(handle, sql, ...) -> affected rows.
---@param kind "sqlite"|"pg"
---@return table
function handle.class(kind)
    local class = setmetatable({ kind = kind, __name = "wherry.handle" }, { __index = handle })
    class.__index = class
    class.__close = handle.close
    class.__gc = handle.close
    return class
end

---The core's connection; raises when the handle is closed.
---@return userdata
function handle:open_connection()
    if not self.connection then
        failure.raise("usage", "the handle is closed", "open it again, or close it later")
    end
    return self.connection
end

---Takes the connection for one use; raises when another one is under way. `close` ends the use from outside: at the end
---of a transaction.
---@param what string for messages: "rows of: SELECT ..."
---@param close fun()
function handle:claim(what, close)
    self:open_connection()
    if self.use then
        failure.raise("usage", ("the connection is in use for %s"):format(self.use.what),
            "end that first, or open a second handle: a connection does one thing at a time")
    end
    self.use = { what = what, close = close }
end

---Ends the use that claim began.
function handle:release()
    self.use = nil
end

---Closes the connection; a transaction and rows under way end with it. A second time does nothing.
function handle:close()
    local connection, use = self.connection, self.use
    if connection and use then
        pcall(use.close) -- a writer's statement would keep the file open
    end
    self.connection, self.use = nil, nil
    if connection then
        connection:close()
    end
end

---Runs one statement.
---@param sql string
---@param ... any its parameters
---@return integer affected rows
function handle:exec(sql, ...)
    return self:run(sql, ...)
end

---The first column of the first row; nil: NULL, or there is no row.
---@param sql string
---@param ... any
---@return any
function handle:value(sql, ...)
    local cursor <close> = self:cursor(sql, ...)
    return cursor:value()
end

-- A statement that has begun, and the metatable of its rows.
local function begin_rows(self, sql, ...)
    local cursor = self:cursor(sql, ...)
    local ok, rows = pcall(row_type.new, cursor:columns())
    if not ok then
        cursor:close()
        error(rows, 0)
    end
    return cursor, rows
end

---The rows, each indexed by the names of its columns: for row in handle:rows(sql) do ... end
---@param sql string
---@param ... any
---@return fun(): table|nil
---@return nil
---@return nil
---@return table closes the statement when the loop is left
function handle:rows(sql, ...)
    local cursor, rows = begin_rows(self, sql, ...)
    return function()
        self:open_connection() -- and holds the handle, which nobody else may do
        return (cursor:next(rows))
    end, nil, nil, cursor
end

---The rows, some at a time: for batch in handle:batches(sql, { size = 5000 }) do ... end
---@param sql string
---@param options { size: integer? }?
---@param ... any parameters of the statement
---@return fun(): wherry.Batch|nil
---@return nil
---@return nil
---@return table closes the statement when the loop is left
function handle:batches(sql, options, ...)
    local size = batch.size(options)
    local cursor, rows = begin_rows(self, sql, ...)
    return function()
        self:open_connection()
        return batch.read(cursor, rows, size)
    end, nil, nil, cursor
end

local function roll_back(self)
    if self.use then
        self.use.close()
    end
    if self.connection then
        self:run "ROLLBACK"
    end
end

---Calls the function with the handle, and commits; rolls back when it raises, and raises that again.
---@param work fun(handle: wherry.Handle): ...
---@return any ... what the function gives
function handle:transaction(work)
    self:open_connection()
    if self.in_transaction then
        failure.raise("usage", "a transaction is under way on this handle: it has no transactions within transactions",
            "end the first one, or open a second handle")
    end
    self:begin()
    self.in_transaction = true
    local results = table.pack(pcall(work, self))
    if results[1] and self.use then
        results = { false, failure.new("usage", ("the transaction's function has left %s under way"):format(
            self.use.what), "end it inside of the function") }
    end
    self.in_transaction = false
    local ok, fault = results[1], results[2]
    if ok then
        ok, fault = pcall(self.commit, self)
    end
    if not ok then
        pcall(roll_back, self) -- the first error tells more
        error(fault, 0)
    end
    return table.unpack(results, 2, results.n)
end

---Writes rows into a table: wherry.library.writer.
---@param table_name string
---@param columns string[]
---@return wherry.Writer
function handle:writer(table_name, columns)
    return require "wherry.library.writer".new(self, table_name, columns)
end

return handle
