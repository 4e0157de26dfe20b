-- The parent side of foreign keys: which key of which table a reference means, as SQLite finds it.
local model = require "wherry.schema.model"

local parents = {}

-- Whether a parent has a unique key on exactly these columns, as SQLite requires it: compared with the columns' own
-- collations, over the whole table.
local function has_unique_key(parent, columns)
    local wanted = {}
    for _, name in ipairs(columns) do
        wanted[name] = (model.column(parent, name).collation or "BINARY")
    end
    local function matches(list, collations)
        if #list ~= #columns then
            return false
        end
        for i, name in ipairs(list) do
            if wanted[name] ~= collations[i] then
                return false
            end
        end
        return true
    end
    local keys = { parent.primary_key, table.unpack(parent.uniques) }
    if parent.primary_key == nil then
        keys = parent.uniques
    end
    for _, key in ipairs(keys) do
        if matches(key.columns, key.collations) then
            return true
        end
    end
    for _, index in ipairs(parent.indexes) do
        local list, collations = {}, {}
        for i, column in ipairs(index.columns) do
            list[i], collations[i] = column.name, column.collation or "BINARY"
        end
        if index.unique and not index.partial and not index.expression and matches(list, collations) then
            return true
        end
    end
    return false
end

---Fills in the parent's own spelling and an implicit parent key.
---@param m wherry.Model
---@param key wherry.ForeignKey
---@return string? reason what is missing; nil when the parent key is there
function parents.resolve(m, key)
    local parent = model.folded(m.tables, key.parent)
    if not parent or parent.module then
        return ("there is no table %s"):format(key.parent)
    end
    key.parent = parent.name
    if #key.parent_columns == 0 then
        if not parent.primary_key then
            return ("%s has no primary key"):format(parent.name)
        end
        key.parent_columns = table.move(parent.primary_key.columns, 1, #parent.primary_key.columns, 1, {})
    end
    if #key.parent_columns ~= #key.columns then
        return ("the primary key of %s has another number of columns"):format(parent.name)
    end
    for i, name in ipairs(key.parent_columns) do
        local column = model.folded(parent.columns, name)
        if not column then
            return ("%s has no column %s"):format(parent.name, name)
        end
        key.parent_columns[i] = column.name
    end
    if not has_unique_key(parent, key.parent_columns) then
        return ("%s has no unique key on (%s)"):format(parent.name, table.concat(key.parent_columns, ", "))
    end
    return nil
end

return parents
