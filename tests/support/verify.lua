-- Both databases as verify sees them, and a call of verify.run over them, for the specs of wherry.verify.
local process = require "tests.support.process"
local target = require "tests.support.target"
local verify = require "wherry.verify"
local w = require "wherry"

local support = {}

---@class VerifyEnds
---@field server table
---@field conninfo string
---@field directory string
local Ends = {}
Ends.__index = Ends

---Starts; for setup. `stop` is for teardown.
---@return VerifyEnds
function support.start()
    local server = target.start()
    return setmetatable({ server = server, conninfo = server:database(), directory = process.directory "verify" }, Ends)
end

function Ends:stop()
    self:close()
    self.server:stop()
    process.shell("rm -rf " .. self.directory)
end

---Opens both anew, the file and the schema public filled by these statements.
---@param sqlite string
---@param pg string statements with "; " between them
function Ends:open(sqlite, pg)
    self:close()
    local path = self.directory .. "/app.db"
    os.remove(path)
    process.write(path .. ".sql", sqlite)
    process.shell(("sqlite3 -bail %s < %s"):format(path, path .. ".sql"))
    do
        local db <close> = w.pg(self.conninfo):open()
        db:exec "DROP SCHEMA IF EXISTS public CASCADE"
        db:exec "CREATE SCHEMA public"
        for statement in (pg .. "; "):gmatch "(.-);%s+" do
            db:exec(statement)
        end
    end
    self.source, self.target = w.sqlite(path):open(), w.pg(self.conninfo):open { write = false }
end

function Ends:close()
    if self.source then
        self.source:close()
        self.target:close()
        self.source, self.target = nil, nil
    end
end

---What a function of a script makes of both.
---@param work fun(check: table, src: any, dst: table)
---@param more table|nil fields of verify.run's second argument
---@return wherry.Check[]
function Ends:run(work, more)
    local given = { source = self.source, target = self.target, resolved = { tables = {}, target_schema = "public" } }
    for key, value in pairs(more or {}) do
        given[key] = value
    end
    return verify.run(work, given)
end

---The only line of a function.
---@param work fun(check: table, src: any, dst: table)
---@param more table|nil
---@return wherry.Check
function Ends:one(work, more)
    local list = self:run(work, more)
    assert(#list == 1, ("%d lines"):format(#list))
    return list[1]
end

return support
