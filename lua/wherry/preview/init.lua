-- preview/init.lua: what a run would do, without doing it: the resolved plan, or for a PostgreSQL source the SQLite
-- tables. Nothing is written anywhere; the private server is not started for it.
local back_engine = require "wherry.back.engine"
local back_resolve = require "wherry.back.resolve"
local core = require "wherry.core"
local left_out = require "wherry.engine.left_out"
local opening = require "wherry.engine.opening"
local reading = require "wherry.engine.reading"
local resolve = require "wherry.resolve"
local result_of = require "wherry.engine.result"
local target_of = require "wherry.target"

local preview = {}

---@class wherry.Preview : wherry.Result
---@field resolved wherry.Resolved? of the forward direction
---@field statements string[]? of the way back

local function open_target(state)
    local options, plan = state.options, state.plan
    if target_of.is_named(opening.request(plan, options, state.info)) then
        state.target = opening.target(plan, options, state.info)
        result_of.target(state.result, state.target)
        state.session = opening.session(state.target, options)
        result_of.server(state.result, state.session.connection)
    end
end

---Opens source and target and resolves the plan. What it opens stands in the state, for `opening.close`.
---@param state { options: wherry.RunOptions, result: wherry.Preview }
function preview.resolve(state)
    state.plan, state.script_hash = opening.plan(state.options)
    reading.look(state)
    result_of.source(state.result, state.info)
    open_target(state)
    local resolved = resolve.run(state.plan, { source = state.source, session = state.session,
        journal = state.options.journal, has_codec = core.has_codec, files = state.info.files })
    state.result.resolved = resolved
    state.result.objects = resolved.objects
    result_of.findings(state.result, resolved.findings)
    state.source:unchanged()
end

local function back(state)
    local options = state.options
    state.session = back_engine.open(options)
    local resolved = back_resolve.run(state.session, options)
    state.result.statements = table.move(resolved.behind, 1, #resolved.behind, #resolved.before + 1, resolved.before)
    state.result.objects = resolved.objects
    result_of.findings(state.result, resolved.findings)
end

--- Looks at what a run would do. Never raises, never prints, never writes.
---@param options wherry.RunOptions|wherry.RunBackOptions
---@param is_back boolean the source is a PostgreSQL database
---@return wherry.Preview
function preview.run(options, is_back)
    local state = { options = options, result = result_of.new("plan") }
    local ok = opening.carry_out(is_back and back or preview.resolve, state)
    if ok and state.result.findings[1] then
        result_of.refused(state.result)
    elseif ok then
        if not is_back then
            left_out.tell(state, state.result.resolved)
        end
        state.result.status, state.result.exit = "planned", 0
    end
    return state.result
end

return preview
