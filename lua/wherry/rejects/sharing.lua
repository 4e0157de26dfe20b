-- sharing.lua: a table of the target that several tables of a run fill: which these are, and which rows came from one.
local restart = require "wherry.engine.restart"

local sharing = {}

---The tables that fill a table of the target, in the order of the load.
---@param resolved wherry.Resolved
---@param target_sql string
---@return wherry.LoadTable[]
function sharing.tables(resolved, target_sql)
    local list = {}
    for _, tbl in ipairs(resolved.tables) do
        list[#list + 1] = tbl.target_sql == target_sql and tbl or nil
    end
    return list
end

---The condition of the rows, as t, that the run loaded from the table.
---@param work wherry.Misfits
---@param tbl wherry.LoadTable
---@return string
function sharing.own_rows(work, tbl)
    local is_shared = sharing.tables(work.resolved, tbl.target_sql)[2] ~= nil
    return "t." .. restart.own_rows(work.journal, work.run, is_shared and tbl or nil)
end

---" AND " and the condition of the rows that are asked about for the table: all of them where it has them alone.
---@param work wherry.Misfits
---@param tbl wherry.LoadTable
---@return string
function sharing.among(work, tbl)
    return sharing.tables(work.resolved, tbl.target_sql)[2] and " AND " .. sharing.own_rows(work, tbl) or ""
end

return sharing
