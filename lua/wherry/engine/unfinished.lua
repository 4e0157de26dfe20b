-- unfinished.lua: what the journal knows of earlier runs: the one to go on with, the one to take back, those of other
-- files. Nothing is changed here but by --restart.
local failure = require "wherry.failure"
local json = require "wherry.json"
local resolve = require "wherry.resolve"
local restart = require "wherry.engine.restart"

local unfinished = {}

---@class wherry.Request what the engine knows of the run that is asked for
---@field options wherry.RunOptions
---@field journal wherry.Journal
---@field path string absolute path of the source
---@field fingerprint string
---@field script_hash string?
---@field log fun(level: string, text: string)

--- What the user chose that the resolved plan depends on: a resumed run must have been asked for the same.
---@param options wherry.RunOptions
---@return table<string, string>
function unfinished.choices(options)
    return {
        schema = options.schema or "", target_schema = options.target_schema or "", triggers = options.triggers or "",
        only = table.concat(options.only or {}, ","), skip = table.concat(options.skip or {}, ","),
        idiomatic = options.idiomatic and "yes" or "", nocase = options.nocase or "",
        on_bad = table.concat(options.on_bad or {}, ","),
    }
end

local AGAIN = "--restart takes the run back and begins anew"

-- Raises unless source, script, choices and target are those with which the run began.
local function refuse_changes(request, run)
    if run.fingerprint ~= request.fingerprint then
        failure.raise("changed", ("the source has changed since run %d began: %s"):format(run.id, request.path),
            run.state == "done" and "the run is over: load the file as it is now into another target"
                or "take the run back with --restart and load the file as it is now", { run = run.id })
    elseif run.script_hash ~= request.script_hash and request.journal:has_todo(run.id) then
        failure.raise("plan", ("the script has changed since run %d began"):format(run.id), AGAIN)
    end
    for name, value in pairs(unfinished.choices(request.options)) do
        if value ~= "" and value ~= run.choices[name] then
            failure.raise("plan", ("run %d was begun with another --%s (%s)"):format(run.id, (name:gsub("_", "-")),
                (run.choices[name] or "") == "" and "none" or run.choices[name]), AGAIN)
        end
    end
    resolve.compare_target(run.plan, request.journal.session)
end

-- The run that --resume=RUN names, or the newest of this file.
local function find(request)
    local resume = request.options.resume
    local id = type(resume) == "string" and math.tointeger(tonumber(resume)) or nil
    if type(resume) == "string" and not id then
        failure.raise("usage", ("--resume=%s is no run's number"):format(resume))
    end
    local run = request.journal:find(request.path, id)
    if id and not run then
        failure.raise("usage", ("the target's journal holds no run %d"):format(id))
    elseif id and run.state == "removed" then
        failure.raise("usage", ("run %d was taken back"):format(id))
    elseif id and run.path ~= json.utf8(request.path) then
        failure.raise("usage", ("run %d loads another file, %s"):format(id, run.path))
    end
    return run
end

--- The run to go on with; nil: a new one begins. With --restart the unfinished run is taken back.
---@param request wherry.Request
---@return wherry.Run?
---@return wherry.Finding? finding why no new run may begin
function unfinished.find(request)
    local options, run = request.options, find(request)
    if options.resume and run then
        refuse_changes(request, run)
        return run
    elseif run and run.state ~= "done" then
        if not options.restart then
            return nil, { code = "unfinished_run",
                reason = ("run %d of this file stopped half-way"):format(run.id),
                hint = "--resume goes on with it, --restart takes it back and begins anew" }
        end
        restart.remove(request.journal, run, request.log)
    elseif options.restart and run then
        request.log("info", ("run %d of this file is done, and --restart takes back unfinished runs only: a new run "
            .. "begins"):format(run.id))
    elseif options.restart or options.resume then
        request.log("info", "no run of this file is unfinished: a new run begins")
    end
    return nil
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
    for _, run in ipairs(request.journal:others(request.path)) do
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
