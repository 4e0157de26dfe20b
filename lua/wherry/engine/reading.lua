-- reading.lua: which file a run reads: the source where it lies, or, where that is in use, a copy of it as it was at
-- one moment. The journal knows which copy a run has begun with, and the run goes on with that.
local copies = require "wherry.engine.copies"
local core = require "wherry.core"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local moment = require "wherry.moment"
local opening = require "wherry.engine.opening"
local plan = require "wherry.plan"
local progress = require "wherry.progress"
local reading_several = require "wherry.engine.reading_several"
local source_files = require "wherry.engine.source_files"
local sources = require "wherry.plan.sources"
local sqlite = require "wherry.library.sqlite"

local reading = {}

--- Looks at the source, and opens it where it is read as it lies: at rest, or when that is asked for. Otherwise it is
--- opened later: which copy is read depends on the run.
---@param state table gets info, and source where it is opened
function reading.begin(state)
    local options = state.options
    if sources.is_several(state.plan.from) then
        reading_several.begin(state, source_files.of(state.plan, options.getenv), opening.lanes(options).lanes)
        return
    end
    local mode = options.source_mode or "frozen"
    if mode ~= "frozen" then
        local seen = core.snapshot.look(plan.source_path(state.plan, options.getenv))
        if mode == "copy" or seen.user then
            state.info, state.user = { path = seen.path, size = seen.size }, seen.user
            return
        end
    end
    state.source, state.info = opening.source(state.plan, options)
end

--- Opens the source for a look alone: files that others have open are read beside them, as they are at one moment.
---@param state table with plan and options; gets source and info
function reading.look(state)
    local options = state.options
    local lanes = opening.lanes(options).lanes
    if sources.is_several(state.plan.from) then
        reading_several.look(state, source_files.of(state.plan, options.getenv), lanes)
    else
        state.source, state.info = opening.look(plan.source_path(state.plan, options.getenv), lanes, options.log)
    end
end

-- Opens a copy in the place of the source, whose name stays.
local function open_copy(state, copy)
    local path = state.info.path
    if state.source then
        state.source:close()
    end
    state.source = core.snapshot.open(copy.path, opening.lanes(state.options))
    state.info = state.source:info()
    state.info.path, state.info.copy = path, copy
end

-- The source itself, for a run that has read it where it lies.
local function open_original(state, run)
    local ok, source, info = pcall(opening.source, state.plan, state.options)
    if not ok then
        local fault = source
        if failure.is(fault) and state.user then
            fault.hint = ("run %d reads the file itself: stop what uses it, then go on; or take the run back with "
                .. "--restart, which begins anew with a copy"):format(run.id)
        end
        error(fault, 0)
    end
    state.source, state.info = source, info
end

--- Opens what a run that is to be gone on with reads. A run that is done may have no copy any more: then nothing is
--- open, which is fine.
---@param state table
---@param run wherry.Run
function reading.go_on(state, run)
    if state.files then
        reading_several.go_on(state, run)
        return
    end
    reading_several.check_mode(state.options, run)
    if not run.copy then
        if not state.source then
            open_original(state, run)
        end
        return
    end
    local copy = copies.of(run.copy)
    if copy then
        open_copy(state, copy)
        if state.info.fingerprint ~= run.fingerprint then
            failure.raise("changed", ("the copy that run %d reads has changed: %s"):format(run.id, run.copy),
                "take the run back with --restart, which begins anew with another copy", { run = run.id })
        end
        state.log("info", ("reads the copy of %s as it was at %s"):format(state.info.path, moment.text(copy.taken)))
    elseif run.state ~= "done" then
        failure.raise("environment", ("the copy that run %d reads is not here: %s"):format(run.id, run.copy),
            ("go on where it lies (the run was begun on host %s), or take the run back with --restart"):format(
                run.host or "unknown"), { run = run.id })
    else
        state.source = state.source and state.source:close()
        state.info = { path = state.info.path, fingerprint = run.fingerprint }
    end
end

--- Opens what a new run reads; where the source is not open by now, that is a copy, which is made first.
---@param state table
function reading.take(state)
    local options, info = state.options, state.info
    if state.files then
        reading_several.take(state)
        return
    elseif state.source then
        return
    end
    copies.sweep(state.journal, options.getenv, state.log)
    state.log("info", ("%s copied first (%s MB)"):format(state.user and ("%s is in use: %s; it is"):format(info.path,
        state.user) or info.path .. " is", progress.grouped((info.size >> 20) + 1)))
    state.number = state.journal:new_run()
    local copy = copies.make(info.path, state.journal, state.number, options)
    state.made_copy = copy.path
    open_copy(state, copy)
    state.log("info", ("reads the copy of %s as it was at %s%s"):format(info.path, moment.text(copy.taken),
        state.user and ("; writers waited for %.3f s"):format(copy.held) or ""))
end

--- What is read as a script sees it: a handle of the file, or of its copy, as it is at one moment, to read alone. The
--- caller closes it.
---@param state table
---@return wherry.SqliteHandle|table<string, wherry.SqliteHandle> of several sources, by their names
function reading.handle(state)
    if state.files then
        return reading_several.handles(state)
    end
    local path = state.info.copy and state.info.copy.path or state.info.path
    return sqlite.open(ends.sqlite((path:gsub("%$", "$$")))) -- its variables have their values
end

--- Closes what is read. The copy goes that was made for a run which did not begin, or whose target goes, too; and so do
--- all that nothing needs any more.
---@param state table
function reading.finish(state)
    if state.source then
        pcall(state.source.close, state.source)
        state.source = nil
    end
    local made = state.made_copies or { state.made_copy }
    if made[1] and (not state.run or state.options.transient) then
        for _, path in ipairs(made) do
            pcall(core.sys.remove_tree, path)
        end
    elseif state.run and state.session and state.session.locked then
        pcall(copies.sweep, state.journal, state.options.getenv, state.log)
    end
end

return reading
