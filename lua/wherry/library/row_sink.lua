-- row_sink.lua: rows on their way into one table, in a transaction of their own or as a part of one that is under way:
-- what a writer does on either database.
local failure = require "wherry.failure"

---@class wherry.RowSink
---@field target string the table's name, for messages
---@field columns string[] that are written, as the table has them
---@field rows userdata the core's writer
---@field private handle wherry.Handle
---@field private run fun(sql: string)
---@field private nested boolean within a transaction of somebody else's
local Sink = {}
Sink.__index = Sink

local row_sink = {}

---@param handle wherry.Handle
---@param begin string the statement that begins a transaction
---@param run fun(sql: string)
---@param prepare fun(sink: wherry.RowSink) sets target, columns and rows
---@return wherry.RowSink
function row_sink.open(handle, begin, run, prepare)
    local self = setmetatable({ handle = handle, run = run, nested = handle.connection:in_transaction() }, Sink)
    run(self.nested and "SAVEPOINT wherry_writer" or begin)
    if not self.nested then
        handle.in_transaction = true
    end
    local ok, fault = pcall(prepare, self)
    if not ok then
        self:rollback()
        error(fault, 0)
    end
    return self
end

---Writes a row.
function Sink:write(...)
    self.rows:write(...)
end

---Ends the rows.
---@return integer written
---@return integer stored as the database says
function Sink:finish()
    return self.rows:finish()
end

-- The transaction is over.
local function leave(self)
    if not self.nested then
        self.handle.in_transaction = false
    end
end

local function commit_fault(target, fault)
    if not failure.is(fault) then
        return fault
    elseif fault.kind == "connection" then
        fault.message = ("whether the rows of %s are stored is not known: %s"):format(target, fault.message)
        fault.hint = "look into the table before you write them again"
    else
        fault.message = ("the rows of %s were refused at the commit: %s"):format(target, fault.message)
    end
    return fault
end

function Sink:commit()
    self.rows:close()
    local ok, fault = pcall(self.run, self.nested and "RELEASE SAVEPOINT wherry_writer" or "COMMIT")
    if not ok then
        error(commit_fault(self.target, fault), 0)
    end
    leave(self)
end

local function roll_back(self)
    if self.nested then
        self.run "ROLLBACK TO SAVEPOINT wherry_writer"
        self.run "RELEASE SAVEPOINT wherry_writer"
    else
        self.run "ROLLBACK"
    end
end

---Takes back what was written. Where that fails, the database has done it: with the connection, or by itself.
function Sink:rollback()
    if self.rows then
        self.rows:close()
    end
    if self.handle.connection then
        pcall(roll_back, self)
    end
    leave(self)
end

return row_sink
