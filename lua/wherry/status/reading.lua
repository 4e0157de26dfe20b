-- reading.lua: the runs of a journal as values: how far each is, whether it is at work, what of it is still to be put
-- in place. Nothing is locked and nothing is written, so a run that is at work does not notice.
local cjson = require "cjson"
local names = require "wherry.names"
local queries = require "wherry.status.queries"

local reading = {}

---@class wherry.RunStatus
---@field id integer
---@field state "running"|"dead"|"stopped"|"done"|"removed" dead: it should be at work, but holds no lock any more
---@field phase "loading"|"placing"|"finishing"|nil of one that is running
---@field status string|nil how it ended
---@field error string|nil what stopped it
---@field command string|nil without passwords
---@field operator string|nil
---@field host string|nil
---@field version string|nil of the program
---@field path string|nil of the source
---@field files table[]|nil of several sources: name, path, fingerprint, fenced, copy
---@field fingerprint string|nil
---@field fenced boolean|nil
---@field copy string|nil the file that is read in the place of the source
---@field accepted string[] what had changed when it went on all the same
---@field jobs integer|nil lanes that were wanted
---@field lanes integer connections at work beside the engine's own
---@field sessions integer connections of it that the server knows
---@field started number seconds since 1970, as all times here
---@field finished number|nil
---@field last_step number|nil
---@field seconds number from its begin to its end, or to now
---@field read integer rows of the source
---@field expected integer|nil rows to read in all; nil: not counted yet, or by an earlier version
---@field rate number|nil rows a second: of the last minute, for one that has ended of the time of its steps
---@field eta number|nil seconds until all rows are read
---@field todo integer slices that are not done
---@field rejects integer rows that are rejected and not loaded since
---@field objects wherry.StatusObject[] still to be put in place, or failed
---@field tables wherry.StatusTable[]|nil

---@class wherry.StatusObject
---@field kind string
---@field name string
---@field table string|nil source table
---@field target string|nil
---@field state "todo"|"aside"|"added"|"failed"
---@field was_there boolean it was put aside, and is not wholly back
---@field sql string|nil what puts it in place
---@field reason string|nil why that failed
---@field started number|nil when it was last begun
---@field seconds number|nil since then, if it may be under way still

---@class wherry.StatusTable
---@field table string
---@field target string|nil
---@field total integer|nil
---@field excluded integer|nil
---@field expected integer|nil
---@field state "waiting"|"loading"|"loaded"
---@field under_way boolean a session writes into it at this moment
---@field seconds number of its steps

local function integer(text)
    return math.tointeger(tonumber(text))
end

-- The run that the holder of the lock works at (it says so in its name, except for a moment at its begin), and since
-- when, as far as this role may see it.
local function at_work(sessions, newest_running)
    for _, session in ipairs(sessions) do
        if session.holds == "t" then
            local named = session.name:match "^wherry run (%d+)$"
            return { run = named and integer(named) or newest_running, since = tonumber(session.since) or 0 }
        end
    end
    return {}
end

-- What a run that was killed had begun is not under way in the one that goes on with it.
local function forget_begun(run, since)
    for _, object in ipairs(run.objects) do
        if object.started and object.started < since then
            object.seconds = nil
        end
    end
end

local function count_sessions(run, sessions)
    run.lanes, run.sessions = 0, 0
    for _, session in ipairs(sessions) do
        if session.name == "wherry run " .. run.id then
            run.sessions = run.sessions + 1
            run.lanes = run.lanes + (session.holds == "t" and 0 or 1)
        end
    end
end

local function phase_of(run)
    if run.todo > 0 then
        return "loading"
    end
    for _, object in ipairs(run.objects) do
        if object.state ~= "failed" then
            return "placing"
        end
    end
    return "finishing"
end

---A list of texts in JSON, as the journal keeps it.
---@param json string|nil
---@return string[]
function reading.texts(json)
    local ok, list = pcall(cjson.decode, json or "[]")
    return ok and type(list) == "table" and list or { json }
end

-- What is known of each of several sources.
local function files_of(json)
    local files = json and cjson.decode(json)
    for _, file in ipairs(files or {}) do
        file.copy = type(file.copy) == "string" and file.copy or nil
    end
    return files
end

local function run_of(row)
    local run = {
        id = integer(row.id), state = row.state, status = row.status, error = row.error, command = row.command,
        operator = row.operator, host = row.host, version = row.version, script_hash = row.script_hash,
        path = row.path, files = files_of(row.files), fingerprint = row.fingerprint, copy = row.copy,
        accepted = reading.texts(row.accepted),
        jobs = integer(row.jobs), started = tonumber(row.started), finished = tonumber(row.finished),
        last_step = tonumber(row.last_step), now = tonumber(row.now), read = integer(row.read) or 0,
        expected = integer(row.expected), todo = integer(row.todo) or 0, steps = integer(row.steps) or 0,
        rejects = integer(row.rejects) or 0, objects = {},
    }
    if row.fenced then
        run.fenced = row.fenced == "t"
    end
    run.seconds = math.max(0, (run.finished or run.now) - run.started)
    return run
end

-- Of a run at work the last minute counts; of another one, the time in which its steps were under way.
local function rate_of(run, row)
    local rows, seconds = tonumber(row.read), tonumber(row.load_seconds)
    if run.state == "running" then
        rows, seconds = tonumber(row.recent_rows), tonumber(row.recent_seconds)
    end
    return rows and seconds and rows > 0 and seconds > 0 and rows / seconds or nil
end

local function settle(run, row, working, sessions)
    if run.state == "running" and run.id ~= working.run then
        run.state = "dead"
    elseif run.state == "running" then
        forget_begun(run, working.since)
    end
    count_sessions(run, sessions)
    run.phase = run.state == "running" and phase_of(run) or nil
    run.rate = (run.phase == nil or run.phase == "loading") and rate_of(run, row) or nil
    local left = run.phase == "loading" and run.expected and run.expected - run.read
    run.eta = left and left > 0 and run.rate and left / run.rate or nil
end

local function object_of(row)
    return { kind = row.kind, name = row.name, table = row.source_table, target = row.target, state = row.state,
        sql = row.sql, reason = row.reason, was_there = row.was_there == "t", started = tonumber(row.started),
        seconds = row.state ~= "failed" and tonumber(row.seconds) or nil }
end

local function add_objects(journal, statement, runs)
    local by_id, ids = {}, {}
    for _, run in ipairs(runs) do
        if run.state ~= "removed" then -- taken back, everything is as it was before
            by_id[run.id], ids[#ids + 1] = run, run.id
        end
    end
    if ids[1] then
        for _, row in ipairs(journal:query(statement, { "{" .. table.concat(ids, ",") .. "}" })) do
            table.insert(by_id[integer(row.run)].objects, object_of(row))
        end
    end
end

---@class wherry.StatusFilter
---@field run integer|nil only this one
---@field path string|string[]|nil only runs of this source, or of one of these, as the journal has their paths
---@field limit integer|nil no more than so many

local function look(journal, statements, filter)
    local runs, newest_running, any_dead = {}, nil, false
    -- before the runs: one that ends in between says so in its row
    local sessions = journal:query(statements.sessions, { journal.name })
    local paths = type(filter.path) == "string" and { filter.path } or filter.path
    local rows = journal:query(statements.runs, { filter.run, paths and names.array_pg(paths), filter.limit, n = 3 })
    for index, row in ipairs(rows) do
        runs[index] = run_of(row)
        newest_running = newest_running or row.state == "running" and runs[index].id or nil
    end
    add_objects(journal, statements.objects, runs)
    local working = at_work(sessions, newest_running)
    for index, run in ipairs(runs) do
        settle(run, rows[index], working, sessions)
        any_dead = any_dead or run.state == "dead"
    end
    return runs, any_dead
end

--- The runs, the newest first.
---@param journal wherry.Journal
---@param version integer of the journal
---@param filter wherry.StatusFilter
---@return wherry.RunStatus[]
function reading.runs(journal, version, filter)
    local statements = queries.of(version)
    local runs, any_dead = look(journal, statements, filter)
    -- a run that was gone on with between the two statements is not dead
    return any_dead and look(journal, statements, filter) or runs
end

local COUNTED = { "read", "filtered", "merged", "passed", "inserted", "updated", "skipped", "rejected" }

local function table_of(row)
    local tbl = { table = row.source_table, target = row.target, total = integer(row.total),
        excluded = integer(row.excluded), under_way = row.under_way == "t", seconds = tonumber(row.seconds) or 0 }
    tbl.expected = tbl.total and tbl.total - tbl.excluded
    for _, name in ipairs(COUNTED) do
        tbl[name] = integer(row[name]) or 0
    end
    tbl.state = row.todo == "0" and "loaded" or (tbl.under_way or tbl.read > 0) and "loading" or "waiting"
    return tbl
end

--- The tables of a run, in the order of its plan.
---@param journal wherry.Journal
---@param version integer of the journal
---@param run integer
---@return wherry.StatusTable[]
function reading.tables(journal, version, run)
    local tables = {}
    for index, row in ipairs(journal:query(queries.of(version).tables, { run })) do
        tables[index] = table_of(row)
    end
    return tables
end

return reading
