-- reading_several.lua: which files a run of several sources reads. Fences are held until all files are open, so that
-- they show one moment; a file that is in use is read from a copy, which is of a moment of its own. Of files that a
-- pattern found, those that can't be read are left out, and told.
local copies = require "wherry.engine.copies"
local core = require "wherry.core"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local moment = require "wherry.moment"
local progress = require "wherry.progress"
local shallow = require "wherry.shallow"
local source_files = require "wherry.engine.source_files"
local source_set = require "wherry.engine.source_set"
local sqlite = require "wherry.library.sqlite"

local reading_several = {}

---@class wherry.SourceFile
---@field name string of the source
---@field path string absolute
---@field given wherry.Sqlite what the plan says of it
---@field lenient boolean? where it can't be read, the others are loaded without it
---@field user string? which process uses it
---@field size integer? of one that is in use, or is copied
---@field fault table? why it is left out

-- A fault that says which of the sources it is about.
local function of_file(file, fault)
    if failure.is(fault) then
        fault.message = ("source %s: %s"):format(file.name, fault.message)
    end
    return fault
end

-- Left out where the plan allows it, else raised.
local function refuse(file, fault)
    local about_file = failure.is(fault) and (fault.kind == "environment" or fault.kind == "source")
    if about_file and fault.message:find "Too many open files" then
        about_file, fault.hint = false, "allow more (ulimit -n), or load some of the files at a time"
    end
    if not (file.lenient and about_file) then
        error(of_file(file, fault), 0)
    end
    file.fault = fault
end

local function look(file)
    local ok, seen = pcall(core.snapshot.look, file.path)
    if not ok then
        refuse(file, seen)
        return nil
    end
    file.path, file.size, file.user = seen.path, seen.size, seen.user
    return seen
end

local function check_one(one)
    local row = one.snapshot:query("PRAGMA quick_check(1)")[1]
    if row.quick_check ~= "ok" then
        failure.raise("source", ("quick_check finds %s damaged: %s"):format(one.file.path, row.quick_check),
            "restore it from a backup, or rescue what can be read: sqlite3 FILE .recover")
    end
    one.snapshot:query "PRAGMA shrink_memory" -- each of many files would keep some MB of pages
    one.checked = true
end

-- What SQLite's own check finds of files that may be left out is told before anything is written.
local function check(opened)
    local sound = {}
    for _, one in ipairs(opened) do
        local ok, why = true, nil
        if one.file.lenient then
            ok, why = pcall(check_one, one)
        end
        if ok then
            sound[#sound + 1] = one
        else
            one.snapshot:close()
            refuse(one.file, why)
        end
    end
    return sound
end

local function close_all(opened)
    for _, one in ipairs(opened) do
        pcall(one.snapshot.close, one.snapshot)
    end
end

---Opens files, all of them or none. The caller closes them.
---@param files wherry.SourceFile[] in the order of their names
---@param options { lanes: integer?, live: boolean?, check: boolean? } check: files that may be left out are checked
---@param read? table<string, wherry.Copy> by name: copies that are read in their place
---@return { file: wherry.SourceFile, name: string, snapshot: table }[] without those that are left out
function reading_several.open(files, options, read)
    local opened = {}
    core.sys.allow_files() -- each has a handful of connections, and these two or three files each
    local ok, why = pcall(function()
        for _, file in ipairs(files) do
            local copy = read and read[file.name]
            local fine, snapshot = pcall(core.snapshot.open, copy and copy.path or file.path,
                { lanes = options.lanes, live = options.live, hold = not copy })
            if fine then
                opened[#opened + 1] = { file = file, name = file.name, snapshot = snapshot, copy = copy }
            elseif not file.fault then
                refuse(file, snapshot)
            end
        end
        for _, one in ipairs(opened) do
            one.snapshot:release()
        end
        opened = options.check and check(opened) or opened
    end)
    if not ok then
        close_all(opened)
        error(why, 0)
    end
    return opened
end

-- What is known of the files that are open.
local function info_of(opened)
    local files = {}
    for i, one in ipairs(opened) do
        files[i] = shallow.copy(one.snapshot:info(), { name = one.name, copy = one.copy, given = one.file.given,
            lenient = one.file.lenient })
        files[i].path = one.copy and one.file.path or files[i].path
    end
    return { path = files[1] and files[1].path, files = files }
end

local function take(state, opened)
    if not opened[1] then
        local first = state.files[1]
        error(of_file(first, first.fault), 0)
    end
    for _, one in ipairs(opened) do
        local info = one.snapshot:info()
        if not info.fenced and not info.user and not one.copy then
            state.options.log("warning", ("source %s: %s"):format(one.name, info.note))
        end
    end
    state.source, state.info = source_set.new(opened), info_of(opened)
end

-- Which of the files are there to be read.
local function readable(files)
    local list = {}
    for _, file in ipairs(files) do
        list[#list + 1] = not file.fault and file or nil
    end
    return list
end

--- Looks at the files, and opens them where none has to be copied first.
---@param state table gets info, and source where they are opened
---@param files wherry.SourceFile[]
---@param lanes integer
function reading_several.begin(state, files, lanes)
    local mode = state.options.source_mode or "frozen"
    state.files, state.lanes = files, lanes
    for _, file in ipairs(files) do
        local seen = look(file)
        file.copied = seen and (mode == "copy" or mode == "auto" and seen.user ~= nil)
        state.user = state.user or file.copied and seen.user or nil
    end
    source_files.refuse_twins(files)
    local any = false
    for _, file in ipairs(files) do
        any = any or file.copied
    end
    if any then
        local list = readable(files)
        state.info = { path = list[1].path, files = list }
    else
        take(state, reading_several.open(files, { lanes = lanes, check = state.options.check }))
    end
end

-- The copies of a run that is to be gone on with, by source; nil: one is gone, of a run that is done.
local function copies_of(run)
    local found = {}
    for _, one in ipairs(run.files) do
        found[one.name] = one.copy and copies.of(one.copy) or nil
        if one.copy and not found[one.name] and run.state ~= "done" then
            failure.raise("environment", ("the copy of %s that run %d reads is not here: %s"):format(one.name, run.id,
                one.copy), ("go on where it lies (the run was begun on host %s), or take the run back with --restart")
                :format(run.host or "unknown"), { run = run.id })
        elseif one.copy and not found[one.name] then
            return nil
        end
    end
    return found
end

--- A run goes on as it began: raises where another --source-mode is asked for.
---@param options wherry.RunOptions
---@param run wherry.Run
function reading_several.check_mode(options, run)
    local files, copied = run.files or { run }, 0
    for _, one in ipairs(files) do
        copied = copied + (one.copy and 1 or 0)
    end
    local began = copied == 0 and "frozen" or copied == #files and "copy" or "auto"
    local asked = options.source_mode or "auto"
    if asked ~= "auto" and asked ~= began then
        failure.raise("plan", ("run %d was begun with another --source-mode (%s)"):format(run.id, began),
            "leave --source-mode out, or take the run back with --restart", { run = run.id })
    end
end

--- Opens what a run that is to be gone on with reads; of one that is done and whose copies are gone, nothing.
---@param state table
---@param run wherry.Run
function reading_several.go_on(state, run)
    reading_several.check_mode(state.options, run)
    local read = copies_of(run)
    if state.source then
        state.source:close()
        state.source = nil
    end
    if not read then
        state.info = { path = run.path, files = run.files }
        return
    end
    take(state, reading_several.open(readable(state.files), { lanes = state.lanes, check = state.options.check }, read))
    for _, info in ipairs(state.info.files) do
        for _, one in ipairs(run.files) do
            if info.copy and one.name == info.name and one.fingerprint ~= info.fingerprint then
                failure.raise("changed", ("the copy that run %d reads has changed: %s"):format(run.id, one.copy),
                    "take the run back with --restart, which begins anew with another copy", { run = run.id })
            end
        end
    end
end

--- Opens what a new run reads: copies are made first.
---@param state table
function reading_several.take(state)
    local options, read = state.options, {}
    if state.source then
        return
    end
    copies.sweep(state.journal, options.getenv, state.log)
    state.number, state.made_copies = state.journal:new_run(), {}
    for _, file in ipairs(readable(state.files)) do
        if file.copied then
            state.log("info", ("%s copied first (%s MB)"):format(file.user and ("%s is in use: %s; it is"):format(
                file.path, file.user) or file.path .. " is", progress.grouped((file.size >> 20) + 1)))
            local copy = copies.make(file.path, state.journal, state.number, options, file.name)
            state.made_copies[#state.made_copies + 1], read[file.name] = copy.path, copy
            state.log("info", ("reads the copy of %s as it was at %s%s"):format(file.path, moment.text(copy.taken),
                file.user and ("; writers waited for %.3f s"):format(copy.held) or ""))
        end
    end
    take(state, reading_several.open(readable(state.files), { lanes = state.lanes, check = options.check }, read))
end

--- Opens files for a look alone: those that others have open are read beside them.
---@param state table gets files, info, source
---@param files wherry.SourceFile[]
---@param lanes integer
function reading_several.look(state, files, lanes)
    state.files = files
    for _, file in ipairs(files) do
        look(file)
    end
    source_files.refuse_twins(files)
    take(state, reading_several.open(readable(files), { lanes = lanes, live = true, check = state.options.check }))
    for _, info in ipairs(state.info.files) do
        if info.user then
            state.options.log("warning", ("%s is in use: %s; what is shown is as of %s%s"):format(info.path, info.user,
                moment.text(info.taken // 1000000), info.wal and "" or "; a program that writes to it waits meanwhile"))
        end
    end
end

--- What is read as a script sees it: a handle of each file, or of its copy, by its name, to read alone. The caller
--- closes them all at once.
---@param state table
---@return table<string, wherry.SqliteHandle>
function reading_several.handles(state)
    local handles = setmetatable({}, { __close = function(self)
        for _, handle in pairs(self) do
            handle:close()
        end
    end })
    for _, info in ipairs(state.info.files) do
        local path = info.copy and info.copy.path or info.path
        handles[info.name] = sqlite.open(ends.sqlite((path:gsub("%$", "$$")))) -- its variables have their values
    end
    return handles
end

return reading_several
