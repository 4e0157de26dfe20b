-- basis.lua: what is known of the rows that a target table should hold: the source's, as they are now or as the run has
-- sent them, and what the journal keeps of the table beside them.
local core = require "wherry.core"
local expectation = require "wherry.digest.expectation"
local journal_hooks = require "wherry.journal.hooks"
local progress = require "wherry.progress"
local server = require "wherry.digest.server"
local sums = require "wherry.digest.sums"

local basis = {}

local DIGESTS = 6 -- the version of the journal that keeps digests

---@class wherry.VerifyBasis
---@field sent table<string, table> core.digest of what the run has sent, by target_sql
---@field moments table<string, table<string, table>>
---@field later table<string, table> core.digest of what later runs have sent into the same tables
---@field changed table<string, boolean> tables that after_load has changed

local NONE = { sent = {}, moments = {}, later = {}, changed = {} }

-- Later runs of other sources, or of this one, may have loaded into the same tables.
local function later_runs(journal, run)
    local later = {}
    for _, row in ipairs(journal:query([[SELECT id FROM %s.run r WHERE id > $1 AND state <> 'removed' AND EXISTS (
            SELECT FROM %s.slice s JOIN %s.slice_digest d ON d.slice = s.id WHERE s.run = r.id) ORDER BY id]],
        { run })) do
        for target, digest in pairs(sums.sent(journal, math.tointeger(tonumber(row.id)))) do
            later[target] = (later[target] or core.digest.new()):add(digest)
        end
    end
    return later
end

---What the journal knows.
---@param state table of a verification
---@return wherry.VerifyBasis
function basis.of(state)
    local journal, run = state.journal, state.run
    if not run or not journal:has_version(DIGESTS) then
        return NONE
    end
    local found = { sent = sums.sent(journal, run), moments = sums.moments(journal, run),
        later = later_runs(journal, run), changed = journal_hooks.changed(journal, run, "after_load") }
    return found
end

---The rows that the run has sent into a table; nil: it has not hashed them.
---@param found wherry.VerifyBasis
---@param target wherry.DigestTarget
---@return wherry.DigestTotal|nil total
---@return table|nil digest core.digest; nil: no row was sent
function basis.sent(found, target)
    local moments, digest = found.moments[target.target_sql], found.sent[target.target_sql]
    if moments and moments.before then
        return expectation.total(digest), digest
    end
end

local function counted(number, one, many)
    return ("%s row%s %s"):format(progress.grouped(number), number == 1 and "" or "s", number == 1 and one or many)
end

-- What the run kept of a table, unless it was of other columns than are compared now.
local function moments_of(found, target)
    local moments = found.moments[target.target_sql] or {}
    for _, moment in pairs(moments) do
        if moment.columns ~= server.columns(target) then
            return nil, "the run has summed up other columns"
        end
    end
    return moments
end

-- Why sums can't tell, where the journal lacks what they need.
local function lacking(found, target, moments, before)
    if before > 0 and not moments.before then
        return counted(before, "was there before the run, which kept no sum of it",
            "were there before the run, which kept no sum of them")
    elseif found.changed[target.target_sql] and not (moments.after_load and moments.loaded) then
        return "after_load changed it, and the run kept no sum of that"
    end
end

---What a table should hold as sums; nil and why: they can't tell.
---@param found wherry.VerifyBasis
---@param target wherry.DigestTarget
---@param source wherry.DigestTotal|nil the source's rows
---@param before integer rows that were there before
---@return wherry.Expected|nil expected with by_buckets: the source's buckets are all that is expected
---@return string|nil note
function basis.expected(found, target, source, before)
    local moments, why = moments_of(found, target)
    why = why or lacking(found, target, moments or {}, before)
    if why then
        return nil, why
    end
    local expected
    expected, why = expectation.of(target, { sent = source, before = moments.before, loaded = moments.loaded,
        after_load = moments.after_load })
    if not expected then
        return nil, why
    end
    local later = expectation.total(found.later[target.target_sql])
    expected.rows, expected.sum = expected.rows + later.rows, core.digest.plus(expected.sum, later.sum)
    before = math.max(before, moments.before and moments.before.rows or 0)
    expected.by_buckets = before == 0 and not moments.after_load and later.rows == 0
    local notes = { before > 0 and counted(before, "was there before", "were there before") or nil }
    notes[#notes + 1] = later.rows > 0 and counted(later.rows, "came with a later run", "came with later runs") or nil
    return expected, notes[1] and table.concat(notes, "; ") or nil
end

---How many rows a table may hold that are not the source's.
---@param found wherry.VerifyBasis
---@param target wherry.DigestTarget
---@param before integer rows that were there before, as the plan has them
---@return integer
function basis.others(found, target, before)
    local moments = found.moments[target.target_sql] or {}
    local hooked = moments.after_load and moments.loaded and moments.after_load.rows - moments.loaded.rows or 0
    return math.max(before, moments.before and moments.before.rows or 0) + math.max(hooked, 0)
        + expectation.total(found.later[target.target_sql]).rows
end

return basis
