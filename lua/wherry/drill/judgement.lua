-- drill/judgement.lua: what both sides of a table say of it: whether its sums are met, and where rows were compared
-- one by one, which of those may differ. wherry run and wherry verify judge by it alike, in the same words.
local expectation = require "wherry.digest.expectation"
local progress = require "wherry.progress"

local judgement = {}

---@class wherry.JudgementFacts what is known of a table beside the source's rows
---@field before integer rows that were there before the load
---@field later integer|nil rows that came with later runs
---@field others integer rows that may be extra: these, and those that after_load has added
---@field kept integer rows that the target did not take because it held them already
---@field summed boolean|nil sums differ, and count also where each of the source's rows is there
---@field fires boolean|nil triggers of the table fire for rows that are loaded, as the plan says
---@field buckets integer[]|nil these alone were compared

local FOUND = { "missing", "extra", "different", "differences", "more", "told" }

local function counted(number, one, many)
    return ("%s row%s %s"):format(progress.grouped(number), number == 1 and "" or "s", number == 1 and one or many)
end

---The sources of the rows that a table gets, each once.
---@param resolved wherry.Resolved
---@param target wherry.DigestTarget
---@return string[]
function judgement.sources(resolved, target)
    local list, known = {}, {}
    for _, load in ipairs(target.loads) do
        local name = resolved.tables[load.place].source
        list[#list + 1] = not known[name] and name or nil
        known[name] = true
    end
    return list
end

---Rows that were left out for those that the target held.
---@param resolved wherry.Resolved
---@param target wherry.DigestTarget
---@param counts table<string, table> from journal:counts
---@return integer
function judgement.kept(resolved, target, counts)
    local kept = 0
    for _, load in ipairs(target.conflict and target.loads or {}) do
        local own = counts[resolved.tables[load.place].read.table]
        kept = kept + (own and own.skipped or 0)
    end
    return kept
end

---Whether triggers of a table fire for each row that is loaded, by decision of the plan.
---@param resolved wherry.Resolved
---@param target wherry.DigestTarget
---@return boolean
function judgement.fires(resolved, target)
    for _, object in ipairs(resolved.objects or {}) do
        if object.kind == "trigger" and object.state == "receipt" and object.outcome == "exact"
            and object.target == target.target_sql then
            return true
        end
    end
    return false
end

---What the sums of a table say of it.
---@param expected wherry.Expected
---@param total wherry.DigestTotal what the target holds
---@return "same"|"differs"|"changed_by_after_load"
function judgement.of_sums(expected, total)
    if not expectation.met(expected, total) then
        return "differs"
    end
    return expected.changed and "changed_by_after_load" or "same"
end

---Rows of a table that are not the source's, in words.
---@param before integer rows that were there before
---@param later integer|nil rows that came with later runs
---@return string[]
function judgement.others(before, later)
    local words = { before > 0 and counted(before, "was there before", "were there before") or nil }
    words[#words + 1] = later and later > 0 and counted(later, "came with a later run", "came with later runs") or nil
    return words
end

local function is_there(found, facts)
    return found.missing == 0 and found.extra <= facts.others
end

-- Rows that the target held may be there still; those that a merge meets are as the plan says.
local function is_allowed(target, found, facts)
    return is_there(found, facts) and found.different <= (target.conflict == "keep" and facts.kept or 0)
end

local function take(line, found, buckets)
    for _, name in ipairs(FOUND) do
        line[name] = found[name]
    end
    if not buckets then
        line.rows_source, line.rows_target = found.rows_source, found.rows_target
    end
end

-- Rows that may differ are no differences.
local function forget_allowed(line)
    line.missing, line.extra, line.different, line.differences, line.more = 0, 0, 0, {}, 0
end

-- So are those that may be extra, in a table that differs otherwise; those that were told already stay told.
local function forget_others(line, facts)
    if line.told or line.extra == 0 or line.extra > facts.others then
        return
    end
    local list = {}
    for _, one in ipairs(line.differences) do
        list[#list + 1] = one.kind ~= "extra" and one or nil
    end
    line.extra, line.differences = 0, list
    line.more = math.max(line.missing + line.different - #list, 0)
end

-- Sums that differ say that something does, also where each row of the source is there; but what triggers make of rows
-- nobody knows here.
local function state_of(is_fine, is_summed, is_triggered)
    if is_fine and not is_summed then
        return "same"
    end
    return is_triggered and "not_compared" or "differs"
end

local function add_words(words, target, found, line)
    local is_fine = line.state == "same"
    if is_fine and found.extra > 0 and not words[1] then
        words[1] = counted(found.extra, "is not the run's", "are not the run's")
    end
    if is_fine and target.conflict == "keep" and found.different > 0 then
        words[#words + 1] = counted(found.different, "kept as it was", "kept as they were")
        line.kept = found.different
    end
end

-- Why a table is not the same although all of the source's rows are there.
local function reason(found, line, is_fine)
    if line.state == "same" or line.state == "differs" and not is_fine then
        return nil
    elseif line.state == "differs" then
        return "all rows of the source are there: others have changed"
    elseif is_fine then
        return "all rows of the source are there, others have changed: its triggers fire"
    end
    return counted(found.different, "is another one than was sent", "are others than were sent")
        .. ": its triggers fire"
end

---What the rows of a table, compared one by one, say of it: its line gets that. Why sums could not tell is not said any
---more, as the rows do.
---@param target wherry.DigestTarget
---@param line wherry.ComparedTable
---@param found wherry.DrillTable
---@param facts wherry.JudgementFacts
function judgement.of_rows(target, line, found, facts)
    local is_fine, words = is_allowed(target, found, facts), judgement.others(facts.before, facts.later)
    line.state = state_of(is_fine, facts.summed, facts.fires and is_there(found, facts))
    add_words(words, target, found, line)
    words[#words + 1] = reason(found, line, is_fine)
    take(line, found, facts.buckets)
    if is_fine then
        forget_allowed(line)
    elseif line.state == "not_compared" then
        line.differences, line.more = {}, 0
    else
        forget_others(line, facts)
    end
    line.note = words[1] and table.concat(words, "; ") or nil
end

return judgement
