-- verification/compare.lua: every table of the target against what it should hold: by sums first, then, where they do
-- not add up or can't tell, row by row.
local basis = require "wherry.verification.basis"
local catalog = require "wherry.digest.catalog"
local compared = require "wherry.engine.compared"
local core = require "wherry.core"
local counts = require "wherry.verification.counts"
local drill_source = require "wherry.drill.source"
local emits = require "wherry.resolve.emits"
local expectation = require "wherry.digest.expectation"
local judgement = require "wherry.drill.judgement"
local rows = require "wherry.verification.rows"
local sample = require "wherry.verification.sample"
local scope = require "wherry.verification.scope"
local left = require "wherry.digest.left"
local progress = require "wherry.progress"
local result_of = require "wherry.engine.result"
local server = require "wherry.digest.server"
local shallow = require "wherry.shallow"
local spec = require "wherry.digest.spec"
local target_rows = require "wherry.drill.target"

local compare = {}

local TABLES = 20 -- that differ and whose rows are looked at

-- Rows that the tables held before the load.
local function rows_before(state, targets)
    local planned, before = {}, {}
    for _, tbl in ipairs(emits.all(state.resolved)) do
        planned[tbl.target_sql] = math.tointeger(tonumber(tbl.before or "0"))
    end
    for _, target in ipairs(targets) do
        before[target.target_sql] = basis.before(state.basis, target, planned[target.target_sql] or 0)
    end
    return before
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

-- What the target holds: summed up by the server, or, where that hashes otherwise than we do, read and summed up here.
-- Tables of which there is no sum are counted.
local function totals_of(job)
    local state, totals = job.state, {}
    local told = tell(state, "summing up", job.targets)
    for index, target in ipairs(job.targets) do
        local name = target.target_sql
        local absent = state.missing[name]
        told(index)
        if absent and absent.table then
            totals[name] = { rows = 0 }
        elseif not spec.has_digest(target) then
            totals[name] = { rows = math.tointeger(tonumber(job.query("SELECT count(*) AS n FROM "
                .. target.rows_sql)[1].n)) }
        elseif state.can_sum then
            totals[name] = server.total(job.query, target)
        else
            job.streamed[name] = target_rows.sum(job.context, target)
            totals[name] = expectation.total(job.streamed[name])
        end
    end
    return totals
end

-- What the target holds by buckets: all of them, or at least these.
local function held(job, target, buckets)
    local state, name = job.state, target.target_sql
    if state.can_sum then
        return server.digest(job.query, target, buckets)
    end
    job.streamed[name] = job.streamed[name] or target_rows.sum(job.context, target)
    return job.streamed[name]
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

-- What sums say of one table, and in which buckets rows are to be looked for; nil: in all.
local function judge(job, target)
    local state, name = job.state, target.target_sql
    local line, buckets = { state = "not_compared", rows_target = job.totals and job.totals[name].rows }, nil
    local expected, note = basis.expected(state.basis, target, job.expected[name], job.before[name] or 0)
    if job.buckets then
        if expected and expected.by_buckets then
            line, buckets = sample.compare(job.digests[name], held(job, target, job.buckets), job.buckets)
        else
            note = note or "a sample can't tell"
        end
    elseif not expected or expected.alone and state.options.against == "source" and state.has_changed ~= false then
        line.state = "not_compared"
    else
        line.state = judgement.of_sums(expected, job.totals[name])
        if line.state == "differs" and expected.by_buckets then
            buckets = (job.digests[name] or core.digest.new()):compare(held(job, target))
            line.buckets = #buckets
        end
    end
    line.table, line.source, line.note = target.table, judgement.sources(state.resolved, target), note
    line.rows_source = line.rows_source or job.expected[name] and job.expected[name].rows
    return line, buckets, expected and not expected.alone
end

-- Rows are read again where the sums differ or can't tell, as long as the source is what the sums are of; not where
-- after_load changed them, and only what it left is known.
local function look_at_rows(job, target, line, buckets, summed)
    local state, name = job.state, target.target_sql
    if line.state ~= "differs" and line.state ~= "not_compared" then
        return
    elseif not state.source or state.without_source or not target.columns[1]
        or state.basis.changed[name] and not summed then
        return
    elseif line.state == "differs" and not state.options.detailed then
        if job.looked >= TABLES then
            line.note = (line.note and line.note .. "; " or "") .. "its rows were not looked at: --detailed does"
            return
        end
        job.looked = job.looked + 1
    end
    local before = job.before[name] or 0
    rows.look(job.context, target, line, { summed = line.state == "differs", buckets = buckets or job.buckets,
        before = before, later = expectation.total(state.basis.later[name]).rows,
        others = basis.others(state.basis, target, before),
        kept = judgement.kept(state.resolved, target, state.sent_counts),
        fires = judgement.fires(state.resolved, target), each = state.options.each,
        detailed = state.options.detailed })
end

-- What is not there differs, whatever the rest says.
local function compare_table(job, target)
    local absent = job.state.missing[target.target_sql]
    if absent and absent.table then
        return { table = target.table, source = judgement.sources(job.state.resolved, target), state = "differs",
            note = absent.note }
    end
    local line, buckets, summed = judge(job, target)
    look_at_rows(job, target, line, buckets, summed)
    if job.totals and spec.has_digest(target) then
        left.judge(line, job.totals[target.target_sql], basis.left(job.state.basis, target))
    end
    if absent then
        line.state, line.note = "differs", absent.note
    end
    return line
end

local function notes_of(state, job)
    local notes = {}
    if job.buckets then
        notes[1] = ("a sample: the rows of %d of %d buckets"):format(#job.buckets, sample.BUCKETS)
    end
    if state.has_changed and state.options.against == "source" then
        notes[#notes + 1] = ("it is not as run %d has read it"):format(state.run)
    end
    return notes[1] and table.concat(notes, "; ")
end

-- What is compared, and by what.
local function prepare(state)
    local function query(sql, parameters) return state.session:query(sql, parameters) end
    server.prepare(query)
    state.can_sum = server.can_sum(query)
    local list = spec.of(state.resolved, catalog.of(query))
    local job = { state = state, query = query, streamed = {}, looked = 0,
        targets = chosen_targets(list, scope.chosen(state.resolved, state.options)),
        buckets = state.options.sample and sample.choose(state.options.sample) or nil,
        context = shallow.copy(state, { list = list, threads = state.options.jobs,
            progress = state.options.progress, counts = counts.of_run(state) }) }
    job.before = rows_before(state, job.targets)
    job.expected, job.digests = expected_rows(state, job.context, state.basis, job.targets)
    job.totals = not job.buckets and totals_of(job)
    return job
end

---Compares. The state's result gets the comparison.
---@param state table of a verification
function compare.run(state)
    local job = prepare(state)
    local comparison = { basis = state.options.against, tables = {}, left_out = compared.left_out(job.targets),
        sample = state.options.sample, note = notes_of(state, job) }
    for i, target in ipairs(job.targets) do
        comparison.tables[i] = compare_table(job, target)
    end
    local found = compared.whole(comparison.tables)
    comparison.state = found == "verified" and comparison.sample and "partly" or found
    state.result.comparison = comparison
end

return compare
