-- step_handle.lua: the target as a step of the plan sees it (before_load, after_load): a handle within one transaction,
-- which wherry begins and ends with the journal's row.
local failure = require "wherry.failure"
local pg = require "wherry.library.pg"
local sql_text = require "wherry.plan.sql_text"

local step_handle = {}

---@class wherry.StepHandle : wherry.PgHandle
---@field step string the step's name, for messages
local StepHandle = setmetatable({ __name = "wherry.handle" }, { __index = pg.class })
StepHandle.__index = StepHandle

local function refuse(self, what)
    failure.raise("usage", ("%s: %s: all that it does is one transaction, which wherry begins and ends"):format(
        self.step, what), "leave it out; to take back a part: savepoints")
end

local function check(self, sql)
    local control = type(sql) == "string" and sql_text.control(sql)
    if control then
        refuse(self, control)
    end
end

function StepHandle:open_connection()
    if not self.connection then
        failure.raise("usage", ("%s is over, and with it the handle of the target"):format(self.step),
            "use it within the function; to go on by yourself, open one with w.pg(url):open()")
    end
    return self.connection
end

function StepHandle:run(sql, ...)
    check(self, sql)
    return pg.class.run(self, sql, ...)
end

function StepHandle:cursor(sql, ...)
    check(self, sql)
    return pg.class.cursor(self, sql, ...)
end

function StepHandle:transaction()
    refuse(self, "transaction()")
end

function StepHandle:begin()
    refuse(self, "BEGIN")
end

function StepHandle:commit()
    refuse(self, "COMMIT")
end

function StepHandle:close()
    refuse(self, "close()")
end

---A handle of the connection, within the transaction that has begun on it.
---@param connection userdata the core's
---@param step string
---@return wherry.StepHandle
function step_handle.open(connection, step)
    local opened = setmetatable({ connection = connection, is_writable = true, types = {}, step = step }, StepHandle)
    pg.class.run(opened, "RESET search_path") -- wherry's own statements want another one
    return opened
end

---Ends its use: rows that are still under way are given up. The connection stays.
---@param opened wherry.StepHandle
---@return string|nil left what was under way and should not have been
function step_handle.finish(opened)
    local use = opened.use
    if use then
        pcall(use.close)
    end
    opened.use, opened.connection = nil, nil
    return use and use.what
end

return step_handle
