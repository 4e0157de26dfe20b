-- stream.lua: the rows of a statement of either database, one at a time, with the time that the database took for them.
local core = require "wherry.core"
local failure = require "wherry.failure"
local row_type = require "wherry.library.row_type"

local stream = {}

---@class wherry.Stream
---@field columns string[]
---@field types table[]|nil of PostgreSQL: the columns' types, as the codecs take them
---@field rows integer read so far
---@field seconds number spent in the database so far
---@field private cursor table
---@field private metatable table
local Stream = {}
Stream.__index = Stream

function Stream:close()
    self.cursor:close()
end
Stream.__close = Stream.close

---The next row by its columns' names; nil: the end.
---@return table|nil
function Stream:next()
    local begun = core.sys.clock()
    local row = self.cursor:next(self.metatable)
    self.seconds = self.seconds + core.sys.clock() - begun
    self.rows = row and self.rows + 1 or self.rows
    return row
end

---Reads all that is left.
function Stream:drain()
    while self:next() do end
end

---Begins a statement that gives rows.
---@param handle wherry.Handle
---@param sql string
---@return wherry.Stream closed by the caller
function stream.open(handle, sql)
    local begun = core.sys.clock()
    local cursor = handle:cursor(sql)
    local seconds = core.sys.clock() - begun
    local columns = cursor:columns()
    local ok, metatable = pcall(row_type.new, columns)
    if not ok or #columns == 0 then
        cursor:close()
        failure.raise("usage", not ok and metatable.message or "the statement gives no rows",
            not ok and metatable.hint or "a query is a SELECT")
    end
    local types
    if cursor.described then
        types = {}
        for i, column in ipairs(cursor.described) do
            types[i] = column.type
        end
    end
    return setmetatable({ cursor = cursor, columns = columns, types = types, metatable = metatable, rows = 0,
        seconds = seconds }, Stream)
end

return stream
