-- aside.lua: what is taken away from tables that are there while they are loaded, and put back as it was: keys, unique
-- and exclusion constraints, indexes. What can't be without harm stays, and says why. And which tables have to wait for
-- which, because of what stays.
local conflicts = require "wherry.resolve.conflicts"
local emitted_keys = require "wherry.resolve.emitted_keys"
local few_rows = require "wherry.resolve.few_rows"
local names = require "wherry.names"
local pg_indexes = require "wherry.schema.pg_indexes"
local progress = require "wherry.progress"

local aside = {}

local STAYS = "stays in place during the load: "
local FEW_ROWS = ("the table has at most %s rows, for which that takes less time than to build it after them"):format(
    progress.grouped(few_rows.MOST))

-- The order in which objects are put in place; they are taken away from behind.
local RANKS = { ["primary key"] = 1, unique = 2, index = 3, ["exclusion constraint"] = 4, ["foreign key"] = 5,
    trigger = 6 }

local function qualified(target)
    return names.qualified(target.schema, target.name)
end

-- The first trigger of a table that fires for rows which are loaded, or nil.
local function firing(context, carried)
    if (carried.entry.triggers or context.plan.triggers) ~= "fire" then
        return nil
    end
    for _, trigger in ipairs(conflicts.triggers(carried.target, carried.entry.on_conflict
        or context.plan.on_conflict)) do
        if trigger.enabled == "O" or trigger.enabled == "A" then
            return trigger
        end
    end
    return nil
end

-- A function of a trigger may look for rows, or insert them, by any key and any index.
local function some_firing(context, list)
    for _, carried in ipairs(list) do
        local trigger = firing(context, carried)
        if trigger then
            return ("the trigger %s of %s fires, and may need it"):format(names.quote_pg(trigger.name),
                qualified(carried.target))
        end
    end
    return nil
end

-- Whether indexes of the table may go at all. A table that holds rows keeps all of them: the rows that are there are
-- guarded, and rows that come meet them by a key.
local function may_empty(context, carried)
    local how = carried.load.on_conflict
    return context.plan.indexes ~= "keep" and (how == nil or how == "replace")
end

local function table_obstacle(carried, trigger)
    if carried.target.kind ~= "r" then
        return "the table is partitioned, and its partitions share it"
    elseif not carried.target.owned then
        return "only the owner of the table can take it away"
    end
    return trigger
end

-- Duplicates are found behind the load, too. Which rows exclude each other, or what an expression refuses, only the
-- server can tell, row by row.
local function rejects_obstacle(carried, index)
    local only_server = index.kind == "exclusion constraint" or index.expression
        or index.unique and (carried.load.misfits ~= "reject" or carried.load.whole)
    return carried.load.rejects and only_server and "rows that it refuses are rejected one by one (on_bad = reject)"
        or nil
end

-- The first thing that would not stand it if the index went, or nil. going: foreign keys that are put aside.
local function dependent(index, going)
    for _, one in ipairs(index.dependents) do
        if not (one.key and going[one.key]) then
            return one.text
        end
    end
    return nil
end

local function obstacle(carried, index, going, trigger)
    return table_obstacle(carried, trigger) or index.obstacle or dependent(index, going)
        or index.tells_apart and "the table is published, and its rows are told apart by it"
        or rejects_obstacle(carried, index)
end

local function take(context, carried, index, stays)
    local place = { table = carried.source.name, target = qualified(carried.target) }
    if stays then
        context.outcome:receipt(index.kind, index.name, "exact", STAYS .. stays, place)
        return
    end
    context.outcome:object { kind = index.kind, name = index.name, table = place.table, target = place.target,
        state = "aside", outcome = "exact", note = "off during the load, built after it",
        key = { columns = index.columns, unique = index.unique and not index.expression or nil,
            terms = index.unique and index.terms or nil, where = index.where, nulls_equal = index.nulls_equal or nil },
        sql = index.create_sql, aside_sql = index.drop_sql }
end

-- Foreign keys of several tables may share a name; the catalog keeps these in the order in which they were made, and
-- so does a dump.
local function in_order_of_making(objects)
    local by_name = {}
    for place, object in ipairs(objects) do
        if object.kind == "foreign key" and object.made then
            by_name[object.name] = by_name[object.name] or {}
            table.insert(by_name[object.name], place)
        end
    end
    for _, places in pairs(by_name) do
        local alike = {}
        for i, place in ipairs(places) do
            alike[i] = objects[place]
        end
        table.sort(alike, function(a, b) return a.made < b.made end)
        for i, place in ipairs(places) do
            objects[place] = alike[i]
        end
    end
end

-- Puts the objects into the order in which they are put in place.
local function arrange(objects)
    local place = {}
    for i, object in ipairs(objects) do
        place[object] = i
    end
    table.sort(objects, function(a, b)
        local first, second = RANKS[a.kind] or 0, RANKS[b.kind] or 0
        return first < second or first == second and place[a] < place[b]
    end)
    in_order_of_making(objects)
end

-- By oid, the foreign keys that are put aside.
local function keys_aside(list)
    local going = {}
    for _, carried in ipairs(list) do
        for _, key in ipairs(carried.target.foreign_keys) do
            if key.oid and key.aside then
                going[key.oid] = true
            end
        end
    end
    return going
end

-- The tables that have to be loaded before: those that write parents of a key that stays in place, of the table itself
-- or of one that it emits to; and a trigger that fires finds what it found if the tables came one after the other.
local function set_after(context, list)
    local places, last_firing = {}, nil
    for i, carried in ipairs(list) do
        for _, target in ipairs(emitted_keys.targets(carried)) do
            local name = qualified(target)
            places[name] = places[name] or {}
            table.insert(places[name], i)
        end
    end
    for i, carried in ipairs(list) do
        local before = { [last_firing or i] = true }
        local function add(name)
            for _, place in ipairs(places[name] or {}) do
                before[place < i and place or i] = true
            end
        end
        for _, target in ipairs(emitted_keys.targets(carried)) do
            for _, key in ipairs(target.foreign_keys) do
                if not key.aside then
                    add(names.qualified(key.parent_schema or target.schema, key.parent))
                end
            end
            -- of rows from several tables that share a key it is always the same one that stays
            if target == carried.target or carried.load.rejects then
                add(qualified(target))
            end
        end
        if firing(context, carried) then
            last_firing = i
        end
        local after = {}
        for place = 1, i - 1 do
            after[#after + 1] = (last_firing == i or before[place]) and place or nil
        end
        carried.load.after = after[1] and after or nil
    end
end

---What a run is told of keys and indexes that stay in place and make it slower; nil where none do.
---@param objects wherry.Object[]
---@return string|nil
function aside.staying(objects)
    local count, reason, several = 0, nil, false
    for _, object in ipairs(objects) do
        local note = object.state == "receipt" and object.note or ""
        if note:sub(1, #STAYS) == STAYS and note ~= STAYS .. FEW_ROWS then
            count = count + 1
            several = several or reason ~= nil and reason ~= object.note
            reason = reason or object.note
        end
    end
    if count == 0 then
        return nil
    end
    return ("%s in place during the load, which takes longer so: %s"):format(count == 1 and "1 key or index stays"
        or count .. " keys and indexes stay", several and "--verbose says why" or reason:sub(#STAYS + 1))
end

---Decides what goes before the load and comes back behind it.
---@param context wherry.Context
---@param list wherry.Carried[] in load order; which of their foreign keys are put aside is decided
function aside.decide(context, list)
    local oids, trigger, going = {}, some_firing(context, list), keys_aside(list)
    for _, carried in ipairs(list) do
        oids[#oids + 1] = may_empty(context, carried) and carried.target.oid or nil
    end
    local standing = oids[1] and pg_indexes.read(context.target_query, oids) or {}
    for _, carried in ipairs(list) do
        local small = standing[carried.target.oid] and context.plan.indexes == "auto"
            and few_rows.of(carried.plain or carried, carried.query or context.source_query)
        for _, index in ipairs(standing[carried.target.oid] or {}) do
            take(context, carried, index, obstacle(carried, index, going, trigger)
                or small and small:takes(index) and FEW_ROWS or nil)
        end
    end
    arrange(context.outcome.objects)
    set_after(context, list)
end

return aside
