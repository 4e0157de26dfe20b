-- inspect/faults.lua: texts that PostgreSQL can't hold: where in them U+0000 stands, or bytes that are not UTF-8.
local names = require "wherry.names"
local read = require "wherry.resolve.read"

local faults = {}

local SHOWN = 3 -- examples of each kind
local PAGE = 1000 -- rows that are looked at together

---@class wherry.Fault
---@field key string the row, "id=42"
---@field at integer byte offset of the fault, from 0

local function shown_key(spec, row)
    local parts = {}
    for i, name in ipairs(spec.key_names) do
        local value = row[name]
        parts[i] = ("%s=%s"):format(name, type(value) == "string" and names.literal_sqlite(value) or tostring(value))
    end
    return table.concat(parts, ", ")
end

local function at_nul(text)
    local at = text:find("\0", 1, true)
    return at and at - 1
end

-- U+0000 is valid UTF-8: a text may have both faults, and each is told.
local function at_invalid(text)
    local fine, at = utf8.len(text)
    return not fine and at - 1 or nil
end

-- Rows in the key's order, a page at a time: nothing grows with the table. Behind a rowid the next page begins; keys of
-- other classes would have to be bound with their class, so there the rows before it are counted.
local function pages(spec, query)
    local last, done = nil, 0
    return function()
        local behind = spec.sql_after and #spec.key_names == 1 and last and last[spec.key_names[1]]
        local rows
        if math.type(behind) == "integer" then
            rows = query(("%s LIMIT %d"):format(spec.sql_after, PAGE), behind)
        else
            rows = query(("%s LIMIT %d OFFSET %d"):format(spec.sql_first, PAGE, done))
        end
        done, last = done + #rows, rows[#rows]
        return rows[1] and rows or nil
    end
end

---The first faults in a column's texts.
---@param t wherry.Table
---@param column string
---@param query fun(sql: string, ...): table[]
---@param wanted { nul: boolean, invalid: boolean }
---@return { nul: wherry.Fault[], invalid: wherry.Fault[] }
function faults.find(t, column, query, wanted)
    local spec = read.spec(t, { column }, ("typeof(%s) = 'text'"):format(names.quote_sqlite(column)))
    local found, looks = { nul = {}, invalid = {} }, { nul = at_nul, invalid = at_invalid }
    local left = (wanted.nul and SHOWN or 0) + (wanted.invalid and SHOWN or 0)
    for rows in pages(spec, query) do
        for _, row in ipairs(rows) do
            for kind, look in pairs(looks) do
                local at = wanted[kind] and #found[kind] < SHOWN and look(row[column])
                if at then
                    table.insert(found[kind], { key = shown_key(spec, row), at = at })
                    left = left - 1
                end
            end
        end
        if left == 0 then
            break
        end
    end
    return found
end

return faults
