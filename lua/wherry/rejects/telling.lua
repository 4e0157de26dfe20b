-- telling.lua: what a run says of values and rows that did not fit: in its result, and in a file of its own.
local core = require "wherry.core"
local failure = require "wherry.failure"
local journal_columns = require "wherry.journal.columns"
local json = require "wherry.json"
local progress = require "wherry.progress"
local record = require "wherry.rejects.record"
local result_of = require "wherry.engine.result"

local telling = {}

-- A finding for each table with rejected rows; the groups say why.
local function findings_of(resolved, open)
    local findings = {}
    for _, tbl in ipairs(resolved.tables) do
        local count = open[tbl.read.table]
        if count then
            findings[#findings + 1] = { code = "rejected", table = tbl.source,
                reason = ("%s rejected, and kept in the journal"):format(
                    count == 1 and "1 row was" or progress.grouped(count) .. " rows were"),
                hint = "wherry rejects show lists them; with a mended script, wherry rejects retry loads them" }
        end
    end
    return findings
end

--- Tells what was committed of it; of a run that stopped, too.
---@param result wherry.Result
---@param journal wherry.Journal
---@param run integer
function telling.committed(result, journal, run)
    result_of.rejects(result, record.groups(journal, run))
end

--- Tells all of a run that has ended, findings included.
---@param result wherry.Result
---@param journal wherry.Journal
---@param run integer
---@param resolved wherry.Resolved
---@param open table<string, integer> from record.open
function telling.finished(result, journal, run, resolved, open)
    local counted = journal_columns.read(journal, run)
    telling.committed(result, journal, run)
    result_of.findings(result, findings_of(resolved, open))
    result_of.findings(result, journal_columns.findings(resolved, counted))
    result_of.more_receipts(result, journal_columns.receipts(resolved, counted))
end

local function fail(why)
    failure.raise("environment", ("the rejects can't be written: %s"):format(why), "the journal has them, if any")
end

--- Refuses a file for the rejects that can't be one, before anything is done. It is replaced, so it must not be the
--- source: that may not even be opened and closed beside SQLite.
---@param path string
---@param source string the source's absolute path
function telling.check_file(path, source)
    local folder, name = path:match "^(.-)/*([^/]*)$"
    folder = folder == "" and path:sub(1, 1) == "/" and "/" or folder ~= "" and folder or nil
    local above = core.sys.realpath(folder or ".")
    local real = core.sys.realpath(path) or above and above .. "/" .. name
    local found = core.sys.stat(path)
    if path == "" or found and found.type ~= "file" then
        failure.raise("usage", ("--rejects=%s is no file"):format(path), "name one; what is there is replaced")
    elseif real and (real == source or real:sub(1, #source + 1) == source .. "-") then
        failure.raise("usage", "--rejects names the source", "name another file: what is there is replaced")
    elseif folder and not core.sys.stat(folder) then
        fail(("there is no folder %s"):format(folder))
    end
end

local function write(file, text)
    local ok, why = file:write(text)
    if not ok then
        fail(why)
    end
end

--- Writes the open rejects into a file, one JSON document a line; a file of this name is replaced.
---@param path string
---@param journal wherry.Journal
---@param run integer
function telling.export(path, journal, run)
    local part = path .. ".part"
    local file <close>, why = io.open(part, "wb")
    if not file then
        fail(why)
    end
    record.each(journal, run, {}, function(row)
        write(file, json.encode(record.document(run, row)) .. "\n")
    end)
    local ok
    ok, why = file:close()
    if ok then
        ok, why = os.rename(part, path)
    end
    if not ok then
        fail(why)
    end
end

return telling
