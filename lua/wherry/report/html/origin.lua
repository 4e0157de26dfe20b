-- origin.lua: who ran what, where, when and with which versions: what an auditor asks of the report itself.
local e = require "wherry.report.html.element"
local parts = require "wherry.report.html.parts"
local words = require "wherry.report.html.words"

local origin = {}

local function fact(name, ...)
    return e.join(e.dt({}, name), e.dd({}, ...))
end

---The database or file that was written to, in words.
---@param doc table
---@return string
function origin.target(doc)
    local target = doc.target
    if not target then
        return "not known"
    elseif target.file then
        return target.file == "-" and "a dump on stdout" or target.file
    end
    return target.url or target.database or "not known"
end

local function sources(doc)
    local list = {}
    for _, source in ipairs(doc.sources or {}) do
        local label = #doc.sources > 1 and "source " .. source.name or "source"
        list[#list + 1] = fact(label, e.code({}, source.path), source.schema and (", schema %s"):format(source.schema),
            source.server_version and (", PostgreSQL %s"):format(source.server_version),
            source.copy and e.p({ class = "soft" }, ("read as a copy, taken %s"):format(words.moment(
                source.copy.taken))))
        list[#list + 1] = source.fingerprint and fact("fingerprint", e.code({}, source.fingerprint))
    end
    return list
end

local function target(doc)
    local one = doc.target
    if not one then
        return nil
    end
    return e.join(fact("target", e.code({}, origin.target(doc)), one.origin and not one.file
        and (" (%s)"):format(one.origin)),
        one.database and fact("database", one.database), one.host and fact("server", one.host),
        one.schema and fact("schema", one.schema),
        one.server_version and fact("PostgreSQL", one.server_version))
end

local function versions(about)
    local list = {}
    for _, one in ipairs { { "wherry" }, { "sqlite", "SQLite" }, { "libpq", "libpq" }, { "lua", "Lua" } } do
        local version = about.versions and about.versions[one[1]]
        list[#list + 1] = version and ("%s %s"):format(one[2] or one[1], version) or nil
    end
    return list[1] and fact("versions", table.concat(list, ", "))
end

---@param doc table
---@return wherry.Html
function origin.section(doc)
    local about, accepted = doc.report or {}, {}
    for index, text in ipairs(about.accepted or {}) do
        accepted[index] = e.p({}, text)
    end
    return parts.section("origin", "Origin of this report", e.dl({ class = "facts" },
        fact("status", doc.status or "not known"), about.exit and fact("exit code", tostring(about.exit)),
        doc.run and fact("run", tostring(doc.run), about.journal and (" of the journal in schema %s"):format(
            about.journal)),
        fact("operator", about.operator or "not known"), fact("host", about.host or "not known"),
        about.command and fact("command", e.code({}, about.command)),
        fact("started", words.moment(about.started)), fact("ended", words.moment(about.finished)),
        about.jobs and fact("lanes", tostring(about.jobs)), sources(doc), target(doc), versions(about),
        accepted[1] and fact("went on although", accepted)),
        about.basis == "journal" and e.p({ class = "soft" }, "This report was made later, of what the journal in the "
            .. "target knows of the run."))
end

return origin
