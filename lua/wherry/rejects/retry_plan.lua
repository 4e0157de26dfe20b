-- retry_plan.lua: how rejected rows are loaded by the script as it is now: resolved anew, into the tables of the run,
-- which are there and have rows by now.
local again = require "wherry.resolve.again"
local failure = require "wherry.failure"
local on_null = require "wherry.resolve.on_null"
local resolve = require "wherry.resolve"
local shallow = require "wherry.shallow"

local retry_plan = {}

-- What is said of tables without rejects, and that the others have rows, is nothing new.
local function matters(finding, open, names)
    return finding.code ~= "target_not_empty" and (not finding.table or open[names[finding.table] or finding.table])
end

---Resolves the plan for the rejects of a run.
---@param plan wherry.Plan
---@param run wherry.Run
---@param open table<string, integer> open rejects by table, from record.open
---@param ends table source, session, journal, has_codec: see resolve.run
---@return wherry.LoadTable[] tables those with open rejects that the plan still loads, in load order
---@return wherry.Object[] triggers that are off meanwhile
---@return wherry.Finding[] findings
---@return wherry.Resolved resolved
function retry_plan.resolve(plan, run, open, ends)
    local resolved = resolve.run(again.plan(plan, run), shallow.copy(ends, { started = run.plan.started }))
    local before, names = again.by_name(run.plan.tables), {}
    local tables, triggers, findings, chosen = {}, {}, {}, {}
    for _, tbl in ipairs(resolved.tables) do
        names[tbl.source] = tbl.read.table
        if open[tbl.read.table] then
            local own = before[tbl.read.table]
            if own and own.target_sql ~= tbl.target_sql then
                failure.raise("plan", ("the script loads %s into %s now, and run %d into %s"):format(tbl.read.table,
                    tbl.target_sql, run.id, own.target_sql), "its rejected rows belong where the others are")
            end
            on_null.keep(own, tbl)
            tables[#tables + 1], chosen[tbl.source] = tbl, true
        end
    end
    for _, object in ipairs(resolved.objects) do
        if object.kind == "trigger" and object.state == "aside" and chosen[object.table] then
            triggers[#triggers + 1] = object
        end
    end
    for _, finding in ipairs(resolved.findings) do
        findings[#findings + 1] = matters(finding, open, names) and finding or nil
    end
    return tables, triggers, findings, resolved
end

return retry_plan
