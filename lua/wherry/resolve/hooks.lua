-- resolve/hooks.lua: which tables of a resolved plan go through functions of the script, and what these see. The
-- functions themselves stay in the script: each lane loads it.
local declared = require "wherry.plan.declared"
local shallow = require "wherry.shallow"

local hooks = {}

local SHOWN = 8 -- names of columns in a receipt

---@class wherry.LoadHooks
---@field row? boolean the script has a function `row` for the table
---@field maps string[] target columns for which it has a function `map`
---@field emits? wherry.LoadEmit[] tables that `row` emits to
---@field rejects? boolean a row at which `row` fails is rejected; else the load stops

---The target columns that have a function `map`.
---@param plan wherry.Plan
---@param entry table the plan's keys for the table
---@param columns { target: string }[]
---@return string[]
function hooks.maps(plan, entry, columns)
    local list = {}
    for _, column in ipairs(columns) do
        list[#list + 1] = declared.value(plan, entry, column.target, "map") and column.target or nil
    end
    return list
end

---A source table as it is read where functions see its rows: these get cells of their own, so that the key and what
---`old` shows stay what they are.
---@param plan wherry.Plan
---@param entry table
---@param t wherry.Table of the source
---@param columns { target: string }[]
---@return wherry.Table
function hooks.mark(plan, entry, t, columns)
    local maps = hooks.maps(plan, entry, columns)
    if not entry.row and not maps[1] then
        return t
    end
    return shallow.copy(t, { hooked = { row = entry.row ~= nil, maps = maps } })
end

-- The types of created columns are those of what the source holds: what functions give may need others.
local function by_source(hooked, load, typed)
    local found, changed = {}, {}
    for _, target in ipairs(hooked.maps) do
        changed[target] = true
    end
    for _, column in ipairs(load.columns) do
        if (hooked.row or changed[column.target]) and not typed[column.target] then
            found[#found + 1] = column.target
        end
    end
    local more = #found > SHOWN and (" and %d more"):format(#found - SHOWN) or ""
    return found[1] and ("; types go by the source's values, not by what is given here: %s%s (type = names another)")
        :format(table.concat(found, ", ", 1, math.min(#found, SHOWN)), more) or ""
end

---Notes in a table of the resolved plan what is called for its rows. Behind on_bad.apply.
---@param t wherry.Table from hooks.mark
---@param load wherry.LoadTable
---@param outcome wherry.Outcome
---@param typed table<string, boolean|nil>|nil of a table that is created: columns whose type the plan gives
function hooks.apply(t, load, outcome, typed)
    if not t.hooked then
        return
    end
    load.hooks = { row = t.hooked.row or nil, maps = t.hooked.maps, rejects = load.misfits == "reject" or nil }
    local called = {}
    for i, target in ipairs(t.hooked.maps) do
        called[i] = "map of " .. target
    end
    called[#called + 1] = t.hooked.row and "row" or nil
    outcome:receipt("function", t.name, "exact", table.concat(called, ", ")
        .. (typed and by_source(t.hooked, load, typed) or ""), { table = t.name })
end

---Whether a function may have changed a column's values: what the source holds says nothing of them then.
---@param load wherry.LoadTable
---@param target string
---@return boolean
function hooks.changes(load, target)
    local found = load.hooks ~= nil and load.hooks.row == true
    for _, name in ipairs(load.hooks and load.hooks.maps or {}) do
        found = found or name == target
    end
    return found
end

return hooks
