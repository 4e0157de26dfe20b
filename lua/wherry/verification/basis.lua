-- basis.lua: what is known of the rows that a target table should hold: the source's, as they are now or as the run has
-- sent them, and what the journal keeps of the table beside them.
local core = require "wherry.core"
local expectation = require "wherry.digest.expectation"
local judgement = require "wherry.drill.judgement"
local journal_hooks = require "wherry.journal.hooks"
local left = require "wherry.digest.left"
local progress = require "wherry.progress"
local server = require "wherry.digest.server"
local shallow = require "wherry.shallow"
local sums = require "wherry.digest.sums"

local basis = {}

local DIGESTS = 6 -- the version of the journal that keeps digests

---@class wherry.VerifyBasis
---@field sent table<string, table> core.digest of what the run has sent, by target_sql
---@field moments table<string, table<string, table>>
---@field later table<string, table> core.digest of what later runs have sent into the same tables
---@field changed table<string, boolean> tables that after_load has changed
---@field hooked table<string, integer> rows that tables have more, or fewer, by before_load and after_load
---@field retried table<string, boolean> tables into which rejected rows were loaded behind the run

local NONE = { sent = {}, moments = {}, later = {}, changed = {}, hooked = {}, retried = {} }

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
    if not run then
        return NONE
    end
    local hooks = { changed = journal_hooks.changed(journal, run, "after_load"),
        hooked = journal_hooks.rows(journal, run) }
    if not journal:has_version(DIGESTS) then
        return shallow.copy(NONE, hooks)
    end
    return { sent = sums.sent(journal, run), moments = sums.moments(journal, run),
        later = later_runs(journal, run), changed = hooks.changed, hooked = hooks.hooked,
        retried = left.retried(journal, run) }
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
    if found.changed[target.target_sql] and not (moments.after_load and moments.loaded) then
        return "after_load changed it, and the run kept no sum of that"
    elseif before > 0 and not moments.before then
        return counted(before, "was there before the run, which kept no sum of it",
            "were there before the run, which kept no sum of them")
    end
end

---What the run left in a table; nil: it kept no sum of that, or other rows came since.
---@param found wherry.VerifyBasis
---@param target wherry.DigestTarget
---@return wherry.DigestTotal|nil
function basis.left(found, target)
    local name = target.target_sql
    if found.retried[name] or found.later[name] then
        return nil
    end
    return left.of(moments_of(found, target) or {}, found.changed[name] == true)
end

---How many rows a table held before the load, others than the source's, as far as the journal knows.
---@param found wherry.VerifyBasis
---@param target wherry.DigestTarget
---@param planned integer those that the plan counted
---@return integer
function basis.before(found, target, planned)
    local moments, name = found.moments[target.target_sql] or {}, target.target_sql
    if moments.before then
        return moments.before.rows
    end
    return math.max(planned + (not found.changed[name] and found.hooked[name] or 0), 0)
end

---What a table should hold as sums; nil and why: they can't tell.
---@param found wherry.VerifyBasis
---@param target wherry.DigestTarget
---@param source wherry.DigestTotal|nil the source's rows
---@param before integer rows that were there before
---@return wherry.Expected|nil expected with by_buckets: the source's buckets are all that is expected; alone: the
---source's rows say nothing of it
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
        local kept = found.changed[target.target_sql] and basis.left(found, target)
        return kept and { rows = kept.rows, sum = kept.sum, changed = true, alone = true } or nil, why
    end
    local later = expectation.total(found.later[target.target_sql])
    expected.rows, expected.sum = expected.rows + later.rows, core.digest.plus(expected.sum, later.sum)
    expected.by_buckets = before == 0 and not moments.after_load and later.rows == 0
    local notes = judgement.others(before, later.rows)
    return expected, notes[1] and table.concat(notes, "; ") or nil
end

---How many rows a table may hold that are not the source's.
---@param found wherry.VerifyBasis
---@param target wherry.DigestTarget
---@param before integer rows that were there before
---@return integer
function basis.others(found, target, before)
    local moments = found.moments[target.target_sql] or {}
    local hooked = moments.after_load and moments.loaded and moments.after_load.rows - moments.loaded.rows or 0
    return before + math.max(hooked, 0)
        + expectation.total(found.later[target.target_sql]).rows
end

return basis
