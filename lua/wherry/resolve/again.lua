-- again.lua: a plan that is resolved anew for a run that has begun: its tables are there, and may have rows by now.
local hooks = require "wherry.plan.hooks"
local plan_of = require "wherry.plan"
local shallow = require "wherry.shallow"
local vocabulary = require "wherry.plan.vocabulary"

local again = {}

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
        if own == nil and column.source ~= column.target and not column.sql then
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
        local given = hooks.entry(plan.tables or {}, tbl.source, tbl.own and tbl.from) or {}
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

--- The plan for the tables of a run.
---@param plan wherry.Plan
---@param run wherry.Run
---@return wherry.Plan
function again.plan(plan, run)
    local adjusted = as_run_was_told(plan, run)
    return run.plan.mode == "create" and into_created(adjusted, run) or adjusted
end

--- Tables of a resolved plan by their names as the journal has them.
---@param tables table[]
---@return table<string, table>
function again.by_name(tables)
    local found = {}
    for _, tbl in ipairs(tables) do
        found[tbl.read.table] = tbl
    end
    return found
end

return again
