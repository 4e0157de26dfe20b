-- estimate.lua: how long a run would take and how much room it would need, roughly, from what a check has counted.
local estimate = {}

-- Seconds that one connection took, measured with server and client on one machine of two cores (binary COPY, keys and
-- indexes built behind it): for a row, a value that is not NULL, a byte of wire, an entry of an index.
local ROW, VALUE, BYTE, ENTRY = 0.5e-6, 0.12e-6, 1 / 300e6, 0.6e-6

-- PostgreSQL's own bytes: a row's header and pointer with what aligns its end, a value's length or what aligns it, an
-- index entry's, and how full the pages of an index are.
local ROW_BYTES, VALUE_BYTES, ENTRY_BYTES, FILLED = 32, 0.5, 16, 0.9

---@class wherry.Estimate
---@field seconds number of the load
---@field table_bytes integer
---@field index_bytes integer

local function round_up(bytes, step)
    return math.ceil(bytes / step) * step
end

-- The mean bytes of a column's values over all rows.
local function width_of(checked, at)
    return checked.rows > 0 and checked.columns[at].bytes / checked.rows or 0
end

local function index_bytes(tbl, checked, guard)
    local width, known = 0, false
    for _, name in ipairs(guard.columns) do
        for at, column in ipairs(tbl.columns) do
            if column.target == name then
                width, known = width + width_of(checked, at), true
            end
        end
    end
    return checked.rows * (ENTRY_BYTES + round_up(known and width or ENTRY_BYTES, 8)) / FILLED
end

---@param resolved wherry.Resolved
---@param found table as core.check gives it
---@param guards wherry.Guard[]
---@return wherry.Estimate
function estimate.of(resolved, found, guards)
    local seconds, table_bytes, all_index_bytes = 0, 0, 0
    for _, checked in ipairs(found.tables) do
        local values, bytes = 0, 0
        for _, column in ipairs(checked.columns) do
            values, bytes = values + column.values, bytes + column.bytes
        end
        seconds = seconds + checked.rows * ROW + values * VALUE + checked.bytes * BYTE
        table_bytes = table_bytes + checked.rows * ROW_BYTES + values * VALUE_BYTES + bytes
    end
    for _, guard in ipairs(guards) do
        if guard.kind ~= "foreign key" then
            local checked = found.tables[guard.index]
            seconds = seconds + checked.rows * ENTRY
            all_index_bytes = all_index_bytes + index_bytes(resolved.tables[guard.index], checked, guard)
        end
    end
    return { seconds = seconds, table_bytes = math.ceil(table_bytes), index_bytes = math.ceil(all_index_bytes) }
end

return estimate
