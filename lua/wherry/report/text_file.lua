-- text_file.lua: a document as the text that lies beside the page: the summary of the command, in full, between who ran
-- what and what is to be done next. Made from the document alone.
local console = require "wherry.cli.console"
local printable = require "wherry.place".printable
local report = require "wherry.report"
local restored = require "wherry.report.restored"
local words = require "wherry.report.html.words"

local WHAT = { run = "migration report", verify = "verification report" }
local GROUPS = { { "now", "Now" }, { "switch", "The switch" }, { "back", "How to go back" },
    { "afterwards", "Afterwards" } }

local function field(lines, name, value)
    if value then
        lines[#lines + 1] = ("%-12s %s"):format(name .. ":", printable(value))
    end
end

local function versions_of(about)
    local list = {}
    for _, name in ipairs { "wherry", "sqlite", "libpq", "lua" } do
        local version = about.versions and about.versions[name]
        list[#list + 1] = version and ("%s %s"):format(name, version) or nil
    end
    return list[1] and table.concat(list, ", ")
end

local function head(doc, lines)
    local about = doc.report or {}
    lines[1] = "wherry: " .. (WHAT[doc.command] or "report")
    lines[2] = ("="):rep(#lines[1])
    lines[3] = ""
    field(lines, "status", doc.status)
    field(lines, "run", doc.run and tostring(doc.run))
    field(lines, "operator", ("%s on %s"):format(about.operator or "not known", about.host or "a host not known"))
    field(lines, "command", about.command)
    field(lines, "started", words.moment(about.started))
    field(lines, "ended", words.moment(about.finished) .. (about.seconds and (" (%s)"):format(words.span(about.seconds))
        or ""))
    for _, source in ipairs(doc.sources or {}) do
        field(lines, "source", (#doc.sources > 1 and source.name .. ": " or "") .. source.path)
        field(lines, "fingerprint", source.fingerprint)
    end
    field(lines, "versions", versions_of(about))
    for _, text in ipairs(about.accepted or {}) do
        field(lines, "accepted", text)
    end
    lines[#lines + 1] = ""
end

local function next_steps(doc, lines)
    for _, group in ipairs(GROUPS) do
        local number = 0
        for _, step in ipairs(doc.report and doc.report.next_steps or {}) do
            if step.group == group[1] then
                if number == 0 then
                    lines[#lines + 1] = ""
                    lines[#lines + 1] = group[2]
                end
                number = number + 1
                lines[#lines + 1] = ("  %d. %s"):format(number, printable(step.text))
                lines[#lines + 1] = step.command and "     " .. printable(step.command)
            end
        end
    end
end

-- The file is UTF-8, wherever it is written.
local function locale(name)
    return name == "LC_ALL" and "C.UTF-8" or nil
end

-- What the command has said at its end.
local function said(doc)
    local result, plain = restored.result(doc), console.new { getenv = locale }
    plain.verbose = true
    return (doc.error and report.error_block(doc.error) .. "\n\n" or "")
        .. report.summary(result, plain, { verbose = true })
end

---The text.
---@param doc table a document with its part `report`, without nulls
---@return string
return function(doc)
    local lines = {}
    head(doc, lines)
    lines[#lines + 1] = (said(doc):gsub("\n+$", ""))
    next_steps(doc, lines)
    return table.concat(lines, "\n") .. "\n"
end
