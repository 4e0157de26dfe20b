-- verification.lua: a run's call of the plan's verify function, with handles that can only read.
local declared = require "wherry.plan.declared"
local names = require "wherry.names"
local pg = require "wherry.library.pg"
local reading = require "wherry.engine.reading"
local result_of = require "wherry.engine.result"
local steps = require "wherry.engine.steps"
local verify = require "wherry.verify"

local verification = {}

-- The target's schema is searched, too, where the role's own search_path does not have it.
local SEARCH = [[SELECT set_config('search_path', quote_ident($1) || ', ' || current_setting('search_path'), false)
    WHERE NOT $1::name = ANY (current_schemas(false))]]

-- From now on each statement sees what the snapshot shows, also behind one that has failed.
local function see(handle, snapshot)
    local claim, connection = handle.claim, handle.connection
    function handle:claim(...)
        if connection:in_failed_transaction() then
            connection:query "ROLLBACK"
        end
        if not connection:in_transaction() then
            connection:query "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            connection:query("SET TRANSACTION SNAPSHOT " .. names.literal_pg(snapshot))
        end
        return claim(self, ...)
    end
end

local function open_target(state)
    local target = pg.connect(state.target.conninfo, { write = false })
    target:value(SEARCH, state.resolved.target_schema)
    if state.snapshot then
        see(target, state.snapshot)
    end
    return target
end

--- Runs the plan's verify function, where it has one, and keeps what it finds in the result.
---@param state table the engine's
function verification.run(state)
    local work = state.plan.verify
    if not work and not state.resolved.verify then
        return
    elseif not work then
        result_of.verified(state.result, "skipped", {}, "the script had it when the run began, and has it no more")
        return
    elseif state.options.verify == "none" then
        result_of.verified(state.result, "skipped", {}, "--verify=none")
        return
    elseif not state.source or state.without_source then
        result_of.verified(state.result, "skipped", {}, state.without_source
            or "the copy that the run has read is removed")
        return
    end
    state.log("info", "verifies, as the script says")
    local source <close> = reading.handle(state)
    local target <close> = open_target(state)
    local checks = verify.run(work, { source = source, target = target, resolved = state.resolved,
        counts = state.run and steps.counted(state, state.journal:counts(state.run)) or {},
        zone = declared.seconds(state.plan.zone), log = state.log })
    result_of.verified(state.result, verify.failed(checks) and "failed" or "passed", checks)
end

return verification
