-- A test server of the core's own, and sessions in fresh databases of it, for specs of what speaks SQL.
local core = require "wherry.core"
local session_of = require "wherry.engine.session"

local Target = {}
Target.__index = Target

---Starts the server. It ends with this process at the latest.
---@return table
function Target.start()
    local place = core.sys.temp "wherry-test-"
    core.sys.spawn { "chmod", "711", place }
    return setmetatable({ place = place, count = 0, sessions = {},
        server = core.private.start { kind = "test", directory = place .. "/pg" } }, Target)
end

---The connection string of a new database.
---@param locale string? clauses of CREATE DATABASE
---@return string
function Target:database(locale)
    self.count = self.count + 1
    local connection = core.pg.connect(self.server.conninfo, 10)
    connection:query(("CREATE DATABASE d%d TEMPLATE template0 ENCODING 'UTF8' %s"):format(self.count, locale or ""))
    connection:close()
    return (self.server.conninfo:gsub("dbname=%S+", "")) .. (" dbname=d%d"):format(self.count)
end

---A session; `log` collects what it says.
---@param options { conninfo: string?, schema: string?, retry: number?, log: string[]? }|nil
---@return wherry.Session
function Target:session(options)
    options = options or {}
    local session = session_of.open(options.conninfo or self:database(), {
        schema = options.schema or "wherry", retry = options.retry or 5,
        log = function(_, text)
            table.insert(options.log or {}, text)
        end,
    })
    table.insert(self.sessions, session)
    return session
end

function Target:stop()
    for _, session in ipairs(self.sessions) do
        session:close()
    end
    core.private.stop(self.server, "test")
    core.sys.remove_tree(self.place)
end

---The fault that a call raises.
---@return table
function Target.fault(...)
    local ok, fault = pcall(...)
    assert(not ok, "no fault was raised")
    return fault
end

---A resolved plan of tables { source, target_sql?, sequences? } and objects.
---@param tables table[]
---@param objects wherry.Object[]|nil
---@param fields table|nil
---@return wherry.Resolved
function Target.resolved(tables, objects, fields)
    local resolved = { mode = "create", source = { name = "main" }, target_schema = "public", create = {}, tables = {},
        objects = objects or {}, findings = {} }
    for index, t in ipairs(tables) do
        resolved.tables[index] = { source = t.source, target = { schema = "public", name = t.source },
            target_sql = t.target_sql or "public." .. t.source, read = { table = t.source }, columns = {},
            sequences = t.sequences or {} }
    end
    for name, value in pairs(fields or {}) do
        resolved[name] = value
    end
    return resolved
end

---Begins a run in a journal as the engine does.
---@param journal wherry.Journal
---@param resolved wherry.Resolved
---@param path string|nil
---@return integer run
function Target.begin(journal, resolved, path)
    local id = journal:new_run()
    journal:begin(id, resolved, { path = path or "/x/app.db", fingerprint = "f", fenced = true, command = "wherry run",
        choices = {} })
    return id
end

return Target
