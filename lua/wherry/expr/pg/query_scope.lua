-- Which column a name means inside a query: the tables of its FROM clause, then its result's names, then the query
-- around it, in SQLite's order.
local model = require "wherry.schema.model"
local names = require "wherry.names"

local QueryScope = {}
QueryScope.__index = QueryScope

local ROWID = { rowid = true, _rowid_ = true, oid = true }

---@class wherry.ScopeItem a table of a FROM clause, or NEW and OLD
---@field name string as the query may call it
---@field folded string
---@field sql string SQL text that stands before its columns
---@field columns wherry.QueryColumn[]
---@field by_name table<string, wherry.QueryColumn>
---@field rowid wherry.QueryColumn?
---@field relation wherry.Relation?
---@field qualified_only boolean? its columns are found by its name only, as those of NEW, OLD and excluded

---@class wherry.QueryScope : wherry.Scope
---@field parent wherry.Scope?
---@field items wherry.ScopeItem[]
---@field merged table<string, wherry.QueryColumn> columns that NATURAL or USING made one, by folded name
---@field alias_of (fun(folded: string): wherry.ScopeColumn?, string?)? what a name of the result means, where it may be
---used
---@field used fun(column: wherry.QueryColumn, item: wherry.ScopeItem)? told of each column that is found here

---@param parent wherry.Scope?
---@return wherry.QueryScope
function QueryScope.new(parent)
    return setmetatable({ parent = parent, items = {}, merged = {} }, QueryScope)
end

---Whether the SQL text stands for a table here or in a query around.
---@param sql string
---@return boolean
function QueryScope:taken(sql)
    for _, item in ipairs(self.items) do
        if item.sql:lower() == sql:lower() then
            return true
        end
    end
    local parent = self.parent
    return parent ~= nil and parent.taken ~= nil and parent:taken(sql)
end

---A name for a table that no other table here or around has.
---@param wanted string
---@return string sql quoted
function QueryScope:free_name(wanted)
    local base = #wanted > 60 and "source" or wanted
    local sql, number = names.quote_pg(base), 1
    while self:taken(sql) do
        number = number + 1
        sql = names.quote_pg(base .. number)
    end
    return sql
end

---Adds a table.
---@param name string as the query may call it
---@param sql string SQL text that stands before its columns
---@param columns wherry.QueryColumn[]
---@param relation wherry.Relation?
---@return wherry.ScopeItem
function QueryScope:add(name, sql, columns, relation)
    local item = { name = name, folded = model.fold(name), sql = sql, columns = {}, by_name = {}, relation = relation }
    for i, column in ipairs(columns) do
        -- What is always NULL is written so: its type would be text, whatever it stands beside.
        local seen = setmetatable({ item = item,
            sql = column.kind == "null" and "NULL" or sql .. "." .. names.quote_pg(column.target) },
            { __index = column })
        item.columns[i] = seen
        item.by_name[model.fold(column.name)] = item.by_name[model.fold(column.name)] or seen
        if relation and relation.rowid == column then
            item.rowid = seen
        end
    end
    self.items[#self.items + 1] = item
    return item
end

---Outer joins give rows without a match NULL in these tables.
---@param first integer
---@param last integer
function QueryScope:make_nullable(first, last)
    for i = first, last do
        for _, column in ipairs(self.items[i].columns) do
            column.not_null = false
        end
    end
end

local function left_out(item, folded)
    return item.relation and item.relation.left_out and item.relation.left_out[folded]
end

-- The column in the tables of this FROM clause; a reason when its name does not say which.
local function find_here(self, prefix, folded)
    local found, matching = nil, {}
    for _, item in ipairs(self.items) do
        if prefix and item.folded == prefix or not prefix and not item.qualified_only then
            matching[#matching + 1] = item
            if left_out(item, folded) then
                return nil, ("its column %s.%s is left out"):format(item.name, folded)
            end
            local column = item.by_name[folded]
            if column and (prefix or not column.hidden) then
                if found then
                    return nil, ("ambiguous column name: %s"):format(folded)
                end
                found = column
            end
        end
    end
    if not prefix and self.merged[folded] then
        return self.merged[folded]
    end
    if not found and ROWID[folded] and #matching == 1 then
        found = matching[1].rowid
        if not found then
            return nil, ("it uses the rowid of %s, which is not carried"):format(matching[1].name)
        end
    end
    return found
end

---Whether a table of this FROM clause has the column, or several have.
---@param name string
---@return boolean
function QueryScope:has(name)
    local found, reason = find_here(self, nil, model.fold(name))
    return found ~= nil or reason ~= nil
end

---Finds a column.
---@param prefix string? the table's name before it
---@param name string
---@param quoted string?
---@return wherry.ScopeColumn?
---@return string? reason
function QueryScope:column(prefix, name, quoted)
    local folded = model.fold(name)
    local found, reason = find_here(self, prefix and model.fold(prefix), folded)
    if found then
        if self.used and found.item then
            self.used(found, found.item)
        elseif self.used then
            for _, part in ipairs(found.parts) do
                self.used(part, part.item)
            end
        end
        return found
    elseif reason then
        return nil, reason
    end
    if not prefix and self.alias_of then
        found, reason = self.alias_of(folded)
        if found or reason then
            return found, reason
        end
    end
    if self.parent then
        return self.parent:column(prefix, name, quoted)
    end
    return nil, ("no such column: %s"):format(prefix and prefix .. "." .. name or name)
end

return QueryScope
