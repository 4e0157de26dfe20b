-- compared.lua: what a run's look at both sides says of its tables.
local core = require "wherry.core"
local expectation = require "wherry.digest.expectation"
local judgement = require "wherry.drill.judgement"
local journal_hooks = require "wherry.journal.hooks"

local compared = {}

---@class wherry.Compared of both sides
---@field basis "run"|"source"|"journal"
---@field state "verified"|"differs"|"partly"|"skipped"
---@field note string|nil
---@field tables wherry.ComparedTable[]
---@field left_out { table: string, column: string, why: string }[]
---@field sample number|nil
---@field witness table|nil
---@field audit table|nil
---@field seconds number|nil

---@class wherry.ComparedTable
---@field table string schema.name
---@field source string[]
---@field rows_source integer|nil
---@field rows_target integer|nil
---@field state "same"|"differs"|"changed_by_after_load"|"not_compared"
---@field note string|nil
---@field missing integer|nil
---@field extra integer|nil
---@field different integer|nil
---@field buckets integer|nil that differ
---@field differences wherry.Difference[]|nil
---@field unread integer|nil rows on the way back that no codec reads from the file again: compared as their cells
---@field kept integer|nil rows that differ and may, as a conflict has kept them
---@field more integer|nil differences that are not listed

-- Rows that the target held before the load where no sum of them was kept: when the plan was made, and what before_load
-- made of that.
local function rows_before(state, target)
    local first = target.loads[1] and state.resolved.tables[target.loads[1].place]
    local planned = first and first.target_sql == target.target_sql and tonumber(first.before or "0") or 0
    local hooked = journal_hooks.rows(state.journal, state.run)[target.target_sql] or 0
    return math.max(math.tointeger(planned) + hooked, 0)
end

---Columns of which no digest can tell.
---@param list wherry.DigestTarget[]
---@return { table: string, column: string, why: string }[]
function compared.left_out(list)
    local columns = {}
    for _, target in ipairs(list) do
        for _, one in ipairs(target.left_out) do
            columns[#columns + 1] = { table = target.table, column = one.column, why = one.why }
        end
    end
    return columns
end

---What is to be said of a table whose sums are known, or why its rows have to be compared one by one.
---@param state table the engine's, with digests
---@param target wherry.DigestTarget
---@param total wherry.DigestTotal|nil what it holds
---@param sent table|nil core.digest of what the run has sent
---@param is_after boolean after_load was done when it was looked at
---@return wherry.ComparedTable line
---@return wherry.Expected|nil
function compared.judge(state, target, total, sent, is_after)
    local moments = state.digests.moments[target.target_sql] or {}
    local basis = { sent = state.digests.hashed[target.target_sql] and expectation.total(sent) or nil,
        before = moments.before, loaded = is_after and moments.loaded or nil,
        after_load = is_after and moments.after_load or nil }
    local expected, why = expectation.of(target, basis)
    local line = { table = target.table, source = judgement.sources(state.resolved, target),
        rows_target = total and total.rows, rows_source = basis.sent and basis.sent.rows }
    if not expected or not total then
        line.state, line.note = "not_compared", why
    else
        line.state = judgement.of_sums(expected, total)
    end
    return line, expected
end

---A table whose rows have to be compared; nil where after_load has changed them since, or the source is not there.
---@param state table
---@param target wherry.DigestTarget
---@param line wherry.ComparedTable
---@param expected wherry.Expected|nil
---@param sent table|nil
---@param is_after boolean
---@return wherry.OpenTable|nil
function compared.open(state, target, line, expected, sent, is_after)
    local moments = state.digests.moments[target.target_sql] or {}
    if line.state == "same" or line.state == "changed_by_after_load" or not state.source
        or is_after and moments.after_load then
        return nil
    end
    local before = moments.before and moments.before.rows or rows_before(state, target)
    return { target = target, line = line, before = before, skipped = target.conflict
        and judgement.kept(state.resolved, target, state.journal:counts(state.run)) or 0,
        fires = judgement.fires(state.resolved, target) or nil,
        sent = expected and before == 0 and (sent or core.digest.new()) or nil }
end

local STRENGTH = { same = 0, changed_by_after_load = 0, not_compared = 1, differs = 2 }

---The worst of all lines is said of all.
---@param lines wherry.ComparedTable[]
---@return "verified"|"partly"|"differs"
function compared.whole(lines)
    local worst = 0
    for _, line in ipairs(lines) do
        worst = math.max(worst, STRENGTH[line.state])
    end
    return ({ [0] = "verified", "partly", "differs" })[worst]
end

local NAMED = 5

---What was not compared, in words; nil where all was.
---@param found wherry.Compared
---@return string|nil
function compared.exceptions(found)
    local words = {}
    for _, line in ipairs(found.tables) do
        local open = line.state == "not_compared" or line.kept -- of which nobody knows what they were
        words[#words + 1] = open and ("%s (%s)"):format(line.table, line.note) or nil
    end
    for _, one in ipairs(found.left_out) do
        words[#words + 1] = ("%s.%s (%s)"):format(one.table, one.column, one.why)
    end
    local more = #words - NAMED
    return words[1] and table.concat(words, ", ", 1, math.min(NAMED, #words))
        .. (more > 0 and (" and %d more"):format(more) or "") or nil
end

return compared
