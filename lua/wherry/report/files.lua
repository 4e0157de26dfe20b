-- files.lua: a report as files of a folder: report.json, which says all of it, and the page and the text made from it.
local core = require "wherry.core"
local failure = require "wherry.failure"
local html = require "wherry.report.html"
local restored = require "wherry.report.restored"
local text_file = require "wherry.report.text_file"

local files = {}

local function fail(folder, why)
    failure.raise("environment", ("the report can't be written into %s: %s"):format(folder, why),
        "name another folder with --report, or give this user the right to write there")
end

-- Writes beside the name, which the file gets when it is complete and on the disk.
local function write(folder, name, text)
    local beside = ("%s/.%s.wherry-%d"):format(folder, name, core.sys.pid())
    local file, why = io.open(beside, "wb")
    if not file then
        fail(folder, why)
    end
    local ok
    ok, why = file:write(text)
    local closed, late = file:close()
    if ok and closed then
        ok, why = pcall(core.sys.fsync, beside)
    end
    if ok and closed then
        ok, why = os.rename(beside, folder .. "/" .. name)
    end
    if not (ok and closed) then
        os.remove(beside)
        fail(folder, tostring(why or late))
    end
    return folder .. "/" .. name
end

--- Makes the folder, and refuses one that can't be written into. To be called before anything else is written.
---@param folder string
function files.prepare(folder)
    if folder == "" then
        failure.raise("usage", "--report names no folder", "name one: --report DIR")
    end
    local found = core.sys.stat(folder)
    if found and found.type ~= "directory" then
        fail(folder, "it is no folder")
    end
    local made, fault = pcall(core.sys.mkdir, folder)
    if not made then
        fail(folder, failure.is(fault) and fault.message or tostring(fault))
    end
    local probe = ("%s/.wherry-%d"):format(folder, core.sys.pid())
    local file, why = io.open(probe, "wb")
    if not file then
        fail(folder, why)
    end
    file:close()
    os.remove(probe)
end

local function content(path)
    local file <close> = io.open(path, "rb")
    return file and file:read "a"
end

-- The name of the text: by the time at which what it tells of has ended. The text of another run keeps its name.
local function name_of(folder, doc, text)
    local digits = (doc.report.finished or ""):gsub("%D", "")
    local stamp = #digits == 14 and digits:sub(1, 8) .. "_" .. digits:sub(9) or os.date "!%Y%m%d_%H%M%S"
    local name, number = ("migration_report_%s.txt"):format(stamp), 1
    while core.sys.stat(folder .. "/" .. name) and content(folder .. "/" .. name) ~= text do
        number = number + 1
        name = ("migration_report_%s_%d.txt"):format(stamp, number)
    end
    return name
end

---@class wherry.ReportFiles
---@field json string path
---@field html string
---@field text string

--- Writes the report.
---@param folder string
---@param document string JSON: the masked document of a command with its part `report`
---@return wherry.ReportFiles
function files.write(folder, document)
    files.prepare(folder)
    local doc = restored.document(document)
    local text = text_file(doc)
    return { text = write(folder, name_of(folder, doc, text), text), html = write(folder, "report.html", html(doc)),
        json = write(folder, "report.json", document .. "\n") }
end

--- Says where a report is.
---@param made wherry.ReportFiles
---@param log fun(level: string, text: string)
function files.show(made, log)
    log("info", ("report: %s, %s, %s"):format(made.html, made.text, made.json))
end

--- Writes the report and says where it is. Where it could not be written, that is a finding of the result, whose exit
--- code says so if all was well otherwise.
---@param folder string
---@param document string as for write
---@param log fun(level: string, text: string)
---@param result { exit: integer, findings: table[]? }
function files.tell(folder, document, log, result)
    local ok, made = pcall(files.write, folder, document)
    if ok then
        files.show(made, log)
        return
    end
    local fault = failure.from(made)
    log("error", fault.message)
    result.exit = result.exit == 0 and failure.exit_code(fault) or result.exit
    if result.findings then
        table.insert(result.findings, { code = "report", reason = fault.message, hint = fault.hint })
    end
end

return files
