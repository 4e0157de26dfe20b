-- odd_values.lua: values that SQLite holds in another class than its columns say, or that its functions do not read:
-- each is carried, and counted for a receipt.
local names = require "wherry.names"

local odd_values = {}

local NUMERIC_INFINITY = 140000 -- server_version_num since when numeric knows infinity

local function outside(first, last)
    return function(name)
        return ("NOT (%s BETWEEN '%s' AND '%s')"):format(name, first, last)
    end
end

local FAR = "outside the years 1 to 9999 or infinite, as texts that SQLite's date functions do not read"
local NAN = "NaN, which is no number in SQLite, as a text"

local function nan(name)
    return name .. " = 'NaN'"
end

local BY_TYPE = {
    float4 = { nan, NAN },
    float8 = { nan, NAN },
    numeric = { function(name, version)
        return version >= NUMERIC_INFINITY and name .. " IN ('NaN', 'Infinity', '-Infinity')" or nan(name)
    end, "NaN or infinite, as texts" },
    date = { outside("0001-01-01", "9999-12-31"), FAR },
    timestamp = { outside("0001-01-01", "9999-12-31 23:59:59.999999"), FAR },
    timestamptz = { outside("0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00"), FAR },
}

---What is asked of a table beside the number of its rows.
---@class wherry.OddColumn
---@field name string of the column
---@field note string what such values are

---The SELECT that counts a table's rows as n, and what is odd about its columns as c1, c2 and so on.
---@param from string the table as SQL, with ONLY where that is wanted
---@param columns { name: string, type: wherry.Type }[] that have a codec
---@param version integer server_version_num
---@return string sql
---@return wherry.OddColumn[]
function odd_values.count_sql(from, columns, version)
    local cells, asked = { "pg_catalog.count(*) AS n" }, {}
    for _, column in ipairs(columns) do
        local odd = not column.type.kind and BY_TYPE[column.type.name]
        if odd then
            asked[#asked + 1] = { name = column.name, note = odd[2] }
            cells[#cells + 1] = ("pg_catalog.count(*) FILTER (WHERE %s) AS c%d"):format(
                odd[1](names.quote_pg(column.name), version), #asked)
        end
    end
    return ("SELECT %s FROM %s"):format(table.concat(cells, ", "), from), asked
end

---The receipts of what was counted.
---@param t string table
---@param row table<string, string> of count_sql
---@param asked wherry.OddColumn[]
---@return wherry.Object[]
function odd_values.receipts(t, row, asked)
    local list = {}
    for i, column in ipairs(asked) do
        local count = row["c" .. i]
        if count ~= "0" then
            list[#list + 1] = { kind = "values", name = t .. "." .. column.name, table = t, column = column.name,
                outcome = "changed", state = "receipt",
                note = ("%s value%s: %s"):format(count, count == "1" and "" or "s", column.note) }
        end
    end
    return list
end

return odd_values
