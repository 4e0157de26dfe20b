-- verification/rows.lua: tables of which sums do not add up, or can't tell, compared row by row; and what that says of
-- them, with the rows that need not be the source's.
local drill = require "wherry.drill"
local progress = require "wherry.progress"

local rows = {}

local LIMIT = 20 -- differences of a table that are told

rows.MOST = 50000 -- keys and values of a result with all differences: it is held in memory, and so is its document

---@class wherry.RowsGiven what is known of a table beside the source's rows
---@field summed boolean sums have been compared, and differ
---@field fires boolean|nil triggers fired for the rows that were loaded
---@field others integer rows that may be extra: those that were there before, or came with later runs
---@field kept integer rows that on_conflict = "keep" has left as they were
---@field buckets integer[]|nil these alone are compared
---@field detailed boolean|nil all differences are told
---@field each nil|fun(table: string, found: wherry.Difference) told of each difference; the first ones are collected,
---too

local function counted(number, one, many)
    return ("%s %s"):format(progress.grouped(number), number == 1 and one or many)
end

local function is_allowed(target, found, given)
    local kept = target.conflict == "keep" and given.kept or 0
    return found.missing == 0 and found.different <= kept and found.extra <= given.others
end

-- Rows that may differ are no differences.
local function forget_allowed(line)
    line.missing, line.extra, line.different, line.differences, line.more = 0, 0, 0, {}, 0
end

local function words_of(found, line)
    local words = { line.note }
    if found.different > 0 then
        words[#words + 1] = counted(found.different, "row that was there was kept as it was",
            "rows that were there were kept as they were")
    end
    if found.extra > 0 and not line.note then
        words[#words + 1] = counted(found.extra, "row is not the run's", "rows are not the run's")
    end
    return words[1] and table.concat(words, "; ")
end

-- All differences can be too many for the memory: they are told as they are found then, if somebody listens; else as
-- many are collected as there is room for.
local function differences(context, target, given)
    local buckets, first = given.buckets and { [target.target_sql] = given.buckets }, {}
    if not given.detailed then
        return drill.table(context, target, { limit = LIMIT, buckets = buckets })
    elseif not given.each then
        context.room = context.room or rows.MOST -- of all tables together
        local limit = math.max(LIMIT, context.room // (#target.columns + 1))
        local found = drill.table(context, target, { limit = limit, buckets = buckets })
        for _, one in ipairs(found.differences) do
            context.room = math.max(0, context.room - 1 - #one.columns)
        end
        return found
    end
    local found = drill.table(context, target, { limit = false, buckets = buckets, each = function(_, one)
        given.each(target.table, one)
        first[#first + 1] = #first < LIMIT and one or nil
    end })
    found.differences, found.told = first, true
    found.more = drill.more(found)
    return found
end

-- Whoever asked for all of them is told where that are too many for a document.
local function note_cut(line, given)
    if given.detailed and not given.each and (line.more or 0) > 0 then
        line.note = (line.note and line.note .. "; " or "") .. ("the first %s are named here, --detailed without "
            .. "--json names all"):format(counted(#line.differences, "row that differs", "rows that differ"))
    end
end

---Compares the rows of a table, and says it in its line.
---@param context wherry.DrillContext
---@param target wherry.DigestTarget of context.list
---@param line table of a comparison
---@param given wherry.RowsGiven
function rows.look(context, target, line, given)
    local found = differences(context, target, given)
    local allowed = is_allowed(target, found, given)
    for _, name in ipairs { "missing", "extra", "different", "differences", "more", "told" } do
        line[name] = found[name]
    end
    if not given.buckets then
        line.rows_source, line.rows_target = found.rows_source, found.rows_target
    end
    if allowed and not given.summed then
        line.state, line.note = "same", words_of(found, line)
        forget_allowed(line)
    elseif allowed then
        line.state = "differs"
        forget_allowed(line)
        line.note = (line.note and line.note .. "; " or "") .. "all rows of the source are there: others have changed"
    elseif given.fires and found.missing == 0 and found.extra <= given.others then
        line.state, line.note = "not_compared", "its triggers fired when it was loaded: rows are others than were sent"
        line.differences, line.more = {}, 0
    else
        line.state = "differs"
        note_cut(line, given)
    end
end

return rows
