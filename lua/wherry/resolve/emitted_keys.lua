-- emitted_keys.lua: foreign keys and unique keys of tables that get emitted rows, and of what these refer to. Emitted
-- rows come with the row they were made of, so their parents may come later; and a row that goes takes them with it.
local names = require "wherry.names"
local preflight = require "wherry.resolve.preflight"

local emitted_keys = {}

local REASONS = {
    self = "the table refers to itself",
    cycle = "the tables refer to each other",
    order = "the plan's order loads the child first",
}
local EMITTED_LATER = "the rows that it refers to are emitted with its own"

---@param carried wherry.Carried
---@return wherry.Table[] the tables of the target that its rows, and what is made of them, go into; its own comes first
function emitted_keys.targets(carried)
    return { carried.target, table.unpack(carried.emits or {}) }
end

local function parent_name(target, key)
    return names.qualified(key.parent_schema or target.schema, key.parent)
end

-- By the name of a target, who writes into it.
local function writers_of(list)
    local writers = {}
    for _, carried in ipairs(list) do
        for _, target in ipairs(emitted_keys.targets(carried)) do
            local name = names.qualified(target.schema, target.name)
            writers[name] = writers[name] or {}
            table.insert(writers[name], carried)
        end
    end
    return writers
end

-- Whether rows of a parent that the same table writes are there before the child's: its own rows are sent first, then
-- those of other tables in their order.
local function comes_first(carried, place, parent)
    for at, target in ipairs(emitted_keys.targets(carried)) do
        if names.qualified(target.schema, target.name) == parent then
            return at < place
        end
    end
    return false
end

-- A foreign key of what a table writes: for the order of tables, or among those whose parents come later. Where its own
-- rows are the parents, other tables that go there, too, are not waited for: each refers to its own.
local function add_key(keys, within, carried, place, key, writers)
    local target = emitted_keys.targets(carried)[place]
    local parent = parent_name(target, key)
    if comes_first(carried, place, parent) then
        return
    end
    for _, writer in ipairs(writers[parent] or {}) do
        if writer ~= carried then
            keys[#keys + 1] = { parent = writer.source.name, origin = key }
        else
            within[key] = parent == names.qualified(target.schema, target.name) and REASONS.self or EMITTED_LATER
        end
    end
end

-- Foreign keys as the load order takes them: under the names of source tables. Gives also why keys within what one
-- table writes do not find their parents.
local function nodes_of(list, writers)
    local nodes, within = {}, {}
    for i, carried in ipairs(list) do
        local keys = {}
        for _, key in ipairs(carried.source.foreign_keys) do
            keys[#keys + 1] = { parent = key.parent }
        end
        for place, target in ipairs(emitted_keys.targets(carried)) do
            for _, key in ipairs(target.foreign_keys) do
                add_key(keys, within, carried, place, key, writers)
            end
        end
        nodes[i] = { name = carried.source.name, foreign_keys = keys }
    end
    return nodes, within
end

-- The targets whose rows are rejected with others, or are referred to by such: what is emitted, what it is made of, and
-- all that these refer to. Nil where no row of them is rejected.
local function bound_together(list, writers)
    local bound, work, rejects = {}, {}, false
    local function add(target)
        if not bound[target] then
            bound[target], work[#work + 1] = true, target
        end
    end
    for _, carried in ipairs(list) do
        for _, target in ipairs(carried.emits and carried.emits[1] and emitted_keys.targets(carried) or {}) do
            add(target)
        end
    end
    while work[1] do
        local target = table.remove(work)
        for _, writer in ipairs(writers[names.qualified(target.schema, target.name)] or {}) do
            rejects = rejects or writer.load.misfits == "reject"
        end
        for _, key in ipairs(target.foreign_keys) do
            for _, writer in ipairs(writers[parent_name(target, key)] or {}) do
                for _, parent in ipairs(emitted_keys.targets(writer)) do
                    if names.qualified(parent.schema, parent.name) == parent_name(target, key) then
                        add(parent)
                    end
                end
            end
        end
    end
    return rejects and bound or nil
end

---What the load order has to know of the tables.
---@param list wherry.Carried[]
---@return { name: string, foreign_keys: table[] }[] nodes for order.sort
---@return fun(backward: wherry.BackwardKey[]) decide what becomes of the foreign keys then
function emitted_keys.plan(list, context)
    local writers = writers_of(list)
    local nodes, reasons = nodes_of(list, writers)
    return nodes, function(backward)
        for _, key in ipairs(backward) do
            if key.foreign_key.origin then
                reasons[key.foreign_key.origin] = REASONS[key.reason]
            end
        end
        local bound, seen = bound_together(list, writers) or {}, {}
        for _, carried in ipairs(list) do
            seen[carried.target] = true
            carried.load.whole = bound[carried.target] and carried.load.misfits == "reject" or nil
            preflight.foreign_keys(context, carried.source, carried.target, reasons, bound[carried.target])
        end
        for _, carried in ipairs(list) do
            for _, target in ipairs(carried.emits or {}) do
                if not seen[target] then
                    seen[target] = true
                    preflight.foreign_keys(context, { name = target.name }, target, reasons, bound[target])
                end
            end
        end
    end
end

return emitted_keys
