-- digest/left.lua: what a run has left in a table: sums that the server computed at its end. Where rows met those that
-- the table held, or triggers changed them, the source's rows say less than that.
local expectation = require "wherry.digest.expectation"

local left = {}

--- Tables into which rejected rows were loaded behind the run, or out of which rows were moved to the rejects: they
--- may hold others than it left.
---@param journal wherry.Journal of version 6
---@param run integer
---@return table<string, boolean> by target_sql
function left.retried(journal, run)
    local found = {}
    for _, row in ipairs(journal:query([[SELECT DISTINCT t.target FROM %s.slice s
            JOIN %s.slice_target t ON t.slice = s.id
            WHERE s.run = $1 AND s.kind = 'retry' AND (t.passed <> 0 OR t.emitted <> 0)]], { run })) do
        found[row.target] = true
    end
    return found
end

--- What the run left there; nil: it kept no sum of that.
---@param moments table<wherry.DigestMoment, table>
---@param changed boolean after_load changed the table
---@return wherry.DigestTotal|nil
function left.of(moments, changed)
    if changed then
        return moments.after_load
    end
    return moments.loaded
end

--- What the table holds by now is told as differing where it is not what was left.
---@param line wherry.ComparedTable
---@param total wherry.DigestTotal what it holds
---@param known wherry.DigestTotal|nil what was left; nil: it is not known
function left.judge(line, total, known)
    if known and line.state ~= "differs" and not expectation.met(known, total) then
        line.state = "differs"
        line.note = (line.note and line.note .. "; " or "") .. "it is not as the run left it"
    end
end

return left
