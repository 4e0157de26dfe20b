-- source_groups.lua: which of several sources have the same schema, and in what the others differ.
local json = require "wherry.json"
local names = require "wherry.names"
local shallow = require "wherry.shallow"

local source_groups = {}

local SHOWN = 8

local SCHEMA = [[SELECT type, name, coalesce(sql, '') AS sql FROM sqlite_schema
    WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY type, name]]

---@class wherry.SourceGroup
---@field sources string[] names
---@field differs string[]? from the largest group: "no index i", "another table t"; nil: this is the largest

local function schema_of(file)
    local schema, parts = {}, {}
    for i, row in ipairs(file.source_query(SCHEMA)) do
        local label = row.type .. " " .. json.utf8(row.name)
        schema[label], parts[i] = names.hash(row.sql), label .. names.hash(row.sql)
    end
    return schema, names.hash(table.concat(parts, "\0"))
end

local function differences(first, other)
    local list = {}
    for _, label in ipairs(shallow.keys(first)) do
        list[#list + 1] = not other[label] and "no " .. label or other[label] ~= first[label] and "another " .. label
            or nil
    end
    for _, label in ipairs(shallow.keys(other)) do
        list[#list + 1] = not first[label] and "besides " .. label or nil
    end
    return list
end

---The groups, the largest first.
---@param files wherry.SourceEnds[]
---@return wherry.SourceGroup[]
function source_groups.of(files)
    local groups, by_digest = {}, {}
    for _, file in ipairs(files) do
        local schema, digest = schema_of(file)
        local group = by_digest[digest]
        if not group then
            group = { sources = {}, schema = schema, place = #groups }
            by_digest[digest], groups[#groups + 1] = group, group
        end
        table.insert(group.sources, file.name)
    end
    table.sort(groups, function(a, b)
        return #a.sources > #b.sources or #a.sources == #b.sources and a.place < b.place
    end)
    local list = {}
    for i, group in ipairs(groups) do
        list[i] = { sources = group.sources, differs = i > 1 and differences(groups[1].schema, group.schema) or nil }
    end
    return list
end

local function shown(list)
    return ("%s%s"):format(table.concat(list, ", ", 1, math.min(#list, SHOWN)),
        #list > SHOWN and (" and %d more"):format(#list - SHOWN) or "")
end

---Receipts of the groups of sources that a pattern finds.
---@param groups wherry.SourceGroup[]
---@param outcome wherry.Outcome
function source_groups.tell(groups, outcome)
    for i, group in ipairs(groups) do
        outcome:receipt("source group", ("%d"):format(i), "exact", ("%d of one schema: %s%s"):format(#group.sources,
            shown(group.sources), group.differs and ("; differs from group 1: %s"):format(shown(group.differs)) or ""))
    end
end

return source_groups
