-- back/unread.lua: how many of PostgreSQL's rows hold values of which a file keeps a form that can't be read back. A
-- row of the file that can't be read is one of these, or was changed.
local names = require "wherry.names"

local unread = {}

-- Of these types a file keeps every value so that it can be read back.
local READABLE = { int2 = true, int4 = true, int8 = true, bool = true, text = true, varchar = true, bpchar = true,
    bytea = true, uuid = true, json = true, jsonb = true }

local NOT_FINITE = "%s::pg_catalog.text IN ('NaN', 'Infinity', '-Infinity')"
-- A day is left at both ends for offsets.
local OUTSIDE = "(%s < '0001-01-02' OR %s > '9999-12-30')"

local LIMITED = { numeric = NOT_FINITE, float4 = NOT_FINITE, float8 = NOT_FINITE, date = OUTSIDE, timestamp = OUTSIDE,
    timestamptz = OUTSIDE }

-- The condition on which a column's value may be one that can't be read back; nil: none is.
local function condition(column)
    local type = column.type
    local is_plain = not type.kind and (not type.stored or type.stored == "iso")
    local given = is_plain and LIMITED[type.name] or not (is_plain and READABLE[type.name]) and "%s IS NOT NULL"
    local quoted = "t." .. names.quote_pg(column.target)
    return given and given:gsub("%%s", function() return quoted end) or nil
end

---How many rows PostgreSQL has that the file may have in a form that can't be read back.
---@param query fun(sql: string): table[]
---@param tbl wherry.LoadTable of the file, with rows_sql
---@return integer
function unread.count(query, tbl)
    local conditions = {}
    for _, column in ipairs(tbl.columns) do
        conditions[#conditions + 1] = not column.as_text and condition(column) or nil
    end
    if not conditions[1] then
        return 0
    end
    return math.tointeger(tonumber(query(("SELECT count(*) AS n FROM %s AS t WHERE %s"):format(tbl.rows_sql,
        table.concat(conditions, " OR ")))[1].n))
end

return unread
