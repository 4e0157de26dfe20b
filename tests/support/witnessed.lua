-- witnessed.lua: what the witness says of a run: its resolved plan from the journal, its counts, both databases.
local core = require "wherry.core"
local journal_columns = require "wherry.journal.columns"
local Journal = require "wherry.journal"
local packing = require "wherry.journal.packing"
local session_of = require "wherry.engine.session"
local steps = require "wherry.engine.steps"
local witness = require "wherry.witness"

local witnessed = {}

---The resolved plan of the newest run in a target, and what its journal has counted.
---@param session wherry.Session
---@return wherry.Resolved
---@return wherry.WitnessOptions
function witnessed.run(session)
    local journal = Journal.open(session, "wherry")
    local row = session:query("SELECT id, plan FROM wherry.run ORDER BY id DESC LIMIT 1")[1]
    local id = math.tointeger(tonumber(row.id))
    return packing.decode(row.plan), { counts = steps.counted({ journal = journal, run = id,
        resolved = packing.decode(row.plan) }, journal:counts(id)), columns = journal_columns.read(journal, id),
        rejected = witness.rejected(journal, id) }
end

---A session in a target that was loaded.
---@param conninfo string
---@return wherry.Session
function witnessed.session(conninfo)
    return session_of.open(conninfo, { schema = "wherry", retry = 0, log = function() end })
end

---Compares a target with the files that it was loaded from.
---@param conninfo string
---@param paths string|table<string, string> by the source's name
---@param changes? wherry.WitnessOptions
---@return wherry.WitnessResult
---@return wherry.WitnessPairs
function witnessed.compare(conninfo, paths, changes)
    local session, sources = witnessed.session(conninfo), {}
    local resolved, options = witnessed.run(session)
    for name, value in pairs(changes or {}) do
        options[name] = value or nil
    end
    local found = witness.pairs(resolved, options)
    local result = witness.compare(found, function(sql, from)
        sources[from] = sources[from] or core.snapshot.open(type(paths) == "table" and paths[from] or paths, {})
        return sources[from]:query(sql)
    end, function(sql)
        return session:query(sql)
    end)
    for _, source in pairs(sources) do
        source:close()
    end
    session:close()
    return result, found
end

return witnessed
