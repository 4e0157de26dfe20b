-- unfinished.lua: what the journal knows of earlier runs: the one to go on with, the one to take back, those of other
-- files. Nothing is changed here but by --restart.
local acceptance = require "wherry.engine.acceptance"
local changes = require "wherry.engine.changes"
local failure = require "wherry.failure"
local json = require "wherry.json"
local progress = require "wherry.progress"
local restart = require "wherry.engine.restart"

local unfinished = {}

local LIST = "wherry status lists the runs that it holds"

---@class wherry.Request what the engine knows of the run that is asked for
---@field options wherry.RunOptions
---@field journal wherry.Journal
---@field path string absolute path of the source
---@field files? table[] of several sources: name, path, and of open ones fingerprint and fenced
---@field fingerprint string
---@field script_hash string?
---@field foresee? fun(run: wherry.Run): wherry.Finding[] what would refuse the next attempt, before a run is taken back
---@field open? fun(run: wherry.Run) opens what a run reads, and fills in source, fingerprint and signs
---@field source? table core.snapshot
---@field signs table of the source, or of each by its name, from changes.signs
---@field plan wherry.Plan with the options applied
---@field log fun(level: string, text: string)

-- Raises unless source, script, choices and target are those with which the run began; with everything that is not.
local function refuse_changes(run, list)
    local kind, texts, added = "plan", {}, true
    local hint = "--accept-changes keeps what is loaded and goes on with what is left, "
        .. "--restart takes the run back and begins anew"
    for index, change in ipairs(list) do
        texts[index] = change.text
        kind = change.what == "source" and "changed" or kind
        added = added and change.added
    end
    if run.state == "done" then
        hint = added and "the run is over: load what it went without by a script of its own, with from = that file and "
            .. 'on_conflict = "keep"' or "the run is over: load the file as it is now into another target"
    end
    failure.raise(kind, table.concat(texts, "; and "), hint, { run = kind == "changed" and run.id or nil })
end

-- The run as it is to be gone on with, or why not.
local function going_on(request, run)
    local list = changes.since(request, run)
    if not list[1] then
        return run, {}
    elseif not request.options.accept_changes or run.state == "done" then
        refuse_changes(run, list)
    end
    return acceptance.accept(request, run, list)
end

---Whether the run is one of this source; of several, one of them has to be the run's.
---@param request { path: string, files: table[]? }
---@param run wherry.Run
---@return boolean
function unfinished.is_of(request, run)
    local known = {}
    for _, file in ipairs(run.files or { run }) do
        known[file.path] = true
    end
    local any = false
    for _, file in ipairs(request.files or { request }) do
        any = any or known[json.utf8(file.path)]
    end
    return any and (run.files == nil) == (request.files == nil)
end

-- The run that --resume=RUN names, or the newest of this file.
local function find(request)
    local resume = request.options.resume
    local id = type(resume) == "string" and math.tointeger(tonumber(resume)) or nil
    if type(resume) == "string" and not id then
        failure.raise("usage", ("--resume=%s is no run's number"):format(resume), LIST)
    end
    local run = request.journal:find(request.path, id, request.files)
    if id and not run then
        failure.raise("usage", ("the target's journal holds no run %d"):format(id), LIST)
    elseif id and run.state == "removed" then
        failure.raise("usage", ("run %d was taken back"):format(id))
    elseif id and not unfinished.is_of(request, run) then
        failure.raise("usage", ("run %d loads another file, %s"):format(id, run.path))
    end
    return run
end

-- What a new run is told of the one that is not finished. One that was killed could not say that it stopped.
local function announcement(request, run)
    local counts, rows = request.journal:counts(run.id), 0
    for _, count in pairs(counts) do
        rows = rows + count.inserted + count.updated
    end
    return ("run %d of this file %s; it was begun at %s by %s on host %s, and %s rows of it stand in the target")
        :format(run.id, run.state == "running" and "was cut short" or "stopped half-way", run.started,
            run.operator or "somebody", run.host or "unknown", progress.grouped(rows))
end

--- The run to go on with; nil: a new one begins. With --restart the unfinished run is taken back.
---@param request wherry.Request
---@return wherry.Run?
---@return wherry.Finding[] findings why no new run may begin, or this one not be gone on with
function unfinished.find(request)
    local options, run = request.options, find(request)
    if options.resume and run then
        if request.open then
            request.open(run)
        end
        return going_on(request, run)
    elseif run and run.state ~= "done" then
        if not options.restart then
            return nil, { { code = "unfinished_run", reason = announcement(request, run),
                hint = "--resume goes on with it, --restart takes it back and begins anew" } }
        end
        local findings = request.foresee and request.foresee(run) or {}
        if findings[1] then
            return nil, findings
        end
        restart.remove(request.journal, run, request.log)
    elseif options.restart and run then
        request.log("info", ("run %d of this file is done, and --restart takes back unfinished runs only: a new run "
            .. "begins"):format(run.id))
    elseif options.restart or options.resume then
        request.log("info", "no run of this file is unfinished: a new run begins")
    end
    return nil, {}
end

-- The tables that a run of another file loads, too, as findings.
local function collisions(run, planned)
    local findings = {}
    for _, tbl in ipairs(run.plan.tables) do
        if planned[tbl.target_sql] then
            findings[#findings + 1] = { code = "unfinished_run", table = planned[tbl.target_sql],
                reason = ("run %d of another file, %s, loads into %s and stopped half-way"):format(run.id, run.path,
                    tbl.target_sql),
                hint = ("end it first: wherry run %s --resume, or take it back with --restart"):format(run.path) }
        end
    end
    return findings
end

--- Tells of unfinished runs of other files. One that loads into the same table is a finding: neither of the two could
--- say afterwards which rows are its own.
---@param request wherry.Request
---@param resolved wherry.Resolved of the run that is about to begin
---@return wherry.Finding[]
function unfinished.others(request, resolved)
    local findings, planned = {}, {}
    for _, tbl in ipairs(resolved.tables) do
        planned[tbl.target_sql] = tbl.source
    end
    for _, run in ipairs(request.journal:others(request.path, request.files)) do
        local found = collisions(run, planned)
        table.move(found, 1, #found, #findings + 1, findings)
        if not found[1] then
            request.log("info", ("run %d of another file, %s, stopped half-way; this one loads other tables"):format(
                run.id, run.path))
        end
    end
    return findings
end

return unfinished
