-- drill/source.lua: the rows of a source read again through the plan, as a load would write them, and nothing written:
-- summed up, or given to a comparison.
local core = require "wherry.core"
local lookups = require "wherry.engine.lookups"
local rejected = require "wherry.drill.rejected"
local shallow = require "wherry.shallow"
local source_models = require "wherry.engine.source_models"
local source_set = require "wherry.engine.source_set"
local spec = require "wherry.digest.spec"
local stage = require "wherry.stage"
local target_rows = require "wherry.drill.target"
local teller = require "wherry.engine.teller"
local text = require "wherry.drill.text"

local source = {}

---@class wherry.DrillContext what both sides are read by
---@field resolved wherry.Resolved
---@field list wherry.DigestTarget[] from digest.spec.of
---@field plan wherry.Plan
---@field script_hash string|nil
---@field source wherry.SourceSet|table nil: the source is not there
---@field session wherry.Session of the target, on a connection that is not kept alive beside its use (Session:beside)
---@field journal wherry.Journal|nil with run: rows that were rejected are not expected
---@field run integer|nil
---@field can_sum boolean|nil the server hashes as we do (digest.server.can_sum)
---@field counts table<string, wherry.SourceCount>|nil rows of source tables, for the telling
---@field back boolean|nil the source is a file made of PostgreSQL: rows that can't be read are summed up, too
---@field threads integer|nil
---@field table_of fun(tbl: wherry.LoadTable): wherry.Table|nil of the source, kept once it has been read
---@field log fun(level: string, text: string)
---@field progress fun(report: wherry.ProgressReport)

---@class wherry.SourceReading what became of the rows of one load table
---@field rows integer that were read
---@field rejected integer for a value, as the plan says
---@field left_out integer that the target had rejected
---@field unfit integer at which a load would stop: they are expected nowhere, and not in the target
---@field unfit_key string|nil the first of them, of those that are told
---@field unfit_why string|nil
---@field unfit_value string|nil
---@field unfit_sum userdata|nil core.digest of their cells, on the way back
---@field merged integer
---@field filtered table<string, integer>

-- The rows of a table, where they were counted.
local function expected_of(context, tables)
    return function(index)
        local counted = context.counts and context.counts[tables[index].source]
        return counted and counted.total - counted.excluded
    end
end

-- The connection over which the server is asked about values, where it has to be.
local function asked_of(context, tables)
    for _, tbl in ipairs(tables) do
        if tbl.foreign then
            return target_rows.connection(context.session)
        end
    end
    return nil
end

---Reads load tables.
---@param context wherry.DrillContext
---@param tables wherry.LoadTable[] with digest; of context.resolved, at the same places
---@param places integer[] which of them are read
---@param given { targets: integer?, into: userdata?, phase: string, unfit_more: userdata[]? } unfit_more: sums of
---rows that can't be read; one is told that the first of them has and the second has not
---@return table read core.verify.source's answer; tables by their places in the list `places`
function source.read(context, tables, places, given)
    local chosen = {}
    for i, place in ipairs(places) do
        chosen[i] = text.readable(tables[place])
    end
    local sets = rejected.keys(context.journal, context.run, chosen)
    local threads = stage.lanes(context.plan, chosen, context.threads or core.sys.processors())
    local hooks <close> = stage.open(context.plan, context.script_hash, chosen, threads)
    local tick, finish = teller.new(chosen, expected_of(context, chosen), context.progress, given.phase)
    context.table_of = context.table_of or source_models.tables(context.source)
    local read = core.verify.source { snapshots = source_set.snapshots(context.source), hooks = hooks,
        threads = threads, tables = source_models.splittable(chosen, context.table_of),
        connection = asked_of(context, chosen), rejected = sets, tick = tick, targets = given.targets,
        into = given.into, unfit_sums = context.back, unfit_more = given.unfit_more,
        lookups = lookups.of(context.resolved, { plan = context.plan, source = context.source,
            session = context.session, log = context.log }) }
    finish()
    return read
end

---The load tables that give rows to one of these targets, by themselves or by what their functions emit.
---@param targets wherry.DigestTarget[]
---@return integer[] places in the order of the plan
function source.places(targets)
    local known = {}
    for _, target in ipairs(targets) do
        for _, load in ipairs(target.loads) do
            known[load.place] = true
        end
    end
    local places = shallow.keys(known)
    table.sort(places)
    return places
end

---The sums of the source's rows, each table read once, by its threads side by side.
---@param context wherry.DrillContext
---@param targets wherry.DigestTarget[]|nil those that are wanted, which have a digest (spec.has_digest); nil: all such
---@return table<string, userdata> digests core.digest, by target_sql
---@return table<string, wherry.SourceReading> readings by the source table's name in messages (LoadTable.source)
function source.digests(context, targets)
    local wanted = {}
    for _, target in ipairs(targets or context.list) do
        wanted[#wanted + 1] = spec.has_digest(target) and target or nil
    end
    local places, digests, readings = source.places(wanted), {}, {}
    local read = source.read(context, spec.tables(context.resolved, context.list), places,
        { targets = #context.list, phase = "reading" })
    for i, target in ipairs(context.list) do
        digests[target.target_sql] = read.digests[i]
    end
    for _, target in ipairs(context.list) do
        local is_wanted = false
        for _, one in ipairs(wanted) do
            is_wanted = is_wanted or one == target
        end
        digests[target.target_sql] = is_wanted and digests[target.target_sql] or nil
    end
    for i, place in ipairs(places) do
        readings[context.resolved.tables[place].source] = read.tables[i]
    end
    return digests, readings
end

return source
