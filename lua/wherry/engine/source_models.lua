-- source_models.lua: the tables of a run as their sources have them, and how threads share large ones.
local census_read = require "wherry.resolve.census_read"
local model = require "wherry.schema.model"
local source_set = require "wherry.engine.source_set"
local sqlite = require "wherry.schema.sqlite"

local source_models = {}

---The tables as their sources have them.
---@param source wherry.SourceSet|table
---@return fun(tbl: wherry.LoadTable): wherry.Table|nil
function source_models.tables(source)
    local models = {}
    for _, one in ipairs(source_set.snapshots(source)) do
        models[one.name] = sqlite.read(function(sql, ...) return one.snapshot:query(sql, ...) end)
    end
    return function(tbl)
        return model.table(models[source_set.from(tbl)], tbl.own or tbl.source)
    end
end

---The tables with what the core needs to share one among threads.
---@param tables wherry.LoadTable[]
---@param table_of fun(tbl: wherry.LoadTable): wherry.Table|nil
---@return wherry.LoadTable[] views of them
function source_models.splittable(tables, table_of)
    local list = {}
    for i, tbl in ipairs(tables) do
        local t = table_of(tbl)
        list[i] = setmetatable({ range = t and not t.without_rowid and census_read.range(t) or nil }, { __index = tbl })
    end
    return list
end

return source_models
