-- builds.lua: what is put in place behind the load, as steps that the core does over several connections: each as soon
-- as the tables are loaded that it is about, and no two at once that would wait for each other's locks.
local names = require "wherry.names"
local statements = require "wherry.statements"

local builds = {}

---@class wherry.Build a step: advances an object of the journal; or statements that may be run at any time
---@field object integer? its id in the journal
---@field from "aside"|"todo"|"added"|nil
---@field to "added"|"done"|nil
---@field statements string[]
---@field settings string? what is set for the transaction
---@field tables integer[] places of tables of the plan that have to be loaded before
---@field waits integer[] places of builds that have to be done before
---@field excludes integer[] places of builds that it can't be under way with, before and behind it

---@class wherry.BuildStep
---@field from string
---@field to "added"|"done"
---@field statements string[]
---@field shares boolean other indexes of the table may be built beside it

local INDEXES = { ["primary key"] = true, unique = true, index = true }

local MOST_MEMORY, LEAST_MEMORY = 1 << 20, 256 << 10 -- kB

---The settings of a transaction that builds. Sorting in memory is what an index is built by: a server that was never
---tuned gives 64 MB. All builds that run at once share what one could have, and the workers of one build.
---@param session wherry.Session
---@param jobs integer how many build at once
---@return string sql
function builds.settings(session, jobs)
    local row = session:query([[SELECT pg_size_bytes(current_setting('shared_buffers')) / 1024 AS buffers,
        pg_size_bytes(current_setting('maintenance_work_mem')) / 1024 AS memory,
        current_setting('max_parallel_maintenance_workers') AS workers]])[1]
    local buffers, memory = math.tointeger(tonumber(row.buffers)), math.tointeger(tonumber(row.memory))
    local shared = math.max(buffers // 2, LEAST_MEMORY) // jobs
    return ("SELECT set_config('maintenance_work_mem', '%dkB', true), "
        .. "set_config('max_parallel_maintenance_workers', '%d', true), set_config('default_tablespace', '', true)")
        :format(math.max(memory, math.min(shared, MOST_MEMORY)), math.tointeger(tonumber(row.workers)) // jobs)
end

-- The statements up to the index, and those behind it: the constraint that takes it over, and what else locks the table
-- against all others.
local function parts(list)
    for i, sql in ipairs(list) do
        if sql:find "^ALTER TABLE " then
            return table.move(list, 1, i - 1, 1, {}), table.move(list, i, #list, 1, {})
        end
    end
    return list, {}
end

-- A foreign key is added without looking at the rows, then validated: when rows do not obey it, it still guards new
-- ones. One that was not valid before the run stays so, and a partitioned table takes none that is not valid yet.
local function foreign_key(object, list, partitioned)
    if statements.is_not_valid(object.sql) or partitioned then
        return { { from = object.state, to = "done", statements = list, shares = false } }
    end
    local validation = { from = "added", to = "done", statements = { builds.validation(object) }, shares = false }
    if object.state == "added" then
        return { validation }
    end
    list[1] = list[1] .. " NOT VALID"
    return { { from = object.state, to = "added", statements = list, shares = false }, validation }
end

---@param object { target: string, name: string } a foreign key
---@return string sql
function builds.validation(object)
    return ("ALTER TABLE %s VALIDATE CONSTRAINT %s"):format(object.target, names.quote_pg(object.name))
end

---The steps that are left of an object.
---@param object { kind: string, name: string, target: string, sql: string, state: string } from journal:open_objects
---@param options { partitioned: boolean, alone: boolean } partitioned: its table is; alone: no other index is built
---beside it, so that all of it is one step
---@return wherry.BuildStep[]
function builds.steps(object, options)
    local list = statements.split(object.sql)
    if object.kind == "foreign key" then
        return foreign_key(object, list, options.partitioned)
    end
    local first, second = {}, {}
    if INDEXES[object.kind] then
        first, second = parts(list)
    end
    if object.state == "added" then
        return { { from = "added", to = "done", statements = second, shares = false } }
    elseif options.alone or not first[1] or not second[1] then
        return { { from = object.state, to = "done", statements = list, shares = first[1] and not second[1] } }
    end
    return { { from = object.state, to = "added", statements = first, shares = true },
        { from = "added", to = "done", statements = second, shares = false } }
end

---The statements that are left of an object, for one connection and with all rows in place.
---@param object { kind: string, name: string, target: string, sql: string, state: string }
---@return string[]
function builds.left(object)
    local list = statements.split(object.sql)
    if object.state ~= "added" then
        return list
    elseif object.kind == "foreign key" then
        return { builds.validation(object) }
    end
    return (select(2, parts(list)))
end

-- The tables that an object is about, under their names as SQL, the one that has it first.
local function tables_of(object, planned, schema)
    local key = planned and planned.key
    local parent = object.kind == "foreign key" and key and key.parent
        and names.qualified(key.parent_schema or schema, key.parent)
    return { object.target, parent and parent ~= object.target and parent or nil }
end

local function planned_objects(resolved)
    local by_label = {}
    for _, object in ipairs(resolved.objects) do
        by_label[table.concat({ object.kind, object.name, object.target }, "\0")] = object
    end
    return by_label
end

-- How many of a table's indexes are still to be built.
local function count_indexes(open)
    local counts = {}
    for _, object in ipairs(open) do
        if INDEXES[object.kind] and object.state ~= "added" then
            counts[object.target] = (counts[object.target] or 0) + 1
        end
    end
    return counts
end

---The tables among those of objects that are partitioned.
---@param journal wherry.Journal
---@param open table[] from journal:open_objects
---@return table<string, boolean>
function builds.partitioned(journal, open)
    local wanted, found = {}, {}
    for _, object in ipairs(open) do
        if object.kind == "foreign key" and not wanted[object.target] then
            wanted[object.target] = true
            local row = journal.session:query("SELECT relkind FROM pg_class WHERE oid = to_regclass($1)",
                { object.target })[1]
            found[object.target] = row ~= nil and row.relkind == "p"
        end
    end
    return found
end

-- ANALYZE of each table, behind its indexes, since these tell of expressions, and before its foreign keys: they are
-- checked by queries, and the locks of all three exclude each other.
local function add_analyses(list, tables)
    local seen = {}
    for _, tbl in ipairs(tables) do
        if not seen[tbl.target_sql] then
            seen[tbl.target_sql] = true
            list[#list + 1] = { analyzed = tbl.target_sql, step = { statements = { "ANALYZE " .. tbl.target_sql } } }
        end
    end
end

-- The builds in the order in which one connection would do them: indexes, what takes them over, statistics, foreign
-- keys.
local function in_order(journal, open, analyzed)
    local partitioned, counts, passes = builds.partitioned(journal, open), count_indexes(open), { {}, {}, {} }
    for _, object in ipairs(open) do
        if INDEXES[object.kind] or object.kind == "exclusion constraint" or object.kind == "foreign key" then
            local steps = builds.steps(object, { partitioned = partitioned[object.target] == true,
                alone = counts[object.target] == 1 })
            for _, step in ipairs(steps) do
                local pass = object.kind == "foreign key" and 3 or step.shares and 1 or 2
                table.insert(passes[pass], { object = object, step = step })
            end
        end
    end
    local list = table.move(passes[1], 1, #passes[1], 1, {})
    table.move(passes[2], 1, #passes[2], #list + 1, list)
    add_analyses(list, analyzed)
    return table.move(passes[3], 1, #passes[3], #list + 1, list)
end

local function is_foreign_key(entry)
    return entry.object ~= nil and entry.object.kind == "foreign key"
end

-- What a step locks. Foreign keys of one name are made in the order of the plan: a dump has them in the order in which
-- they were made.
local function locks_of(entry, tables)
    local adds = is_foreign_key(entry) and entry.step.from ~= "added"
    return adds and { "\0" .. entry.object.name, table.unpack(tables) } or { tables[1] }
end

-- How two entries get on that take the lock of this name: of all locks that are taken here only those for CREATE INDEX
-- stand each other. Foreign keys may come in any order, but for those of one name.
local function bearing(entry, before, name)
    if entry.step.shares and before.step.shares then
        return nil
    elseif is_foreign_key(entry) and is_foreign_key(before) and entry.object ~= before.object
        and name:byte() ~= 0 then
        return "excludes"
    end
    return "waits"
end

-- Of the builds before the `place`th those that hold a lock which it can't have beside them: which it waits for, and
-- which it excludes, as they do it.
local function place_locks(list, holders, entry, locks, place)
    local build, seen = list[place], { [place] = true }
    for _, name in ipairs(locks) do
        holders[name] = holders[name] or {}
        for _, holder in ipairs(holders[name]) do
            local how = not seen[holder.place] and bearing(entry, holder.entry, name)
            if how then
                seen[holder.place] = true
                table.insert(build[how], holder.place)
            end
            if how == "excludes" then
                table.insert(list[holder.place].excludes, place)
            end
        end
        table.insert(holders[name], { place = place, entry = entry })
    end
    table.sort(build.waits)
end

-- The tables of an entry, the one that has the object first.
local function entry_tables(entry, planned, schema)
    local object = entry.object
    if not object then
        return { entry.analyzed }
    end
    return tables_of(object, planned[table.concat({ object.kind, object.name, object.target or "" }, "\0")], schema)
end

-- The places of plan tables under each name of a target that they write into.
local function places_of(tables)
    local places = {}
    local function add(name, place)
        places[name] = places[name] or {}
        table.insert(places[name], place)
    end
    for i, tbl in ipairs(tables) do
        add(tbl.target_sql, i)
        for _, emit in ipairs(tbl.hooks and tbl.hooks.emits or {}) do
            add(emit.target_sql, i)
        end
    end
    return places
end

---What of a run's open objects the core puts in place, in an order in which one connection could do it, and ANALYZE of
---its tables in between. Triggers, views and functions are not among it: they are made in no time, when all rows are
---there.
---@param journal wherry.Journal
---@param run integer
---@param resolved wherry.Resolved
---@param jobs integer how many connections there are
---@return wherry.Build[]
---@return table<integer, string> analyzed the tables' target_sql by the places of their builds
function builds.of(journal, run, resolved, jobs)
    local places, planned, holders, list = places_of(resolved.tables), planned_objects(resolved), {}, {}
    local open, analyzed = journal:open_objects(run), {}
    local settings = open[1] and builds.settings(journal.session, jobs)
    for i, entry in ipairs(in_order(journal, open, resolved.analyze ~= false and resolved.tables or {})) do
        local object, step = entry.object, entry.step
        local tables = entry_tables(entry, planned, resolved.target_schema)
        local loaded = {}
        for _, name in ipairs(tables) do
            table.move(places[name] or {}, 1, #(places[name] or {}), #loaded + 1, loaded)
        end
        list[i] = { object = object and math.tointeger(tonumber(object.id)), from = step.from, to = step.to,
            statements = step.statements, settings = object and settings, tables = loaded, waits = {}, excludes = {} }
        place_locks(list, holders, entry, locks_of(entry, tables), i)
        analyzed[i] = entry.analyzed
    end
    return list, analyzed
end

return builds
