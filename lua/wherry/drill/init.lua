-- drill/init.lua: tables compared row by row: how many rows are missing, extra or different, and which they are, with
-- both values of each column that differs. Memory stays the same however many there are.
local core = require "wherry.core"
local difference = require "wherry.drill.difference"
local source = require "wherry.drill.source"
local spec = require "wherry.digest.spec"
local target_rows = require "wherry.drill.target"
local text = require "wherry.drill.text"

local drill = {}

local LIMIT = 20 -- differences of a table that are told
local FEW_BUCKETS = 8 -- of 1,024: their rows are kept from the first reading

---@class wherry.DrillOptions
---@field limit integer|false|nil differences of a table that are told; false: all; nil: 20
---@field buckets table<string, integer[]>|nil by target_sql: these buckets alone are compared
---@field each nil|fun(target: wherry.DigestTarget, found: wherry.Difference) told of each difference as it is found;
---they are not collected then
---@field back boolean|nil the source is PostgreSQL, and what is read through the plan is the file made of it;
---rows that can't be read are counted, and no differences
---@field unfit_more userdata[]|nil sums of such rows: one is told that the first has and the second has not

---@class wherry.DrillTable
---@field rows_source integer rows of the source's side, of the buckets that were compared
---@field rows_target integer
---@field missing integer
---@field extra integer
---@field different integer
---@field unfit integer rows of the source at which a load would stop; they are among the missing ones, but on the way
---back
---@field unfit_key string|nil the first of them
---@field unfit_why string|nil
---@field unfit_value string|nil
---@field differences wherry.Difference[]
---@field more integer differences that are not told

local function place_of(list, target)
    for place, one in ipairs(list) do
        if one == target then
            return place
        end
    end
    error("a target of another list", 2)
end

-- The types of the columns, as their values are read for people.
local function types_of(context, target)
    local by_name, list = {}, {}
    for _, load in ipairs(target.loads) do
        local tbl = context.resolved.tables[load.place]
        for _, column in ipairs((load.emit and tbl.hooks.emits[load.emit] or tbl).columns) do
            by_name[column.target] = by_name[column.target] or column.type
        end
    end
    for i, column in ipairs(target.columns) do
        list[i] = by_name[column.name] or false
    end
    return list
end

-- Both sides read; tables: the load tables with the digests of this target alone.
local function read_source(context, given, comparison, phase)
    return source.read(context, given.tables, given.places, { into = comparison, phase = phase,
        unfit_more = given.unfit_more }).tables
end

-- As many of each kind as there are, in turn, up to the limit.
local function choose(found, limit)
    local chosen, kinds = {}, { found.different, found.missing, found.extra }
    for i = 1, math.max(#found.different, #found.missing, #found.extra) do
        for _, list in ipairs(kinds) do
            if list[i] and (not limit or #chosen < limit) then
                chosen[#chosen + 1] = list[i]
            end
        end
    end
    return chosen
end

local function collect(comparison, target, options, limit)
    local found = { missing = {}, extra = {}, different = {} }
    for one in function() return comparison:next() end do
        local told = difference.of(target, one, options.back)
        if options.each then
            options.each(target, told)
        else
            table.insert(found[told.kind], told)
        end
    end
    return choose(found, limit)
end

local function unfit_of(readings)
    local count, first = 0, nil
    for _, reading in ipairs(readings) do
        count = count + reading.unfit
        first = first or reading.unfit > 0 and reading or nil
    end
    return count, first
end

-- Rows at which a load would stop are nowhere but in the source.
local function add_unfit(line, first, options)
    line.missing = line.missing + line.unfit
    local told = { kind = "missing", row = first.unfit_key, note = first.unfit_why, columns = {},
        copies = line.unfit > 1 and line.unfit or nil }
    if options.each then
        options.each(line.target, told)
    else
        table.insert(line.differences, 1, told)
    end
end

-- What was counted, in the words of who asks.
local function line_of(target, counts, is_back)
    local line = { target = target, rows_source = counts.sqlite, rows_target = counts.pg, missing = counts.only_sqlite,
        extra = counts.only_pg, different = counts.different, differences = {} }
    if is_back then
        line.rows_source, line.rows_target = line.rows_target, line.rows_source
        line.missing, line.extra = line.extra, line.missing
    end
    return line
end

---How many differences are not among those that are named.
---@param line wherry.DrillTable
---@return integer
function drill.more(line)
    local more = line.missing + line.extra + line.different
    for _, one in ipairs(line.differences) do
        more = more - (one.copies or 1)
    end
    return math.max(more, 0)
end

-- Reads both sides, and those of their rows that differ.
local function compare(context, target, options, limit)
    local place, buckets = place_of(context.list, target), options.buckets and options.buckets[target.target_sql]
    local given = { places = source.places { target }, unfit_more = options.unfit_more,
        tables = spec.tables(context.resolved, context.list, { [target.target_sql] = true }) }
    local keeps = buckets ~= nil and #buckets <= FEW_BUCKETS and limit ~= 0
    local comparison <close> = core.verify.comparison { target = place, types = types_of(context, target),
        key = target_rows.digest(target, place).key, any = target.conflict ~= nil, buckets = buckets,
        keeps = keeps }
    local readings = read_source(context, given, comparison, "reading")
    target_rows.hashes(context, target, comparison, place, buckets, keeps)
    local counts = comparison:count(limit or nil)
    local line = line_of(target, counts, options.back)
    if counts.different + counts.only_pg + counts.only_sqlite > 0 and limit ~= 0 then
        if not keeps then
            read_source(context, given, comparison, "comparing")
            target_rows.rows(context, target, comparison, place, buckets)
        end
        line.differences = collect(comparison, target, options, limit)
    end
    return line, readings
end

---Compares the rows of one table, of one that travels as text, too.
---@param context wherry.DrillContext
---@param target wherry.DigestTarget of context.list; one without columns can't be compared
---@param options wherry.DrillOptions|nil
---@return wherry.DrillTable
function drill.table(context, target, options)
    options = options or {}
    if target.text then
        context, target = text.of(context, target)
    end
    local limit = LIMIT
    if options.limit ~= nil then
        limit = options.limit
    end
    local line, readings = compare(context, target, options, limit)
    local first
    line.unfit, first = unfit_of(readings)
    if options.back and first then
        line.unfit_key, line.unfit_why, line.unfit_value = first.unfit_key, first.unfit_why, first.unfit_value
    elseif first then
        add_unfit(line, first, options)
    end
    line.more, line.target = options.each and 0 or drill.more(line), nil
    return line
end

---Compares tables, one after the other.
---@param context wherry.DrillContext
---@param targets wherry.DigestTarget[] of context.list
---@param options wherry.DrillOptions|nil
---@return table<string, wherry.DrillTable> by target_sql
function drill.tables(context, targets, options)
    local lines = {}
    for _, target in ipairs(targets) do
        lines[target.target_sql] = drill.table(context, target, options)
    end
    return lines
end

---How many of both sides' rows differ, in percent.
---@param line wherry.DrillTable
---@return number
function drill.share(line)
    local rows = math.max(line.rows_source, line.rows_target, 1)
    return 100 * (line.missing + line.extra + line.different) / rows
end

return drill
