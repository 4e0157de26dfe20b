-- key_changes.lua: what becomes of keys in the columns that hold them: which lookups say what stands in the place of
-- one, and how far it moves.
local read = require "wherry.resolve.read"

local key_changes = {}

---@class wherry.Remap
---@field lookups? string[] the first that has the key says what replaces it
---@field offset? string digits

---@class wherry.KeyChanges what is found out on the way
---@field context wherry.Context
---@field references wherry.References
---@field maps table<wherry.Carried, table<string, string>> by merged table and column the lookup's name
---@field offsets table<wherry.Carried, { column: string, by: integer }>

-- The lookups that say what a reference becomes: of the table it refers to, and of what that refers to itself. Each
-- holds what is kept at last.
local function lookups_of(self, found, list, seen)
    for _, reference in ipairs(found) do
        local parent, column = reference.parent, reference.column
        seen[parent] = seen[parent] or {}
        if reference.width == 1 and not seen[parent][column] then
            seen[parent][column] = true
            list[#list + 1] = self.maps[parent] and self.maps[parent][column]
            lookups_of(self, self.references:of_source(parent, column), list, seen)
        end
    end
    return list
end

-- What is added to a column of the source: its own table's offset, or that of what it refers to.
local function offsets_of(self, carried, source, found, list, seen)
    local own = self.offsets[carried]
    if own and own.column == source then
        list[#list + 1] = own.by
    end
    for _, reference in ipairs(found) do
        local parent, column = reference.parent, reference.column
        seen[parent] = seen[parent] or {}
        if not seen[parent][column] then
            seen[parent][column] = true
            offsets_of(self, parent, column, self.references:of_source(parent, column), list, seen)
        end
    end
    return list
end

---A source column as it is read, with the keys in it replaced; nil where it stays as it is.
---@param self wherry.KeyChanges
---@param carried wherry.Carried
---@param source string
---@param numbers table the lookups that a statement asks, by their numbers; and the numbers by their names
---@return string|nil
function key_changes.sql(self, carried, source, numbers)
    local list = lookups_of(self, self.references:of_source(carried, source), {}, {})
    if not list[1] then
        return nil
    end
    local places = {}
    for i, name in ipairs(list) do
        if not numbers[name] then
            numbers[#numbers + 1] = name
            numbers[name] = #numbers
        end
        places[i] = numbers[name]
    end
    return ("wherry_kept(%s, %s)"):format(read.cell(carried.source, source), table.concat(places, ", "))
end

local function tell(self, carried, column, place)
    local parts = { column.remap.lookups and "refers to the rows that stand for merged ones", column.remap.offset
        and ("its keys move by %s"):format(column.remap.offset) }
    if not parts[1] then
        parts[1], parts[2] = parts[2], nil
    end
    self.context.outcome:receipt("column", place, "changed",
        table.concat(parts, "; "), { table = carried.source.name })
end

-- What replaces the keys in a column, by what it refers to. source: the column of the source that fills it, if one
-- does; emitted: the table that it is emitted to. Gives what is added.
local function remap_column(self, carried, column, found, source, emitted)
    local lookups = lookups_of(self, found, {}, {})
    local offsets = offsets_of(self, carried, source, found, {}, {})
    for _, by in ipairs(offsets) do
        if by ~= offsets[1] then
            self.context.outcome:finding { code = "offsets_differ", table = carried.source.name, key = column.target,
                reason = ("its column %s would move by %d and by %d, since it refers to several tables"):format(
                    column.source, offsets[1], by), hint = "give them one offset" }
        end
    end
    if lookups[1] or offsets[1] then
        column.remap = { lookups = lookups[1] and lookups, offset = offsets[1] and ("%d"):format(offsets[1]) }
        tell(self, carried, column, ("%s.%s"):format(emitted or carried.source.name, column.source))
    end
    return offsets[1]
end

---Notes in the columns of a table what replaces keys in them, and where its sequences stand then; and in those of rows
---that its function emits.
---@param self wherry.KeyChanges
---@param carried wherry.Carried
function key_changes.apply(self, carried)
    for _, column in ipairs(carried.load.columns) do
        local by = remap_column(self, carried, column, self.references:of_load(carried, column), column.source)
        for _, sequence in ipairs(by and carried.load.sequences or {}) do
            if sequence.column == column.target and sequence.source_seq then
                sequence.source_seq = ("%d"):format(math.tointeger(sequence.source_seq) + by)
            end
        end
    end
    for i, target in ipairs(carried.emits or {}) do
        local hooks = carried.load.hooks
        for _, column in ipairs(hooks and hooks.emits and hooks.emits[i].columns or {}) do
            remap_column(self, carried, column, self.references:of_target(target, column.target), nil,
                hooks.emits[i].name)
        end
    end
end

return key_changes
