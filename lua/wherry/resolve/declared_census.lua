-- declared_census.lua: columns of dates, times and UUIDs about which the plan says nothing, in tables that are there: a
-- census tells how their values are stored, or a finding asks for a declaration.
local census_read = require "wherry.resolve.census_read"
local declared = require "wherry.plan.declared"
local names = require "wherry.names"
local shallow = require "wherry.shallow"
local stored_form = require "wherry.plan.stored_form"

local declared_census = {}

local DECIDE = { date = stored_form.of_times, timestamp = stored_form.of_times, timestamptz = stored_form.of_times,
    uuid = stored_form.of_uuids }

-- The columns of a table that are looked at.
local function open_columns(context, carried)
    local list = {}
    for _, column in ipairs(carried.load.columns) do
        if DECIDE[column.type.name] and not column.type.kind and not column.lookup
            and not declared.says(context.plan, carried.entry, column.target)
            and not declared.value(context.plan, carried.entry, column.target, "map") then
            list[#list + 1] = column
        end
    end
    return list
end

local function take(context, carried, column, decision)
    local name = ("%s.%s"):format(carried.source.name, column.source)
    if decision.problem then
        context.outcome:finding { code = "stored_form", table = carried.source.name, column = column.target,
            reason = ("its type is %s, and %s"):format(column.type.display, decision.problem), hint = decision.hint }
        return
    elseif not decision.stored then
        return
    end
    local note = ("%s: %s by census"):format(decision.evidence, decision.stored)
    context.outcome:receipt("column", name, "exact", note, { table = carried.source.name,
        target = names.qualified(carried.target.schema, carried.target.name) })
    local copy = shallow.copy(column.type)
    copy.stored, copy.zone = decision.stored, nil
    column.type, column.evidence = copy, note
end

---Decides for all tables at once, so that they are read side by side; the types of load columns change.
---@param context wherry.Context
---@param list wherry.Carried[]
function declared_census.decide(context, list)
    local reads, jobs = {}, {}
    for _, carried in ipairs(list) do
        local columns, wanted = open_columns(context, carried), {}
        for i, column in ipairs(columns) do
            wanted[i] = { name = column.source, wanted = "stored" }
        end
        if wanted[1] then
            reads[#reads + 1] = census_read.job(carried.source, wanted, carried.load.where)
            jobs[#jobs + 1] = { carried = carried, columns = columns }
        end
    end
    local results = reads[1] and context.census(reads) or {}
    for i, job in ipairs(jobs) do
        for k, column in ipairs(job.columns) do
            take(context, job.carried, column, DECIDE[column.type.name](column.target, results[i][k]))
        end
    end
end

return declared_census
