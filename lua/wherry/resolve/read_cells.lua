-- read_cells.lua: the cells of a row that is read: those of columns first, then what names the row, what documents are
-- made of, and what functions of the script see.
local json = require "wherry.json"
local names = require "wherry.names"

local read_cells = {}

local MOST_KEY_COLUMNS = 16 -- core/key.h

---@class wherry.Cells
---@field cells string[] SQL
---@field key_columns integer[]
---@field key_names string[]
---@field label_columns? integer[]
---@field label_names? string[]
---@field more_names? string[] of the last cells
---@field old_names? string[] the source's columns, where functions see them ..
---@field old_columns? integer[] .. and the cells that they are in
---@field places table<string, integer> cells by their SQL

---@class wherry.CellList
---@field cells string[]
---@field private fixed integer cells of columns
---@field private more string[] names of those behind them that have to be told
---@field private named boolean a key's, too: one of its name may be written over
---@field private carried table<string, integer> places of columns that are carried
---@field private position table<string, integer> by column
local list_type = {}
list_type.__index = list_type

-- The place of a column's cell, which is added where there is none.
function list_type:place(name, sql)
    if not self.position[name] then
        self.cells[#self.cells + 1] = sql
        -- a row is shown with each of its columns once
        self.more[#self.more + 1] = self.named and (self.carried[name] and "" or json.utf8(name)) or nil
        self.position[name] = #self.cells
    end
    return self.position[name]
end

-- A row of a table that is read by its rowid is known to people by its primary key, if that is read. Functions may
-- change what is read for columns: behind them, it is read once more.
local function add_label(list, t, key, found)
    local primary = t.primary_key
    if not primary or t.without_rowid or t.rowid_alias or not key[1] or #primary.columns >= MOST_KEY_COLUMNS then
        return
    end
    local columns, label_names = {}, {}
    for i, name in ipairs(primary.columns) do
        if not list.position[name] and not t.hooked then
            return
        end
        columns[i], label_names[i] = list:place(name, names.quote_sqlite(name)), json.utf8(name)
    end
    columns[#columns + 1], label_names[#label_names + 1] = found.key_columns[1], found.key_names[1]
    found.label_columns, found.label_names = columns, label_names
end

-- Adds the cells of documents that are not there yet.
local function add_members(list, members)
    local places = {}
    for i = list.fixed + 1, #list.cells do
        places[list.cells[i]] = places[list.cells[i]] or i
    end
    for _, member in ipairs(members) do
        if not places[member.sql] then
            list.cells[#list.cells + 1], list.more[#list.more + 1] = member.sql, json.utf8(member.source)
            places[member.sql] = #list.cells
        end
    end
    return places
end

-- The cells of all columns of the source: those of columns that are carried show them until they are written over.
local function add_old(list, t, carried, found)
    found.old_names, found.old_columns = {}, {}
    for _, column in ipairs(t.columns) do
        if not column.sql then
            found.old_names[#found.old_names + 1] = column.name
            found.old_columns[#found.old_columns + 1] = carried[column.name]
                or list:place(column.name, names.quote_sqlite(column.name))
        end
    end
end

---Chooses the cells of a row.
---@param t wherry.Table of the source; t.hooked: functions of the script see its rows, and may write over the cells of
---columns
---@param columns { name: string, sql: string }[] that are carried
---@param key { name: string, sql: string }[]
---@param members wherry.FoldPart[]
---@return wherry.Cells
function read_cells.choose(t, columns, key, members)
    local carried = {}
    local list = setmetatable({ cells = {}, more = {}, fixed = t.hooked and #columns or 0,
        named = t.hooked ~= nil, carried = carried,
        position = t.hooked and {} or carried }, list_type)
    for i, column in ipairs(columns) do
        list.cells[i] = column.sql
        carried[column.name] = carried[column.name] or i
    end
    local found = { cells = list.cells, key_columns = {}, key_names = {} }
    for i, cell in ipairs(key) do
        found.key_columns[i], found.key_names[i] = list:place(cell.name, cell.sql), cell.name
    end
    add_label(list, t, key, found)
    found.places = add_members(list, members)
    if t.hooked and t.hooked.row then
        add_old(list, t, carried, found)
    end
    found.more_names = list.more[1] and list.more or nil
    return found
end

return read_cells
