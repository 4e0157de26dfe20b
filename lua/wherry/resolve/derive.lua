-- derive.lua: the source's schema as the plan wants it created: without the tables and columns that are left out, under
-- the names that the plan gives. The translation to PostgreSQL sees only this model.
local mapping = require "wherry.resolve.mapping"
local shallow = require "wherry.shallow"

local derive = {}

---@class wherry.Derived
---@field model wherry.Model
---@field tables table<string, wherry.Table> by created name: the source's own table
---@field columns table<string, table<string, string>> by created table name: source column by created name
---@field entries table<string, table> by created table name: the plan's keys

-- The columns of a derived table; chosen: by source column the created name that keys, indexes and expressions use.
local function columns_of(t, entry, outcome)
    local skipped = mapping.skipped(t, entry, outcome)
    local by_source, by_target = mapping.renamed(t, entry, skipped, nil, outcome)
    local list, chosen, sources = {}, {}, {}
    for _, column in ipairs(t.columns) do
        local targets = by_source[column.name]
        if not targets and not skipped[column.name] and not column.sql then
            targets = { column.name }
            if by_target[column.name] and mapping.is_read(t, column) then
                targets = {}
            elseif by_target[column.name] then
                outcome:finding { code = "duplicate_target_column", table = t.name, column = column.name,
                    reason = ("the target column %s is filled from %s already"):format(column.name,
                        by_target[column.name]),
                    hint = ('give it another name in columns, or leave it out: skip = { %s = "reason" }'):format(
                        mapping.key_of(column.name)) }
                targets = {}
            end
        end
        for _, name in ipairs(targets or {}) do
            local derived = shallow.copy(column)
            derived.name = name
            list[#list + 1] = derived
            chosen[column.name] = chosen[column.name] or name
            sources[name] = column.name
        end
    end
    local missing = {}
    for _, column in ipairs(t.columns) do
        if not chosen[column.name] and not column.sql then
            missing[#missing + 1] = column.name
        end
    end
    return list, chosen, sources, missing
end

-- The created names of several source columns, or nil and the one that is left out.
local function renamed(columns, chosen)
    local result = {}
    for i, name in ipairs(columns) do
        if not chosen[name] then
            return nil, name
        end
        result[i] = chosen[name]
    end
    return result
end

local function label(t, columns, name)
    return name or ("%s(%s)"):format(t.name, table.concat(columns, ", "))
end

-- Keys and unique constraints over columns that are all carried; the others leave a receipt.
local function keys_of(t, list, kind, chosen, outcome)
    local result = {}
    for _, key in ipairs(list) do
        local columns, missing = renamed(key.columns, chosen)
        if columns then
            local derived = shallow.copy(key)
            derived.columns = columns
            result[#result + 1] = derived
        else
            outcome:receipt(kind, label(t, key.columns, key.name), "not_carried",
                ("its column %s is left out"):format(missing), { table = t.name })
        end
    end
    return result
end

local function indexes_of(t, chosen, outcome)
    local result = {}
    for _, index in ipairs(t.indexes) do
        local derived, missing = shallow.copy(index), nil
        derived.columns = {}
        for i, column in ipairs(index.columns) do
            derived.columns[i] = shallow.copy(column)
            if column.name then
                derived.columns[i].name = chosen[column.name]
                missing = missing or (not chosen[column.name] and column.name or nil)
            end
        end
        if missing then
            outcome:receipt("index", index.name, "not_carried", ("its column %s is left out"):format(missing),
                { table = t.name })
        else
            result[#result + 1] = derived
        end
    end
    return result
end

-- Foreign keys under the created names of child and parent.
local function foreign_keys_of(t, chosen, parents, left_out, outcome)
    local result = {}
    for _, key in ipairs(t.foreign_keys) do
        local derived, note = shallow.copy(key), nil
        local columns, missing = renamed(key.columns, chosen)
        local parent = parents[key.parent]
        if missing then
            note = ("its column %s is left out"):format(missing)
        elseif parent then
            derived.parent = parent.name
            derived.parent_columns, missing = renamed(key.parent_columns or {}, parent.chosen)
            note = missing and not key.parent_missing
                and ("the column %s of %s is left out"):format(missing, key.parent) or nil
            derived.parent_columns = derived.parent_columns or key.parent_columns
        elseif left_out[key.parent] then
            note = ("its parent table %s is left out"):format(key.parent)
        end
        derived.columns = columns or key.columns
        if note then
            outcome:receipt("foreign key", label(t, key.columns, key.name), "not_carried", note,
                { table = t.name })
        else
            result[#result + 1] = derived
        end
    end
    return result
end

-- Where rows of several sources go into one table, what is unique in each of them is so together with its tag.
local function add_tag(t, tag)
    for _, column in ipairs(t.columns) do
        column.not_null = column.not_null or column.name == tag
    end
    for _, key in ipairs { t.primary_key or false, table.unpack(t.uniques) } do
        if key then
            key.columns = { tag, table.unpack(key.columns) }
            key.collations = key.collations and { "BINARY", table.unpack(key.collations) }
            key.desc = key.desc and { false, table.unpack(key.desc) }
        end
    end
    for _, index in ipairs(t.indexes) do
        if index.unique then
            table.insert(index.columns, 1, { name = tag })
        end
    end
    for _, key in ipairs(t.foreign_keys) do
        key.columns = { tag, table.unpack(key.columns) }
        key.parent_columns = key.parent_columns and { tag, table.unpack(key.parent_columns) }
    end
end

-- What of the model does not belong to a table that is carried.
local function surroundings(source, model, names_of)
    for _, trigger in ipairs(source.triggers) do
        local known, on_table = names_of[trigger.table], false
        for _, t in ipairs(source.tables) do
            on_table = on_table or t.name == trigger.table
        end
        if known or not on_table then
            local derived = shallow.copy(trigger)
            derived.table = known or trigger.table
            model.triggers[#model.triggers + 1] = derived
        end
    end
    for _, virtual in ipairs(source.virtuals) do
        if virtual.carried_as_table and names_of[virtual.name] then
            local derived = shallow.copy(virtual)
            derived.name = names_of[virtual.name]
            model.virtuals[#model.virtuals + 1] = derived
        end
    end
end

---Derives the model to create.
---@param source wherry.Model
---@param selected wherry.Selected[]
---@param virtuals wherry.Virtual[] those that still need a receipt
---@param outcome wherry.Outcome
---@return wherry.Derived
function derive.model(source, selected, virtuals, outcome)
    local model = { dialect = source.dialect, tables = {}, views = source.views, triggers = {}, sequences = {},
        virtuals = table.move(virtuals, 1, #virtuals, 1, {}) }
    local derived = { model = model, tables = {}, columns = {}, entries = {} }
    local parents, names_of, left_out, one_tag = {}, {}, {}, {}
    for _, t in ipairs(source.tables) do
        left_out[t.name] = true
    end
    for _, one in ipairs(selected) do
        local t, name = one.table, one.entry.into or one.table.target_name or one.table.name
        local columns, chosen, sources, missing = columns_of(t, one.entry, outcome)
        if derived.tables[name] then
            outcome:finding { code = "duplicate_target", table = t.name,
                reason = ("%s is filled from %s already"):format(name, derived.tables[name].name),
                hint = 'name another table with `into`, leave one of the two out, or create it first: with schema = '
                    .. '"existing" and collision = "append" both go there' }
        elseif #columns == 0 then
            outcome:finding { code = "no_columns", table = t.name, reason = "no column of it is carried",
                hint = ("leave the table out: tables = { [%q] = w.skip \"reason\" }"):format(t.name) }
        else
            left_out[t.name] = nil
            derived.tables[name], derived.columns[name], derived.entries[name] = t, sources, one.entry
            one_tag[t.name] = t.tag
            parents[t.name], names_of[t.name] = { name = name, chosen = chosen, columns = columns,
                missing = missing }, name
            model.sequences[name] = source.sequences[t.name]
        end
    end
    for _, t in ipairs(source.tables) do
        local own = parents[t.name]
        if own then
            local result = shallow.copy(t)
            result.name, result.columns = own.name, own.columns
            result.original_name, result.original, result.left_out = t.name, own.chosen, own.missing
            result.rowid_alias = t.rowid_alias and own.chosen[t.rowid_alias]
            result.primary_key = keys_of(t, { t.primary_key }, "primary key", own.chosen, outcome)[1]
            result.uniques = keys_of(t, t.uniques, "unique", own.chosen, outcome)
            result.indexes = indexes_of(t, own.chosen, outcome)
            result.foreign_keys = foreign_keys_of(t, own.chosen, parents, left_out, outcome)
            if one_tag[t.name] then
                add_tag(result, one_tag[t.name])
            end
            model.tables[#model.tables + 1] = result
        end
    end
    surroundings(source, model, names_of)
    return derived
end

---The names of all columns that are created.
---@param derived wherry.Derived
---@return string[]
function derive.names(derived)
    local list = {}
    for _, columns in pairs(derived.columns) do
        for name in pairs(columns) do
            list[#list + 1] = name
        end
    end
    return list
end

return derive
