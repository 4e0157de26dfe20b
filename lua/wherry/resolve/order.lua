-- The order in which tables are loaded: parents first, by foreign keys.

local order = {}

---@class wherry.BackwardKey a foreign key whose parent is not loaded before its child
---@field table string
---@field parent string
---@field foreign_key wherry.ForeignKey
---@field reason "cycle"|"self"|"order"

-- The foreign keys of a table that point to another table of the list.
local function parents_of(t, known)
    local parents = {}
    for _, key in ipairs(t.foreign_keys) do
        local same_schema = key.parent_schema == nil or key.parent_schema == t.schema
        if same_schema and known[key.parent] then
            parents[#parents + 1] = key
        end
    end
    return parents
end

-- Tarjan's algorithm: component number of each table. Written without recursion, since a chain of foreign keys may be
-- longer than the C stack likes.
local function components(tables, parents)
    local number, low, component = {}, {}, {}
    local stack, on_stack = {}, {}
    local count, groups = 0, 0

    local function enter(work, name)
        count = count + 1
        number[name], low[name] = count, count
        stack[#stack + 1] = name
        on_stack[name] = true
        work[#work + 1] = { name = name, next = 1 }
    end

    local function leave(name)
        if low[name] ~= number[name] then
            return
        end
        groups = groups + 1
        repeat
            local member = table.remove(stack)
            on_stack[member] = nil
            component[member] = groups
        until member == name
    end

    for _, t in ipairs(tables) do
        local work = {}
        if not number[t.name] then
            enter(work, t.name)
        end
        while #work > 0 do
            local top = work[#work]
            local key = parents[top.name][top.next]
            if key == nil then
                work[#work] = nil
                leave(top.name)
                local below = work[#work]
                if below then
                    low[below.name] = math.min(low[below.name], low[top.name])
                end
            elseif not number[key.parent] then
                top.next = top.next + 1
                enter(work, key.parent)
            else
                top.next = top.next + 1
                if on_stack[key.parent] then
                    low[top.name] = math.min(low[top.name], number[key.parent])
                end
            end
        end
    end
    return component
end

-- Appends a table behind its parents, depth first; tables in `blocked` wait for their own turn.
local function place(name, parents, placed, blocked, ordered)
    local work = { { name = name, next = 1 } }
    local entered = { [name] = true }
    while #work > 0 do
        local top = work[#work]
        local key = parents[top.name][top.next]
        if key == nil then
            work[#work] = nil
            if not placed[top.name] then
                ordered[#ordered + 1] = top.name
                placed[top.name] = #ordered
            end
        else
            top.next = top.next + 1
            local parent = key.parent
            if not placed[parent] and not blocked[parent] and not entered[parent] then
                entered[parent] = true
                work[#work + 1] = { name = parent, next = 1 }
            end
        end
    end
end

-- Cycles as lists of names in catalog order.
local function cycles_of(tables, component)
    local members, cycles = {}, {}
    for _, t in ipairs(tables) do
        local group = component[t.name]
        if not members[group] then
            members[group] = {}
        end
        table.insert(members[group], t.name)
        if #members[group] == 2 then
            cycles[#cycles + 1] = members[group]
        end
    end
    return cycles
end

---Sorts tables so that parents come before their children. Tables named in `explicit` keep the order given there,
---whatever the foreign keys say; everything else is as in the list. A table that refers to itself is no cycle, but its
---key is among the third result.
---@param tables wherry.Table[]
---@param explicit string[]? names that are not in the list are passed over
---@return string[] ordered all names
---@return string[][] cycles the members of each foreign-key cycle
---@return wherry.BackwardKey[] backward in catalog order
function order.sort(tables, explicit)
    local known, parents = {}, {}
    for _, t in ipairs(tables) do
        known[t.name] = true
    end
    for _, t in ipairs(tables) do
        parents[t.name] = parents_of(t, known)
    end
    local ordered, placed, blocked, first = {}, {}, {}, {}
    for _, name in ipairs(explicit or {}) do
        if known[name] and not blocked[name] then
            blocked[name] = true
            first[#first + 1] = name
        end
    end
    for _, name in ipairs(first) do
        blocked[name] = nil
        place(name, parents, placed, blocked, ordered)
    end
    for _, t in ipairs(tables) do
        if not placed[t.name] then
            place(t.name, parents, placed, blocked, ordered)
        end
    end

    local component, backward = components(tables, parents), {}
    for _, t in ipairs(tables) do
        for _, key in ipairs(parents[t.name]) do
            local reason
            if key.parent == t.name then
                reason = "self"
            elseif placed[key.parent] > placed[t.name] then
                reason = component[key.parent] == component[t.name] and "cycle" or "order"
            end
            if reason then
                backward[#backward + 1] = { table = t.name, parent = key.parent, foreign_key = key, reason = reason }
            end
        end
    end
    return ordered, cycles_of(tables, component), backward
end

return order
