-- stage/init.lua: the states in which lanes call a script's functions over rows.
local core = require "wherry.core"

local stage = {}

---Loads the script once for each lane. The caller closes what it gets.
---@param plan wherry.Plan
---@param script_hash string|nil of the script as the plan was read from it
---@param tables wherry.LoadTable[]
---@param lanes integer
---@return table|nil handle for core.load, core.load_rejects and core.check; nil: no function is called
function stage.open(plan, script_hash, tables, lanes)
    for _, tbl in ipairs(tables) do
        if tbl.hooks then
            return core.stage.lanes { script = plan.script, hash = script_hash, count = lanes }
        end
    end
end

return stage
