-- opened.lua: what a verification reads: the source as it is at one moment, the target in one transaction that only
-- reads, the run of its journal that is verified, and that run's resolved plan.
local core = require "wherry.core"
local failure = require "wherry.failure"
local finding = require "wherry.verification.finding"
local journal_of = require "wherry.journal"
local names = require "wherry.names"
local opening = require "wherry.engine.opening"
local plan_of = require "wherry.plan"
local reading = require "wherry.engine.reading"
local resolve = require "wherry.resolve"
local result_of = require "wherry.engine.result"
local shallow = require "wherry.shallow"
local source_files = require "wherry.engine.source_files"
local sources = require "wherry.plan.sources"
local target_of = require "wherry.target"

local opened = {}

-- The absolute path of a file that may be gone.
local function absolute(path)
    local folder, name = path:match "^(.-)/*([^/]+)$"
    folder = folder == "" and (path:sub(1, 1) == "/" and "/" or ".") or folder
    local above = core.sys.realpath(folder)
    return core.sys.realpath(path) or above and (above == "/" and "" or above) .. "/" .. name or path
end

-- What the source is called, where it is not read.
local function name_source(state)
    local several = sources.is_several(state.plan.from)
    local files = several and source_files.of(state.plan, state.options.getenv)
        or { { path = plan_of.source_path(state.plan, state.options.getenv) } }
    for _, file in ipairs(files) do
        file.path = absolute(file.path)
    end
    state.info = { path = files[1].path, files = several and files or nil }
end

-- The journal's basis needs no source: where it can be read, rows that differ can be named.
local function open_source(state)
    local ok, fault = pcall(reading.look, state)
    if ok then
        return
    elseif not failure.is(fault) or fault.kind ~= "environment" then
        error(fault, 0)
    elseif state.options.against ~= "journal" then
        fault.hint = (fault.hint and fault.hint .. "; or " or "")
            .. "--against journal compares with what the journal knows of the run"
        error(fault, 0)
    end
    state.log("info", ("the source is not read (%s)"):format(fault.message))
    state.source = nil
    name_source(state)
end

local function open_target(state)
    local options = state.options
    local request = opening.request(state.plan, options, state.info)
    request.look, request.resume = true, options.run and tostring(options.run) or true
    state.target = target_of.choose(request)
    result_of.target(state.result, state.target)
    state.session = opening.session(state.target, options)
    result_of.server(state.result, state.session.connection)
    state.session:query "SET default_transaction_read_only = on"
    state.session:query "SELECT set_config('application_name', 'wherry verify', false)"
    state.journal = journal_of.open(state.session, options.journal)
end

-- Findings about writing: nothing is written.
local OF_WRITING = { target_not_empty = true, missing_right = true, trigger_fires = true, not_null_unfilled = true,
    replace_referenced = true, no_conflict_key = true, migration_head_differs = true }

-- The plan against a target that others have loaded. What was there before is not known: nothing.
local function resolve_plan(state)
    local options = state.options
    local plan = plan_of.apply(state.plan, { only = options.only, skip = options.skip, schema = "existing" })
    local resolved = resolve.run(plan, { source = state.source, session = state.session, journal = options.journal,
        has_codec = core.has_codec, files = state.info.files, log = state.log })
    local findings = {}
    for _, one in ipairs(resolved.findings) do
        findings[#findings + 1] = not OF_WRITING[one.code] and one or nil
    end
    for _, tbl in ipairs(resolved.tables) do
        tbl.before = nil
    end
    resolved.findings = findings
    return resolved
end

local function check_script(state, run)
    local hooked
    for _, tbl in ipairs(run.plan.tables) do
        hooked = hooked or tbl.hooks and tbl.source
    end
    if hooked and not state.script_hash and state.source then
        failure.raise("usage", ("run %d was made by a script, whose functions changed the rows of %s"):format(run.id,
            hooked), "name the script in the place of the file; or compare with the journal: --against journal")
    elseif state.script_hash and run.script_hash ~= state.script_hash then
        state.log("warning", ("the script has changed since run %d: its functions are called as they are now"):format(
            run.id))
    end
end

-- Whether what is read is another file than the run has read; nil: it is not known.
local function has_changed(info, run)
    local before, changed = {}, false
    for _, file in ipairs(run.files or { run }) do
        before[file.name or "main"] = file.fingerprint
    end
    for _, file in ipairs(info.files or { info }) do
        if not file.fingerprint then
            return nil
        end
        changed = changed or before[file.name or "main"] ~= file.fingerprint
    end
    return changed
end

local function find_run(state)
    local options = state.options
    local run = finding.run(state.journal, { path = state.info.path, files = state.info.files, run = options.run,
        script_hash = state.script_hash, log = state.log })
    if run then
        check_script(state, run)
        state.has_changed = has_changed(state.info, run)
        if options.against == "journal" and (not state.source or state.has_changed ~= false) then
            state.without_source = state.source and "the source is not as the run has read it"
                or "the source can't be read"
        end
        state.found, state.run, state.result.run, state.resolved = run, run.id, run.id, run.plan
        return
    elseif options.against == "journal" then
        failure.raise("environment", "the target's journal knows no run of this source that is done",
            "compare with the source: leave --against journal out")
    end
    state.log("info", "the target's journal knows no run of this source: its tables are compared as the plan reads "
        .. "them now")
    state.resolved = resolve_plan(state)
end

-- The tables of the target that are there and that the role may read, each once: of the others it is said when they are
-- to be read, and --only may leave them out.
local function tables_of(state)
    local list, known = {}, {}
    for _, tables in ipairs { state.resolved.tables, state.resolved.emitted or {} } do
        for _, tbl in ipairs(tables) do
            list[#list + 1] = not known[tbl.target_sql] and tbl.target_sql or nil
            known[tbl.target_sql] = true
        end
    end
    local there = {}
    for i, row in ipairs(state.session:query("SELECT name FROM unnest($1::text[]) AS name WHERE "
        .. "has_table_privilege(to_regclass(name), 'SELECT')", { names.array_pg(list) })) do
        there[i] = row.name
    end
    return there
end

-- One transaction, whose snapshot other connections may take. Locks come before its first look: TRUNCATE knows no
-- snapshots.
local function begin_snapshot(state)
    local there = tables_of(state)
    state.session:query "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    if there[1] then
        state.session:query(("LOCK TABLE %s IN ACCESS SHARE MODE"):format(table.concat(there, ", ")))
    end
    state.snapshot = state.session:query("SELECT pg_catalog.pg_export_snapshot() AS id")[1].id
end

---Opens all of it. What is open stands in the state, for opening.close.
---@param state table with options, log and result; gets plan, script_hash, source (nil: it is not read), info, target,
---session, journal, found (the run, where there is one), run (its number), resolved, snapshot, without_source (why the
---source says nothing of what the run has read)
function opened.all(state)
    state.plan, state.script_hash = opening.plan(shallow.copy(state.options, { only = {}, skip = {} }))
    open_source(state)
    result_of.source(state.result, state.info)
    open_target(state)
    find_run(state)
    result_of.plan(state.result, state.resolved)
    if not state.resolved.findings or not state.resolved.findings[1] then
        begin_snapshot(state)
    end
end

return opened
