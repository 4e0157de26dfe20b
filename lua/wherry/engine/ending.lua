-- ending.lua: what every run ends with, however it has ended: what a report says of it is collected and kept in the
-- journal, connections are closed, the peak of memory is told.
local about = require "wherry.report.about"
local document = require "wherry.report.document"
local opening = require "wherry.engine.opening"
local pace = require "wherry.journal.pace"
local peak_memory = require "wherry.engine.peak_memory"
local url = require "wherry.url"

local ending = {}

local KEEPS_REPORTS = 6 -- the version of the journal

-- Passwords, wherever they were named.
local function secrets_of(state)
    local given = state.options.secrets or {}
    local secrets = table.move(given, 1, #given, 1, {})
    local ok, parsed = pcall(url.parse, state.target and state.target.conninfo or "")
    return table.move(ok and parsed.secrets or {}, 1, ok and #parsed.secrets or 0, #secrets + 1, secrets)
end

-- What is known without the journal.
local function facts_of(state)
    local options, target = state.options, state.target
    return { command = options.command, started = state.began, journal = options.journal, jobs = state.jobs,
        source = options.source, target = target and target.origin == "given" and target.url_masked or nil,
        secrets = secrets_of(state) }
end

-- What the journal knows besides.
local function ask(state, facts)
    local journal, run = state.journal, state.run
    local row = journal:query([[SELECT command, operator, host, version, accepted, jobs,
        extract(epoch FROM started) AS started, extract(epoch FROM finished) AS finished
        FROM %s.run WHERE id = $1]], { run })[1]
    facts.command, facts.operator, facts.host, facts.version = row.command, row.operator, row.host, row.version
    facts.started, facts.finished = tonumber(row.started), tonumber(row.finished)
    facts.jobs = math.tointeger(tonumber(row.jobs)) or facts.jobs
    facts.accepted = require "wherry.status.reading".texts(row.accepted)
    facts.pace = pace.of(journal, run)
end

-- The report of a run is a part of its row: others make files of it later.
local function keep(state, facts)
    local text = about.text(document.of(state.result), state.result, facts)
    state.session:step(state.journal:sql [[SELECT 1 FROM %s.run WHERE id = $1 AND report IS DISTINCT FROM $2
        FOR UPDATE]], { state.run, text },
        { { state.journal:sql "UPDATE %s.run SET report = $2 WHERE id = $1", state.run, text } })
end

local function collect(state)
    local session = state.session
    state.result.facts = facts_of(state)
    if state.run and session and session.locked then
        session.retry = 0 -- whatever fails now, the run has ended
        ask(state, state.result.facts)
        if state.journal:has_version(KEEPS_REPORTS) then
            keep(state, state.result.facts)
        end
    end
end

--- Ends a run. The result gets `facts`, of which the part `report` of its document is made.
---@param state table of the engine
function ending.run(state)
    local ok, why = pcall(collect, state)
    if not ok then
        state.log("verbose", "the journal did not take the report: " .. tostring(why))
    end
    opening.close(state)
    peak_memory.tell(state.log)
end

return ending
