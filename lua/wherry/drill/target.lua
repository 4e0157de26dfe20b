-- drill/target.lua: the rows of a table of the target read for a comparison: as hashes where the server makes them,
-- else as they are.
local core = require "wherry.core"
local shallow = require "wherry.shallow"

local target_rows = {}

local KEYS_MOST = 2000 -- that a statement names

---The connection of a session, which makes it when it is first used.
---@param session wherry.Session
---@return userdata core.pg connection
function target_rows.connection(session)
    session:query "SELECT 1"
    return session.connection
end

---The columns of a SELECT's rows as core.verify.stream hashes them.
---@param target wherry.DigestTarget
---@param place integer of it in the list of targets
---@return table
function target_rows.digest(target, place)
    local columns, places, key = {}, {}, {}
    for i, column in ipairs(target.columns) do
        columns[i], places[column.name] = { oid = column.oid, field = i }, i
    end
    for i, name in ipairs(target.key) do
        key[i] = places[name]
    end
    return { target = place, columns = columns, key = key }
end

local function number_list(numbers)
    local texts = {}
    for i, number in ipairs(numbers) do
        texts[i] = ("%d"):format(number)
    end
    return table.concat(texts, ",")
end

-- The rows that are asked for: hashes in SQL have no other use than to ask for fewer.
local function condition(target, given)
    if not given.can_sum then
        return ""
    elseif given.keys then
        return (" WHERE %s = ANY ('{%s}'::pg_catalog.int8[])"):format(target.key_sql, number_list(given.keys))
    elseif given.buckets then
        return (" WHERE (%s & 1023) = ANY ('{%s}'::pg_catalog.int8[])"):format(target.key_sql,
            number_list(given.buckets))
    end
    return ""
end

-- SELECT of the hashes, or of the columns.
local function select_of(target, given)
    local cells = {}
    if given.hashes then
        cells = { target.key_sql, target.row_sql }
    else
        for i, column in ipairs(target.columns) do
            cells[i] = column.sql
        end
    end
    return ("SELECT %s FROM %s AS t%s"):format(table.concat(cells, ", "), target.rows_sql, condition(target, given))
end

-- Rows as they come are told of.
local function telling(context, target, phase)
    local begun = core.sys.clock()
    return function(rows)
        context.progress { phase = phase, table = target.table, rows = rows, all_rows = rows,
            seconds = core.sys.clock() - begun, index = 1, tables = 1, done = false }
    end
end

local function stream(context, target, given, more)
    local connection = target_rows.connection(context.session)
    return core.verify.stream(shallow.copy(more, { connection = connection, select = select_of(target, given),
        tick = telling(context, target, given.phase) }))
end

---The sum of the rows of a table, for servers that can't make it.
---@param context wherry.DrillContext
---@param target wherry.DigestTarget
---@return userdata digest core.digest
function target_rows.sum(context, target)
    return stream(context, target, { phase = "reading back" }, { digest = target_rows.digest(target, 1) })
end

---The sum of the cells of rows that a file of SQLite keeps in a form that can't be read back.
---@param context wherry.DrillContext
---@param target wherry.DigestTarget
---@param made_of wherry.BackLoadTable by which the rows became cells
---@param tbl wherry.LoadTable by which the cells are read
---@return userdata digest core.digest, in buckets by the hash of the cells
function target_rows.unread(context, target, made_of, tbl)
    return core.verify.stream { connection = target_rows.connection(context.session), select = made_of.select_sql,
        tick = telling(context, target, "reading back"), unread = { from = made_of.columns, columns = tbl.columns } }
end

---Gives the hashes of rows to a comparison.
---@param context wherry.DrillContext
---@param target wherry.DigestTarget
---@param comparison userdata
---@param place integer of the target in the list
---@param buckets integer[]|nil
---@param keeps boolean the comparison keeps rows from the first reading
function target_rows.hashes(context, target, comparison, place, buckets, keeps)
    if keeps then
        stream(context, target, { can_sum = context.can_sum, buckets = buckets, phase = "reading back" },
            { into = comparison, digest = target_rows.digest(target, place) })
        return
    end
    local can_sum = context.can_sum
    stream(context, target, { can_sum = can_sum, hashes = can_sum, buckets = buckets, phase = "reading back" },
        { into = comparison, target = place, digest = not can_sum and target_rows.digest(target, place) or nil })
end

---Gives the rows of keys that differ to a comparison.
---@param context wherry.DrillContext
---@param target wherry.DigestTarget
---@param comparison userdata
---@param place integer
---@param buckets integer[]|nil
function target_rows.rows(context, target, comparison, place, buckets)
    stream(context, target, { can_sum = context.can_sum, keys = comparison:keys(KEYS_MOST),
        buckets = buckets, phase = "comparing" },
        { into = comparison, digest = target_rows.digest(target, place) })
end

return target_rows
