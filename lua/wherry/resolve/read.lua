-- read.lua: how a SQLite table is read: in the order of a unique key, behind which the next slice starts. Neither
-- statement may sort, because a sort would hold the table in memory, or scan from the start for each slice.
local json = require "wherry.json"
local names = require "wherry.names"
local parameters = require "wherry.resolve.parameters"
local read_cells = require "wherry.resolve.read_cells"

local read = {}

---@class wherry.Read what core/source.h calls a read_spec
---@field table string
---@field sql_first string
---@field sql_after? string behind the key ?1..?k; nil: no key to page by, one step
---@field sql_until? string from the start up to and with the key ?1..?k; nil as sql_after
---@field sql_between? string behind the key ?1..?k up to and with ?k+1..?2k; nil as sql_after
---@field key_sql? string[] the key as SQL, each cell in the order of the SELECT; nil as sql_after
---@field by_rowid? boolean the key is the rowid, an integer
---@field sql_key? string the row of one key, for rows that were rejected; nil: no key
---@field columns integer cells of a row; the columns asked for come first, key cells that were not follow
---@field key_columns integer[] 1-based
---@field key_names string[]
---@field label_columns? integer[] what names a row to people, where the key does not: primary key and rowid
---@field label_names? string[]
---@field more_names? string[] of the last cells, which fill no column
---@field old_names? string[] what functions of the script see of the source: its columns ..
---@field old_columns? integer[] .. and their cells, 1-based

local MOST_KEY_COLUMNS = 16 -- core/key.h

---The SQL of a value of a row: a column's name, or the expression of a column that is computed.
---@param t wherry.Table
---@param name string
---@return string
function read.cell(t, name)
    for _, column in ipairs(t.computed or {}) do
        if column.name == name then
            return column.sql
        end
    end
    return names.quote_sqlite(name)
end

local COLLATIONS = { BINARY = true, NOCASE = true, RTRIM = true }

---@class wherry.KeyCell
---@field name string the column, or the rowid's spelling
---@field sql string its name as SQL
---@field collate string " COLLATE X" where the key's collation is not the column's own

local function column_collation(t, name)
    for _, column in ipairs(t.columns) do
        if column.name == name then
            return (column.collation or "BINARY"):upper()
        end
    end
    return "BINARY"
end

-- The cells of a primary key, and whether the table can be paged by it: not with a collation that this program does not
-- have, nor with mixed directions (all descending is read backwards).
local function primary_key(t)
    local key = t.primary_key
    if not key or #key.columns == 0 or #key.columns > MOST_KEY_COLUMNS then
        return {}, false
    end
    local cells, descending, known = {}, 0, true
    for i, name in ipairs(key.columns) do
        local own = column_collation(t, name)
        local collation = (key.collations and key.collations[i] or own):upper()
        known = known and COLLATIONS[collation] ~= nil
        descending = descending + (key.desc and key.desc[i] and 1 or 0)
        cells[i] = { name = name, sql = names.quote_sqlite(name),
            collate = collation ~= own and " COLLATE " .. collation or "" }
    end
    return cells, known and (descending == 0 or descending == #cells)
end

-- The cells that name a row, and whether they are also an order in which the table can be read without sorting.
---@return wherry.KeyCell[] key empty: the table has none
---@return boolean pages
local function key_of(t)
    if t.module then
        -- R-Tree: the first column is the key, but the module reads by place
        local name = t.columns[1].name
        return { { name = name, sql = names.quote_sqlite(name), collate = "" } }, false
    elseif t.without_rowid then
        return primary_key(t)
    elseif t.rowid_alias then
        return { { name = t.rowid_alias, sql = names.quote_sqlite(t.rowid_alias), collate = "" } }, true
    elseif t.rowid_name then
        return { { name = t.rowid_name, sql = t.rowid_name, collate = "" } }, true
    end
    return {}, false
end

-- The condition that a row stands behind (">") or before and at ("<=") the key bound to the parameters from `first` on.
-- SQLite uses a row value for a range of the key's index only where no COLLATE stands in it; beside one, a bound on the
-- first cell alone does it.
local function compared(key, operator, first)
    if #key == 1 then
        return ("%s%s %s ?%d"):format(key[1].sql, key[1].collate, operator, first)
    end
    local cells, bound, collated = {}, {}, false
    for i, cell in ipairs(key) do
        cells[i], bound[i] = cell.sql .. cell.collate, "?" .. first + i - 1
        collated = collated or cell.collate ~= ""
    end
    local row = ("(%s) %s (%s)"):format(table.concat(cells, ", "), operator, table.concat(bound, ", "))
    return collated and ("%s %s= ?%d AND %s"):format(cells[1], operator:sub(1, 1), first, row) or row
end

-- The condition that a row is the one of the key bound to ?1..?k.
local function key_is(key)
    local tests = {}
    for i, cell in ipairs(key) do
        tests[i] = ("%s%s = ?%d"):format(cell.sql, cell.collate, i)
    end
    return table.concat(tests, " AND ")
end

-- A unary plus keeps the condition's terms away from indexes, which have another order; NOT INDEXED alone does not for
-- WITHOUT ROWID tables, nor for OR over rowids. A condition may end in a comment, hence the line break.
---@param where string
---@return string
function read.condition(where)
    return "+(" .. where .. "\n)"
end

---The statements that read columns of a table.
---@param t wherry.Table
---@param columns string[] source columns, in the order of the cells
---@param where? string
---@param members? wherry.FoldPart[] further cells, of documents
---@return wherry.Read
---@return table<string, integer> places of cells by their SQL
function read.spec(t, columns, where, members)
    local wanted, ordered = {}, {}
    for i, name in ipairs(columns) do
        wanted[i] = { name = name, sql = read.cell(t, name) }
    end
    local key, pages = key_of(t)
    for i, cell in ipairs(key) do
        ordered[i] = cell.sql .. cell.collate
    end
    local found = read_cells.choose(t, wanted, key, members or {})
    local from = ("SELECT %s FROM %s%s"):format(table.concat(found.cells, ", "), names.quote_sqlite(t.name),
        t.module and "" or " NOT INDEXED")
    local filter = where and read.condition(where)
    local order = pages and " ORDER BY " .. table.concat(ordered, ", ") or ""
    local function ranged(condition)
        return pages and from .. " WHERE " .. table.concat({ condition, filter }, " AND ") .. order or nil
    end
    local behind, up_to = compared(key, ">", 1), compared(key, "<=", 1)
    return {
        table = json.utf8(t.name), -- for the journal and for messages
        sql_first = from .. (filter and " WHERE " .. filter or "") .. order,
        sql_after = ranged(behind),
        sql_until = ranged(up_to),
        sql_between = ranged(behind .. " AND " .. compared(key, "<=", #key + 1)),
        key_sql = pages and ordered or nil,
        by_rowid = pages and not t.without_rowid or nil,
        sql_key = key[1] and from .. " WHERE " .. key_is(key) .. (filter and " AND " .. filter or "") or nil,
        columns = #found.cells,
        key_columns = found.key_columns,
        key_names = found.key_names,
        label_columns = found.label_columns,
        label_names = found.label_names,
        more_names = found.more_names,
        old_names = found.old_names,
        old_columns = found.old_columns,
    }, found.places
end

---Counts all rows of a table, in the table itself: an index that is out of step must not have a say.
---@param t wherry.Table
---@return string
function read.count_sql(t)
    return ("SELECT count(*) AS n FROM %s%s"):format(names.quote_sqlite(t.name), t.module and "" or " NOT INDEXED")
end

---Counts the rows that a condition excludes.
---@param t wherry.Table
---@param where string
---@return string
function read.excluded_sql(t, where)
    return ("%s WHERE (%s\n) IS NOT TRUE"):format(read.count_sql(t), where)
end

---Whether a table has at least one row.
---@param t wherry.Table
---@param query fun(sql: string): table[]
---@return boolean
function read.has_rows(t, query)
    return #query(("SELECT 1 AS n FROM %s LIMIT 1"):format(names.quote_sqlite(t.name))) > 0
end

---Whether a row that is carried has NULL in one of these columns.
---@param t wherry.Table
---@param columns string[]
---@param where string|nil
---@param query fun(sql: string): table[]
---@return boolean
function read.has_null(t, columns, where, query)
    local tests = {}
    for i, name in ipairs(columns) do
        tests[i] = read.cell(t, name) .. " IS NULL"
    end
    return #query(("SELECT 1 AS n FROM %s NOT INDEXED WHERE (%s)%s LIMIT 1"):format(names.quote_sqlite(t.name),
        table.concat(tests, " OR "), where and " AND " .. read.condition(where) or "")) > 0
end

---Counts, as c1, c2 and so on, the rows that are carried and for which a condition is false, in one pass.
---@param t wherry.Table
---@param conditions string[]
---@param where string|nil
---@return string
function read.false_sql(t, conditions, where)
    local cells = {}
    for i, text in ipairs(conditions) do
        cells[i] = ("count(CASE WHEN NOT (%s\n) THEN 1 END) AS c%d"):format(text, i)
    end
    return ("SELECT %s FROM %s NOT INDEXED%s"):format(table.concat(cells, ", "), names.quote_sqlite(t.name),
        where and " WHERE " .. read.condition(where) or "")
end

---Why a condition can't be used, or nil. It has to be one condition by itself: with and without parentheses around it,
---so that neither `a) OR (b` nor `a ORDER BY b` gets through. As a condition, no aggregate and no window function does.
---@param t wherry.Table
---@param where string
---@param query fun(sql: string): table[] prepares the statement at least
---@return string|nil
function read.where_problem(t, where, query)
    local _, found = parameters.fill(where, {})
    if found then
        return ("the parameter %s has no value here"):format(found)
    end
    local table_name = names.quote_sqlite(t.name)
    for _, form in ipairs { "%s\n", "(%s\n)" } do
        local sql = ("SELECT 1 AS n FROM %s WHERE " .. form .. " LIMIT 0"):format(table_name, where)
        local fine, problem = pcall(query, sql)
        if not fine then
            if type(problem) == "table" and problem.kind and problem.kind ~= "source" and problem.kind ~= "usage" then
                error(problem, 0)
            end
            return tostring(problem)
        end
    end
    return nil
end

return read
