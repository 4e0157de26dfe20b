-- merges.lua: counts the keys of a source table that several rows would hold in PostgreSQL, although SQLite keeps them
-- apart: values lose their class there, or their spelling.
local names = require "wherry.names"

local merges = {}

-- A real as the core writes it into a text: the fewest digits that give it back.
local REAL = "CASE WHEN CAST(CAST(%s AS TEXT) AS REAL) = %s THEN CAST(%s AS TEXT) ELSE printf('%%!.17g', %s) END"

local forms = {
    text = function(name)
        local real = REAL:format(name, name, name, name)
        return ("CAST(CASE typeof(%s) WHEN 'real' THEN %s ELSE %s END AS TEXT)"):format(name, real, name)
    end,
    uuid = function(name)
        return ("lower(replace(replace(replace(CASE typeof(%s) WHEN 'blob' THEN hex(%s) ELSE %s END, '-', ''), '{', "
            .. "''), '}', ''))"):format(name, name, name)
    end,
    json = function(name)
        return ("CASE WHEN json_valid(%s) THEN json(%s) ELSE %s END"):format(name, name, name)
    end,
    -- Instants are compared by the millisecond and by the digits behind it.
    time = function(name)
        return ("coalesce(strftime('%%Y-%%m-%%d %%H:%%M:%%f', %s), %s)"):format(name, name)
    end,
}

-- How PostgreSQL compares a column, as an expression that SQLite groups by.
local function grouped(column)
    local name = names.quote_sqlite(column.name)
    if column.form == "same" then
        return name .. " COLLATE " .. column.collation
    end
    local sql = forms[column.form](name)
    if column.collation == "NOCASE" or column.collation == "RTRIM" then
        sql = sql .. " COLLATE " .. column.collation
    end
    return sql
end

---The statement that counts them.
---@param t wherry.Table the source's own table
---@param columns wherry.MergeColumn[] with the source's own names
---@param where string? the rows that are carried
---@return string
function merges.sql(t, columns, where)
    local groups, filled = {}, {}
    for i, column in ipairs(columns) do
        groups[i], filled[i] = grouped(column), names.quote_sqlite(column.name) .. " IS NOT NULL"
    end
    return ("SELECT count(*) AS n FROM (SELECT 1 FROM %s NOT INDEXED WHERE %s%s GROUP BY %s HAVING count(*) > 1)")
        :format(names.quote_sqlite(t.name), table.concat(filled, " AND "),
            where and " AND +(" .. where .. "\n)" or "", table.concat(groups, ", "))
end

---Counts the keys that several rows would hold.
---@param t wherry.Table
---@param columns wherry.MergeColumn[]
---@param where string?
---@param query fun(sql: string): table[]
---@return integer
function merges.count(t, columns, where, query)
    return query(merges.sql(t, columns, where))[1].n
end

return merges
