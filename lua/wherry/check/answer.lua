-- answer.lua: a check's result as the document of --json.
local document = require "wherry.report.document"
local json = require "wherry.json"

local answer = {}

local each, or_null = json.each, json.or_null

local function table_of(tbl)
    return { table = tbl.table, target = tbl.target, total = tbl.rows, excluded = tbl.excluded,
        filtered = or_null(tbl.filtered), merged = or_null(tbl.merged),
        rejected = or_null(tbl.rejected), stopping = or_null(tbl.stopping), bytes = or_null(tbl.bytes) }
end

local function example_of(problem)
    return function(one)
        local value = one.value == nil and json.null or problem.class and json.displayed(one.value, problem.class)
            or one.value
        return { key = or_null(one.key), value = value, reason = or_null(one.reason),
            first_key = or_null(one.first_key) }
    end
end

local function problem_of(problem)
    return { kind = problem.kind, table = problem.table, column = or_null(problem.column),
        columns = or_null(problem.columns), target = problem.target, type = or_null(problem.type),
        name = or_null(problem.name), reason = problem.reason, class = or_null(problem.class), count = problem.count,
        outcome = problem.outcome, hint = or_null(problem.hint), examples = each(problem.examples,
            example_of(problem)) }
end

local function unseen_of(one)
    return { table = one.table, kind = one.kind, name = one.name, reason = one.reason }
end

local function inexact_of(one)
    return { table = one.table, column = one.column, type = one.type, values = one.values, inexact = one.inexact }
end

local function defaulted_of(one)
    return { table = one.table, column = one.column, values = one.values, default = one.default, text = one.text }
end

local function missed_of(one)
    return { table = one.table, column = one.column, values = one.values, lookup = one.lookup, missing = one.missing }
end

local function estimate_of(one)
    return one and { seconds = math.floor(one.seconds * 10 + 0.5) / 10, table_bytes = one.table_bytes,
        index_bytes = one.index_bytes } or json.null
end

local function would_of(verdict)
    return verdict and { stop = verdict.stops or verdict.too_many ~= nil, load = verdict.loaded,
        reject = verdict.rejected, reason = or_null(verdict.too_many) } or json.null
end

---@param result wherry.CheckResult
---@return table
function answer.document(result)
    local planned = document.of_preview(result)
    return {
        schema = 1, command = "check", status = result.status, mode = planned.mode, source = planned.source,
        sources = planned.sources,
        target = planned.target, target_schema = planned.target_schema, tables = each(result.tables, table_of),
        problems = each(result.problems, problem_of), not_evaluated = each(result.unseen, unseen_of),
        inexact = each(result.inexact, inexact_of), defaulted = each(result.defaulted, defaulted_of),
        missed = each(result.missed, missed_of),
        estimate = estimate_of(result.estimate),
        would = would_of(result.verdict), findings = planned.findings, error = planned.error,
    }
end

return answer
