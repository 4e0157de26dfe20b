-- Which triggers can fire which: SQLite does not let a trigger fire itself again, and runs each at once after its row.
local model = require "wherry.schema.model"

local graph = {}

-- Actions of foreign keys that write to the child table, by the event at the parent.
local WRITES = { CASCADE = true, ["SET NULL"] = true, ["SET DEFAULT"] = true }

local function cascades(m)
    local list = {}
    for _, t in ipairs(m.tables) do
        local child = model.fold(t.original_name or t.name)
        for _, key in ipairs(t.foreign_keys) do
            local parent = model.table(m, key.parent)
            local name = model.fold(parent and (parent.original_name or parent.name) or key.parent)
            if WRITES[key.on_delete] then
                list[#list + 1] = { parent = name, event = "DELETE",
                    write = { table = child, event = key.on_delete == "CASCADE" and "DELETE" or "UPDATE" } }
            end
            if WRITES[key.on_update] then
                list[#list + 1] = { parent = name, event = "UPDATE", write = { table = child, event = "UPDATE" } }
            end
        end
    end
    return list
end

local function fires(write, trigger)
    if write.table ~= trigger.table or write.event ~= trigger.event then
        return false
    elseif not write.columns or not trigger.columns then
        return true
    end
    for column in pairs(trigger.columns) do
        if write.columns[column] then
            return true
        end
    end
    return false
end

-- All writes that follow from one, by the actions of foreign keys.
local function all_writes(write, actions, list, seen)
    local key = write.table .. "\0" .. write.event
    list[#list + 1] = write
    if seen[key] then
        return
    end
    seen[key] = true
    for _, action in ipairs(actions) do
        if action.parent == write.table and action.event == write.event then
            all_writes(action.write, actions, list, seen)
        end
    end
end

---@class wherry.TriggerNode
---@field table string folded source name of its table
---@field event string
---@field columns table<string, boolean>? of UPDATE OF, folded
---@field effects wherry.Effects
---@field recursive boolean? it can be fired by what it does
---@field reached wherry.TriggerNode[]? all triggers that can follow from it

---Finds what can follow from each trigger.
---@param triggers wherry.TriggerNode[]
---@param m wherry.Model
function graph.close(triggers, m)
    local actions = cascades(m)
    for _, trigger in ipairs(triggers) do
        trigger.follows = {}
        local writes = {}
        for _, write in ipairs(trigger.effects.writes) do
            all_writes(write, actions, writes, {})
        end
        for _, other in ipairs(triggers) do
            for _, write in ipairs(writes) do
                if fires(write, other) then
                    trigger.follows[#trigger.follows + 1] = other
                    break
                end
            end
        end
    end
    for _, trigger in ipairs(triggers) do
        local seen, queue, at = {}, { table.unpack(trigger.follows) }, 1
        while queue[at] do
            local one = queue[at]
            if not seen[one] then
                seen[one] = true
                table.move(one.follows, 1, #one.follows, #queue + 1, queue)
            end
            at = at + 1
        end
        trigger.recursive, trigger.reached = seen[trigger] or false, {}
        for _, other in ipairs(triggers) do
            if seen[other] then
                table.insert(trigger.reached, other)
            end
        end
    end
end

---Whether a trigger, or one that follows from it, looks at other rows of a table or changes them.
---@param trigger wherry.TriggerNode
---@param name string folded
---@return boolean
function graph.looks_at(trigger, name)
    local list = { trigger, table.unpack(trigger.reached) }
    for _, one in ipairs(list) do
        if one.effects.reads[name] then
            return true
        end
        for _, write in ipairs(one.effects.writes) do
            if write.table == name and write.whole then
                return true
            end
        end
    end
    return false
end

---Whether a trigger that runs before a row is changed may change that row, by itself or by what follows. SQLite leaves
---it open what happens then; PostgreSQL refuses it.
---@param trigger wherry.TriggerNode
---@return boolean
function graph.disturbs(trigger)
    if trigger.node.time ~= "BEFORE" or trigger.event == "INSERT" then
        return false
    end
    for _, one in ipairs { trigger, table.unpack(trigger.reached) } do
        for _, write in ipairs(one.effects.writes) do
            if write.table == trigger.table and write.event ~= "INSERT" then
                return true
            end
        end
    end
    return false
end

---The tables into which a trigger replaces rows while triggers of theirs would not fire as in SQLite.
---@param trigger wherry.TriggerNode
---@param triggers wherry.TriggerNode[]
---@return string? name
function graph.replaces(trigger, triggers)
    for _, write in ipairs(trigger.effects.writes) do
        for _, other in ipairs(write.replace and triggers or {}) do
            local after_insert = other.event == "INSERT" and other.node.time == "AFTER"
            if other.table == write.table and (other.event == "UPDATE" or after_insert) then
                return other.relation.name
            end
        end
    end
    return nil
end

-- The tables that a trigger and what follows from it write, and those they look at.
local function touched(trigger)
    local writes, reads = {}, {}
    for _, one in ipairs { trigger, table.unpack(trigger.reached) } do
        for _, write in ipairs(one.effects.writes) do
            writes[write.table] = true
        end
        for name in pairs(one.effects.reads) do
            reads[name] = true
        end
    end
    return writes, reads
end

---Whether it makes a difference which of two triggers fires first.
---@param a wherry.TriggerNode
---@param b wherry.TriggerNode
---@return boolean
function graph.order_matters(a, b)
    if a.effects.raises and b.effects.raises then
        return true
    end
    if a.effects.ignores or b.effects.ignores then
        return true
    end
    local a_writes, a_reads = touched(a)
    local b_writes, b_reads = touched(b)
    for name in pairs(a_writes) do
        if b_writes[name] or b_reads[name] then
            return true
        end
    end
    for name in pairs(b_writes) do
        if a_reads[name] then
            return true
        end
    end
    return false
end

return graph
