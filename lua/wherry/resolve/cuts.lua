-- cuts.lua: where a large table is cut into ranges, so that lanes that have nothing else to do can help with it. One
-- that is read by its rowid is probed here and there: its holes show, and how dense the rows are between them. One that
-- is read by another key is passed through once, in the key's own order, since nothing else tells where its rows are.
local names = require "wherry.names"

local cuts = {}

local MANY_ROWS, MANY_BYTES = 200000, 64 * 1024 * 1024 -- below both a table is never cut
local ROW_COSTS = 50 -- bytes: what a row takes besides its values
local RANGES_A_LANE = 4
local PROBES, NARROW = 96, 4096 -- of rowids; parts that are narrower are not looked into
local AHEAD = 200 -- rows over which keys are taken for evenly spread
local SAMPLES, ENOUGH_BYTES = 12, 4 * 1024 * 1024 -- rows that are looked at for their size
local STRIDE = 10000 -- rows between keys that are kept of a table that is passed through

-- The form of core/key.h.
local CLASSES = { null = "\0", integer = "\1", real = "\2", text = "\3", blob = "\4" }

---The encoded key of a row, in hexadecimal digits.
---@param values any[]
---@param classes string[] of SQLite's typeof
---@return string
function cuts.encode(values, classes)
    local parts = {}
    for i, class in ipairs(classes) do
        local value = values[i]
        local body = class == "integer" and (">i8"):pack(value) or class == "real" and (">d"):pack(value)
            or class ~= "null" and (">s4"):pack(value) or ""
        parts[i] = CLASSES[class] .. body
    end
    return (table.concat(parts):gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local function from_of(entry)
    return (" FROM %s NOT INDEXED"):format(names.quote_sqlite(entry.own or entry.source))
end

-- How many bytes a row has, from some rows of the table.
local function row_bytes(entry, query, tails)
    local cells, sum, seen = {}, 0, 0
    for i, column in ipairs(entry.columns) do
        cells[i] = ("coalesce(length(%s), 0)"):format(column.sql or names.quote_sqlite(column.source))
    end
    for _, tail in ipairs(tails) do
        local row = query(("SELECT %s AS n%s%s"):format(table.concat(cells, " + "), from_of(entry), tail))[1]
        sum, seen = sum + (row and row.n or 0), seen + (row and 1 or 0)
        if sum > ENOUGH_BYTES and seen > 2 then
            break
        end
    end
    return seen > 0 and sum / seen or 0
end

-- The widest part that may still have a hole.
local function widest(parts)
    local found
    for _, part in ipairs(parts) do
        if not found or part.width > found.width then
            found = part
        end
    end
    return found and found.width > NARROW and found or nil
end

local function new_part(low, high)
    return { low = low, high = high, width = high + 0.0 - low }
end

-- As an integer, though the width may be more than one holds.
local function half_of(width)
    return math.tointeger(math.min(width // 2, 2.0 ^ 62))
end

-- The parts of the rowids' range between the holes that probing finds, in order, each with its rows as far as their
-- distance tells.
local function survey(entry, query)
    local key, from = entry.read.key_sql[1], from_of(entry)
    local function one(format, ...)
        local row = query("SELECT " .. key .. " AS k" .. from .. format:gsub("KEY", function() return key end), ...)[1]
        return row and row.k
    end
    local low, high = one(" ORDER BY KEY LIMIT 1"), one(" ORDER BY KEY DESC LIMIT 1")
    if not low then
        return {}
    end
    local parts = { new_part(low, high) }
    for _ = 1, PROBES do
        local part = widest(parts)
        if not part then
            break
        end
        local middle = part.low + half_of(part.width)
        local before = one(" WHERE KEY < ?1 ORDER BY KEY DESC LIMIT 1", middle)
        local behind = one(" WHERE KEY >= ?1 ORDER BY KEY LIMIT 1", middle)
        parts[#parts + 1] = new_part(behind, part.high)
        part.high, part.width = before, before + 0.0 - part.low
    end
    table.sort(parts, function(a, b) return a.low < b.low end)
    for _, part in ipairs(parts) do
        local ahead = part.width > AHEAD and one((" WHERE KEY >= ?1 ORDER BY KEY LIMIT 1 OFFSET %d"):format(AHEAD),
            part.low)
        local spacing = ahead and math.max((ahead + 0.0 - part.low) / AHEAD, 1)
        part.rows = spacing and part.width / spacing + 1 or math.min(part.width + 1, AHEAD)
    end
    return parts
end

-- The rowids that cut the parts into `count` ranges of about as many rows.
local function cut_parts(parts, rows, count)
    local list, done = {}, 0
    for _, part in ipairs(parts) do
        local next_cut = rows * (#list + 1) / count
        while #list < count - 1 and next_cut < done + part.rows do
            local key = part.low + 2 * half_of(part.width * (next_cut - done) / part.rows)
            list[#list + 1] = cuts.encode({ key }, { "integer" })
            next_cut = rows * (#list + 1) / count
        end
        done = done + part.rows
    end
    return list
end

local function by_rowid(entry, query)
    local parts, rows, tails = survey(entry, query), 0, {}
    for _, part in ipairs(parts) do
        rows = rows + part.rows
    end
    for i = 1, #parts, math.max(#parts // SAMPLES, 1) do
        local key = entry.read.key_sql[1]
        tails[#tails + 1] = (" WHERE %s >= %d ORDER BY %s LIMIT 1"):format(key, parts[i].low, key)
    end
    return { rows = rows, bytes = rows * row_bytes(entry, query, tails),
        cut = function(count) return cut_parts(parts, rows, count) end }
end

-- Every so-many-th key of the table.
local function stride_keys(entry, query)
    local cells, outer = {}, {}
    for i in ipairs(entry.read.key_sql) do
        local name = names.quote_sqlite(entry.read.key_names[i])
        cells[i] = ("%s AS k%d"):format(name, i)
        outer[i] = ("k%d, typeof(k%d) AS c%d"):format(i, i, i)
    end
    return query(("SELECT %s FROM (SELECT %s, row_number() OVER (ORDER BY %s) AS n%s) WHERE n %% %d = 0"):format(
        table.concat(outer, ", "), table.concat(cells, ", "), table.concat(entry.read.key_sql, ", "), from_of(entry),
        STRIDE))
end

local function encoded(entry, row)
    local values, classes = {}, {}
    for i in ipairs(entry.read.key_sql) do
        values[i], classes[i] = row["k" .. i], row["c" .. i]
    end
    return cuts.encode(values, classes)
end

local function by_pass(entry, query)
    local bytes = row_bytes(entry, query, { " LIMIT 1", " LIMIT 1 OFFSET 5", " LIMIT 1 OFFSET 500" })
    local wanted = bytes > 0 and math.min(MANY_ROWS, MANY_BYTES // bytes) or MANY_ROWS
    if not query(("SELECT 1 AS n%s LIMIT 1 OFFSET %d"):format(from_of(entry), wanted // 1 | 0))[1] then
        return { rows = wanted, bytes = wanted * bytes }
    end
    local keys = stride_keys(entry, query)
    return { rows = #keys * STRIDE, bytes = #keys * STRIDE * bytes, cut = function(count)
        local list, last = {}, 0
        for i = 1, count - 1 do
            local place = #keys * i // count
            if place > last then
                list[#list + 1], last = encoded(entry, keys[place]), place
            end
        end
        return list
    end }
end

local function weight_of(size)
    return size.bytes + size.rows * ROW_COSTS
end

---Cuts the tables that would be the last ones to be done: sets `cuts`, the encoded keys that end their ranges but the
---last one, in order.
---@param tables wherry.LoadTable[]
---@param jobs integer lanes
---@param query_of fun(entry: wherry.LoadTable): fun(sql: string, ...): table[] over the table's source
---@param may fun(entry: wherry.LoadTable): boolean whether its rows need no order
function cuts.add(tables, jobs, query_of, may)
    if jobs < 2 then
        return
    end
    local sizes, sum = {}, 0
    for i, entry in ipairs(tables) do
        if entry.read.sql_between then
            sizes[i] = (entry.read.by_rowid and by_rowid or by_pass)(entry, query_of(entry))
            sum = sum + weight_of(sizes[i])
        end
    end
    local range = sum / (jobs * RANGES_A_LANE)
    for i, entry in ipairs(tables) do
        local size = sizes[i]
        if size and size.cut and (size.rows > MANY_ROWS or size.bytes > MANY_BYTES) and weight_of(size) > range
            and may(entry) then
            local list = size.cut(math.max(2, math.min(weight_of(size) // range | 0, jobs * RANGES_A_LANE)))
            entry.cuts = list[1] and list or nil
        end
    end
end

return cuts
