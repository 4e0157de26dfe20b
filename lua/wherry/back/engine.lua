-- engine.lua: the way back from its options to its result: a PostgreSQL schema as it is at one moment becomes a SQLite
-- file, or no file. It prints nothing and raises nothing; wherry.engine is the way there.
local core = require "wherry.core"
local file_of = require "wherry.back.file"
local ledger = require "wherry.back.ledger"
local opening = require "wherry.opening"
local reading = require "wherry.back.reading"
local resolve = require "wherry.back.resolve"
local result_of = require "wherry.result"
local target = require "wherry.target"
local teller = require "wherry.teller"
local url = require "wherry.url"

local engine = {}

---@class wherry.RunBackOptions
---@field source string the PostgreSQL database as it was given
---@field path string the file to make
---@field schema string that is read
---@field journal string the journal's schema, unquoted
---@field only string[]
---@field skip string[]
---@field verify "count"|"none"|nil
---@field log fun(level: string, text: string)
---@field progress fun(report: wherry.ProgressReport)

---Opens a session with the source; the caller closes it. A lost connection takes its snapshot with it, so nothing is
---tried again.
---@param state { options: table, result: wherry.Result }
---@param log fun(level: string, text: string)
function engine.open(state, log)
    local options = state.options
    local parsed = url.parse(options.source)
    for _, note in ipairs(parsed.notes) do
        log("warning", note)
    end
    state.conninfo = parsed.conninfo
    state.result.sources[1] = { name = "main", path = parsed.masked, schema = options.schema, tables = {} }
    state.session = opening.session({ conninfo = parsed.conninfo },
        { journal = options.journal, retry = 0, log = log })
    state.result.sources[1].server_version = state.session.connection:parameter "server_version"
end

local function load_tables(state)
    local resolved, counts = state.resolved, state.counts
    local tick, finish = teller.new(resolved.tables, function(index) return counts[index] end, state.options.progress)
    state.loaded = core.back { conninfo = state.conninfo, snapshot = state.snapshot, path = state.options.path,
        before = resolved.before, behind = resolved.behind, tables = resolved.tables, tick = tick }
    finish()
end

local function finish(state)
    local result, options, tables = state.result, state.options, state.resolved.tables
    local compare = options.verify ~= "none"
    local sources, targets, findings = ledger.close(tables, state.counts, state.loaded.rows,
        compare and ledger.count(options.path, tables) or nil)
    result_of.ledger(result, sources, targets)
    result_of.findings(result, findings)
    result_of.findings(result, ledger.foreign_keys(state.loaded.foreign_keys))
    result_of.finished(result, compare)
end

local function drive(state)
    local options, result = state.options, state.result
    file_of.check(core, options.path)
    result.target = { file = options.path, origin = "given" }
    engine.open(state, state.log)
    state.log("info", ("target: %s, from %s"):format(target.describe(result.target), result.sources[1].path))
    state.snapshot = reading.begin(state.session, options.schema)
    state.resolved = resolve.run(state.session, options)
    result.objects = state.resolved.objects
    result_of.findings(result, state.resolved.findings)
    if result.findings[1] then
        result_of.refused(result)
        return
    end
    local receipts
    state.counts, receipts = reading.count(state.session, state.resolved)
    table.move(receipts, 1, #receipts, #result.objects + 1, result.objects)
    load_tables(state)
    finish(state)
end

---Makes the file. Never raises, never prints.
---@param options wherry.RunBackOptions
---@return wherry.Result
function engine.run(options)
    local state = { options = options, log = options.log, result = result_of.new("run") }
    local ok, fault = opening.protected(drive, state)
    if not ok then
        if state.loaded then -- made, and not known to be right
            os.remove(options.path)
        end
        result_of.failed(state.result, fault, core.sys.acknowledge_stop(), false)
    end
    if state.session then
        pcall(state.session.close, state.session)
    end
    return state.result
end

return engine
