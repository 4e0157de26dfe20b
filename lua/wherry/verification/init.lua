-- verification/init.lua: wherry verify: whether the target holds what the source does. Nothing is written, neither
-- beside the source nor in the target. As the engine it prints nothing and raises nothing.
local audit = require "wherry.audit"
local basis = require "wherry.verification.basis"
local compare = require "wherry.verification.compare"
local compared = require "wherry.engine.compared"
local core = require "wherry.core"
local counts = require "wherry.verification.counts"
local looks = require "wherry.verification.looks"
local opened = require "wherry.verification.opened"
local opening = require "wherry.engine.opening"
local present = require "wherry.verification.present"
local result_of = require "wherry.engine.result"
local script = require "wherry.engine.verification"
local steps = require "wherry.engine.steps"
local telling = require "wherry.rejects.telling"

local verification = {}

---@class wherry.VerifyOptions : wherry.RunOptions
---@field against "source"|"journal"
---@field run integer|nil the run to verify; nil: the newest one of the source
---@field only string[]
---@field sample number|nil percent of the rows
---@field detailed boolean|nil all rows that differ are named

local STATUSES = { verified = "verified", partly = "counted" }

-- Where a column has another type by now, its values are other ones, too.
local function note_types(comparison)
    for _, entry in ipairs(comparison.audit) do
        for _, line in ipairs(entry.kind == "type" and not entry.passed and comparison.tables or {}) do
            if line.table == entry.table and line.state == "differs" then
                line.note = ("%s: %s"):format(entry.name, entry.detail)
            end
        end
    end
end

local function finish(state)
    local result, comparison = state.result, state.result.comparison
    local differs = result.findings[1] or result.verification.state == "failed" or comparison.state == "differs"
        or comparison.witness and comparison.witness.state == "differs" or audit.has_failed(comparison.audit)
    result.status = differs and "differs" or comparison.sample and "sampled" or STATUSES[comparison.state]
    result.exit, result.but = differs and 1 or 0, compared.exceptions(comparison)
end

local function work(state)
    local result = state.result
    opened.all(state)
    result.objects = {}
    if result.findings[1] then
        result_of.refused(result)
        return
    end
    state.basis = basis.of(state)
    state.missing = present.missing(state.resolved, function(...) return state.session:query(...) end)
    if state.options.sql then
        result.sql = looks.sql(state)
        result.status, result.exit = "printed", 0
        return
    end
    state.sent_counts = state.run and steps.counted(state, state.journal:counts(state.run)) or {}
    local options = looks.options(state, state.basis)
    compare.run(state)
    counts.close(state)
    result.comparison.witness = looks.witness(state, options)
    result.comparison.audit = looks.audit(state, options)
    note_types(result.comparison)
    script.run(state)
    if state.source then
        state.source:unchanged()
    end
    if state.run then
        telling.committed(result, state.journal, state.run)
    end
    finish(state)
end

---Verifies. Never raises, never prints, never writes.
---@param options wherry.VerifyOptions
---@return wherry.Result
function verification.run(options)
    local state = { options = options, log = options.log, result = result_of.new "verify" }
    local begun = core.sys.clock()
    opening.carry_out(work, state)
    if state.result.comparison then
        state.result.comparison.seconds = core.sys.clock() - begun
    end
    return state.result
end

return verification
