-- verification/present.lua: tables and columns that the plan fills and that the target does not have any more.
local catalog = require "wherry.digest.catalog"
local names = require "wherry.names"
local shallow = require "wherry.shallow"

local present = {}

-- The columns that are filled, by target table, each a set.
local function filled(resolved)
    local tables = {}
    local function add(target_sql, columns)
        local set = tables[target_sql] or {}
        for _, column in ipairs(columns) do
            set[column.target] = true
        end
        tables[target_sql] = set
    end
    for _, tbl in ipairs(resolved.tables) do
        add(tbl.target_sql, tbl.columns)
        for _, emit in ipairs(tbl.hooks and tbl.hooks.emits or {}) do
            add(emit.target_sql, emit.columns)
        end
    end
    return tables
end

---@class wherry.Absent
---@field table boolean|nil the whole table
---@field note string

---What is missing, by target table.
---@param resolved wherry.Resolved
---@param query fun(sql: string, parameters: table?): table[]
---@return table<string, wherry.Absent>
function present.missing(resolved, query)
    local tables, missing = filled(resolved), {}
    local list = shallow.keys(tables)
    local there = list[1] and catalog.columns(query, list) or {}
    for _, target in ipairs(list) do
        local gone = {}
        for _, name in ipairs(shallow.keys(tables[target])) do
            gone[#gone + 1] = not there[target][name] and names.quote_pg(name) or nil
        end
        if not next(there[target]) then
            missing[target] = { table = true, note = "the target has no such table" }
        elseif gone[1] then
            missing[target] = { note = ("the target has no column %s"):format(table.concat(gone, ", ")) }
        end
    end
    return missing
end

return present
