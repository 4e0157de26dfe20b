-- foreign_rows.lua: rows in the tables of a run that are not the run's own: others added them, changed them, or they
-- were there before. What takes the run back leaves them where they are, and lists them.
local names = require "wherry.names"

local foreign_rows = {}

local SHOWN = 5

-- Rows whose last change came behind the run's first step. What was frozen long ago has no age to go by.
local YOUNGER = [[age(xmin) BETWEEN 0 AND (SELECT age((min(xid) %% 4294967296)::text::xid) FROM %s.slice
    WHERE run = %d)]]

-- The target columns that name a row: of the source's primary key, else of the key by which it was read.
local function naming_columns(tbl)
    local target = {}
    for _, column in ipairs(tbl.columns) do
        target[column.source] = column.target
    end
    local label = table.move(tbl.read.label_names or {}, 1, #(tbl.read.label_names or {}) - 1, 1, {})
    for _, list in ipairs { label, tbl.read.key_names or {} } do
        local columns = {}
        for index, name in ipairs(list) do
            columns[index] = target[name]
        end
        if list[1] and #columns == #list then
            return columns
        end
    end
    return nil
end

---What is shown of a row, and the order in which the first ones are the first.
---@param tbl wherry.LoadTable
---@return string sql an expression over the rows of the target table as r
---@return string order
function foreign_rows.shown_sql(tbl)
    local columns = naming_columns(tbl)
    if not columns then
        return "left(r::text, 80)", "1"
    end
    local parts, order = {}, {}
    for index, name in ipairs(columns) do
        order[index] = names.quote_pg(name)
        parts[index] = ("%s || left(r.%s::text, 80)"):format(names.literal_pg(name .. " = "), order[index])
    end
    return ("concat_ws(', ', %s)"):format(table.concat(parts, ", ")), table.concat(order, ", ")
end

---@class wherry.ForeignRows
---@field name string the table, quoted
---@field count string
---@field changed string how many of them came, or were changed, behind the run's first step
---@field keys string[] the first of these

--- The rows of a table of the run that are not its own; nil: all are.
---@param journal wherry.Journal
---@param run wherry.Run
---@param tbl wherry.LoadTable
---@param own string the condition of the run's own rows
---@return wherry.ForeignRows|nil
function foreign_rows.of(journal, run, tbl, own)
    local younger, rows = YOUNGER:format(journal.schema, run.id), tbl.rows_sql or tbl.target_sql
    local row = journal.session:query(("SELECT count(*) AS n, count(*) FILTER (WHERE %s) AS changed FROM %s "
        .. "WHERE NOT (%s)"):format(younger, rows, own))[1]
    if row.n == "0" then
        return nil
    end
    local shown, order = foreign_rows.shown_sql(tbl)
    local keys = {}
    for index, key in ipairs(journal.session:query(("SELECT %s AS key FROM %s AS r WHERE NOT (%s) AND %s ORDER BY %s "
        .. "LIMIT %d"):format(shown, rows, own, younger, order, SHOWN))) do
        keys[index] = key.key
    end
    return { name = tbl.target_sql, count = row.n, changed = row.changed, keys = keys }
end

--- The first of the rows that came or were changed since, in words; empty where there are none.
---@param entry wherry.ForeignRows
---@return string
function foreign_rows.listed(entry)
    if not entry.keys[1] then
        return ""
    end
    return ("; added or changed since it began: %s (%s%s)"):format(entry.changed, table.concat(entry.keys, "; "),
        math.tointeger(tonumber(entry.changed)) > #entry.keys and "; ..." or "")
end

return foreign_rows
