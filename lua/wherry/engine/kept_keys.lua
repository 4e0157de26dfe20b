-- kept_keys.lua: what replaces the keys in columns, when a run goes on by another plan: the foreign keys of the target
-- by which a plan finds these columns are aside while the run is under way.
local kept_keys = {}

local function carry(before, now)
    local remaps = {}
    for _, column in ipairs(before) do
        remaps[column.target] = column.remap
    end
    for _, column in ipairs(now) do
        column.remap = column.remap or remaps[column.target]
    end
end

local function emits_of(tbl)
    return tbl.hooks and tbl.hooks.emits or {}
end

--- Gives the columns of a table, and of the rows that its function emits, what the run's plan has for them and the new
--- one lacks. Merges that are others by now are found elsewhere.
---@param before wherry.LoadTable of the run
---@param now wherry.LoadTable of the new plan
function kept_keys.carry(before, now)
    carry(before.columns, now.columns)
    local by_target = {}
    for _, emit in ipairs(emits_of(before)) do
        by_target[emit.target_sql] = emit.columns
    end
    for _, emit in ipairs(emits_of(now)) do
        carry(by_target[emit.target_sql] or {}, emit.columns)
    end
end

return kept_keys
