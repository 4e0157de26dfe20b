-- GROUP BY: what may stand beside the aggregates of a query. SQLite takes any column from some row of the group; only a
-- column that is the same in all rows of its group is carried.
local convert = require "wherry.expr.pg.convert"
local model = require "wherry.schema.model"
local result = require "wherry.expr.pg.result"
local tree = require "wherry.expr.pg.tree"

local Grouping = {}
local COLUMNS = { column = true, resolved = true, select = true }
Grouping.__index = Grouping

---@class wherry.Grouping
---@field keys {node: wherry.Node, term: wherry.Term, sql: string}[]
---@field active boolean columns that are printed now must be grouped
---@field bare {column: wherry.QueryColumn, item: wherry.ScopeItem}[] columns beside the aggregates

---@param scope wherry.QueryScope of the query
---@return wherry.Grouping
function Grouping.new(scope)
    return setmetatable({ scope = scope, keys = {}, active = false, bare = {}, seen = {}, count = 0 }, Grouping)
end

---A text that is equal exactly where SQLite's collation takes texts for equal.
---@param p wherry.Printer
---@param term wherry.Term of kind text
---@return string? sql nil: its own bytes decide
function Grouping.folded(p, term)
    if term.kind ~= "text" or not term.collation or term.collation == "BINARY" then
        return nil
    elseif term.collation == "NOCASE" then
        return ("lower(%s)"):format(convert.under_c(p, term).sql)
    elseif term.collation == "RTRIM" then
        return ("rtrim(%s, ' ')"):format(term.sql)
    end
    p:refuse(("the collation %s is not known"):format(term.collation))
end

---Adds a key; `p` prints its columns plainly.
---@param p wherry.Printer
---@param node wherry.Node
function Grouping:add(p, node)
    local term = p:print(node)
    if term.kind == "mixed" or term.kind == "dynamic" then
        p:note(("groups by %s, where a number and the text of it are one value here"):format(term.sql))
    end
    local folded = Grouping.folded(p, term)
    local key = { node = node, sql = folded or term.sql, term = term }
    if folded then
        p:note(("shows one spelling of %s a group, SQLite may show another"):format(term.sql))
        key.term = p:term { sql = ("min(%s)"):format(convert.under_c(p, term).sql), kind = "text", atomic = true,
            collated = true, collation = term.collation, affinity = term.affinity, nullable = term.nullable }
    elseif not tree.any(node, function(one) return COLUMNS[one.t] or false end) then
        -- A bare literal would be a position, or an error.
        key.sql = ("%s::%s"):format(p:wrap(term), result.type_of(term.kind))
    elseif term.kind == "null" then
        key.sql = "NULL::text"
    end
    self.keys[#self.keys + 1] = key
end

-- The key that a node is, or nil.
local function key_of(self, p, node)
    local active = self.active
    self.active = false
    local found
    for _, key in ipairs(self.keys) do
        if tree.equal(key.node, node, function(a, b)
            local one, other = self.printer.scope:column(a.table, a.name, a.quoted),
                p.scope:column(b.table, b.name, b.quoted)
            return one ~= nil and other ~= nil and one.sql == other.sql
        end) then
            found = key
            break
        end
    end
    self.active = active
    return found
end

-- A result column that * stands for is a column all the same.
local function same_resolved(self, node)
    for _, key in ipairs(self.keys) do
        if key.node.t == "column" and node.t == "resolved" and key.plain == node.column.sql then
            return key
        end
    end
    return nil
end

---Prints an aggregate. One that has only columns of a query around belongs to that one, in both databases.
---@param p wherry.Printer
---@param node wherry.Node
---@param print fun(p: wherry.Printer, node: wherry.Node): wherry.Term
---@return wherry.Term
function Grouping:aggregate(p, node, print)
    local before = self.count
    self.active = false
    local term = print(p, node)
    self.active = true
    if self.count == before and tree.any(node, function(one) return one.t == "column" end) then
        p:refuse("an aggregate of columns of the query around")
    end
    return term
end

---Makes a printer heed the grouping.
---@param p wherry.Printer of the query
function Grouping:attach(p)
    self.printer = p
    local outer = p.print
    p.print = function(printer, node)
        if not self.active then
            return outer(printer, node)
        end
        local key = same_resolved(self, node) or key_of(self, printer, node)
        if key then
            return key.term
        end
        return tree.is_aggregate(node) and self:aggregate(printer, node, outer) or outer(printer, node)
    end
    self.scope.used = function(column, item)
        self.count = self.count + 1
        if self.active and not self.seen[column.sql] then
            self.seen[column.sql] = true
            self.bare[#self.bare + 1] = { column = column, item = item }
        end
    end
end

-- Pairs of columns that the joins and WHERE hold equal: knowing the first, the second is known.
local function equalities(self, core)
    local pairs_of, own = {}, {}
    for _, item in ipairs(self.scope.items) do
        own[item] = true
    end
    local function resolve(node)
        if node.t == "resolved" then
            return node.column
        end
        return node.t == "column" and self.scope:column(node.table, node.name, node.quoted) or nil
    end
    local function add(node, only_items)
        if node.t ~= "binary" or node.op ~= "=" then
            return
        end
        for _, sides in ipairs { { node.left, node.right }, { node.right, node.left } } do
            local from, to = resolve(sides[1]), resolve(sides[2])
            local literal = sides[1].t == "integer" or sides[1].t == "string"
            if to and own[to.item] and (not only_items or only_items[to.item]) and to.collation ~= "NOCASE"
                and to.collation ~= "RTRIM" and (literal or from and from.kind == to.kind) then
                pairs_of[#pairs_of + 1] = { from = from and from.sql or true, to = to.sql,
                    outer = from and not own[from.item] }
            end
        end
    end
    local position = 0
    local function walk(node)
        if node.t ~= "join" then
            position = position + 1
            return
        end
        walk(node.left)
        local first = position + 1
        walk(node.right)
        local right = {}
        for i = first, position do
            right[self.scope.items[i]] = true
        end
        if node.kind ~= "right" and node.kind ~= "full" then
            for _, one in ipairs(tree.conjuncts(node.on)) do
                add(one, node.kind == "left" and right or nil)
            end
        end
    end
    if core.from then
        walk(core.from)
    end
    for _, one in ipairs(tree.conjuncts(core.where)) do
        add(one)
    end
    return pairs_of
end

-- Whether the known columns say which row of the table it is. Many rows may have NULL in a unique column, but none of
-- them is equal to anything.
local function is_determined(item, known)
    local entry = item.relation and item.relation.entry
    if not entry then
        return false
    end
    local keys = { entry.source.primary_key or nil }
    for _, unique in ipairs(entry.source.uniques) do
        keys[#keys + 1] = unique
    end
    for _, key in ipairs(keys) do
        local all = #key.columns > 0
        for _, name in ipairs(key.columns) do
            local created, found = entry.column[name], false
            for _, column in ipairs(item.columns) do
                found = found or column.target == created.name and column.collation == "BINARY"
                    and (known[column.sql] == "equal" or known[column.sql]
                    and (created.not_null or created.identity))
            end
            all = all and found
        end
        if all then
            return true
        end
    end
    return false
end

-- Adds to the known columns all that follow from them by joins, WHERE and keys.
local function follow(self, core, known)
    local equal, grew = equalities(self, core), true
    while grew do
        grew = false
        for _, pair in ipairs(equal) do
            if (pair.from == true or pair.outer or known[pair.from]) and known[pair.to] ~= "equal" then
                known[pair.to], grew = "equal", true
            end
        end
        for _, item in ipairs(self.scope.items) do
            if is_determined(item, known) then
                for _, column in ipairs(item.columns) do
                    grew = grew or not known[column.sql]
                    known[column.sql] = known[column.sql] or true
                end
            end
        end
    end
end

---Refuses columns that may differ within a group; the others join the GROUP BY.
---@param core wherry.Core
---@return string[] sql of all keys
function Grouping:finish(core)
    local list, known, listed = {}, {}, {}
    for _, key in ipairs(self.keys) do
        list[#list + 1], listed[key.sql], known[key.sql] = key.sql, true, true
    end
    if #self.bare == 0 then
        return list
    elseif #self.keys > 0 then
        follow(self, core, known)
    end
    for _, bare in ipairs(self.bare) do
        local sql = bare.column.sql
        if not known[sql] then
            self.printer:refuse(("SQLite takes %s from any row of the group"):format(
                bare.item.name ~= "" and bare.item.name .. "." .. bare.column.name or bare.column.name))
        elseif not listed[sql] then
            list[#list + 1], listed[sql] = sql, true
        end
    end
    return list
end

---Whether the query can give at most one row: WHERE fixes a key of each of its tables.
---@param core wherry.Core
---@return boolean
function Grouping:single_row(core)
    local known = {}
    follow(self, core, known)
    for _, item in ipairs(self.scope.items) do
        if not is_determined(item, known) then
            return false
        end
    end
    return true
end

---Remembers which columns the keys are, so that those of * are found.
function Grouping:resolve()
    for _, key in ipairs(self.keys) do
        if key.node.t == "column" then
            local column = self.scope:column(key.node.table, key.node.name, key.node.quoted)
            key.plain = column and column.sql
        end
    end
end

---@param name string
---@param list wherry.ResultColumn[]
---@return integer? position of the result column that AS gave this name
function Grouping.alias_position(name, list)
    local folded = model.fold(name)
    for i, column in ipairs(list) do
        if column.alias and model.fold(column.alias) == folded then
            return i
        end
    end
    return nil
end

return Grouping
