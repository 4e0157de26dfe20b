-- writer.lua: rows that a script writes into one table, on either database: in one transaction that stores all of them
-- or none.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local match = require "wherry.match"

local writer = {}

-- What each kind of handle brings: open(handle, table_name, columns) -> a wherry.RowSink.
local SINKS = { pg = "wherry.library.writer_pg", sqlite = "wherry.library.writer_sqlite" }

---@class wherry.Writer
---@field private handle wherry.Handle
---@field private sink wherry.RowSink|nil nil: it is over
---@field private over string|nil how it ended
---@field private target string
---@field private columns string[]
local Writer = {}
Writer.__index = Writer
Writer.__name = "wherry.writer"

local function check_columns(columns)
    if type(columns) ~= "table" or #columns == 0 then
        failure.raise("usage", "a writer takes the names of the columns that it writes, not "
            .. (type(columns) == "table" and "an empty list" or ends.describe(columns)),
            'for example dst:writer("events", { "id", "at" })')
    end
    for i = 1, #columns do
        if type(columns[i]) ~= "string" then
            failure.raise("usage", ("column %d of a writer is named by a text, not by %s"):format(i,
                ends.describe(columns[i])))
        end
    end
end

---@param handle wherry.Handle
---@param table_name string "table" or "schema.table"
---@param columns string[]
---@return wherry.Writer
function writer.new(handle, table_name, columns)
    if type(table_name) ~= "string" or table_name == "" then
        failure.raise("usage", "a writer takes the name of a table, not " .. ends.describe(table_name))
    end
    check_columns(columns)
    if not handle.is_writable then
        failure.raise("usage", "the handle was opened to be read", "to write: open { write = true }")
    end
    local self = setmetatable({ handle = handle }, Writer)
    handle:claim("the writer of " .. table_name, function()
        self:close()
    end)
    local ok, sink = pcall(function()
        return require(SINKS[handle.kind]).open(handle, table_name, columns)
    end)
    if not ok then
        handle:release()
        error(sink, 0)
    end
    self.sink, self.target, self.columns = sink, sink.target, sink.columns
    return self
end

local function open_sink(self)
    if not self.sink then
        failure.raise("usage", ("the writer of %s is over: %s"):format(self.target, self.over),
            "make another one")
    end
    return self.sink
end

---Ends the use of the connection; `how` is for whoever goes on.
local function leave(self, how)
    self.sink, self.over = nil, how
    self.handle:release()
end

---Writes a row: a value for each column, in their order. One that does not fit raises, with the row's number, the
---column and the value, and the row is not written.
---@param ... any nil, booleans, integers, floats, strings (texts) and blobs
function Writer:write(...)
    local sink = self.sink or open_sink(self)
    sink:write(...)
end

local function refuse_key(self, values)
    local known = {}
    for _, name in ipairs(self.columns) do
        known[name] = true
    end
    for key in next, values do
        if type(key) ~= "string" then
            failure.raise("usage", ("row of the writer of %s: its values are named by columns, not by %s"):format(
                self.target, ends.describe(key)), "for values in the order of the columns: write(value, ...)")
        elseif not known[key] then
            failure.raise("usage", ("row of the writer of %s: it writes no column %q"):format(self.target, key),
                match.suggestion(key, self.columns) or "its columns: " .. table.concat(self.columns, ", "))
        end
    end
end

---Writes a row that is given by names: out:row { id = 1, at = "2026-11-21" }; a column without value is NULL.
---@param values table<string, any>
function Writer:row(values)
    local sink = open_sink(self)
    if type(values) ~= "table" then
        failure.raise("usage", "row takes a table of values by column, not " .. ends.describe(values))
    end
    local list, found, count = {}, 0, #self.columns
    for i = 1, count do
        local value = values[self.columns[i]]
        list[i] = value
        found = value == nil and found or found + 1
    end
    for _ in next, values do
        found = found - 1
    end
    if found < 0 then
        refuse_key(self, values)
    end
    sink:write(table.unpack(list, 1, count))
end

local function check_count(target, written, stored)
    if written ~= stored then
        failure.raise("server", ("%d rows were written, and %s stored %d of them: nothing is kept"):format(written,
            target, stored), "a trigger or a rule of the table leaves rows out, or adds some: write past it, or insert "
            .. "with exec")
    end
end

---Stores the rows and ends the writer. All that were written are stored when it returns; when it raises, none of them
---is, unless the error says that this is not known.
---@return integer rows as the database counts them
function Writer:commit()
    local sink = open_sink(self)
    local ok, result = pcall(function()
        local written, stored = sink:finish()
        check_count(sink.target, written, stored)
        sink:commit()
        return stored
    end)
    if not ok then
        sink:rollback()
        leave(self, "its commit has failed")
        error(result, 0)
    end
    leave(self, ("it has stored %d row%s"):format(result, result == 1 and "" or "s"))
    return result
end

---Takes back what was written, and ends the writer.
function Writer:rollback()
    open_sink(self)
    self:close()
end

---As rollback, where the writer is not over: what <close> does.
function Writer:close()
    local sink = self.sink
    if sink then
        sink:rollback()
        leave(self, "it was rolled back")
    end
end

Writer.__close = Writer.close

return writer
