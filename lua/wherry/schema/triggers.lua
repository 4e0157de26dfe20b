-- Triggers: a function in plpgsql and a trigger each. What cannot be written so that it does the same is reported.
local fts_sync = require "wherry.schema.fts_sync"
local graph = require "wherry.schema.trigger_graph"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local parse = require "wherry.expr.parse"
local translation = require "wherry.schema.translation"
local trigger_function = require "wherry.schema.trigger_function"

local triggers = {}

local function not_carried(work, trigger, reason, with_text)
    local text = with_text and "; its text: " .. translation.one_line(trigger.sql or "") or ""
    translation.receipt(work, {
        kind = "trigger", name = trigger.name, table = trigger.table, outcome = "not_carried", note = reason .. text,
    })
end

-- What is known of a trigger once its statements are printed; nil and the reason when it is not carried.
local function read(work, m, trigger)
    local node, message = parse.create(trigger.sql or "")
    if not node or node.t ~= "create_trigger" then
        return nil, ("its statement was not understood: %s"):format(message or "it is no CREATE TRIGGER"), true
    end
    local kept = fts_sync.table_of(m, node)
    if kept then
        return nil, ("keeps the full-text table %s in step"):format(kept), false
    end
    local relation, reason = work.catalog:find(node.table)
    if not relation then
        return nil, (reason:gsub("^it uses", "it belongs to")), true
    end
    local printed
    printed, reason = trigger_function.print(work, relation, node)
    if not printed then
        return nil, reason, true
    end
    local columns
    for _, name in ipairs(node.columns or {}) do
        columns = columns or {}
        columns[model.fold(name)] = true
    end
    return {
        trigger = trigger, node = node, relation = relation, printed = printed, table = model.fold(relation.name),
        event = node.event, columns = columns, effects = printed.effects,
    }
end

-- Triggers of one event in the order in which SQLite fires them: the last one made is the first.
local function groups_of(list)
    local groups, by_key = {}, {}
    for i = #list, 1, -1 do
        local one = list[i]
        local key = table.concat({ one.table, one.node.time, one.event }, "\0")
        if not by_key[key] then
            by_key[key] = {}
            groups[#groups + 1] = by_key[key]
        end
        table.insert(by_key[key], one)
    end
    return groups
end

local function names_stand(group)
    for i = 2, #group do
        for j = 1, i - 1 do
            if group[j].name > group[i].name and graph.order_matters(group[j], group[i]) then
                return false
            end
        end
    end
    return true
end

-- PostgreSQL fires triggers in the order of their names. Names are kept where the order does not matter.
local function name_triggers(list)
    local by_table = {}
    for _, one in ipairs(list) do
        by_table[one.table] = by_table[one.table] or names.allocator {}
        one.name, one.name_note = by_table[one.table]:take(one.trigger.name)
    end
    for _, group in ipairs(groups_of(list)) do
        if not names_stand(group) then
            local digits = #tostring(#group)
            for i, one in ipairs(group) do
                local wanted = ("t%0" .. digits .. "d_%s"):format(i, one.trigger.name)
                one.name = by_table[one.table]:take(wanted)
                one.name_note = ("named %s: SQLite fires the last trigger made first, PostgreSQL goes by name"):format(
                    one.name)
            end
        end
    end
end

local function add_objects(work, one, list)
    local notes = translation.notes()
    notes:add(one.name_note, true)
    notes:add_printed(one.printed)
    work.catalog:add_changed_views(one.printed.effects.reads, notes)
    if one.node.time == "AFTER" and graph.looks_at(one, one.table) then
        notes:add(("runs when the whole statement is done, SQLite runs it after each row: it looks at %s itself")
            :format(one.relation.name), true)
    end
    local replaced = graph.replaces(one, list)
    notes:add(replaced and ("REPLACE into %s fires its UPDATE triggers, SQLite fires those of INSERT"):format(replaced),
        true)
    if one.recursive then
        notes:add "does not fire itself again, as in SQLite"
    end
    translation.use(work, one.printed)
    local function_name = work.function_names:take(one.trigger.name)
    local sql = trigger_function.statements(work, one, function_name)
    local qualified = names.qualified(work.schema, function_name)
    translation.object(work, {
        kind = "function", name = function_name, table = one.trigger.table, target = qualified,
        sql = sql.create_function, undo = ("DROP FUNCTION IF EXISTS %s()"):format(qualified),
        note = "of the trigger " .. one.trigger.name, of_trigger = one.trigger.name,
    })
    translation.object(work, {
        kind = "trigger", name = one.trigger.name, table = one.trigger.table, target = one.relation.sql,
        sql = sql.create_trigger, outcome = notes.outcome, note = notes:text(),
        undo = ("DROP TRIGGER IF EXISTS %s ON %s"):format(names.quote_pg(one.name), one.relation.sql),
        tried = trigger_function.trial(work, one, function_name),
    })
end

-- Leaves out the triggers that PostgreSQL would refuse when they fire; what is left follows from fewer.
local function without_disturbing(work, m, list)
    graph.close(list, m)
    local kept = {}
    for _, one in ipairs(list) do
        if graph.disturbs(one) then
            not_carried(work, one.trigger, ("it may change the row of %s that is about to be changed"):format(
                one.relation.name), true)
        else
            kept[#kept + 1] = one
        end
    end
    if #kept < #list then
        return without_disturbing(work, m, kept)
    end
    return kept
end

---Translates all triggers. The views and the catalog are there already.
---@param work wherry.Translation
---@param m wherry.Model
function triggers.translate(work, m)
    local list = {}
    for _, trigger in ipairs(m.triggers) do
        local one, reason, with_text = read(work, m, trigger)
        if one then
            list[#list + 1] = one
        else
            not_carried(work, trigger, reason, with_text)
        end
    end
    list = without_disturbing(work, m, list)
    name_triggers(list)
    work.function_names = names.allocator {}
    for _, one in ipairs(list) do
        add_objects(work, one, list)
    end
end

return triggers
