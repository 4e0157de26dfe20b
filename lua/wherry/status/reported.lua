-- reported.lua: the report of a run, from its journal: the one that the run itself has left, or, of a run that could
-- not (it was killed, or an earlier version's), one of what the journal knows.
local about = require "wherry.report.about"
local document = require "wherry.report.document"
local failure = require "wherry.failure"
local pace = require "wherry.journal.pace"
local record = require "wherry.rejects.record"

local reported = {}

local HAS_REJECTS, HAS_FILTERED, KEEPS_REPORTS = 3, 5, 6 -- versions of the journal

local function files_of(run)
    local list = {}
    for index, file in ipairs(run.files or { { name = "main", path = run.path, fingerprint = run.fingerprint } }) do
        list[index] = { name = file.name, path = file.path or "not known", fingerprint = file.fingerprint, tables = {} }
    end
    return list
end

-- Why rows were left out, by source table as the journal calls it.
local function reasons_of(journal, version, run)
    local by_table = {}
    for _, row in ipairs(version >= HAS_FILTERED and journal:query([[SELECT s.source_table, f.reason,
            sum(f.rows) AS rows FROM %s.slice s JOIN %s.slice_filtered f ON f.slice = s.id
            WHERE s.run = $1 AND s.state = 'done' GROUP BY s.source_table, f.reason]], { run.id }) or {}) do
        by_table[row.source_table] = by_table[row.source_table] or {}
        by_table[row.source_table][row.reason] = math.tointeger(tonumber(row.rows))
    end
    return by_table
end

-- The source that a table is of: of several, the journal calls it source.table.
local function source_of(sources, name)
    for _, source in ipairs(sources) do
        if #sources > 1 and name:sub(1, #source.name + 1) == source.name .. "." then
            return source
        end
    end
    return sources[1]
end

-- Both sides as far as the steps have counted them.
local function ledger_of(journal, version, run)
    local sources, targets, known = files_of(run), {}, {}
    local reasons = reasons_of(journal, version, run)
    for _, tbl in ipairs(run.tables) do
        local line = { table = tbl.target or tbl.table, passed = tbl.passed, emitted = 0, inserted = tbl.inserted,
            updated = tbl.updated, skipped = tbl.skipped, rejected = 0, seconds = tbl.seconds }
        table.insert(source_of(sources, tbl.table).tables, { table = tbl.table, total = tbl.total or tbl.read,
            excluded = tbl.excluded or 0, filtered = reasons[tbl.table]
                or tbl.filtered > 0 and { ["not known"] = tbl.filtered } or {},
            rejected = tbl.rejected, merged = tbl.merged, passed = tbl.passed, target = line })
        local first = known[line.table]
        for _, name in ipairs(first and { "passed", "inserted", "updated", "skipped", "seconds" } or {}) do
            first[name] = first[name] + line[name]
        end
        if not first then
            targets[#targets + 1] = line
            known[line.table] = line
        end
    end
    return sources, targets
end

local ENDED = { verified = true, counted = true, loaded = true, differs = true, interrupted = true, failed = true }

-- How it has ended; a killed one has not said.
local function status_of(run)
    if run.state == "dead" then
        return "failed", 5, { kind = "environment", message = "the run was killed, or its machine has stopped: it has "
            .. "not said how it ended", hint = "wherry run ... --resume goes on with it, --restart takes it back" }
    end
    local status = ENDED[run.status] and run.status or run.state == "done" and "loaded" or "failed"
    return status, run.state == "done" and (status == "differs" and 1 or 0) or 5,
        run.error and { kind = "environment", message = run.error } or nil
end

-- That a run has compared the contents is known by its end alone.
local function comparison_of(status)
    return status == "verified" and { basis = "run", state = "verified", tables = {},
        note = "so the run has ended; what it compared is not in the journal" } or nil
end

local function made_of(journal, version, run, target)
    local sources, targets = ledger_of(journal, version, run)
    local status, exit, fault = status_of(run)
    local result = { command = "run", status = status, exit = exit, run = run.id, target = target, sources = sources,
        targets = targets, objects = journal:receipts(run.id), findings = {}, hints = {}, error = fault,
        comparison = comparison_of(status),
        rejects = version >= HAS_REJECTS and record.groups(journal, run.id) or {} }
    local given = run.command and run.command:match "^wherry run ([^%s-][^%s]*)"
    return about.text(document.of(result), result, { basis = "journal", command = run.command,
        operator = run.operator, host = run.host, version = run.version, started = run.started,
        finished = run.finished or run.last_step, journal = journal.name, jobs = run.jobs, accepted = run.accepted,
        source = given, pace = pace.of(journal, run.id) })
end

--- The document of a run's report.
---@param journal wherry.Journal
---@param version integer of the journal
---@param run wherry.RunStatus with its tables
---@param target table the target of a result
---@return string json
function reported.of(journal, version, run, target)
    if run.state == "running" then
        failure.raise("environment", ("run %d is at work: there is nothing to report of yet"):format(run.id),
            "wherry status --watch --report DIR waits for its end")
    elseif run.state == "removed" then
        failure.raise("environment", ("run %d was taken back: nothing of it is in the target"):format(run.id))
    end
    local kept = version >= KEEPS_REPORTS
        and journal:query("SELECT report FROM %s.run WHERE id = $1", { run.id })[1].report
    return kept or made_of(journal, version, run, target)
end

return reported
