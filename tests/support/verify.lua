-- Both databases as verify sees them, and a call of verify.run over them, for the specs of wherry.verify.
local process = require "tests.support.process"
local servers = require "tests.support.target"
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
    local server = servers.start()
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

---The only line of one check.
---@param resolved table
---@param counts table|nil
---@param kind string
---@param ... any
---@return wherry.Check
function Ends:line(resolved, counts, kind, ...)
    local arguments = table.pack(...)
    return self:one(function(check) check[kind](table.unpack(arguments, 1, arguments.n)) end,
        { resolved = resolved, counts = counts })
end

---A table of a resolved plan, with what the checks look at.
---@param source string
---@param target string in the schema public
---@param columns table<string, string> source columns by target columns
---@param more table|nil
---@return table
function support.table(source, target, columns, more)
    local list = {}
    for name, from in pairs(columns) do
        list[#list + 1] = { target = name, source = from }
    end
    local tbl = { source = source, target = { schema = "public", name = target }, target_sql = "public." .. target,
        count_sql = ('SELECT count(*) AS n FROM "%s"'):format(source), columns = list, sequences = {},
        read = { table = source, key_names = { "id" } } }
    for key, value in pairs(more or {}) do
        tbl[key] = value
    end
    return tbl
end

return support
