-- lookups.lua: fills what a resolved plan's tables and hooks look up, before the load: from the source, the target,
-- other databases and files. The plan knows how many keys there were and their digest: a run that is gone on with has
-- to find the same.
local core = require "wherry.core"
local failure = require "wherry.failure"
local lookup_sources = require "wherry.engine.lookup_sources"
local progress = require "wherry.progress"
local source_set = require "wherry.engine.source_set"

local lookups = {}

---@class wherry.LookupEnds what lookups are filled from
---@field plan wherry.Plan
---@field source userdata core.snapshot
---@field session? wherry.Session of the target
---@field getenv? fun(name: string): string|nil
---@field log? fun(level: string, text: string)

---Those that are filled, by a resolved plan's list of them.
---@type table<table, table<string, userdata>>
local filled = setmetatable({}, { __mode = "k" })

local function empty(one)
    return core.lookup.new { collation = one.collation, affinity = one.affinity }
end

-- A lookup over rows of a table of the source. Whether it is another one now than before.
local function fill_merge(one, ends, maps)
    local map, kept = empty(one), {}
    for i, name in ipairs(one.kept) do
        kept[i] = maps[name]
    end
    local counts = lookup_sources.placed(one, map.fill, map, { snapshot = source_set.of(ends.source, one),
        sql = one.sql, keys = one.keys, replaces = true, kept = kept })
    local before = maps[one.name]:info()
    maps[one.name], one.rows, one.groups = map, counts.rows, counts.marked
    return map:info().digest ~= before.digest
end

-- What is merged by keys of merged rows is merged anew when more of those are.
local function fill_merges(list, ends, maps)
    local stale = {}
    for _, one in ipairs(list) do
        maps[one.name], stale[one.name] = empty(one), true
    end
    while next(stale) do
        for _, one in ipairs(list) do
            local changed = stale[one.name] and fill_merge(one, ends, maps)
            stale[one.name] = nil
            for _, other in ipairs(changed and list or {}) do
                for _, name in ipairs(other.kept) do
                    stale[other.name] = stale[other.name] or name == one.name or nil
                end
            end
        end
    end
end

local function fill_all(list, ends, maps)
    local merges, new = {}, {}
    for _, one in ipairs(list) do
        new[#new + 1] = not maps[one.name] and one or nil
        if not maps[one.name] and one.kind == "merge" then
            merges[#merges + 1] = one
        elseif not maps[one.name] then
            maps[one.name] = lookup_sources.fill(one, ends)
            one.unread = not lookup_sources.is_there(one, ends) or nil
        end
    end
    fill_merges(merges, ends, maps)
    for _, one in ipairs(ends.log and new or {}) do
        local info = maps[one.name]:info()
        ends.log("verbose", ("lookup %s: %s keys, %.1f MB"):format(one.name, progress.grouped(info.count),
            info.bytes / 1048576))
    end
    return maps
end

---Fills the lookups of a plan that is being resolved, but those that are filled already; what is known of them then
---stands in the list.
---@param list table[] of wherry.Resolved.lookups
---@param ends wherry.LookupEnds
---@return table<string, userdata>
function lookups.fill(list, ends)
    local maps = fill_all(list, ends, filled[list] or {})
    for _, one in ipairs(list) do
        local info = maps[one.name]:info()
        one.count, one.digest = info.count, info.digest
    end
    filled[list] = maps
    return maps
end

---How the lookups of a plan from the journal differ from what they were; where none does, they are filled from then on.
---@param list table[]|nil of wherry.Resolved.lookups
---@param ends wherry.LookupEnds
---@return string[] texts
function lookups.differences(list, ends)
    local again, texts = {}, {}
    if not list or not list[1] or filled[list] then
        return texts
    end
    for i, one in ipairs(list) do
        if one.kind ~= "merge" and not lookup_sources.is_same(one, ends.plan) then
            return { ("the script has another lookup %s than the run began with"):format(one.name) }
        end
        again[i] = setmetatable({}, { __index = one })
    end
    local maps = fill_all(again, ends, {})
    for _, one in ipairs(list) do
        local info = maps[one.name]:info()
        if info.digest ~= one.digest or info.count ~= one.count then
            texts[#texts + 1] = ("the lookup %s has changed since the run began: %d keys then, %d now%s"):format(
                one.name, one.count, info.count, info.count == one.count and ", others or with other values" or "")
        end
    end
    filled[list] = not texts[1] and maps or nil
    return texts
end

---The filled lookups of a resolved plan, by name. They are not filled yet where something was wrong with the plan that
---the caller does not mind.
---@param resolved wherry.Resolved
---@param ends wherry.LookupEnds
---@return table<string, userdata>|nil
function lookups.of(resolved, ends)
    local list = resolved.lookups
    if not list or not list[1] then
        return nil
    end
    for _, one in ipairs(list) do
        if one.unread then
            failure.raise("usage", ("the lookup %s is read from the target, and there is none"):format(one.name),
                "give a target, or set DATABASE_URL")
        end
    end
    if not list[#list].digest then
        return lookups.fill(list, ends)
    end
    local texts = lookups.differences(list, ends)
    if texts[1] then
        failure.raise("changed", texts[1], "--restart takes the run back and begins anew")
    end
    return filled[list]
end

---What two plans of a run merge otherwise; what they look up otherwise is for the rows that are left.
---@param before table[]|nil of wherry.Resolved.lookups
---@param now table[]|nil
---@return string[] tables
function lookups.merged_otherwise(before, now)
    local digests, list = {}, {}
    for _, one in ipairs(now or {}) do
        digests[one.name] = one.digest
    end
    for _, one in ipairs(before or {}) do
        list[#list + 1] = one.kind == "merge" and digests[one.name] ~= one.digest and one.table or nil
    end
    return list
end

---Lookups without any key, for a load that has nothing to read any more.
---@param resolved wherry.Resolved
---@return table<string, userdata>
function lookups.none(resolved)
    local maps = {}
    for _, one in ipairs(resolved.lookups or {}) do
        maps[one.name] = empty(one)
    end
    return maps
end

return lookups
