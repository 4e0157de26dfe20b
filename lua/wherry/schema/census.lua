-- census.lua: the values behind columns whose declaration does not settle their type, and which columns have to agree:
-- PostgreSQL takes a foreign key only between columns of one type, so what a foreign key joins is decided together.
local model = require "wherry.schema.model"
local types = require "wherry.schema.types"

local census = {}

local CLASSES = { "integer", "real", "text", "blob", "null" }

-- A column whose type is settled speaks for itself with one value of its class.
local SETTLED = {
    integer = { integer = 1 }, real = { real = 1 }, text = { text = 1 }, blob = { blob = 1 },
}

local function count(options, tables)
    local counted = {}
    for _, t in ipairs(tables) do
        local list = {}
        for _, column in ipairs(t.columns) do
            if types.needs_census(column) then
                list[#list + 1] = column.name
            end
        end
        counted[t.name] = list[1] and options.census and options.census(t, list) or {}
    end
    return counted
end

-- Groups of columns that foreign keys join, as lists of { table, column }.
local function groups_of(tables)
    local by_name, group_of = {}, {}
    for _, t in ipairs(tables) do
        by_name[t.name] = t
    end
    local function group(t, name)
        local column = model.column(t, name)
        if column and not group_of[column] then
            group_of[column] = { { table = t, column = column } }
        end
        return column and group_of[column]
    end
    local function join(one, other)
        if one ~= other then
            for _, member in ipairs(other) do
                one[#one + 1] = member
                group_of[member.column] = one
            end
        end
    end
    for _, t in ipairs(tables) do
        for _, key in ipairs(t.foreign_keys) do
            local parent = not key.parent_missing and by_name[key.parent]
            for i, name in ipairs(parent and key.columns or {}) do
                local child, other = group(t, name), group(parent, key.parent_columns[i])
                if child and other then
                    join(child, other)
                end
            end
        end
    end
    return group_of
end

local function add(sum, stats)
    for _, class in ipairs(CLASSES) do
        sum[class] = sum[class] + (stats[class] or 0)
    end
    sum.integers_inexact = sum.integers_inexact or stats.integers_inexact or false
end

-- The values of all columns of a group, or nil where they have no type in common.
local function together(group, counted)
    local sum = { integer = 0, real = 0, text = 0, blob = 0, null = 0, integers_inexact = false, integers_bool = false }
    for _, member in ipairs(group) do
        if types.needs_census(member.column) then
            add(sum, counted[member.table.name][member.column.name] or {})
        else
            add(sum, SETTLED[member.column.affinity])
        end
    end
    return not (sum.blob > 0 and sum.integer + sum.real > 0) and sum or nil
end

---Counts the values of the columns that need it. The statistics of a column that foreign keys join to others carry, as
---`joined`, those of all of them.
---@param tables wherry.Table[]
---@param options wherry.TranslateOptions
---@return table<string, table<string, wherry.Stats>> by table and column
function census.take(tables, options)
    local counted = count(options, tables)
    local group_of = groups_of(tables)
    for _, t in ipairs(tables) do
        for _, column in ipairs(t.columns) do
            local group = group_of[column]
            if group and #group > 1 and types.needs_census(column) then
                local own = counted[t.name][column.name] or { integer = 0, real = 0, text = 0, blob = 0, null = 0 }
                own.joined = together(group, counted)
                counted[t.name][column.name] = own
            end
        end
    end
    return counted
end

return census
