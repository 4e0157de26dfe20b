-- finding.lua: which run is verified: the one that is named, or the newest one of this source that is done.
local failure = require "wherry.failure"
local journal_schema = require "wherry.journal.schema"
local run_row = require "wherry.journal.run_row"
local unfinished = require "wherry.engine.unfinished"

local finding = {}

local LIST = "wherry status lists the runs that it holds"

-- $3: a script is given, so the run has to be one of a script.
local OF_SOURCE = run_row.SELECT .. "WHERE " .. run_row.OF_SOURCE
    .. [[ AND r.state = ANY ($3::text[]) AND (r.script_hash IS NOT NULL OR NOT $4) ORDER BY r.id DESC LIMIT 1]]

local function newest(journal, request, states)
    local paths, several = table.unpack(run_row.paths(request.path, request.files))
    return run_row.of(journal:query(OF_SOURCE, { paths, several, states, request.script_hash ~= nil })[1])
end

local function named(journal, request)
    local run = run_row.of(journal:query(run_row.SELECT .. "WHERE r.id = $1", { request.run })[1])
    if not run then
        failure.raise("usage", ("the target's journal holds no run %d"):format(request.run), LIST)
    elseif run.state ~= "done" then
        failure.raise("usage", ("run %d %s"):format(run.id, run.state == "removed" and "was taken back"
            or "has not ended"), run.state == "removed" and LIST
            or "end it first: wherry run, with --resume; or wait until it has")
    elseif not unfinished.is_of(request, run) then
        request.log("warning", ("run %d has read another file, %s"):format(run.id, run.path))
    end
    return run
end

-- What the newest run did not complete is not there; an older one that is done can be verified all the same.
local function tell_unfinished(request, run, open)
    if open and not run then
        failure.raise("environment", ("run %d of this source has not ended: there is nothing to verify yet"):format(
            open.id), "go on with it: wherry run, with --resume")
    elseif open and open.id > run.id then
        request.log("warning", ("run %d of this source has not ended; run %d is verified"):format(open.id, run.id))
    end
end

---The run to verify; nil: the journal knows none of this source, so others have loaded the target.
---@param journal wherry.Journal
---@param request { path: string, files: table[]?, script_hash: string?, run: integer?, log: function }
---@return wherry.Run?
function finding.run(journal, request)
    if not journal:has_version(0) then
        if request.run then
            failure.raise("usage", ("the target has no journal, and so no run %d"):format(request.run), LIST)
        end
        return nil
    end
    journal_schema.check_readable(journal)
    if request.run then
        return named(journal, request)
    end
    local run = newest(journal, request, "{done}")
    tell_unfinished(request, run, newest(journal, request, "{running,stopped}"))
    return run
end

return finding
