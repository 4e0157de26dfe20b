-- census.lua: the values behind columns whose declaration does not guarantee them, and which columns have to agree:
-- PostgreSQL takes a foreign key only between columns of one type, so what a foreign key joins is decided together.
local idiomatic = require "wherry.schema.idiomatic"
local model = require "wherry.schema.model"
local types = require "wherry.schema.types"

local census = {}

---@class wherry.CensusJob one table's part of a census
---@field table wherry.Table
---@field columns { name: string, wanted: "types"|"classes"|"texts"|"candidates" }[] see types.wanted

local CLASSES = { "integer", "real", "text", "blob", "null" }
local COUNTS = { "texts_with_nul", "texts_invalid", "blobs_of_16", "uuid_hyphens", "uuid_digits", "uuid_upper",
    "uuid_rfc", "times_with_t", "times_with_z", "times_plain" }
local CANDIDATES = { "uuid", "jsonb", "date", "timestamp", "timestamptz" }

local function nothing()
    return { integer = 0, real = 0, text = 0, blob = 0, null = 0, integers_inexact = false, integers_bool = true }
end

local function asked(t, options)
    local list = {}
    for _, column in ipairs(t.columns) do
        local wanted = types.wanted(t, column, options)
        list[#list + 1] = wanted and { name = column.name, wanted = wanted } or nil
    end
    return list
end

local function count(options, tables)
    local jobs, counted = {}, {}
    for _, t in ipairs(tables) do
        local list = asked(t, options)
        counted[t.name] = {}
        if list[1] then
            jobs[#jobs + 1] = { table = t, columns = list }
        end
    end
    local results = options.census and jobs[1] and options.census(jobs) or {}
    for i, job in ipairs(jobs) do
        counted[job.table.name] = results[i] or {}
    end
    return counted
end

-- A declared type is what the plan says, whatever the column is joined to.
local function is_declared(column)
    return column.given ~= nil and column.given.type ~= nil
end

-- The columns that foreign keys join, as an array of { child, parent }, each { table, column }.
local function joins_of(tables)
    local by_name, joins = {}, {}
    for _, t in ipairs(tables) do
        by_name[t.name] = t
    end
    for _, t in ipairs(tables) do
        for _, key in ipairs(t.foreign_keys) do
            local parent = not key.parent_missing and by_name[key.parent]
            for i, name in ipairs(parent and key.columns or {}) do
                local child = model.column(t, name)
                local other = model.column(parent, key.parent_columns[i])
                if child and other and child ~= other and not is_declared(child) and not is_declared(other) then
                    joins[#joins + 1] = { { table = t, column = child }, { table = parent, column = other } }
                end
            end
        end
    end
    return joins
end

local function is_identity(member)
    return member.table.rowid_alias == member.column.name
end

-- Groups of joined columns, in the order of the joins. An identity is always an integer, whatever refers to it: it is
-- no member, the group only knows that it refers to one.
local function groups_of(joins)
    local groups, group_of = {}, {}
    local function group(member)
        if not group_of[member.column] then
            group_of[member.column] = { member }
            groups[#groups + 1] = group_of[member.column]
        end
        return group_of[member.column]
    end
    for _, join in ipairs(joins) do
        local child, parent = join[1], join[2]
        if is_identity(child) or is_identity(parent) then
            local other = is_identity(child) and parent or child
            if not is_identity(other) then
                group(other).refers = true
            end
        else
            local one, other = group(parent), group(child)
            if one ~= other then
                for _, member in ipairs(other) do
                    one[#one + 1] = member
                    group_of[member.column] = one
                end
                one.refers, other.merged = one.refers or other.refers, true
            end
        end
    end
    return groups
end

local function add(sum, stats)
    for _, class in ipairs(CLASSES) do
        sum[class] = sum[class] + (stats[class] or 0)
    end
    for _, field in ipairs(COUNTS) do
        if stats[field] then
            sum[field] = (sum[field] or 0) + stats[field]
        end
    end
    for _, name in ipairs(stats.accepted and CANDIDATES or {}) do
        sum.accepted = sum.accepted or {}
        sum.accepted[name] = (sum.accepted[name] or 0) + stats.accepted[name]
    end
    sum.integers_inexact = sum.integers_inexact or stats.integers_inexact or false
end

-- What a column counts for: its values, else one of the class that its declaration says plainly.
local function own_of(member, counted, options)
    local own = counted[member.table.name][member.column.name]
    if not own then
        own = nothing()
        counted[member.table.name][member.column.name] = own
    end
    if own.integer + own.real + own.text + own.blob > 0 then
        return own, true
    end
    local class = types.declared_class(member.column)
    local assumed = nothing()
    if class then
        assumed[class] = 1
    end
    if class and not types.wanted(member.table, member.column, options) then
        assumed.assumed = true
        counted[member.table.name][member.column.name] = assumed
        return assumed, true
    end
    return assumed, false
end

-- The values of all columns of a group. An empty TEXT column has nothing against a type for texts.
local function together(group, counted, options)
    local sum, vacant = nothing(), {}
    sum.integers_bool = false
    local says = { json = true, uuid = true, time = true, date = true }
    for _, member in ipairs(group) do
        local own, has_values = own_of(member, counted, options)
        if has_values then
            add(sum, own)
        else
            vacant[#vacant + 1] = own
        end
        for word, said in pairs(idiomatic.says(member.column.declared)) do
            says[word] = says[word] and said
        end
    end
    for _, own in ipairs(vacant) do
        if not (options.idiomatic and own.text > 0 and sum.text > 0) then
            add(sum, own)
        end
    end
    sum.says = says
    return sum
end

-- What decides the type of a group: its values, with the identity that it refers to where that leaves them integers.
local function decide(group, counted, options)
    local sum = together(group, counted, options)
    if not group.refers then
        return #group > 1 and sum or nil
    end
    sum.integer = sum.integer + 1
    if types.by_values("", sum) == types.bigint then
        return sum
    end
    sum.integer = sum.integer - 1
    return #group > 1 and sum or nil
end

---Counts the values of the columns whose declaration does not guarantee them. The statistics of a column that foreign
---keys join to others carry, as `joined`, those of all of them.
---@param tables wherry.Table[]
---@param options wherry.TranslateOptions
---@return table<string, table<string, wherry.Stats>> by table and column
function census.take(tables, options)
    local counted = count(options, tables)
    for _, group in ipairs(groups_of(joins_of(tables))) do
        local joined = not group.merged and decide(group, counted, options)
        for _, member in ipairs(joined and group or {}) do
            counted[member.table.name][member.column.name].joined = joined
        end
    end
    return counted
end

return census
