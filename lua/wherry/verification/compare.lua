-- verification/compare.lua: every table of the target against what it should hold: by sums first, then, where they do
-- not add up or can't tell, row by row.
local basis = require "wherry.verification.basis"
local catalog = require "wherry.digest.catalog"
local core = require "wherry.core"
local drill_source = require "wherry.drill.source"
local emits = require "wherry.resolve.emits"
local expectation = require "wherry.digest.expectation"
local scope = require "wherry.verification.scope"
local progress = require "wherry.progress"
local result_of = require "wherry.engine.result"
local server = require "wherry.digest.server"
local shallow = require "wherry.shallow"
local spec = require "wherry.digest.spec"

local compare = {}

-- Rows that the tables held before the run, as its plan has counted them.
local function rows_before(resolved)
    local before = {}
    for _, tbl in ipairs(emits.all(resolved)) do
        before[tbl.target_sql] = math.tointeger(tonumber(tbl.before or "0"))
    end
    return before
end

local function sources_of(resolved, target)
    local list, known = {}, {}
    for _, load in ipairs(target.loads) do
        local name = resolved.tables[load.place].source
        list[#list + 1] = not known[name] and name or nil
        known[name] = true
    end
    return list
end

local function chosen_targets(list, chosen)
    local targets = {}
    for _, target in ipairs(list) do
        targets[#targets + 1] = (not chosen or chosen[target.target_sql]) and target or nil
    end
    return targets
end

local function tell(state, word, targets)
    return function(index)
        state.options.progress { phase = word, table = targets[index].table, index = index, tables = #targets,
            done = false }
    end
end

-- What the target holds. Tables that can't be summed up are counted.
local function totals_of(state, query, targets)
    local totals, told = {}, tell(state, "sums up", targets)
    for index, target in ipairs(targets) do
        told(index)
        if state.can_sum and spec.has_digest(target) then
            totals[target.target_sql] = server.total(query, target)
        else
            totals[target.target_sql] = { rows = math.tointeger(tonumber(query("SELECT count(*) AS n FROM "
                .. target.rows_sql)[1].n)) }
        end
    end
    return totals
end

-- Rows at which a load would stop, as findings: they are expected nowhere.
local function unfit(readings)
    local findings = {}
    for _, name in ipairs(shallow.keys(readings)) do
        local one = readings[name]
        findings[#findings + 1] = one.unfit > 0 and { code = "value", table = name, key = one.unfit_key,
            reason = ("%s row%s of the source do%s not fit: %s"):format(progress.grouped(one.unfit),
                one.unfit == 1 and "" or "s", one.unfit == 1 and "es" or "", one.unfit_why) } or nil
    end
    return findings
end

-- The rows that are expected of the source, as sums by target: as it is now, or as the run has sent them.
local function expected_rows(state, context, found, targets)
    local totals, digests = {}, {}
    if state.options.against == "source" then
        local readings
        digests, readings = drill_source.digests(context, targets)
        result_of.findings(state.result, unfit(readings))
    end
    for _, target in ipairs(targets) do
        local name = target.target_sql
        if state.options.against == "journal" then
            totals[name], digests[name] = basis.sent(found, target)
        elseif spec.has_digest(target) then
            totals[name] = expectation.total(digests[name])
        end
    end
    return totals, digests
end

local BUCKETS = 1024

-- Some of the buckets, each as likely as any other.
local function choose_buckets(percent)
    local all, chosen = {}, {}
    for bucket = 0, BUCKETS - 1 do
        all[bucket + 1] = bucket
    end
    for i = 1, math.max(1, math.floor(BUCKETS * percent / 100 + 0.5)) do
        local place = math.random(i, BUCKETS)
        all[i], all[place] = all[place], all[i]
        chosen[i] = all[i]
    end
    table.sort(chosen)
    return chosen
end

-- The rows of these buckets in a digest, as a digest.
local function some_of(digest, buckets)
    local some = core.digest.new()
    for _, bucket in ipairs(digest and buckets or {}) do
        some:add_bucket(bucket, digest:bucket(bucket))
    end
    return some
end

-- What a sample says of one table.
local function judge_sample(state, found, query, target, source, digest)
    local line = { table = target.table, source = sources_of(state.resolved, target), state = "not_compared" }
    local expected, note = basis.expected(found, target, source, state.before[target.target_sql] or 0)
    line.note = note
    if expected and expected.by_buckets and state.can_sum then
        local here, there = some_of(digest, state.buckets), server.digest(query, target, state.buckets)
        line.rows_source, line.rows_target = here:total(), there:total()
        line.buckets = #here:compare(there)
        line.state = line.buckets == 0 and "same" or "differs"
    end
    return line
end

-- What sums say of one table.
local function judge(state, found, target, total, source)
    local line = { table = target.table, source = sources_of(state.resolved, target), rows_target = total.rows,
        rows_source = source and source.rows }
    local expected, note = basis.expected(found, target, source, state.before[target.target_sql] or 0)
    line.note = note
    if not expected or not total.sum then
        line.state = "not_compared"
    elseif expectation.met(expected, total) then
        line.state = expected.changed and "changed_by_after_load" or "same"
    else
        line.state, line.by_buckets = "differs", expected.by_buckets
    end
    return line
end

-- How many buckets differ, where the source's are all that is expected.
local function count_buckets(query, line, target, digest)
    if line.by_buckets and digest then
        line.buckets = #digest:compare(server.digest(query, target))
    end
    line.by_buckets = nil
end

local STATES = { "differs", "not_compared" }

-- What is said of all tables together; columns that were left out are told beside it.
local function whole(comparison)
    local any = {}
    for _, line in ipairs(comparison.tables) do
        any[line.state] = true
    end
    for _, state in ipairs(STATES) do
        if any[state] then
            return state == "differs" and "differs" or "partly"
        end
    end
    return "verified"
end

---Compares. The state's result gets the comparison.
---@param state table of a verification
function compare.run(state)
    local function query(sql, parameters) return state.session:query(sql, parameters) end
    server.prepare(query)
    local resolved, comparison = state.resolved, { basis = state.options.against, tables = {}, left_out = {} }
    state.before, state.result.comparison = rows_before(resolved), comparison
    local list = spec.of(resolved, catalog.of(query))
    local targets = chosen_targets(list, scope.chosen(resolved, state.options.only))
    local found, sample = state.basis, state.options.sample
    state.can_sum = server.can_sum(query)
    local context = shallow.copy(state, { list = list, threads = state.options.jobs,
        progress = state.options.progress })
    local expected, digests = expected_rows(state, context, found, targets)
    local totals = not sample and totals_of(state, query, targets)
    state.buckets = sample and choose_buckets(sample)
    for i, target in ipairs(targets) do
        local name, line = target.target_sql
        if sample then
            line = judge_sample(state, found, query, target, expected[name], digests[name])
        else
            line = judge(state, found, target, totals[name], expected[name])
            count_buckets(query, line, target, digests[name])
        end
        comparison.tables[i] = line
        for _, one in ipairs(target.left_out) do
            table.insert(comparison.left_out, { table = target.table, column = one.column, why = one.why })
        end
    end
    comparison.state = whole(comparison)
    if sample then
        comparison.sample = sample
        comparison.state = comparison.state == "differs" and "differs" or "partly"
        comparison.note = ("a sample: the rows of %d of %d buckets"):format(#state.buckets, BUCKETS)
    end
end

return compare
