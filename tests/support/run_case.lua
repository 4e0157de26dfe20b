-- run_case.lua: a server, a folder of sources, and the options of a run between them, for specs of what takes these.
local core = require "wherry.core"
local engine = require "wherry.engine"
local Target = require "tests.support.target"

local run_case = {}
run_case.__index = run_case

---Starts the server; stop() ends it.
---@return table
function run_case.start()
    return setmetatable({ target = Target.start(), place = core.sys.temp "wherry-test-", count = 0 }, run_case)
end

function run_case:stop()
    self.target:stop()
    core.sys.remove_tree(self.place)
end

---A new SQLite file.
---@param sql string
---@return string path
function run_case:source(sql)
    self.count = self.count + 1
    local path = ("%s/%d.db"):format(self.place, self.count)
    self.change(path, sql)
    return path
end

---@param path string
---@param sql string
function run_case.change(path, sql)
    local status, _, errors = core.sys.spawn { "sqlite3", path, sql }
    assert(status == 0, errors)
end

---The options of a command that takes those of a run.
---@param changes table
---@return table
function run_case.options(changes)
    local options = { check = true, retry = 0, journal = "wherry", step_rows = 2, step_bytes = 1000000,
        command = "wherry run", getenv = function() end, log = function() end, progress = function() end }
    for name, value in pairs(changes) do
        options[name] = value
    end
    return options
end

---Runs a migration, into a new database where none is given.
---@param changes table
---@return wherry.Result
function run_case:run(changes)
    local options = self.options(changes)
    options.target = options.target or self.target:database()
    return engine.run(options)
end

return run_case
