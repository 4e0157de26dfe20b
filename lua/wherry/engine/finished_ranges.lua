-- finished_ranges.lua: what a run has loaded of each source table, compared with the source as it is now. A range of
-- keys that still has as many rows stands; rows behind the last key of a finished range are left to load.
local names = require "wherry.names"

local finished_ranges = {}

-- The ranges of a table, and what is left of it, in the order of their keys as far as they follow each other.
local SLICES = [[SELECT id, state, encode(lo, 'hex') AS lo, encode(hi, 'hex') AS hi, encode(reached, 'hex') AS reached,
        read FROM %s.slice WHERE run = $1 AND source_table = $2 AND kind = 'load' ORDER BY id]]

local function bytes(hex)
    return (hex:gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end))
end

--- The cells of an encoded key (core/key.h), as a query of the source takes them.
---@param hex string
---@return any[] cells integers, floats, texts, { blob = bytes }
---@return integer count NULLs among them
function finished_ranges.decode(hex)
    local data, at, cells, count = bytes(hex), 1, {}, 0
    while at <= #data do
        local class = data:byte(at)
        count, at = count + 1, at + 1
        if class == finished_ranges.INTEGER then
            cells[count], at = string.unpack(">i8", data, at)
        elseif class == finished_ranges.REAL then
            cells[count], at = string.unpack(">d", data, at)
        elseif class == finished_ranges.TEXT or class == finished_ranges.BLOB then
            local value
            value, at = string.unpack(">s4", data, at)
            cells[count] = class == finished_ranges.TEXT and value or { blob = value }
        end
    end
    return cells, count
end

-- The classes of SQLite, as core/cell.h numbers them.
finished_ranges.INTEGER, finished_ranges.REAL, finished_ranges.TEXT, finished_ranges.BLOB = 1, 2, 3, 4

local function count_rows(source, sql, key)
    local cells, count = {}, 0
    if key then
        cells, count = finished_ranges.decode(key)
    end
    return source:query(("SELECT count(*) AS n FROM (%s)"):format(sql), table.unpack(cells, 1, count))[1].n
end

-- Rows behind a key; nil: all.
local function rows_behind(source, tbl, key)
    return count_rows(source, key and tbl.read.sql_after or tbl.read.sql_first, key)
end

-- Rows in (lo, hi]; hi nil: to the end.
local function rows_between(source, tbl, lo, hi)
    return rows_behind(source, tbl, lo) - (hi and rows_behind(source, tbl, hi) or 0)
end

-- Slices that follow each other are one range: each was split off the one before.
local function joined(slices)
    local ranges = {}
    for _, slice in ipairs(slices) do
        local range
        for _, candidate in ipairs(ranges) do
            range = candidate.reached and candidate.reached == slice.lo and candidate or range
        end
        if not range then
            range = { lo = slice.lo, read = 0, open = true }
            ranges[#ranges + 1] = range
        end
        if slice.state == "done" then
            range.read = range.read + math.tointeger(tonumber(slice.read))
            range.reached, range.hi, range.open = slice.reached or range.reached, slice.hi, false
        else
            range.open, range.hi = true, slice.hi
        end
    end
    return ranges
end

local function hex_key(tbl, key)
    local cells, count = finished_ranges.decode(key)
    local parts = {}
    for index = 1, count do
        local cell = cells[index]
        parts[index] = ("%s = %s"):format(tbl.read.key_names[index] or "?", type(cell) == "table"
            and ("x'%s'"):format(cell.blob:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
            or type(cell) == "string" and names.literal_sqlite(cell) or tostring(cell))
    end
    return table.concat(parts, ", ")
end

local function refuse(tbl, range, there)
    local where = range.reached and (" up to %s"):format(hex_key(tbl, range.reached)) or ""
    local from = range.lo and (" behind %s"):format(hex_key(tbl, range.lo)) or ""
    return { code = "changed_rows", table = tbl.source,
        reason = ("%s loaded%s%s, and the source has %d there now"):format(range.read == 1 and "1 row of it was"
            or range.read .. " rows of it were", from, where, there),
        hint = "what was loaded is not what the source holds: --restart takes the run back and begins anew" }
end

-- One range: a finding, or the key behind which more rows are left.
local function check_range(source, tbl, range)
    if not tbl.read.sql_after then
        local there = rows_between(source, tbl)
        return there ~= range.read and refuse(tbl, range, there) or nil
    elseif not range.reached then
        return nil, rows_between(source, tbl, range.lo, range.hi) > 0 and { lo = range.lo, hi = range.hi } or nil
    end
    local there = rows_between(source, tbl, range.lo, range.reached)
    if there ~= range.read then
        return refuse(tbl, range, there)
    end
    local left = not range.open and rows_between(source, tbl, range.reached, range.hi) > 0
    return nil, left and { lo = range.reached, hi = range.hi } or nil
end

---@class wherry.Finished what stands of a source table
---@field begun boolean rows of it were looked at
---@field todo boolean something of it was left
---@field more { lo: string?, hi: string? }[] ranges that have rows by now, as hex texts

--- Compares what was loaded of a table with the source.
---@param journal wherry.Journal
---@param run integer
---@param source table core.snapshot
---@param tbl wherry.LoadTable as the run loaded it
---@param compare boolean look into the source
---@return wherry.Finished
---@return wherry.Finding[]
function finished_ranges.check(journal, run, source, tbl, compare)
    local slices = journal:query(SLICES, { run, tbl.read.table })
    local found, findings = { begun = false, todo = false, more = {} }, {}
    for _, slice in ipairs(slices) do
        found.begun, found.todo = found.begun or slice.state == "done", found.todo or slice.state == "todo"
    end
    for _, range in ipairs(compare and joined(slices) or {}) do
        local untouched = range.open and not range.reached
        if not untouched then
            local finding, more = check_range(source, tbl, range)
            findings[#findings + 1], found.more[#found.more + 1] = finding, more
        end
    end
    return found, findings
end

return finished_ranges
