-- about.lua: the part `report` of a document: who ran what, where and when, how fast, and what is to be done next. With
-- it the document says all that a report shows.
local core = require "wherry.core"
local document = require "wherry.report.document"
local json = require "wherry.json"
local moment = require "wherry.moment"
local next_steps = require "wherry.report.next_steps"
local report_counts = require "wherry.report.counts"
local restored = require "wherry.report.restored"

local about = {}

local or_null, each = json.or_null, json.each

---@class wherry.ReportFacts what is known beside the result; what is missing is asked of this process
---@field command string|nil masked
---@field operator string|nil
---@field host string|nil
---@field version string|nil of the program
---@field started number|nil seconds since 1970
---@field finished number|nil
---@field source string|nil the source as it was given
---@field target string|nil the target as it was given, masked
---@field journal string|nil its schema
---@field jobs integer|nil lanes
---@field basis "run"|"journal"|nil journal: the document was made later, of what the journal knows
---@field accepted string[]|nil what had changed when a run went on all the same
---@field pace wherry.Pace|nil of the load
---@field secrets string[]|nil what must not be in the report, wherever it was named

--- This moment.
---@return number seconds since 1970
function about.now()
    return core.sys.now() / 1e6
end

local function rounded(number)
    return number and math.floor(number * 1000 + 0.5) / 1000 or json.null
end

local function time(seconds)
    return seconds and moment.iso(seconds) or json.null
end

local LINE = { "passed", "emitted", "inserted", "updated", "skipped", "rejected" }

local function line_of(source, entry, to)
    local line = { source = or_null(source), table = or_null(entry), target = or_null(to.table),
        seconds = rounded(to.seconds or 0) }
    for _, name in ipairs(LINE) do
        line[name] = to[name] or 0
    end
    return line
end

-- Which target table the rows of each source table went to, and the tables that got emitted rows alone.
local function tables_of(result)
    local list = json.array()
    for _, source in ipairs(result.sources or {}) do
        for index, entry in ipairs(source.tables) do
            list[#list + 1] = line_of(source.name, entry.table, report_counts.target_for(result, entry, index))
        end
    end
    for _, target in ipairs(list[1] and result.targets or {}) do
        if target.is_emitted then
            list[#list + 1] = line_of(nil, nil, target)
        end
    end
    return list
end

local function pace_of(pace)
    pace = pace or { bins = {}, pauses = {} }
    return each(pace.bins, function(bin) return { t = rounded(bin.t), rows = bin.rows } end),
        each(pace.pauses, function(pause) return { t = rounded(pause.t), seconds = rounded(pause.seconds) } end)
end

local function versions_of(facts)
    local libraries = core.versions()
    local here = facts.basis ~= "journal"
    return { wherry = or_null(facts.version or here and require "wherry.version" or nil),
        sqlite = here and libraries.sqlite or json.null, libpq = here and libraries.libpq or json.null,
        lua = here and libraries.lua or json.null }
end

--- Adds the part to a document of a result; both are not masked yet.
---@param doc table the document
---@param result wherry.Result
---@param facts wherry.ReportFacts
---@return table doc
function about.add(doc, result, facts)
    local finished = facts.finished or facts.basis ~= "journal" and about.now() or nil
    local throughput, pauses = pace_of(facts.pace)
    local call = { source = facts.source, target = facts.target }
    local steps = next_steps.of(restored.document(json.encode(doc)), call, result.hints or {})
    doc.report = {
        basis = facts.basis or "run", operator = or_null(facts.operator or core.sys.user()),
        host = or_null(facts.host or core.sys.host()), command = or_null(facts.command),
        versions = versions_of(facts), started = time(facts.started), finished = time(finished),
        seconds = rounded(facts.started and finished and math.max(0, finished - facts.started)),
        exit = result.exit, but = or_null(result.but), journal = or_null(facts.journal), jobs = or_null(facts.jobs),
        accepted = each(facts.accepted, tostring), hints = each(result.hints, tostring),
        committed = result.committed and { rows = result.committed.rows, tables = result.committed.tables }
            or json.null,
        tables = tables_of(result), throughput = throughput, pauses = pauses,
        load_seconds = rounded(facts.pace and facts.pace.seconds),
        next_steps = each(steps, function(step)
            return { group = step.group, text = step.text, command = or_null(step.command) }
        end),
    }
    return doc
end

--- The whole document of a result as text, without passwords.
---@param doc table the document
---@param result wherry.Result
---@param facts wherry.ReportFacts
---@param secrets string[]|nil beside those of the facts
---@return string json
function about.text(doc, result, facts, secrets)
    local all = {}
    for _, list in ipairs { secrets or {}, facts.secrets or {} } do
        table.move(list, 1, #list, #all + 1, all)
    end
    return json.encode(document.mask(about.add(doc, result, facts), all))
end

return about
