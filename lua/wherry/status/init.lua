-- status/init.lua: the runs of a target, from its journal: a look, or a watch until a run has ended. It takes no lock
-- and writes nothing.
local core = require "wherry.core"
local journal_schema = require "wherry.journal.schema"
local opened = require "wherry.status.opened"
local opening = require "wherry.engine.opening"
local reading = require "wherry.status.reading"
local reported = require "wherry.status.reported"
local result_of = require "wherry.engine.result"

local status = {}

local EVERY_SECONDS = 1

--- How long a watched run may seem dead: one that has lost the server tries again every five seconds.
status.DEAD_SECONDS = 15

local function open_journal(state)
    local there, version = journal_schema.exists(state.journal)
    if there then
        journal_schema.check_readable(state.journal)
    end
    state.version = there and version or nil
    state.result.journal = there and state.journal.name or nil
end

-- The runs that are asked for. Of the one that is asked for, and of one at work, with their tables.
local function look(state, run, limit)
    local runs = state.version and reading.runs(state.journal, state.version, { run = run,
        path = state.paths or state.path, limit = limit }) or {}
    if run and not runs[1] then
        opened.refuse_missing(state, run)
    end
    for _, found in ipairs(runs) do
        if run or found.state == "running" then
            found.tables = reading.tables(state.journal, state.version, found.id)
        end
    end
    return runs
end

--- The exit code that says how a run has ended.
---@param run wherry.RunStatus
---@return integer
function status.verdict(run)
    if run.state == "done" then
        return run.status == "differs" and 1 or 0
    end
    return run.state == "removed" and 1 or 5
end

-- A watch may be begun before the run, which stands in the journal as soon as it has begun to write.
local function wait_for_run(state)
    local told = false
    while not look(state, nil, 1)[1] do
        if not told then
            told = true
            state.options.log("info", "waits for a run to begin: " .. (state.version
                and "the target's journal holds none" .. (state.path and " of " .. state.path or "")
                or "the target has no journal yet"))
        end
        state.session.check_stop()
        core.sys.sleep(EVERY_SECONDS)
        open_journal(state)
    end
end

-- Until the run has ended, or has shown for a while that it will not.
local function watch(state, run)
    local dead_since
    while true do
        state.session.check_stop()
        local runs = look(state, run, 1)
        run = runs[1].id
        local now = core.sys.clock()
        dead_since = runs[1].state == "dead" and (dead_since or now) or nil
        if runs[1].state ~= "running" and not (dead_since and now - dead_since < status.DEAD_SECONDS) then
            return look(state, run, 1)
        end
        state.options.show(runs[1])
        core.sys.sleep(EVERY_SECONDS)
    end
end

local function drive(state)
    local options, result = state.options, state.result
    opened.all(state)
    open_journal(state)
    result.of = state.path
    if options.watch then
        if not options.run then
            wait_for_run(state)
        end
        result.runs = watch(state, options.run)
        result.exit = status.verdict(result.runs[1])
    else
        result.runs = look(state, options.run, options.limit and options.limit + 1)
        result.more = options.limit ~= nil and #result.runs > options.limit
        result.runs[result.more and options.limit + 1 or 0] = nil
        result.exit = 0
    end
    if options.report and result.runs[1] then
        local run = result.runs[1]
        run.tables = run.tables or reading.tables(state.journal, state.version, run.id)
        result.report = reported.of(state.journal, state.version, run, result.target)
    end
    result.status = "done"
end

--- Looks or watches. Never raises, never prints.
---@param options table run?, source?, target?, watch?, limit?, report?, show (of a watch: gets the run every second),
---looks, and those of opening
---@return wherry.Result result with runs, more (there are earlier ones), journal (its name; nil: there is none), of
---(the source whose runs were asked for) and, where it is asked for, report (of the first run, JSON) besides
function status.run(options)
    local state = { options = options, result = result_of.new "status" }
    state.result.runs = {}
    options.looks = true
    opening.carry_out(drive, state)
    return state.result
end

return status
