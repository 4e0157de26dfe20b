-- row_keys.lua: the keys by which rows of a target table can be told apart, best first, for verification: the primary
-- key, then unique ones that can't be NULL, by their names. They stand in the plan, since the load puts keys aside.
local names = require "wherry.names"

local row_keys = {}

local function set_of_not_null(columns)
    local set = {}
    for _, column in ipairs(columns) do
        set[column.name] = column.not_null or nil
    end
    return set
end

-- Of { name, columns }: those whose columns can't be NULL; nil: there is none, and no key stands in the plan.
local function usable(primary, others, not_null)
    local list = { primary }
    table.sort(others, function(a, b) return a.name < b.name end)
    for _, key in ipairs(others) do
        local fits = key.columns[1] ~= nil
        for _, name in ipairs(key.columns) do
            fits = fits and not_null[name] == true
        end
        list[#list + 1] = fits and key.columns or nil
    end
    return list[1] and list or nil
end

local function columns_of(index)
    local list = {}
    for i, column in ipairs(index.columns) do
        list[i] = column.name
    end
    return list
end

---The keys of a table that is there.
---@param target wherry.Table
---@return string[][]|nil
function row_keys.existing(target)
    local others = {}
    for _, key in ipairs(target.uniques or {}) do
        others[#others + 1] = { name = key.name, columns = key.columns }
    end
    for _, index in ipairs(target.indexes or {}) do
        if index.unique and not index.partial and not index.expression then
            others[#others + 1] = { name = index.name, columns = columns_of(index) }
        end
    end
    return usable(target.primary_key and target.primary_key.columns, others, set_of_not_null(target.columns))
end

---The keys of a table that is created.
---@param created { schema: string, name: string, columns: table[] }
---@param objects wherry.Object[] of all tables that are created
---@return string[][]|nil
function row_keys.created(created, objects)
    local target, primary, others = names.qualified(created.schema, created.name), nil, {}
    for _, object in ipairs(objects) do
        if object.target == target and object.key and object.key.columns then
            local is_constraint = object.sql and object.sql:find "^ALTER TABLE "
            if object.kind == "primary key" and is_constraint then
                primary = object.key.columns
            elseif object.kind == "unique" and is_constraint or object.kind == "index" and object.key.unique then
                others[#others + 1] = { name = object.name, columns = object.key.columns }
            end
        end
    end
    return usable(primary, others, set_of_not_null(created.columns))
end

return row_keys
