-- stage/init.lua: the states in which lanes call a script's functions over rows.
local core = require "wherry.core"
local functions = require "wherry.stage.functions"
local place = require "wherry.place"

local stage = {}

local function needed(tables)
    for _, tbl in ipairs(tables) do
        if tbl.hooks then
            return true
        end
    end
    return false
end

---How many lanes may be at work: functions that were made in this state, not in a script file, have one.
---@param plan wherry.Plan
---@param tables wherry.LoadTable[]
---@param lanes integer wanted
---@return integer
function stage.lanes(plan, tables, lanes)
    return not plan.script and needed(tables) and 1 or lanes
end

---Loads the script once for each lane, and raises what keeps one from having its functions: to be called before
---anything is written. The caller closes what it gets.
---@param plan wherry.Plan
---@param script_hash string|nil of the script as the plan was read from it
---@param tables wherry.LoadTable[]
---@param lanes integer
---@return table|nil handle for core.load, core.load_rejects and core.check; nil: no function is called
function stage.open(plan, script_hash, tables, lanes)
    if not needed(tables) then
        return nil
    elseif not plan.script then
        return core.stage.own(functions.of(plan, nil))
    end
    local states = core.stage.lanes { script = plan.script, hash = script_hash, count = lanes }
    for _, tbl in ipairs(tables) do
        if tbl.hooks then
            states:find { name = tbl.source, source = tbl.from, maps = tbl.hooks.maps, row = tbl.hooks.row }
        end
    end
    return states
end

---Tells of functions that gave something else when they were called twice for a row.
---@param unsteady { table: string, key: string?, map: string? }[] from the core
---@param log fun(level: string, text: string)
---@return table<string, string> notes by table
function stage.tell_unsteady(unsteady, log)
    local notes = {}
    for _, one in ipairs(unsteady) do
        notes[one.table] = ("%s gave two different results for one row (%s): a clock, a random number or a variable "
            .. "of its own has a part in it, and a run that is killed and resumed gives others"):format(
            one.map and "map of " .. one.map or "row", one.key or "the first")
        log("warning", ("%s: %s"):format(place.printable(one.table), place.printable(notes[one.table])))
    end
    return notes
end

return stage
