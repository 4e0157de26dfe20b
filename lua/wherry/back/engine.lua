-- engine.lua: the way back from its options to its result: a PostgreSQL schema as it is at one moment becomes a SQLite
-- file, or no file. It prints nothing and raises nothing; wherry.engine is the way there.
local comparison = require "wherry.back.comparison"
local compared = require "wherry.engine.compared"
local core = require "wherry.core"
local failure = require "wherry.failure"
local file_of = require "wherry.back.file"
local ledger = require "wherry.back.ledger"
local opening = require "wherry.engine.opening"
local place = require "wherry.place"
local reading = require "wherry.back.reading"
local resolve = require "wherry.back.resolve"
local result_of = require "wherry.engine.result"
local target = require "wherry.target"
local teller = require "wherry.engine.teller"
local url = require "wherry.url"

local engine = {}

---@class wherry.RunBackOptions
---@field source string the PostgreSQL database as it was given
---@field path string the file to make
---@field schema string that is read
---@field journal string the journal's schema, unquoted
---@field only string[]
---@field skip string[]
---@field verify "digest"|"count"|"none"|nil
---@field log fun(level: string, text: string)
---@field progress fun(report: wherry.ProgressReport)

---Opens a session with the source; the caller closes it. A lost connection takes its snapshot with it, so nothing is
---tried again.
---@param options { source: string, journal: string, log: fun(level: string, text: string) }
---@return wherry.Session
---@return wherry.ParsedTarget
function engine.open(options)
    local parsed = url.parse(options.source)
    for _, note in ipairs(parsed.notes) do
        options.log("warning", note)
    end
    local session = opening.session({ conninfo = parsed.conninfo },
        { journal = options.journal, retry = 0, log = options.log })
    return session, parsed
end

local PHASES = { behind = "makes the indexes", check = "integrity_check and foreign_key_check" }

-- Tells of rows as the way there does, and of what follows them; keeps how long each table took, as far as the looks
-- at the core tell.
local function teller_of(state)
    local counts, told, since = state.counts, nil, core.sys.clock()
    local tick, finish = teller.new(state.resolved.tables, function(index) return counts[index] end,
        state.options.progress)
    state.seconds = {}
    return function(index, rows, total, phase)
        if PHASES[phase] and phase ~= told then
            state.log("verbose", PHASES[phase])
        elseif phase == "load" then
            local now = core.sys.clock()
            state.seconds[index] = (state.seconds[index] or 0) + now - since
            since = now
        end
        told = phase
        tick(index, rows, total)
    end, finish
end

-- Whether the file was made; if not, why not: wherry.core's obstacles.
local function load_tables(state)
    local resolved = state.resolved
    local tick, finish = teller_of(state)
    local loaded = core.back { conninfo = state.conninfo, snapshot = state.snapshot, path = state.options.path,
        before = resolved.before, behind = resolved.behind, tables = resolved.tables, tick = tick,
        counts = state.options.verify ~= "none" and ledger.count_statements(resolved.tables) or nil }
    state.removed = state.removed + loaded.removed
    if loaded.obstacles then
        return false, loaded.obstacles
    end
    state.loaded = loaded
    finish()
    return true
end

local function resolve_tables(state)
    local result, options = state.result, state.options
    state.resolved = resolve.run(state.session, { schema = options.schema, journal = options.journal,
        only = options.only, skip = options.skip, as_they_are = state.as_they_are,
        refused = state.refused })
    result.objects, result.findings = state.resolved.objects, {}
    result_of.findings(result, state.resolved.findings)
end

-- Notes a value that its column's declared type would change: the column gets a type that changes none.
local function note_changed(state, t, obstacle)
    for _, column in ipairs(t.columns) do
        local noted = state.as_they_are[t.source] or {}
        if column.name == obstacle.column and not noted[column.source] then
            local why = ("SQLite would store %s instead of the %s %s"):format(obstacle.becomes, obstacle.class,
                place.value { value = obstacle.value or "", value_class = obstacle.class })
            noted[column.source], state.as_they_are[t.source] = why, noted
            state.log("info", ("%s.%s: %s; the column is declared BLOB, and the file begun anew"):format(t.source,
                column.source, why))
            return true
        end
    end
    return false
end

-- Notes a condition that SQLite computes otherwise than PostgreSQL, which took the row: it is left out.
local function note_refused(state, t, obstacle)
    local noted = state.refused[t.source] or {}
    if noted[obstacle.check] then
        return false
    end
    noted[obstacle.check], state.refused[t.source] = obstacle.key or "", noted
    state.log("info", ("%s: SQLite finds a row against CHECK (%s) that PostgreSQL took; it is left out, and the file "
        .. "begun anew"):format(t.source, obstacle.check))
    return true
end

-- An obstacle that was noted before, and is in the way all the same.
local function raise_obstacle(obstacle)
    failure.raise("value", obstacle.check and "SQLite refused the row: CHECK constraint failed: " .. obstacle.check
        or ("value does not fit %q: SQLite would store %s instead of the %s"):format(obstacle.column,
            obstacle.becomes, obstacle.class), nil, { table = obstacle.table, column = obstacle.column,
        key = obstacle.key, value = obstacle.value, value_class = obstacle.class })
end

local function note(state, obstacle)
    for _, t in ipairs(state.resolved.tables) do
        if t.target == obstacle.table and (obstacle.check and note_refused or note_changed)(state, t, obstacle) then
            return
        end
    end
    raise_obstacle(obstacle)
end

-- What SQLite would change or refuse is known once it is met: then the file is made without that, and begun anew, from
-- the same snapshot. Each column and condition can be met once.
local function load_unchanged(state)
    local made, obstacles = load_tables(state)
    while not made do
        for _, obstacle in ipairs(obstacles) do
            note(state, obstacle)
        end
        resolve_tables(state)
        made, obstacles = load_tables(state)
    end
end

-- Compares the file with the tables as a session sees them.
local function compare_with(state, session)
    local counts = {}
    for i, t in ipairs(state.resolved.tables) do
        counts[t.target] = { total = state.counts[i], excluded = 0 }
    end
    local file <close> = core.snapshot.open(state.options.path, { lanes = core.sys.processors() })
    return comparison.run(comparison.context(state.resolved.tables, { schema = state.options.schema, file = file,
        session = session, counts = counts, log = state.log, progress = state.options.progress }))
end

-- What differs may have been changed since then: of that nothing can be said.
local function forgive_changes(found)
    for _, line in ipairs(found.tables) do
        if line.state == "differs" then
            line.state, line.note = "not_compared", "the session was lost that saw what the file was made of, and the "
                .. "table has changed since, or differs"
            line.differences, line.missing, line.extra, line.different, line.more = nil, nil, nil, nil, nil
        end
    end
    found.state = compared.whole(found.tables)
    return found
end

-- Where the session is gone that saw what the file was made of, another one sees what is there now.
local function compare_anew(state, fault)
    if not (failure.is(fault) and fault.kind == "connection") then
        error(fault, 0)
    end
    state.log("warning", fault.message .. "; compares with the tables as they are now")
    state.session:close()
    state.session = engine.open(state.options)
    reading.begin(state.session, state.options.schema)
    return forgive_changes(compare_with(state, state.session))
end

-- Reads the file back, where that is wanted.
local function compare(state)
    local wanted, result = state.options.verify or "digest", state.result
    if wanted ~= "digest" then
        result.comparison = { basis = "run", state = "skipped", tables = {}, note = "--verify=" .. wanted }
        return
    end
    state.log("info", "compares both sides")
    local ok, found = pcall(compare_with, state, state.session)
    result.comparison = ok and found or compare_anew(state, found)
    result.but = compared.exceptions(result.comparison)
end

local function finish(state)
    local result, options, tables = state.result, state.options, state.resolved.tables
    if state.removed > 0 then
        state.log("info", ("removed what killed runs left beside %s (%d files)"):format(options.path, state.removed))
    end
    result_of.more_receipts(result, state.receipts)
    result_of.more_receipts(result, ledger.zeros(tables, state.loaded.zeros))
    local sources, targets, findings = ledger.close(tables, state.counts, state.loaded.rows,
        state.seconds, state.loaded.counts)
    result_of.ledger(result, sources, targets)
    result_of.findings(result, findings)
    result_of.findings(result, ledger.foreign_keys(state.loaded.foreign_keys))
    compare(state)
    result_of.finished(result, state.loaded.counts ~= nil)
end

local function drive(state)
    local options, result = state.options, state.result
    file_of.check(core, options.path)
    result.target = { file = options.path, origin = "given" }
    local parsed
    state.session, parsed = engine.open(options)
    state.conninfo = parsed.conninfo
    state.log("info", ("target: %s, from %s"):format(target.describe(result.target), parsed.masked))
    local seen
    state.snapshot, seen = reading.begin(state.session, options.schema)
    result.sources[1] = { name = "main", path = parsed.masked, schema = options.schema, fingerprint = seen,
        server_version = state.session.connection:parameter "server_version", tables = {} }
    resolve_tables(state)
    if result.findings[1] then
        result_of.refused(result)
        return
    end
    state.counts, state.receipts = reading.count(state.session, state.resolved)
    load_unchanged(state)
    finish(state)
end

---Makes the file. Never raises, never prints.
---@param options wherry.RunBackOptions
---@return wherry.Result
function engine.run(options)
    local state = { options = options, log = options.log, result = result_of.new("run"), as_they_are = {},
        refused = {}, removed = 0 }
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
