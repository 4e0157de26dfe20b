-- WITH: common table expressions, printed when they are first used, so that their order is one that PostgreSQL takes.
local model = require "wherry.schema.model"
local names = require "wherry.names"

local CommonTables = {}
CommonTables.__index = CommonTables

---@class wherry.CommonTables
---@field parent wherry.CommonTables?
---@field by_name table<string, table>
---@field finished {sql: string}[] in the order in which they must be written
---@field recursive boolean

---@param p wherry.Printer
---@param with table the WITH clause
---@return wherry.CommonTables
function CommonTables.new(p, with)
    local self = setmetatable({ parent = p.common_tables, by_name = {}, finished = {}, recursive = false, printer = p,
        allocator = names.allocator {} }, CommonTables)
    for _, one in ipairs(with.tables) do
        local folded = model.fold(one.name)
        if self.by_name[folded] then
            p:refuse(("duplicate WITH table name: %s"):format(one.name))
        end
        self.by_name[folded] = { node = one }
    end
    return self
end

-- What a query sees of it, under the names that WITH or its own result gives.
local function relation_of(self, entry, columns)
    local given = entry.node.columns
    if given and #given ~= #columns then
        self.printer:refuse(("table %s has %d values for %d columns"):format(entry.node.name, #columns, #given))
    end
    local list, allocator = {}, names.allocator({}, { columns = true })
    for i, column in ipairs(columns) do
        local name = given and given[i] or column.name
        list[i] = setmetatable({ name = name, target = allocator:take(name) }, { __index = column })
    end
    return { kind = "cte", name = entry.node.name, target = entry.target, sql = names.quote_pg(entry.target),
        columns = list }
end

local function list_of(relation)
    local targets = {}
    for i, column in ipairs(relation.columns) do
        targets[i] = column.target
    end
    return names.list_pg(targets)
end

local HINTS = { [true] = "MATERIALIZED ", [false] = "NOT MATERIALIZED " }

local function print_entry(self, entry)
    local p = self.printer
    entry.state = "open"
    entry.target = self.allocator:take(entry.node.name)
    local select = require "wherry.expr.pg.select"
    local inner = p:nested(p.scope)
    inner.common_tables = self
    local printed = select.print(inner, entry.node.select, {
        named = false,
        -- A recursive part needs the columns of the part before it.
        begun = function(columns)
            entry.relation = relation_of(self, entry, columns)
            entry.relation.recursion = entry
        end,
        entry = entry,
    })
    entry.relation = relation_of(self, entry, printed.columns)
    entry.state = "done"
    self.recursive = self.recursive or entry.is_recursive or false
    if entry.limit then
        entry.relation.sql = ("(SELECT * FROM %s%s)"):format(names.quote_pg(entry.target), entry.limit)
        entry.relation.target = entry.target .. "\0limited"
    end
    self.finished[#self.finished + 1] = {
        sql = ("%s (%s) AS %s(%s)"):format(names.quote_pg(entry.target), list_of(entry.relation),
            HINTS[entry.node.materialized] or "", printed.sql),
    }
end

---The table of this name; a query finds it before any table of the database.
---@param folded string
---@return wherry.Relation?
function CommonTables:find(folded)
    local entry = self.by_name[folded]
    if not entry then
        return self.parent and self.parent:find(folded)
    elseif not entry.state then
        print_entry(self, entry)
    elseif entry.state == "open" then
        if not entry.relation then
            self.printer:refuse(("circular reference: %s"):format(entry.node.name))
        end
        entry.is_recursive = true
    end
    return entry.relation
end

---WITH and the tables that are used.
---@param separator string white space behind it
---@return string sql "" where none is used
function CommonTables:text(separator)
    if #self.finished == 0 then
        return ""
    end
    local list = {}
    for i, one in ipairs(self.finished) do
        list[i] = one.sql
    end
    return (self.recursive and "WITH RECURSIVE " or "WITH ") .. table.concat(list, "," .. separator) .. separator
end

return CommonTables
