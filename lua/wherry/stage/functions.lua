-- stage/functions.lua: the functions of a plan over the rows of a table, as the core takes them.
local declared = require "wherry.plan.declared"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local hooks = require "wherry.plan.hooks"
local match = require "wherry.match"
local script_line = require "wherry.plan.script_line"
local shallow = require "wherry.shallow"

local functions = {}

local SHOWN = 12 -- names of columns in a message

-- Words an error: what the script raised, with its line.
local function explainer(path)
    return function(raised)
        local line = script_line.of(path)
        local place = line and ("%s:%d: "):format(path, line) or ""
        if failure.is(raised) then
            return place .. raised.message .. (raised.hint and ("; %s"):format(raised.hint) or "")
        elseif type(raised) == "string" then
            return (raised:find "^[^\n]-:%d+: " and "" or place) .. raised
        end
        return ("%serror object: %s"):format(place, ends.describe(raised))
    end
end

-- Words the error for a column that there is none of, or for a table that is not among those to emit to.
local function unknown(side, key, names)
    local list = shallow.keys(names)
    if side == "emit" then
        return ("emit to %s: emits does not name it (%s)"):format(tostring(key), match.suggestion(tostring(key), list)
            or list[1] and "it names " .. table.concat(list, ", ") or "it names no table")
    end
    local known = ("its columns are %s%s"):format(table.concat(list, ", ", 1, math.min(#list, SHOWN)),
        #list > SHOWN and (" and %d more"):format(#list - SHOWN) or "")
    local name = type(key) == "string" and key or ends.describe(key)
    return ("%s has no column %s (%s)"):format(side, name, type(key) == "string" and match.suggestion(key, list)
        or known)
end

---What gives the functions of a table: row, maps (of these target columns, in their order), and what the core needs
---besides.
---@param plan wherry.Plan
---@param path string|nil the script's
---@return fun(name: string, source: string, maps: string[], has_row: boolean): table
function functions.of(plan, path)
    local explain, place = explainer(path), path or "the plan"
    return function(name, source, maps, has_row)
        local entry = hooks.entry(plan.tables, name, source) or {}
        local found = { row = entry.row, maps = {}, drop = hooks.drop_metatable, unknown = unknown, explain = explain }
        if has_row and not entry.row then
            failure.raise("plan", ("%s: there is no row of %s any more"):format(place, name))
        end
        for i, target in ipairs(maps) do
            found.maps[i] = declared.value(plan, entry, target, "map")
                or failure.raise("plan", ("%s: there is no map of %s any more"):format(place, target))
        end
        return found
    end
end

return functions
