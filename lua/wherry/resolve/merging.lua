-- merging.lua: rows that are merged into others, and keys that move by an offset: which cells are replaced by what, in
-- the table itself and in all that refers to it. What stands for which key is found by SQL over the source, table by
-- table; where tables are merged by keys of merged ones, until nothing changes any more.
local computed = require "wherry.resolve.computed"
local key_changes = require "wherry.resolve.key_changes"
local merge_sql = require "wherry.resolve.merge_sql"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local progress = require "wherry.progress"
local references = require "wherry.resolve.references"
local shallow = require "wherry.shallow"
local value_of = require "wherry.plan.value"

local merging = {}

---@class wherry.MergeMap a lookup that is filled from the table itself
---@field name string
---@field kind "merge"
---@field table string source table
---@field sql string gives the key, what is kept in its place, and 1 for the first of each that goes
---@field keys integer columns of the key
---@field collation string
---@field affinity string
---@field kept string[] the lookups that its SQL asks, in the order of their numbers there
---@field rows? integer rows that go, once it is filled
---@field groups? integer rows that stand for them, once it is filled

local function finding(self, carried, code, key, reason, hint)
    self.context.outcome:finding { code = code, table = carried.source.name, key = key, reason = reason, hint = hint }
end

-- The name of a lookup; column nil: by the key that rows are read by.
local function name_of(t, column)
    return "merge " .. t.name .. (column and "." .. column or "")
end

-- The terms of `by` as SQL over the columns of the table; nil after a finding.
local function terms_of(self, carried)
    local list, shown, t, own_columns = {}, {}, carried.source, {}
    for _, column in ipairs(t.columns) do
        own_columns[#own_columns + 1] = not column.sql and column.name or nil
    end
    for i, term in ipairs(carried.entry.merge.by) do
        if value_of.is(term) then
            local sql, problem = computed.compile(t, term, self.context)
            if not sql then
                finding(self, carried, "bad_expression", term.sql,
                    ("what it is merged by, %s, is no expression over a row of it: %s"):format(value_of.text(term),
                        problem), "write one expression of SQLite without aggregates; a subquery stands in parentheses")
                return nil
            end
            list[i], shown[i] = sql, value_of.text(term)
        else
            local own = self.context.outcome:lookup(term, own_columns, { kind = "column", side = "source",
                table = t.name, column = term, code = "unknown_column", hint = "merge goes by source columns" })
            if not own then
                return nil
            end
            list[i], shown[i] = names.quote_sqlite(own), own
        end
    end
    return list, table.concat(shown, ", ")
end

-- A lookup of what is merged: by a column that others refer to, or (nil) by the key that rows are read by.
local function map_of(self, carried, terms, column)
    local t, numbers = carried.source, {}
    local sql = merge_sql.build { table = t, where = carried.load.where, key_sql = carried.load.read.key_sql,
        keep = carried.entry.merge.keep, terms = terms, column = column, kept = function(source)
            return key_changes.sql(self, carried, source, numbers)
        end }
    local of = column and model.column(t, column)
    local kept = table.move(numbers, 1, #numbers, 1, {})
    return { name = name_of(t, column), kind = "merge", table = t.name, sql = sql,
        keys = column and 1 or #carried.load.read.key_sql, collation = column and merge_sql.collation(t, column)
            or "BINARY", affinity = of and not of.sql and of.affinity or "blob", kept = kept }
end

-- The names of lookups by columns of a merged table that others refer to; a key of several columns can't be replaced in
-- them.
local function by_columns(self, carried)
    local by_column = {}
    self.references:each_to(carried, function(child, _, reference)
        if reference.width > 1 then
            finding(self, carried, "merge_composite_key", child, ("%s refers to it by a foreign key of several columns "
                .. "(%s), in which the keys of merged rows can't be replaced"):format(child, table.concat(
                reference.foreign_key.columns, ", ")), ("leave merge out, or take %s out of the plan"):format(child))
        else
            by_column[reference.column] = name_of(carried.source, reference.column)
        end
    end)
    return by_column
end

-- Names the lookups of a merged table, before their SQL is made: it may ask others.
local function prepare(self, carried)
    if not carried.load.read.key_sql then
        finding(self, carried, "merge_without_key", "merge", "its rows have no key in whose order one could stay",
            "leave merge out, or give the table a key")
        return
    end
    local by_column, key = by_columns(self, carried), carried.load.read.key_names
    self.maps[carried] = by_column
    local shared = #key == 1 and merge_sql.collation(carried.source, key[1]) == "BINARY" and by_column[key[1]]
    carried.load.merge = { lookup = shared or name_of(carried.source) }
end

local function add_maps(self, carried, lookups)
    local terms, shown = terms_of(self, carried)
    if not terms then
        return
    end
    if carried.load.merge.lookup == name_of(carried.source) then
        lookups[#lookups + 1] = map_of(self, carried, terms, nil)
    end
    for _, column in ipairs(shallow.keys(self.maps[carried])) do
        lookups[#lookups + 1] = map_of(self, carried, terms, column)
    end
    carried.load.merge.by, carried.load.merge.keep = shown, carried.entry.merge.keep
end

-- The column that an offset moves: the table's integer key.
local function note_offset(self, carried)
    local t, by = carried.source, carried.entry.offset
    local key = references.key_of(t)
    local column = key and model.column(t, key)
    if not key or key ~= t.rowid_alias and column.affinity ~= "integer" and column.affinity ~= "numeric" then
        finding(self, carried, "offset_without_key", "offset", "it has no integer key of one column that could move by "
            .. "an offset", "leave offset out")
        return
    end
    self.offsets[carried] = { column = key, by = by }
end

---Decides what merges and offsets make of the tables: `merge` of a table, `remap` of its columns; and which lookups
---they need.
---@param context wherry.Context gets lookups
---@param list wherry.Carried[] in load order
function merging.decide(context, list)
    local merged, moved = {}, false
    for _, carried in ipairs(list) do
        merged[#merged + 1] = carried.entry.merge and carried or nil
        moved = moved or (carried.entry.offset or 0) ~= 0
    end
    if not merged[1] and not moved then
        return
    end
    context.lookups = context.lookups or {}
    ---@type wherry.KeyChanges
    local self = { context = context, references = references.of(list, context.outcome), maps = {}, offsets = {} }
    for _, carried in ipairs(list) do
        if (carried.entry.offset or 0) ~= 0 then
            note_offset(self, carried)
        end
    end
    for _, carried in ipairs(merged) do
        prepare(self, carried)
    end
    for _, carried in ipairs(merged) do
        if self.maps[carried] then
            add_maps(self, carried, context.lookups)
        end
    end
    for _, carried in ipairs(list) do
        key_changes.apply(self, carried)
    end
end

---The receipts of what was merged, once the lookups are filled.
---@param context wherry.Context
---@param tables wherry.LoadTable[]
function merging.tell(context, tables)
    local by_name = {}
    for _, lookup in ipairs(context.lookups) do
        by_name[lookup.name] = lookup
    end
    for _, tbl in ipairs(tables) do
        local map = tbl.merge and by_name[tbl.merge.lookup]
        if map and map.rows then
            local note = map.rows == 0 and ("no rows are equal in %s"):format(tbl.merge.by)
                or ("%s row%s merged into %s, equal in %s; the %s of them stays"):format(progress.grouped(map.rows),
                    map.rows == 1 and " is" or "s are", progress.grouped(map.groups), tbl.merge.by, tbl.merge.keep)
            context.outcome:receipt("merge", tbl.source, "changed", note, { table = tbl.source,
                target = tbl.target_sql })
        end
    end
end

return merging
