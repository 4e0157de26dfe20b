-- references.lua: which columns hold keys of which tables: by foreign keys of the source and of the target, and by what
-- the plan says of columns without any.
local model = require "wherry.schema.model"

local references = {}

---@class wherry.Reference
---@field parent wherry.Carried
---@field column string source column of the parent, or the name of one that is computed
---@field width integer how many columns the foreign key has
---@field foreign_key? wherry.ForeignKey nil: the plan says so

---@class wherry.References
---@field private by_source table<string, table<string, wherry.Reference[]>> by source table and column
---@field private by_target table<string, table<string, wherry.Reference[]>> by source table and target column
---@field private targets table<string, wherry.Carried> by the target table's name
local References = {}
References.__index = References

local function add(list, name, column, reference)
    list[name] = list[name] or {}
    list[name][column] = list[name][column] or {}
    table.insert(list[name][column], reference)
end

local function source_keys(self, child, by_name)
    for _, key in ipairs(child.source.foreign_keys) do
        local parent = by_name[key.parent]
        for i, column in ipairs(parent and key.parent_columns and key.columns or {}) do
            if key.parent_columns[i] then
                add(self.by_source, child.source.name, column, { parent = parent, column = key.parent_columns[i],
                    width = #key.columns, foreign_key = key })
            end
        end
    end
end

local function filled_from(carried, target)
    for _, column in ipairs(carried.load.columns) do
        if column.target == target then
            return column.source
        end
    end
    return nil
end

-- Calls a function with each column of a target table that refers to a table of the load.
local function each_target_key(self, target, visit)
    for _, key in ipairs(target and target.foreign_keys or {}) do
        local here = key.parent_schema == nil or key.parent_schema == target.schema
        local parent = here and self.targets[key.parent]
        for i, column in ipairs(parent and key.columns or {}) do
            local source = filled_from(parent, key.parent_columns[i])
            if source then
                visit(column, { parent = parent, column = source, width = #key.columns, foreign_key = key })
            end
        end
    end
end

local function target_keys(self, child)
    each_target_key(self, child.target, function(column, reference)
        add(self.by_target, child.source.name, column, reference)
    end)
end

-- The table and the column of "table.column": a name may hold a dot itself.
local function split(text, by_name)
    local at = 0
    while true do
        at = text:find(".", at + 1, true)
        if not at then
            return nil
        end
        local child, column = by_name[text:sub(1, at - 1)], text:sub(at + 1)
        if child and model.column(child.source, column) then
            return child, column
        end
    end
end

---The column of one that refers to a table: its key of one column.
---@param t wherry.Table
---@return string|nil
function references.key_of(t)
    return t.rowid_alias or t.primary_key and #t.primary_key.columns == 1 and t.primary_key.columns[1] or nil
end

local function own_words(self, parent, by_name, outcome)
    for _, text in ipairs(parent.entry.references or {}) do
        local child, column = split(text, by_name)
        local key = references.key_of(parent.source)
        if not child then
            outcome:finding { code = "unknown_column", table = parent.source.name, key = text,
                reason = ("its references name %q, and no table that is carried has such a column"):format(text),
                hint = 'references are written "table.column", as the source has them' }
        elseif not key then
            outcome:finding { code = "no_single_key", table = parent.source.name, key = text,
                reason = "columns refer to it by its key, and it has no key of one column",
                hint = "leave references out" }
        else
            add(self.by_source, child.source.name, column, { parent = parent, column = key, width = 1 })
        end
    end
end

---@param list wherry.Carried[]
---@param outcome wherry.Outcome
---@return wherry.References
function references.of(list, outcome)
    local self = setmetatable({ by_source = {}, by_target = {}, targets = {} }, References)
    local by_name = {}
    for _, carried in ipairs(list) do
        by_name[carried.source.name] = carried
        if carried.target then
            self.targets[carried.target.name] = carried
        end
    end
    for _, carried in ipairs(list) do
        source_keys(self, carried, by_name)
        target_keys(self, carried)
        own_words(self, carried, by_name, outcome)
    end
    return self
end

local function append(to, from)
    return table.move(from or {}, 1, #(from or {}), #to + 1, to)
end

---What a column that is loaded refers to.
---@param carried wherry.Carried
---@param column wherry.LoadColumn
---@return wherry.Reference[]
function References:of_load(carried, column)
    local name = carried.source.name
    return append(append({}, (self.by_source[name] or {})[column.source]), (self.by_target[name] or {})[column.target])
end

---What a column of a target table refers to, whoever fills it.
---@param target wherry.Table
---@param column string
---@return wherry.Reference[]
function References:of_target(target, column)
    local list = {}
    each_target_key(self, target, function(name, reference)
        list[#list + 1] = name == column and reference or nil
    end)
    return list
end

---What a column of the source refers to, wherever its values go.
---@param carried wherry.Carried
---@param source string
---@return wherry.Reference[]
function References:of_source(carried, source)
    local list = append({}, (self.by_source[carried.source.name] or {})[source])
    for _, column in ipairs(carried.load.columns) do
        if column.source == source then
            append(list, (self.by_target[carried.source.name] or {})[column.target])
        end
    end
    return list
end

---Calls a function with each reference to a table.
---@param parent wherry.Carried
---@param visit fun(child: string, column: string, reference: wherry.Reference)
function References:each_to(parent, visit)
    for _, list in ipairs { self.by_source, self.by_target } do
        for child, columns in pairs(list) do
            for column, found in pairs(columns) do
                for _, reference in ipairs(found) do
                    if reference.parent == parent then
                        visit(child, column, reference)
                    end
                end
            end
        end
    end
end

return references
