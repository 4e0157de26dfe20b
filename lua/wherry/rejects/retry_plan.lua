-- retry_plan.lua: how rejected rows are loaded by the script as it is now: resolved anew, into the tables of the run,
-- which are there and have rows by now.
local failure = require "wherry.failure"
local plan_of = require "wherry.plan"
local resolve = require "wherry.resolve"
local shallow = require "wherry.shallow"
local vocabulary = require "wherry.plan.vocabulary"

local retry_plan = {}

-- A column's declaration without the type of a created column, which stands by now.
local function without_type(given)
    if type(given) ~= "table" then
        return given
    end
    local copy = shallow.copy(given or {})
    copy.type = nil
    return copy
end

-- The plan's keys for a table that the run created: where its rows went is known.
local function entry_of(given, tbl)
    local entry = shallow.copy(given or {})
    entry.into = tbl.target.name
    entry.columns = {}
    for target, value in pairs(given.columns or {}) do
        entry.columns[target] = without_type(value)
    end
    for _, column in ipairs(tbl.columns) do
        local own = entry.columns[column.target]
        if own == nil and column.source ~= column.target then
            entry.columns[column.target] = column.source
        elseif type(own) == "table" and not own.from then
            own.from = column.source
        end
    end
    return entry
end

-- The plan for tables that the run has created: they are there now, and their triggers stay out of it, as they did.
local function into_created(plan, run)
    local tables, columns = shallow.copy(plan.tables or {}), {}
    for _, tbl in ipairs(run.plan.tables) do
        local given = tables[tbl.source] or {}
        if not vocabulary.is_skip(given) then
            tables[tbl.source] = entry_of(given, tbl)
        end
    end
    for glob, value in pairs(plan.columns) do
        columns[glob] = without_type(value)
    end
    return plan_of.triggers(plan_of.with(plan, { schema = "existing", idiomatic = false, nocase = "fold",
        tables = tables, columns = columns }), "off")
end

-- What the run was told beside its script: where its tables are, and what triggers do, if the script does not say.
local function as_run_was_told(plan, run)
    local function told(choice)
        return run.choices[choice] ~= "" and run.choices[choice] or nil
    end
    return plan_of.with(plan, { target_schema = told "target_schema" or plan.target_schema,
        triggers = plan.triggers or told "triggers" })
end

local function by_name(tables)
    local found = {}
    for _, tbl in ipairs(tables) do
        found[tbl.read.table] = tbl
    end
    return found
end

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
function retry_plan.resolve(plan, run, open, ends)
    local adjusted = as_run_was_told(plan, run)
    adjusted = run.plan.mode == "create" and into_created(adjusted, run) or adjusted
    local resolved = resolve.run(adjusted, ends)
    local before, names = by_name(run.plan.tables), {}
    local tables, triggers, findings, chosen = {}, {}, {}, {}
    for _, tbl in ipairs(resolved.tables) do
        names[tbl.source] = tbl.read.table
        if open[tbl.read.table] then
            local own = before[tbl.read.table]
            if own and own.target_sql ~= tbl.target_sql then
                failure.raise("plan", ("the script loads %s into %s now, and run %d into %s"):format(tbl.read.table,
                    tbl.target_sql, run.id, own.target_sql), "its rejected rows belong where the others are")
            end
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
    return tables, triggers, findings
end

return retry_plan
