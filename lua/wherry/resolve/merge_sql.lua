-- merge_sql.lua: the SELECT over a table of the source that says which of its rows go, and what stays in their place.
-- SQLite sorts for it, in a file where rows are many.
local model = require "wherry.schema.model"
local names = require "wherry.names"
local read = require "wherry.resolve.read"

local merge_sql = {}

---@class wherry.MergeRows
---@field table wherry.Table of the source
---@field where? string rows that are not carried stand for nothing
---@field key_sql string[] the key that its rows are read by
---@field keep "first"|"last"
---@field terms string[] SQL of what is equal in rows that are one
---@field column? string that is referred to; nil: the key itself
---@field kept fun(source: string): string|nil a column with the keys in it replaced; nil: as it is

local COLLATIONS = { NOCASE = true, RTRIM = true } -- beside BINARY

---The collation by which a column of the source is compared, as far as it is SQLite's own.
---@param t wherry.Table
---@param source string
---@return "BINARY"|"NOCASE"|"RTRIM"
function merge_sql.collation(t, source)
    local column = model.column(t, source)
    local collation = column and not column.sql and (column.collation or "BINARY"):upper() or "BINARY"
    return COLLATIONS[collation] and collation or "BINARY"
end

-- A name that no column of the table has, quoted.
local function own_name(t, name)
    local taken = {}
    for _, column in ipairs(t.columns) do
        taken[column.name:lower()] = true
    end
    while taken[name] do
        name = name .. "+"
    end
    return names.quote_sqlite(name)
end

-- The columns under their names, so that expressions find them, with keys replaced; and the rowid. A function has no
-- collation of its own.
local function inner_cells(rows)
    local t, cells = rows.table, {}
    for _, column in ipairs(t.columns) do
        local sql = not column.sql and rows.kept(column.name)
        if sql then
            cells[#cells + 1] = ("%s COLLATE %s AS %s"):format(sql, merge_sql.collation(t, column.name),
                names.quote_sqlite(column.name))
        elseif not column.sql then
            cells[#cells + 1] = names.quote_sqlite(column.name)
        end
    end
    cells[#cells + 1] = t.rowid_name
    return cells
end

---@param rows wherry.MergeRows
---@return string sql gives the key's cells, what is kept (1 for a key that is not referred to), and 1 for the first row
---of those that go together
function merge_sql.build(rows)
    local cells, order, taken, filled = inner_cells(rows), {}, {}, {}
    for i, sql in ipairs(rows.key_sql) do
        local name = own_name(rows.table, "wherry key " .. i)
        cells[#cells + 1] = ("%s AS %s"):format(sql, name)
        order[i] = name .. (rows.keep == "last" and " DESC" or "")
        taken[i] = name
    end
    local kept = "1"
    if rows.column then
        local cell, final = read.cell(rows.table, rows.column), rows.kept(rows.column)
        local raw, stays = own_name(rows.table, "wherry raw"), own_name(rows.table, "wherry kept")
        cells[#cells + 1] = ("%s AS %s"):format(cell, raw)
        cells[#cells + 1] = ("%s AS %s"):format(final or cell, stays)
        taken, kept = { raw }, ("first_value(%s) OVER w"):format(stays)
    end
    for i, sql in ipairs(rows.terms) do
        filled[i] = sql .. " IS NOT NULL"
    end
    return ([[SELECT %s, kept, place = 2 FROM (SELECT %s, %s AS kept, row_number() OVER w AS place
        FROM (SELECT %s FROM %s NOT INDEXED%s) WHERE %s
        WINDOW w AS (PARTITION BY %s ORDER BY %s)) WHERE place > 1]]):format(table.concat(taken, ", "),
        table.concat(taken, ", "), kept, table.concat(cells, ", "), names.quote_sqlite(rows.table.name),
        rows.where and " WHERE " .. read.condition(rows.where) or "", table.concat(filled, " AND "),
        table.concat(rows.terms, ", "), table.concat(order, ", "))
end

return merge_sql
