-- few_rows.lua: tables that have so few rows that their keys and indexes may stay in place while they are loaded. What
-- would refuse a row does not stay: the rows are loaded first, and then it is told, whatever the size of a table.
local failure = require "wherry.failure"
local hooks = require "wherry.resolve.hooks"
local names = require "wherry.names"
local read = require "wherry.resolve.read"

local few_rows = {}
few_rows.__index = few_rows

---Above this, building an index after the load is as fast as keeping it up to date.
few_rows.MOST = 1000

-- A B-tree takes 2,704 bytes an entry. Types have other sizes than the values of the source, but none is 5 times as
-- large.
local ENTRY_BYTES = 500

-- What of a value is the same wherever PostgreSQL takes two values for one; it may be the same more often.
local SAME = {
    int2 = "CAST(%s AS INTEGER)", text = "CAST(%s AS TEXT)", bytea = "CAST(%s AS BLOB)",
    uuid = "CASE typeof(%s) WHEN 'blob' THEN hex(%s) "
        .. "ELSE upper(replace(replace(replace(CAST(%s AS TEXT), '-', ''), '{', ''), '}', '')) END",
}
SAME.int4, SAME.int8, SAME.varchar = SAME.int2, SAME.int2, SAME.text

---@class wherry.FewRows a small table of the source
---@field private carried wherry.Carried
---@field private query fun(sql: string): table[]
---@field private by_target table<string, wherry.LoadColumn>

local function from_of(t)
    return names.quote_sqlite(t.name) .. (t.module and "" or " NOT INDEXED")
end

-- The rows of a SELECT. What can't be read here stops the run where the table is read as a whole, which says more.
local function rows_of(query, sql)
    local fine, rows = pcall(query, sql)
    if not fine and not (failure.is(rows) and rows.kind == "source") then
        error(rows, 0)
    end
    return fine and rows or nil
end

---The table if it has few rows, all counted, whatever a condition leaves out.
---@param carried wherry.Carried
---@param query fun(sql: string): table[]
---@return wherry.FewRows|nil
function few_rows.of(carried, query)
    local rows = rows_of(query, ("SELECT 1 AS n FROM %s LIMIT 1 OFFSET %d"):format(from_of(carried.source),
        few_rows.MOST))
    if not rows or rows[1] then
        return nil
    end
    local by_target = {}
    for _, column in ipairs(carried.load.columns) do
        by_target[column.target] = column
    end
    return setmetatable({ carried = carried, query = query, by_target = by_target }, few_rows)
end

-- The columns of an index, as they are read; nil where one is filled otherwise.
function few_rows:columns(index)
    local list = {}
    for i, name in ipairs(index.columns) do
        list[i] = self.by_target[name]
        if not list[i] or list[i].fold or list[i].lookup or list[i].remap or hooks.changes(self.carried.load, name) then
            return nil
        end
    end
    return list
end

-- Whether every entry is surely short enough.
function few_rows:fits(columns)
    local sizes = {}
    for i, column in ipairs(columns) do
        sizes[i] = ("coalesce(length(CAST(%s AS BLOB)), 0)"):format(read.cell(self.carried.source,
            column.source))
    end
    local rows = rows_of(self.query, ("SELECT max(%s) AS bytes FROM %s"):format(table.concat(sizes, " + "),
        from_of(self.carried.source)))
    return rows ~= nil and (rows[1].bytes or 0) <= ENTRY_BYTES
end

local function is_changed(column)
    return column.on_null ~= nil or column.on_bad ~= nil and column.on_bad ~= "reject"
end

-- Whether no two rows surely share the key.
function few_rows:tells_apart(index, columns)
    local terms, filled = {}, {}
    for i, column in ipairs(columns) do
        local same = SAME[not column.type.kind and column.type.name]
        local name = read.cell(self.carried.source, column.source)
        if not same or is_changed(column) then
            return false
        end
        terms[i], filled[i] = same:gsub("%%s", { ["%s"] = name }), name .. " IS NOT NULL"
    end
    if #columns == 1 and columns[1].source == self.carried.source.rowid_alias then
        return true
    end
    local rows = rows_of(self.query, ("SELECT 1 AS n FROM %s%s GROUP BY %s HAVING count(*) > 1 LIMIT 1"):format(
        from_of(self.carried.source), index.nulls_equal and "" or " WHERE " .. table.concat(filled, " AND "),
        table.concat(terms, ", ")))
    return rows ~= nil and not rows[1]
end

---Whether an index surely takes all rows of the table.
---@param index wherry.StandingIndex
---@return boolean
function few_rows:takes(index)
    local columns = index.plain and self:columns(index)
    return columns and self:fits(columns) and (not index.unique or self:tells_apart(index, columns)) or false
end

return few_rows
