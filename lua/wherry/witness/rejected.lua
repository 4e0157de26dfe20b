-- witness/rejected.lua: rows that the target rejected, which SQLite's side leaves out by their keys: as long as they
-- are few, so that the statement stays legible.
local decode = require "wherry.core".json.decode
local names = require "wherry.names"

local rejected = {}

local MOST = 200 -- rows of a table
local OLDEST = 3 -- the version of the journal that knows rejects

---The keys of rows that were rejected in a run and not loaded since.
---@param journal wherry.Journal
---@param run integer
---@return table<string, string[]> keys as the journal has them, in hexadecimal digits, by source table; those of a
---table with more than a statement takes, or with rows that have no key, are not there
function rejected.keys(journal, run)
    local found = {}
    if not journal:has_version(OLDEST) then
        return found
    end
    for _, row in ipairs(journal:query([[SELECT source_table, array_to_json(array_agg(encode(key, 'hex') ORDER BY id))
            ::text AS keys FROM %s.reject WHERE run = $1 AND state = 'open'
            GROUP BY source_table HAVING count(*) <= $2 AND count(key) = count(*)]], { run, MOST })) do
        found[row.source_table] = decode(row.keys)
    end
    return found
end

-- How a cell of a key is read, by its class: core/key.h.
local CELLS = {
    ["\1"] = function(key, at)
        local value, behind = (">i8"):unpack(key, at)
        return value == math.mininteger and "(-9223372036854775807 - 1)" or ("%d"):format(value), behind
    end,
    ["\2"] = function(key, at)
        local value, behind = (">d"):unpack(key, at)
        return value - value == 0 and ("%.17g"):format(value) or nil, behind
    end,
    ["\3"] = function(key, at)
        local text, behind = (">s4"):unpack(key, at)
        return names.literal_sqlite(text), behind
    end,
    ["\4"] = function(key, at)
        local bytes, behind = (">s4"):unpack(key, at)
        return "x'" .. bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end) .. "'", behind
    end,
}

-- The cells of a key as SQL, or nil: it has a NULL, which is equal to nothing.
local function literals(hex)
    local key, list, at = hex:gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end), {}, 1
    while at <= #key do
        local read = CELLS[key:sub(at, at)]
        if not read then
            return nil
        end
        list[#list + 1], at = read(key, at + 1)
        if not list[1] then
            return nil
        end
    end
    return list
end

---The condition that a row is none of these; nil: it can't be told.
---@param tbl wherry.LoadTable
---@param keys string[] from rejected.keys
---@return string|nil sql
function rejected.condition(tbl, keys)
    local own, values = tbl.read.key_sql, {}
    for i, hex in ipairs(own and keys or {}) do
        local list = literals(hex)
        if not list or #list ~= #own then
            return nil
        end
        values[i] = table.concat(list, ", ")
    end
    if not own or not values[1] then
        return nil
    elseif #own == 1 then
        return ("%s NOT IN (%s)"):format(own[1], table.concat(values, ", "))
    end
    return ("(%s) NOT IN (VALUES (%s))"):format(table.concat(own, ", "), table.concat(values, "), ("))
end

return rejected
