-- rows.lua: compares what two statements give, one of SQLite and one of PostgreSQL: row by row in their order, or as a
-- set. Memory is flat, however many rows there are.
local core = require "wherry.core"
local stream = require "wherry.verify.stream"
local value = require "wherry.verify.value"

local rows = {}

local SHOWN = 5 -- rows that only one side has
local BUCKET_BITS = 16

-- The readers of the columns, or what is wrong with their number.
local function readers_of(source, target, zone)
    if #source.columns ~= #target.columns then
        return nil, ("SQLite gives %d columns and PostgreSQL %d"):format(#source.columns, #target.columns)
    end
    local readers = {}
    for i, type_of in ipairs(target.types) do
        readers[i] = value.reader(type_of, zone)
    end
    return readers
end

---@class wherry.Sides
---@field source wherry.Handle
---@field target wherry.Handle
---@field source_sql string
---@field target_sql string
---@field zone integer seconds east of UTC, of SQLite's times without offset
---@field close fun(a: any, b: any): boolean whether two numbers are near enough
---@field secret boolean|nil values are not told

local function shown_row(context, columns, row)
    return context.secret and "a row that is not shown" or value.shown_row(columns, row)
end

---How a value of SQLite and one of PostgreSQL differ in a sentence, or nil: they do not.
---@param reader wherry.ValueReader
---@param here any SQLite's
---@param there any PostgreSQL's
---@param context { close: fun(a: any, b: any): boolean, secret: boolean? }
---@return string|nil
function rows.difference(reader, here, there, context)
    local left, why = reader.source(here)
    local right = reader.target(there)
    if not why and (value.same(left, right) or reader.is_number and context.close(left, right)) then
        return nil
    elseif context.secret then
        return "the two values are not the same, and are not shown"
    end
    return ("SQLite has %s, PostgreSQL %s%s"):format(value.shown(here), value.shown(there),
        why and (": as %s, %s"):format(reader.type, why) or "")
end

-- The first difference of two rows. The first column, which often is the key, says which row it is.
local function differing_column(context, readers, source, target, here, there)
    for i, reader in ipairs(readers) do
        local text = rows.difference(reader, here[source.columns[i]], there[target.columns[i]], context)
        if text then
            local key = i > 1 and not context.secret and (" (%s = %s)"):format(target.columns[1],
                (value.shown(there[target.columns[1]]):gsub(" %(integer%)$", ""))) or ""
            return ("row %d%s, column %s: %s"):format(target.rows, key, target.columns[i], text)
        end
    end
end

---@class wherry.Comparison
---@field difference string|nil the first one
---@field others string[] more of them
---@field rows integer of PostgreSQL, where both are read to their end
---@field source_seconds number
---@field target_seconds number

local function done(source, target, difference, others)
    return { difference = difference, others = others or {}, rows = target.rows, source_seconds = source.seconds,
        target_seconds = target.seconds }
end

---Compares row by row, in the order in which they come.
---@param context wherry.Sides
---@return wherry.Comparison
function rows.ordered(context)
    local source <close> = stream.open(context.source, context.source_sql)
    local target <close> = stream.open(context.target, context.target_sql)
    local readers, unequal = readers_of(source, target, context.zone)
    if not readers then
        return done(source, target, unequal)
    end
    while true do
        local here, there = source:next(), target:next()
        if not here and not there then
            return done(source, target)
        elseif not here then
            return done(source, target, ("row %d is in PostgreSQL only: %s"):format(target.rows,
                shown_row(context, target.columns, there)))
        elseif not there then
            return done(source, target, ("row %d is in SQLite only: %s"):format(source.rows,
                shown_row(context, source.columns, here)))
        end
        local text = differing_column(context, readers, source, target, here, there)
        if text then
            return done(source, target, text)
        end
    end
end

-- --- as a set: the rows' digests are summed up in buckets, so that a difference is known after one pass, and a second
-- one need look at a few buckets only ---

-- Columns of numerics in which SQLite has floats: there a float is the decimal that is nearest to it.
local function float_columns(context, readers)
    local nearest, exact = {}, 0
    for i, reader in ipairs(readers) do
        nearest[i] = reader.type == "float4" or reader.type == "float8"
        exact = exact + (reader.is_number and not nearest[i] and 1 or 0)
    end
    if exact == 0 then
        return nearest
    end
    local source <close> = stream.open(context.source, context.source_sql)
    for row in function() return source:next() end do
        for i, reader in ipairs(readers) do
            if reader.is_number and not nearest[i] and math.type(reader.source(row[source.columns[i]])) == "float" then
                nearest[i] = true
            end
        end
    end
    return nearest
end

-- The digest of a row.
local function digest(reading, columns, row)
    local parts = {}
    for i, reader in ipairs(reading.readers) do
        local read, why = reader[reading.side](row[columns[i]])
        if why then
            parts[i] = "?" .. tostring(row[columns[i]]) -- it equals nothing
        elseif read == nil then
            parts[i] = "-"
        else
            local text = reader.is_number and value.key(read, reading.nearest[i]) or tostring(read)
            parts[i] = #text .. ":" .. text
        end
    end
    return core.sys.hash(table.concat(parts, ";"))
end

-- Calls each(bucket, digest, row, columns) for the rows of one side.
local function each_digest(context, reading, each)
    local from <close> = stream.open(context[reading.side], context[reading.side .. "_sql"])
    for row in function() return from:next() end do
        local hash = digest(reading, from.columns, row)
        each(tonumber(hash:sub(1, BUCKET_BITS // 4), 16), hash, row, from.columns)
    end
    return from
end

local function summed(context, reading, sums, sign)
    return each_digest(context, reading, function(bucket, hash)
        local first, count = tonumber(hash, 16), bucket + (1 << BUCKET_BITS)
        sums[bucket] = (sums[bucket] or 0) + sign * first
        sums[count] = (sums[count] or 0) + sign
    end)
end

local function differing_buckets(sums)
    local list = {}
    for bucket = 0, (1 << BUCKET_BITS) - 1 do
        if (sums[bucket] or 0) ~= 0 or (sums[bucket + (1 << BUCKET_BITS)] or 0) ~= 0 then
            list[#list + 1] = bucket
        end
    end
    return list
end

-- The first rows that only one side has, in words.
local function only_rows(context, readings, buckets)
    local wanted, found, order = {}, {}, {}
    for i = 1, math.min(SHOWN, #buckets) do
        wanted[buckets[i]] = true
    end
    for _, reading in ipairs(readings) do
        each_digest(context, reading, function(bucket, hash, row, columns)
            if wanted[bucket] then
                if not found[hash] then
                    found[hash] = { count = 0, shown = shown_row(context, columns, row) }
                    order[#order + 1] = found[hash]
                end
                found[hash].count = found[hash].count + reading.sign
            end
        end)
    end
    local texts = {}
    for _, one in ipairs(order) do
        if one.count ~= 0 and #texts < SHOWN then
            texts[#texts + 1] = ("%s %s%s"):format(one.count > 0 and "in SQLite only:" or "in PostgreSQL only:",
                one.shown, math.abs(one.count) > 1 and (", %d times"):format(math.abs(one.count)) or "")
        end
    end
    return texts
end

---Compares as sets: each row has to be there as often on both sides, in whatever order.
---@param context wherry.Sides
---@return wherry.Comparison
function rows.as_set(context)
    local readers, unequal
    do
        local source <close> = stream.open(context.source, context.source_sql)
        local target <close> = stream.open(context.target, context.target_sql)
        readers, unequal = readers_of(source, target, context.zone)
        if not readers then
            return done(source, target, unequal)
        end
    end
    local nearest = float_columns(context, readers)
    local readings = { { side = "source", sign = 1, readers = readers, nearest = nearest },
        { side = "target", sign = -1, readers = readers, nearest = nearest } }
    local sums = {}
    local source = summed(context, readings[1], sums, 1)
    local target = summed(context, readings[2], sums, -1)
    local buckets = differing_buckets(sums)
    if not buckets[1] then
        return done(source, target)
    end
    local texts = only_rows(context, readings, buckets)
    return done(source, target, source.rows ~= target.rows
        and ("SQLite gives %d rows and PostgreSQL %d"):format(source.rows, target.rows)
        or "the rows are not the same", texts)
end

return rows
