-- document.lua: runs as the document of wherry status --json.
local document = require "wherry.report.document"
local json = require "wherry.json"
local moment = require "wherry.moment"

local status_document = {}

local or_null, each = json.or_null, json.each

local function time(seconds)
    return seconds and moment.iso(seconds) or json.null
end

local function rounded(number)
    return number and math.floor(number * 1000 + 0.5) / 1000 or json.null
end

local function object_of(object)
    return { kind = object.kind, name = object.name, table = or_null(object.table), target = or_null(object.target),
        state = object.state, was_there = object.was_there, sql = or_null(object.sql),
        reason = or_null(object.reason), seconds = rounded(object.seconds) }
end

local function table_of(tbl)
    return { table = tbl.table, target = or_null(tbl.target), state = tbl.state, total = or_null(tbl.total),
        excluded = or_null(tbl.excluded), read = tbl.read, filtered = tbl.filtered, merged = tbl.merged,
        rejected = tbl.rejected, passed = tbl.passed, inserted = tbl.inserted, updated = tbl.updated,
        skipped = tbl.skipped, under_way = tbl.under_way, seconds = rounded(tbl.seconds) }
end

local function run_of(run)
    return {
        run = run.id, state = run.state, phase = or_null(run.phase), status = or_null(run.status),
        error = or_null(run.error), operator = or_null(run.operator), host = or_null(run.host),
        version = or_null(run.version), command = or_null(run.command), script_hash = or_null(run.script_hash),
        source = { path = or_null(run.path), fingerprint = or_null(run.fingerprint), fenced = or_null(run.fenced),
            copy = or_null(run.copy) },
        sources = each(run.files or {}, function(file)
            return { name = file.name, path = file.path, fingerprint = file.fingerprint, fenced = file.fenced,
                copy = or_null(file.copy) }
        end),
        started = time(run.started), finished = time(run.finished), last_step = time(run.last_step),
        seconds = rounded(run.seconds), rows = run.read, rows_expected = or_null(run.expected),
        rows_per_second = rounded(run.rate), seconds_left = rounded(run.eta), jobs = or_null(run.jobs),
        lanes = run.lanes, sessions = run.sessions, rejects = run.rejects,
        accepted = each(run.accepted, tostring), objects = each(run.objects, object_of),
        tables = run.tables and each(run.tables, table_of) or json.null,
    }
end

--- The document of a look or of a watch.
---@param result table
---@return table
function status_document.of(result)
    return { schema = 1, command = "status", status = result.status, target = document.target(result.target),
        journal = or_null(result.journal), runs = each(result.runs, run_of),
        error = result.error and document.error(result.error) or json.null }
end

--- The document of wherry forget.
---@param result table
---@return table
function status_document.of_forget(result)
    return { schema = 1, command = "forget", status = result.status, target = document.target(result.target),
        run = or_null(result.run), rejects = or_null(result.rejects_gone),
        error = result.error and document.error(result.error) or json.null }
end

return status_document
