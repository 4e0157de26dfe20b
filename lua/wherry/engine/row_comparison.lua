-- row_comparison.lua: tables of a run whose sums do not tell, compared row by row: the source is read again for them.
local drill = require "wherry.drill"
local judgement = require "wherry.drill.judgement"
local server = require "wherry.digest.server"

local row_comparison = {}

local TABLES = 20 -- that differ and are read again

---@class wherry.OpenTable a table that is to be compared row by row
---@field target wherry.DigestTarget
---@field line wherry.ComparedTable gets what is found
---@field sent table|nil core.digest of the rows that were sent, where these are all that should be there
---@field before integer rows that were there before
---@field fires boolean|nil triggers of the table fire for rows that are loaded, as the plan says
---@field skipped integer rows that the target did not take because it held them already

-- The buckets in which both sides differ; nil: all are looked at.
local function differing(open, query)
    if not open.sent then
        return nil
    end
    local buckets = open.sent:compare(server.digest(query, open.target))
    open.line.buckets = #buckets
    return buckets
end

-- Where each row of the source is there, sums that differ say that one of those that were there before is another.
local function fill(open, found, buckets)
    judgement.of_rows(open.target, open.line, found, { before = open.before, others = open.before,
        kept = open.skipped, fires = open.fires, buckets = buckets,
        summed = open.line.state == "differs" and open.before > 0 })
end

-- What both sides are read by.
local function context_of(state, session)
    return { resolved = state.resolved, list = state.digests.list, plan = state.plan, script_hash = state.script_hash,
        source = state.source, session = session, journal = state.journal, run = state.run,
        can_sum = state.digests.cannot == nil, counts = state.source_counts, threads = state.jobs, log = state.log,
        progress = state.options.progress }
end

---Compares tables row by row. What is found goes into their lines.
---@param state table the engine's
---@param list wherry.OpenTable[]
function row_comparison.run(state, list)
    local session <close> = setmetatable({ session = state.session:beside() }, { __close = function(self)
        self.session:close()
    end })
    local context, read = context_of(state, session.session), 0
    for _, open in ipairs(list) do
        local is_known = open.line.state == "differs"
        local buckets = is_known and differing(open, function(sql) return state.session:query(sql) end) or nil
        if is_known and read >= TABLES then
            open.line.note = "its rows were not looked at: wherry verify --detailed does"
        elseif open.target.columns[1] then
            read = read + (is_known and 1 or 0)
            fill(open, drill.table(context, open.target, {
                buckets = buckets and { [open.target.target_sql] = buckets } }), buckets)
        end
    end
end

return row_comparison
