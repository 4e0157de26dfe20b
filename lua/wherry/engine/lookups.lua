-- lookups.lua: fills what a resolved plan's tables and hooks look up, before the load: from the source, the target,
-- other databases and files. The plan knows how many keys there were and their digest: a run that is gone on with has
-- to find the same.
local core = require "wherry.core"
local failure = require "wherry.failure"
local lookup_sources = require "wherry.engine.lookup_sources"
local progress = require "wherry.progress"

local lookups = {}

---@class wherry.LookupEnds what lookups are filled from
---@field plan wherry.Plan
---@field source userdata core.snapshot
---@field session? wherry.Session of the target
---@field log? fun(level: string, text: string)

---Those that were filled when their plan was resolved, by its list of them.
---@type table<table, table<string, userdata>>
local filled = setmetatable({}, { __mode = "k" })

local function add_place(fault, one)
    if failure.is(fault) then
        fault.message = ("the lookup %s: %s"):format(one.name, fault.message)
    end
    error(fault, 0)
end

-- A lookup over rows of a table of the source, and whether another one stands there now than before.
local function fill_merge(one, ends, maps)
    local map, kept = core.lookup.new { collation = one.collation, affinity = one.affinity }, {}
    for i, name in ipairs(one.kept) do
        kept[i] = maps[name]
    end
    local ok, counts = pcall(map.fill, map, { snapshot = ends.source, sql = one.sql, keys = one.keys, replaces = true,
        kept = kept })
    if not ok then
        add_place(counts, one)
    end
    local before = maps[one.name]:info()
    maps[one.name], one.rows, one.groups = map, counts.rows, counts.marked
    return map:info().digest ~= before.digest
end

-- What is merged by keys of merged rows is merged anew when more of those are.
local function fill_merges(list, ends, maps)
    local stale = {}
    for _, one in ipairs(list) do
        maps[one.name] = core.lookup.new { collation = one.collation, affinity = one.affinity }
        stale[one.name] = true
    end
    while next(stale) do
        for _, one in ipairs(list) do
            if stale[one.name] then
                stale[one.name] = nil
                local changed = fill_merge(one, ends, maps)
                for _, other in ipairs(changed and list or {}) do
                    for _, name in ipairs(other.kept) do
                        stale[other.name] = stale[other.name] or name == one.name or nil
                    end
                end
            end
        end
    end
end

local function fill_all(list, ends)
    local maps, merges = {}, {}
    for _, one in ipairs(list) do
        if one.kind == "merge" then
            merges[#merges + 1] = one
        else
            maps[one.name] = lookup_sources.fill(one, ends)
        end
    end
    fill_merges(merges, ends, maps)
    return maps
end

local function tell(list, maps, log)
    for _, one in ipairs(log and list or {}) do
        local info = maps[one.name]:info()
        log("verbose", ("lookup %s: %s keys, %.1f MB"):format(one.name, progress.grouped(info.count),
            info.bytes / 1048576))
    end
end

---Fills the lookups of a plan that is being resolved; what is known of them then stands in the list.
---@param list table[] wherry.Resolved.lookups
---@param ends wherry.LookupEnds
function lookups.fill(list, ends)
    local maps = fill_all(list, ends)
    for _, one in ipairs(list) do
        local info = maps[one.name]:info()
        one.count, one.digest = info.count, info.digest
    end
    tell(list, maps, ends.log)
    filled[list] = maps
end

local function check_same(one, map, run)
    local info = map:info()
    if info.digest ~= one.digest or info.count ~= one.count then
        failure.raise("changed", ("the lookup %s has changed since the run was begun: %d keys then, %d now%s"):format(
            one.name, one.count, info.count, info.count == one.count and ", others or with other values" or ""),
            "rows that are loaded have been looked up in what it was then: put it back, or take the run back with "
            .. "--restart", { run = run })
    end
end

---The filled lookups of a resolved plan, by name. Those of a plan from the journal are filled again; raises kind
---"changed" where they are others now.
---@param resolved wherry.Resolved
---@param ends wherry.LookupEnds
---@param run? integer
---@return table<string, userdata>|nil
function lookups.of(resolved, ends, run)
    local list = resolved.lookups
    if not list or not list[1] then
        return nil
    end
    if not filled[list] then
        local again = {}
        for i, one in ipairs(list) do
            again[i] = setmetatable({}, { __index = one })
        end
        local maps = fill_all(again, ends)
        for _, one in ipairs(list) do
            check_same(one, maps[one.name], run)
        end
        tell(list, maps, ends.log)
        filled[list] = maps
    end
    return filled[list]
end

return lookups
