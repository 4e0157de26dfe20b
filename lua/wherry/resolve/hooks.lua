-- resolve/hooks.lua: which tables of a resolved plan go through functions of the script, and what these see. The
-- functions themselves stay in the script: each lane loads it.
local declared = require "wherry.plan.declared"
local shallow = require "wherry.shallow"

local hooks = {}

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

---Notes in a table of the resolved plan what is called for its rows. Behind on_bad.apply.
---@param t wherry.Table from hooks.mark
---@param load wherry.LoadTable
---@param outcome wherry.Outcome
function hooks.apply(t, load, outcome)
    if not t.hooked then
        return
    end
    load.hooks = { row = t.hooked.row or nil, maps = t.hooked.maps, rejects = load.misfits == "reject" or nil }
    local called = {}
    for i, target in ipairs(t.hooked.maps) do
        called[i] = "map of " .. target
    end
    called[#called + 1] = t.hooked.row and "row" or nil
    outcome:receipt("function", t.name, "exact", table.concat(called, ", "), { table = t.name })
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
