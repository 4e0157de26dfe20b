-- What an INSERT does where a row stands against it: OR IGNORE, OR REPLACE and ON CONFLICT.
local model = require "wherry.schema.model"
local names = require "wherry.names"
local QueryScope = require "wherry.expr.pg.query_scope"

local Conflict = {}
Conflict.__index = Conflict

---@class wherry.Conflict
---@field needs_alias boolean the table needs a name in the statement
---@field given table<string, boolean>? the columns that get a value, by the target's names
---@field seen fun(column: wherry.QueryColumn, term: wherry.Term) told of each value

-- The keys of a table that must be unique, as lists of the source's column names.
local function unique_keys(entry)
    local keys = {}
    local function add(source, columns, collations, plain)
        keys[#keys + 1] = { source = source, columns = columns, collations = collations or {}, plain = plain }
    end
    local t = entry.source
    if t.primary_key then
        add(t.primary_key, t.primary_key.columns, t.primary_key.collations, true)
    end
    for _, unique in ipairs(t.uniques) do
        add(unique, unique.columns, unique.collations, true)
    end
    for _, index in ipairs(t.indexes) do
        if index.unique then
            local columns, collations = {}, {}
            for i, part in ipairs(index.columns) do
                columns[i], collations[i] = part.name or false, part.collation or "BINARY"
            end
            add(index, columns, collations, not index.partial and not index.expression)
        end
    end
    return keys
end

---@param p wherry.Printer
---@param relation wherry.Relation
---@param node table the INSERT
---@param visible string the table's name in SQLite
---@param alias string and in PostgreSQL
---@return wherry.Conflict
function Conflict.new(p, relation, node, visible, alias)
    local action = node.conflict
    if action == "FAIL" then
        p:note "OR FAIL undoes the whole statement, SQLite keeps its earlier rows"
    end
    local plain = not node.upserts and action ~= "IGNORE" and action ~= "REPLACE"
    if not plain and not relation.entry then
        p:refuse(("a conflict clause on the view %s"):format(relation.name))
    elseif node.upserts and #node.upserts > 1 then
        p:refuse "several ON CONFLICT clauses"
    elseif node.upserts and (action == "IGNORE" or action == "REPLACE") then
        p:refuse(("INSERT OR %s with ON CONFLICT"):format(action))
    end
    local self = setmetatable({ printer = p, relation = relation, node = node, visible = visible, alias = alias,
        nullable = {} }, Conflict)
    local upsert = node.upserts and node.upserts[1]
    self.needs_alias = upsert ~= nil and upsert.set ~= nil and names.quote_pg(relation.target) ~= alias
    self.seen = function(column, term)
        if term.nullable ~= false then
            self.nullable[column.target] = true
        end
    end
    return self
end

-- NOT NULL columns that may get NULL.
local function open_columns(self)
    local list = {}
    for _, column in ipairs(self.relation.columns) do
        local created = column.created
        local given = self.given and self.given[column.target]
        local unset = not given and not created.default_sql and not created.identity and not column.generated
        if created.not_null and not created.identity and (unset or given and self.nullable[column.target]) then
            list[#list + 1] = column.name
        end
    end
    return list
end

local function ignore(self)
    local p, t = self.printer, self.relation.entry.source
    if #open_columns(self) > 0 then
        p:note "a NULL in a NOT NULL column raises an error, SQLite's OR IGNORE leaves the row out"
    end
    for _, key in ipairs(unique_keys(self.relation.entry)) do
        if self.relation.entry.arbiters and not self.relation.entry.arbiters[key.source] then
            p:refuse(("OR IGNORE, but a key of %s is not unique in PostgreSQL"):format(self.relation.name))
        end
    end
    if #t.checks > 0 then
        p:note "a row against a CHECK raises an error, SQLite's OR IGNORE leaves it out"
    end
    return "ON CONFLICT DO NOTHING"
end

-- Columns of a conflict target; a key by another collation is an index over an expression.
local function target_list(self, key)
    local p, entry, list = self.printer, self.relation.entry, {}
    local columns, collations = key.columns, key.collations
    if entry.arbiters then
        return entry.arbiters[key.source] or p:refuse(("a key of %s is not unique in PostgreSQL"):format(
            self.relation.name))
    end
    for i, name in ipairs(columns) do
        local created = entry.column[name]
        local collation = collations[i] or "BINARY"
        local quoted = names.quote_pg(created.name)
        if collation == "BINARY" or created.native_nocase or created.kind ~= "text" then
            list[i] = quoted
        elseif collation == "NOCASE" then
            list[i] = ("lower(%s)"):format(quoted)
        elseif collation == "RTRIM" then
            list[i] = ("rtrim(%s, ' ')"):format(quoted)
        else
            p:refuse(("the collation %s is not known"):format(collation))
        end
    end
    return table.concat(list, ", ")
end

-- The only key that a new row can break.
local function only_key(self)
    local p, entry, found = self.printer, self.relation.entry, nil
    for _, key in ipairs(unique_keys(entry)) do
        local rowid = self.relation.rowid
        local automatic = rowid and #key.columns == 1 and entry.column[key.columns[1]] == rowid.created
            and not (self.given and self.given[rowid.target])
        if not automatic then
            if found then
                p:refuse(("REPLACE into %s, which has several keys"):format(self.relation.name))
            elseif not key.plain then
                p:refuse(("REPLACE into %s, which has a unique index over a part of its rows or an expression")
                    :format(self.relation.name))
            end
            found = key
        end
    end
    return found
end

local function replace(self, write)
    local p, relation, key = self.printer, self.relation, only_key(self)
    if #open_columns(self) > 0 then
        p:note "a NULL in a NOT NULL column raises an error, SQLite's REPLACE takes the default"
    end
    if not key then
        return nil
    end
    local list = {}
    for _, column in ipairs(relation.columns) do
        if not column.generated then
            local name = names.quote_pg(column.target)
            list[#list + 1] = ("%s = EXCLUDED.%s"):format(name, name)
        end
    end
    p:note "REPLACE changes the row that stands against it, SQLite deletes that one and inserts the new one"
    write(p, relation, "UPDATE", nil, false, true)
    return ("ON CONFLICT (%s) DO UPDATE SET %s"):format(target_list(self, key),
        table.concat(list, ", "))
end

-- The columns and collations that ON CONFLICT names.
local function upsert_target(self, upsert)
    local p, relation = self.printer, self.relation
    if upsert.target_where then
        p:refuse "ON CONFLICT with a WHERE behind its columns"
    elseif not upsert.target then
        if upsert.set then
            local key = only_key(self)
            return key and target_list(self, key)
        end
        return nil
    end
    local wanted = {}
    for _, term in ipairs(upsert.target) do
        local node = term.expr
        local collation
        if node.t == "collate" then
            node, collation = node.operand, node.collation
        end
        if node.t ~= "column" then
            p:refuse "ON CONFLICT over an expression"
        end
        wanted[model.fold(node.name)] = { collation = collation }
    end
    local count = 0
    for _ in pairs(wanted) do
        count = count + 1
    end
    local source_of = {}
    for _, column in ipairs(relation.columns) do
        source_of[column.created.source] = column
    end
    for _, key in ipairs(unique_keys(relation.entry)) do
        local matching = key.plain and #key.columns == count
        for i, name in ipairs(matching and key.columns or {}) do
            local column = source_of[name]
            local one = column and (wanted[model.fold(column.name)]
                or column == relation.rowid and (wanted.rowid or wanted._rowid_ or wanted.oid))
            local collation = one and (one.collation or column.collation) or nil
            matching = matching and one ~= nil and one ~= false and (key.collations[i] or "BINARY") == collation
        end
        if matching then
            return target_list(self, key)
        end
    end
    p:refuse "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint that is carried"
end

local function upsert_text(self, write)
    local upsert, p = self.node.upserts[1], self.printer
    local target = upsert_target(self, upsert)
    local text = "ON CONFLICT" .. (target and (" (%s)"):format(target) or "")
    if not upsert.set then
        return text .. " DO NOTHING"
    end
    local scope = QueryScope.new(p.scope)
    scope:add(self.visible, self.alias, self.relation.columns, self.relation)
    scope:add("excluded", "EXCLUDED", self.relation.columns, self.relation).qualified_only = true
    local inner = p:nested(scope)
    local set, columns = require("wherry.expr.pg.statement").assignments(inner, self.relation, upsert.set)
    if self.node.select and self.node.select.cores[1].t ~= "values" then
        p:note "two rows of one INSERT with the same key raise an error"
    end
    write(p, self.relation, "UPDATE", columns, false)
    text = ("%s DO UPDATE SET %s"):format(text, set)
    if upsert.where then
        text = ("%s WHERE %s"):format(text, inner:condition(inner:print(upsert.where)).sql)
    end
    return text
end

---The clause behind the rows, nil where there is none.
---@param write fun(p: wherry.Printer, relation: wherry.Relation, event: string, columns: table?, whole: boolean?)
---@return string?
function Conflict:text(write)
    if self.node.upserts then
        return upsert_text(self, write)
    elseif self.node.conflict == "IGNORE" then
        return ignore(self)
    elseif self.node.conflict == "REPLACE" then
        return replace(self, write)
    end
    return nil
end

return Conflict
