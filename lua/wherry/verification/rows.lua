-- verification/rows.lua: tables of which sums do not add up, or can't tell, compared row by row: how many of the rows
-- that differ are named.
local drill = require "wherry.drill"
local judgement = require "wherry.drill.judgement"
local progress = require "wherry.progress"

local rows = {}

local LIMIT = 20 -- differences of a table that are told

rows.MOST = 20000 -- keys and values of a result with all differences: it is held in memory, and so is its document

---@class wherry.RowsGiven : wherry.JudgementFacts
---@field detailed boolean|nil all differences are told
---@field each nil|fun(table: string, found: wherry.Difference) told of each difference; the first ones are collected,
---too

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
        line.note = (line.note and line.note .. "; " or "") .. ("the first %s rows that differ are named here, "
            .. "--detailed without --json names all"):format(progress.grouped(#line.differences))
    end
end

---Compares the rows of a table, and says it in its line.
---@param context wherry.DrillContext
---@param target wherry.DigestTarget of context.list
---@param line table of a comparison
---@param given wherry.RowsGiven
function rows.look(context, target, line, given)
    local found = differences(context, target, given)
    judgement.of_rows(target, line, found, given)
    if line.state == "differs" then
        note_cut(line, given)
    end
end

return rows
