-- witness/compare.lua: asks both databases, and compares what they have computed.
local failure = require "wherry.failure"

local PART = 1000000000
local NEAR = 1e-14 -- of a value: how far two readers of decimals may be apart

-- A sum of whole parts and rests in one form: the rest is not negative.
local function settled(whole, rest)
    return whole + rest // PART, rest % PART
end

local function large_text(whole, rest)
    if whole >= 0 then
        return whole == 0 and ("%d"):format(rest) or ("%d%09d"):format(whole, rest)
    elseif rest > 0 then
        whole, rest = whole + 1, PART - rest
    end
    return whole == 0 and ("-%d"):format(rest) or ("-%d%09d"):format(-whole, rest)
end

local function integer(value)
    return value ~= nil and (math.tointeger(tonumber(value)) or math.tointeger(tonumber(tostring(value)))) or nil
end

local SPELLED = { Infinity = math.huge, ["-Infinity"] = -math.huge }

local function real(value)
    return value ~= nil and (SPELLED[value] or tonumber(value)) or nil
end

-- A cell of a result as a value that can be added to others and compared; nil: NULL.
local function value_of(cell, row)
    local first = row[cell.names[1]]
    if first == nil then
        return nil
    elseif cell.names[2] then
        return { integer(first), integer(row[cell.names[2]]) }
    elseif cell.like == "text" then
        return tostring(first)
    end
    return cell.like == "integer" and integer(first) or real(first)
end

local function add(cell, a, b)
    if a == nil or b == nil then
        return a == nil and b or a
    elseif cell.what == "min" then
        return b < a and b or a
    elseif cell.what == "max" then
        return b > a and b or a
    elseif cell.names[2] then
        return { a[1] + b[1], a[2] + b[2] }
    end
    return a + b
end

local function single(value)
    return string.unpack("f", string.pack("f", value))
end

local function equal(cell, a, b)
    if a == nil or b == nil then
        return a == b
    elseif cell.names[2] then
        local whole, rest = settled(a[1], a[2])
        local other_whole, other_rest = settled(b[1], b[2])
        return whole == other_whole and rest == other_rest
    elseif cell.like == "single" then
        return single(a) == single(b)
    elseif cell.like == "near" then
        return a == b or math.abs(a - b) <= NEAR * math.max(math.abs(a), math.abs(b))
    end
    return a == b
end

local function shown(cell, value)
    if value == nil then
        return "NULL"
    elseif cell.names[2] then
        return large_text(settled(value[1], value[2]))
    elseif math.type(value) == "float" then
        return ("%.17g"):format(value)
    end
    return tostring(value)
end

-- The values of SQLite's side, of all tables that fill the target; nil and why it can't say.
local function ask_source(pair, query)
    local sums
    for _, load in ipairs(pair.loads) do
        local ok, rows = pcall(query, load.sql, load.from)
        if not ok then
            if failure.is(rows) and rows.kind == "source" then
                return nil, ("SQLite can't compute it: %s"):format(rows.message)
            end
            error(rows, 0)
        end
        local values = {}
        for i, cell in ipairs(pair.cells) do
            local own = value_of(cell, rows[1])
            values[i] = sums and add(cell, sums[i], own) or own
            if sums and values[i] == nil then
                values[i] = sums[i]
            end
        end
        sums = values
    end
    return sums
end

-- What there is to say of the values of one table.
local function compare_pair(found, pair, source, target)
    local unread = {} -- columns of which SQLite does not read all values that PostgreSQL has
    for i, cell in ipairs(pair.cells) do
        local missing = cell.what == "read" and source[i] ~= target[i] and source[i - 1] - source[i] or 0 -- of "count"
        if missing > 0 then
            unread[cell.column] = true
            found.left_out[#found.left_out + 1] = { table = pair.table, column = cell.column,
                why = ("%d of its values are stored in a form that plain SQL does not read"):format(missing) }
        end
    end
    for i, cell in ipairs(pair.cells) do
        if cell.what == "count" or cell.what == "rows" or not unread[cell.column] then
            local same = equal(cell, source[i], target[i])
            local entry = { table = pair.table, column = cell.column, what = cell.what, of = cell.of,
                sqlite = shown(cell, source[i]), pg = shown(cell, target[i]), same = same }
            if cell.what ~= "read" or not same then
                found.list[#found.list + 1] = entry
                found.differences[#found.differences + 1] = not same and entry or nil
            end
        end
    end
end

---@class wherry.WitnessEntry
---@field table string
---@field column string|nil nil: rows of the table
---@field what "rows"|"count"|"read"|"min"|"max"|"sum"
---@field of string|nil
---@field sqlite string
---@field pg string
---@field same boolean

---@class wherry.WitnessResult
---@field state "same"|"differs"|"skipped" skipped: there was nothing to compare
---@field tables integer target tables that were compared
---@field columns integer
---@field list wherry.WitnessEntry[] all that was compared
---@field differences wherry.WitnessEntry[] those that are not the same
---@field left_out wherry.WitnessLeftOut[]

---Asks both databases, and compares. Raises what they raise, but for a value of SQLite that it can't compute.
---@param pairs_of wherry.WitnessPairs
---@param source_query fun(sql: string, from: string): table[] rows by column name, in SQLite's classes
---@param target_query fun(sql: string): table[] rows by column name, texts or numbers
---@param progress_of? fun(table: string) called before a table is read
---@return wherry.WitnessResult
return function(pairs_of, source_query, target_query, progress_of)
    local found = { list = {}, differences = {}, left_out = {} }
    local known, tables, columns = {}, 0, 0
    table.move(pairs_of.left_out, 1, #pairs_of.left_out, 1, found.left_out)
    for _, pair in ipairs(pairs_of.tables) do
        if progress_of then
            progress_of(pair.table)
        end
        local source, why = ask_source(pair, source_query)
        if source then
            local row, target = target_query(pair.pg)[1], {}
            for i, cell in ipairs(pair.cells) do
                target[i] = value_of(cell, row)
                columns = columns + (cell.what == "count" and 1 or 0)
            end
            compare_pair(found, pair, source, target)
            tables, known[pair.table] = tables + (known[pair.table] and 0 or 1), true
        else
            found.left_out[#found.left_out + 1] = { table = pair.table, why = why }
        end
    end
    found.tables, found.columns = tables, columns
    found.state = tables == 0 and "skipped" or found.differences[1] and "differs" or "same"
    return found
end
