-- What the source's tables and translated views are called in the target, and which columns a query sees in them.
local ddl = require "wherry.schema.ddl"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local scope = require "wherry.expr.pg.scope"

local Catalog = {}
Catalog.__index = Catalog

local catalog = {}

---@class wherry.Catalog
---@field relations table<string, wherry.Relation> by folded source name
---@field missing table<string, string> why something cannot be used, by folded source name
---@field view (fun(folded: string): string?)? translates a view that is needed; a reason when that cannot be

---@class wherry.QueryColumn : wherry.ScopeColumn
---@field name string the source's name of it
---@field target string the target's name of it
---@field created wherry.CreatedColumn? of a table
---@field generated boolean?

---@class wherry.Relation what a FROM clause can name
---@field kind "table"|"view"|"cte"
---@field name string the source's name
---@field target string the target's name
---@field sql string the target's qualified name
---@field columns wherry.QueryColumn[] in the order of SELECT *
---@field rowid wherry.QueryColumn? what rowid means
---@field left_out table<string, boolean>? folded names of columns that are not carried
---@field entry wherry.Translated? of a table
---@field reads table<string, boolean>? of a view: folded names of what it reads
---@field changed boolean? of a view: its rows may differ from SQLite's

-- A created column as a query sees it, under the source's name.
local function query_column(entry, created, name)
    local column = scope.describe(entry, created)
    column.name, column.target, column.created = name, created.name, created
    column.generated = created.generated_sql ~= nil
    return column
end

-- The names that the source's table has, in order; `original` holds those that the plan renamed.
local function columns_of(entry)
    local t, columns, left_out = entry.source, {}, nil
    if not t.original then
        for i, column in ipairs(t.columns) do
            columns[i] = query_column(entry, entry.column[column.name], column.name)
        end
        return columns, nil
    end
    local derived_from = {}
    for name, derived in pairs(t.original) do
        derived_from[derived] = name
    end
    local parsed = t.sql and not t.module and ddl.table(t.sql)
    for _, column in ipairs(parsed and parsed.columns or {}) do
        local derived = t.original[column.name]
        if derived and entry.column[derived] then
            columns[#columns + 1] = query_column(entry, entry.column[derived], column.name)
        else
            left_out = left_out or {}
            left_out[model.fold(column.name)] = true
        end
    end
    if not parsed then
        for _, column in ipairs(t.columns) do
            if derived_from[column.name] then
                columns[#columns + 1] = query_column(entry, entry.column[column.name], derived_from[column.name])
            end
        end
    end
    return columns, left_out
end

local function table_relation(work, entry)
    local t = entry.source
    local columns, left_out = columns_of(entry)
    local relation = {
        kind = "table", name = t.original_name or t.name, target = entry.target.name, columns = columns,
        left_out = left_out, sql = names.qualified(work.schema, entry.target.name), entry = entry,
    }
    for _, column in ipairs(columns) do
        if t.rowid_alias and column.target == entry.column[t.rowid_alias].name then
            relation.rowid = column
        end
    end
    return relation
end

---The catalog of a translation's tables; views are added as they are translated.
---@param work wherry.Translation
---@param m wherry.Model
---@return wherry.Catalog
function catalog.new(work, m)
    local self = setmetatable({ relations = {}, missing = {} }, Catalog)
    for _, t in ipairs(m.tables) do
        local entry = work.by_source[t.name]
        local folded = model.fold(t.original_name or t.name)
        if entry then
            self.relations[folded] = table_relation(work, entry)
        else
            self.missing[folded] = ("it uses %s, which is left out"):format(t.original_name or t.name)
        end
    end
    for _, virtual in ipairs(m.virtuals) do
        local folded = model.fold(virtual.name)
        if not self.relations[folded] then
            self.missing[folded] = ("it uses %s, a virtual table (%s) that is not carried"):format(virtual.name,
                virtual.module ~= "" and virtual.module or "of an unknown module")
        end
        for _, shadow in ipairs(virtual.shadows) do
            self.missing[model.fold(shadow)] = ("it uses %s, which belongs to the virtual table %s"):format(shadow,
                virtual.name)
        end
    end
    return self
end

---Makes a view known.
---@param work wherry.Translation
---@param name string the source's
---@param target string
---@param columns wherry.QueryColumn[]
---@param reads table<string, boolean> folded names of what it reads
---@param changed boolean whether its rows may differ from SQLite's
function Catalog:add_view(work, name, target, columns, reads, changed)
    self.relations[model.fold(name)] = {
        kind = "view", name = name, target = target, sql = names.qualified(work.schema, target), columns = columns,
        reads = reads, changed = changed,
    }
end

---Says why a view cannot be used.
---@param name string
---@param reason string
function Catalog:add_missing(name, reason)
    self.missing[model.fold(name)] = reason
end

---Gathers which tables and views are read until `finish` is called.
---@return fun(): table<string, boolean> finish folded names; those that a view reads count too
function Catalog:watch()
    local reads, outer = {}, self.reads
    self.reads = reads
    return function()
        self.reads = outer
        return reads
    end
end

---What is made of a changed view is changed, too.
---@param reads table<string, boolean> folded names
---@param notes wherry.Notes
function Catalog:add_changed_views(reads, notes)
    local changed = {}
    for folded in pairs(reads) do
        local relation = self.relations[folded]
        changed[#changed + 1] = relation and relation.changed and relation.name or nil
    end
    table.sort(changed)
    if #changed > 0 then
        notes:add(("it uses the view%s %s, which %s changed"):format(#changed > 1 and "s" or "",
            table.concat(changed, ", "), #changed > 1 and "are" or "is"), true)
    end
end

---Finds a table or a view that a query reads.
---@param name string
---@param schema string? as written before the name
---@return wherry.Relation? relation
---@return string? reason why it cannot be used
function Catalog:read(name, schema)
    local relation, reason = self:find(name, schema)
    if relation and self.reads then
        self.reads[model.fold(relation.name)] = true
        for read in pairs(relation.reads or {}) do
            self.reads[read] = true
        end
    end
    return relation, reason
end

---Finds a table or a view as SQLite finds it.
---@param name string
---@param schema string? as written before the name
---@return wherry.Relation? relation
---@return string? reason why it cannot be used
function Catalog:find(name, schema)
    local folded = model.fold(name)
    if schema and model.fold(schema) ~= "main" then
        return nil, ("it uses %s.%s, which is not part of this file"):format(schema, name)
    elseif folded:find("^sqlite_") then
        return nil, ("it reads %s, SQLite's own catalog"):format(name)
    end
    local relation = self.relations[folded]
    if not relation and self.view then
        local reason = self.view(folded)
        if reason then
            return nil, reason
        end
        relation = self.relations[folded]
    end
    if relation then
        return relation
    end
    return nil, self.missing[folded] or ("it uses %s, which is not carried"):format(name)
end

return catalog
