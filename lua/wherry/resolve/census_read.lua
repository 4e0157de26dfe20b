-- census_read.lua: how a table is read for a census: each column as little as what is wanted of it allows.
local json = require "wherry.json"
local names = require "wherry.names"
local read = require "wherry.resolve.read"

local census_read = {}

---@class wherry.CensusRead a pass over one table, as core.snapshot's census takes it
---@field table string for messages
---@field select string
---@field range string? where `select` reads the rowids from ?1 to ?2: gives the least and the greatest
---@field wanted string[] see wherry.schema.types.wanted; one a column

-- SQLite fetches a long value from its overflow pages wherever a SELECT gives it, but not for typeof() and length().
-- unicode(): with a bare typeof() beside one inside of an expression, SQLite allocates memory for each row, since the
-- register of its argument is owned by turns.
local FORMS = {
    types = "unicode(typeof(%s))",
    classes = "iif(typeof(%s) = 'text', '', %s)",
    texts = "%s", candidates = "%s", stored = "%s",
}
local BESIDE_BLOBS = "CASE typeof(%s) WHEN 'blob' THEN zeroblob(length(%s)) ELSE %s END"

-- Texts are wanted as they are; blobs are expected beside them only where the affinity is BLOB's.
local function form_of(t, column)
    local with_texts = column.wanted == "texts" or column.wanted == "candidates"
    for _, one in ipairs(with_texts and t.columns or {}) do
        if one.name == column.name and one.affinity == "blob" then
            return BESIDE_BLOBS
        end
    end
    return FORMS[column.wanted]
end

local function rowid_of(t)
    return not t.module and (t.rowid_alias and names.quote_sqlite(t.rowid_alias) or t.rowid_name) or nil
end

local function from_of(t)
    return names.quote_sqlite(t.name) .. (t.module and "" or " NOT INDEXED")
end

---A SELECT of the least and the greatest rowid, by which a table can be split; nil: it has none.
---@param t wherry.Table of the source
---@return string|nil
function census_read.range(t)
    local rowid, from = rowid_of(t), from_of(t)
    return rowid and ("SELECT (SELECT min(%s) FROM %s), (SELECT max(%s) FROM %s)"):format(rowid, from, rowid, from)
end

---Reads columns in no particular order.
---@param t wherry.Table of the source
---@param columns { name: string, wanted: string }[]
---@param where string|nil
---@return wherry.CensusRead
function census_read.job(t, columns, where)
    local cells, wanted, conditions = {}, {}, {}
    for i, column in ipairs(columns) do
        local name = read.cell(t, column.name)
        wanted[i], cells[i] = column.wanted, form_of(t, column):gsub("%%s", { ["%s"] = name })
    end
    local from, rowid = from_of(t), rowid_of(t)
    conditions[1] = rowid and rowid .. " BETWEEN ?1 AND ?2" or nil
    conditions[#conditions + 1] = where and read.condition(where) or nil
    return {
        table = json.utf8(t.name), wanted = wanted,
        select = ("SELECT %s FROM %s%s"):format(table.concat(cells, ", "), from,
            conditions[1] and " WHERE " .. table.concat(conditions, " AND ") or ""),
        range = census_read.range(t),
    }
end

return census_read
