-- keys.lua: which keys and foreign keys the core compares, over which columns of the load: those whose values it knows
-- to compare, and that the source does not guarantee already.
local conflicts = require "wherry.resolve.conflicts"
local model = require "wherry.schema.model"

local keys = {}

---@class wherry.KeyPlan
---@field keys table[] as core.check takes them
---@field foreign_keys table[] likewise
---@field key_guards table<integer, wherry.Guard> by key: the guard that it stands for, where it is unique
---@field foreign_key_guards wherry.Guard[]
---@field unseen wherry.Unseen[]

local function column_at(tbl, target)
    for i, column in ipairs(tbl.columns) do
        if column.target == target then
            return i, column
        end
    end
    return nil
end

-- The load's columns of a key and how they compare; nil and the reason where that is not known.
local function compared(tbl, columns, equality)
    local list = {}
    for i, name in ipairs(columns) do
        local at, column = column_at(tbl, name)
        if not at then
            return nil, ("its column %s is filled by the target"):format(name)
        end
        local word = equality(column.type)
        if not word then
            return nil, ("only the server compares values of type %s"):format(column.type.display)
        end
        list[i] = { at = at, column = column, equality = word }
    end
    return list
end

-- Whether a conversion keeps apart what SQLite keeps apart: of such columns a key of the source holds in the target.
local function keeps_apart(t, one)
    local column = model.column(t, one.column.source)
    if one.column.on_bad and one.column.on_bad ~= "reject" and one.column.on_bad ~= "null" then
        return false
    elseif one.column.remap and one.column.remap.lookups then
        return false
    elseif t.rowid_alias == one.column.source then
        return one.equality == "integer" or one.equality == "numeric" or one.equality == "text"
    end
    return column ~= nil and (column.affinity == "integer" and one.equality == "integer"
        or column.affinity == "text" and one.equality == "text")
end

-- Any collation will do: what it keeps apart differs in its bytes.
local function same_columns(columns, wanted)
    for _, column in ipairs(columns) do
        if not wanted[type(column) == "table" and column.name or column] then
            return false
        end
    end
    return #columns == wanted.count
end

-- Whether functions may write other values into a column.
local function is_written(tbl, column)
    local hooks = tbl.hooks or {}
    for _, target in ipairs(hooks.maps or {}) do
        if target == column.target then
            return true
        end
    end
    return hooks.row == true or column.lookup ~= nil
end

-- Whether the source has a key over the same columns that functions and conversions keep.
local function guaranteed(tbl, t, list)
    local wanted = { count = #list }
    for _, one in ipairs(list) do
        wanted[one.column.source] = true
        if is_written(tbl, one.column) or not keeps_apart(t, one) then
            return false
        end
    end
    if t.rowid_alias and #list == 1 and list[1].column.source == t.rowid_alias then
        return true
    end
    for _, key in ipairs { t.primary_key or false, table.unpack(t.uniques) } do
        if key and same_columns(key.columns, wanted) then
            return true
        end
    end
    for _, index in ipairs(t.indexes) do
        if index.unique and not index.partial and not index.expression and same_columns(index.columns, wanted) then
            return true
        end
    end
    return false
end

local KeyPlan = {}
KeyPlan.__index = KeyPlan

-- The key over these columns of a table, in this order; keys over the same ones share it.
function KeyPlan:key(index, columns, nulls_equal)
    local id = ("%d:%s:%s"):format(index, table.concat(columns, ","), nulls_equal and "equal" or "")
    if not self.by_id[id] then
        self.keys[#self.keys + 1] = { table = index, columns = columns, unique = false,
            nulls_equal = nulls_equal == true, rejects = false }
        self.by_id[id] = #self.keys
    end
    return self.by_id[id]
end

function KeyPlan:refuse(guard, reason)
    table.insert(self.unseen, { table = self.tables[guard.index].source, kind = guard.kind, name = guard.name,
        reason = reason })
end

local function rejects(tbl, guard)
    if guard.behind then
        return tbl.misfits == "reject"
    end
    return tbl.rejects == true
end

function KeyPlan:add_unique(guard, equality, source)
    local tbl = self.tables[guard.index]
    local list, reason = compared(tbl, guard.columns, equality)
    if guard.opaque or not list then
        self:refuse(guard, guard.opaque or reason)
        return
    end
    local t = type(source) == "function" and source(tbl) or type(source) == "table" and model.table(source, tbl.source)
    if t and not guard.nulls_equal and guaranteed(tbl, t, list) then
        return
    end
    local places = {}
    for i, one in ipairs(list) do
        places[i] = one.at
    end
    table.sort(places)
    local at = self:key(guard.index, places, guard.nulls_equal)
    if not self.key_guards[at] then
        self.keys[at].unique = true
        self.keys[at].rejects = rejects(tbl, guard) and not conflicts.meet_by(tbl, guard.columns)
        self.key_guards[at] = guard
    end
end

-- Rows that the target holds already are none that a check reads.
local function has_rows(tbl)
    return (tbl.on_conflict == "keep" or tbl.on_conflict == "update") and tbl.before ~= "0"
end

-- Why two columns can't be compared, or nil.
local function mismatch(child, parent)
    if child.equality ~= parent.equality
        or child.equality == "exact" and child.column.type.name ~= parent.column.type.name then
        return ("only the server compares %s with %s"):format(child.column.type.display, parent.column.type.display)
    end
    return nil
end

function KeyPlan:add_foreign_key(guard, equality)
    if type(guard.parent) ~= "number" then
        self:refuse(guard, guard.opaque or ("it refers to %s, which is not loaded"):format(guard.parent))
        return
    end
    if has_rows(self.tables[guard.parent]) then
        self:refuse(guard, ("it may refer to rows that %s holds already"):format(self.tables[guard.parent].target_sql))
        return
    end
    local child, reason = compared(self.tables[guard.index], guard.columns, equality)
    local parent, parent_reason = compared(self.tables[guard.parent], guard.parent_columns, equality)
    if guard.opaque or not child or not parent then
        self:refuse(guard, guard.opaque or reason or parent_reason)
        return
    end
    local pairs_of = {}
    for i, one in ipairs(parent) do
        reason = reason or mismatch(child[i], one)
        pairs_of[i] = { child[i].at, one.at }
    end
    if reason then
        self:refuse(guard, reason)
        return
    end
    -- The parent's columns in the order of the load, so that its unique key and all that refer to it share one list.
    table.sort(pairs_of, function(a, b) return a[2] < b[2] end)
    local child_places, parent_places = {}, {}
    for i, pair in ipairs(pairs_of) do
        child_places[i], parent_places[i] = pair[1], pair[2]
    end
    self.foreign_keys[#self.foreign_keys + 1] = { child = self:key(guard.index, child_places, false),
        parent = self:key(guard.parent, parent_places, false), rejects = rejects(self.tables[guard.index], guard) }
    self.foreign_key_guards[#self.foreign_keys] = guard
end

-- What the rows of a table meet in the target.
function KeyPlan:add_conflicts()
    for _, tbl in ipairs(self.tables) do
        if has_rows(tbl) then
            table.insert(self.unseen, { table = tbl.source, kind = "table", name = tbl.target_sql,
                reason = ("which of its %s rows the source's rows meet (on_conflict = %s)"):format(tbl.before,
                    tbl.on_conflict) })
        end
    end
end

---Chooses what is compared.
---@param resolved wherry.Resolved
---@param list wherry.Guard[]
---@param source wherry.Model|fun(tbl: wherry.LoadTable): wherry.Table|nil
---@param equality fun(type: wherry.Type): string|nil as core.equality
---@return wherry.KeyPlan
function keys.plan(resolved, list, source, equality)
    local self = setmetatable({ tables = resolved.tables, keys = {}, foreign_keys = {}, key_guards = {},
        foreign_key_guards = {}, unseen = {}, by_id = {} }, KeyPlan)
    for _, guard in ipairs(list) do
        if guard.kind == "foreign key" then
            self:add_foreign_key(guard, equality)
        elseif guard.unique then
            self:add_unique(guard, equality, source)
        end
    end
    self:add_conflicts()
    return self
end

return keys
