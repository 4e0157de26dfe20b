-- objects.lua: what is put in place behind the load: keys, indexes, foreign keys, triggers that were put aside. Each is
-- a step of its own; one that the data does not allow becomes a finding, and the others go on.
local builds = require "wherry.engine.builds"
local failure = require "wherry.failure"
local misfits = require "wherry.rejects.misfits"
local session_of = require "wherry.engine.session"
local statements = require "wherry.statements"
local unfit = require "wherry.engine.unfit"

local objects = {}

-- SQLSTATE classes that say nothing about the object: the server lacks something, was stopped, or is broken.
local NOT_THE_DATA = { ["53"] = true, ["57"] = true, ["58"] = true, ["XX"] = true, ["40"] = true, ["55"] = true,
    ["25"] = true }

-- A step that finds the object in its state, works, and advances it.
local function step(journal, object, work, changes, ...)
    local list = {}
    for index, sql in ipairs(work) do
        list[index] = { sql }
    end
    list[#list + 1] = { journal:sql("UPDATE %s.object SET " .. changes .. " WHERE id = $1"), object.id, ... }
    journal.session:step(journal:sql "SELECT 1 FROM %s.object WHERE id = $1 AND state = $2 FOR UPDATE",
        { object.id, object.state }, list)
end

-- The steps that are left of an object. Alone: nothing is built beside it here.
local function steps_of(work, object)
    return builds.steps(object, { alone = true,
        partitioned = builds.partitioned(work.journal, { object })[object.target] == true })
end

-- What to do where the server refused an object: what is left of it, by hand.
local function hint_of(object, fault)
    return ("%sthe rows are loaded; mend %s, then go on with --resume, or: %s"):format(
        fault.hint and fault.hint .. "; " or "", fault.sqlstate == "42501" and "the right" or "them",
        statements.join(builds.left(object)))
end

local function refused(object, fault)
    return {
        code = "object_refused",
        table = object.source_table,
        column = fault.column,
        value = fault.value,
        reason = ("%s %s cannot be made: %s"):format(object.kind, object.name, fault.message),
        hint = hint_of(object, fault),
    }
end

-- The rows that do not allow an object, where they can be told. A function in an expression may not find from here what
-- it calls.
local function rows_in_the_way(work, object, fault)
    if object.kind == "foreign key" and object.state == "added" then
        return unfit.orphans(work.journal, object)
    end
    local planned = fault.sqlstate == "23505" and misfits.planned(work.resolved, object)
    local key = planned and planned.key
    if not key or not key.terms then
        return {}
    end
    local ok, found = pcall(unfit.duplicates, work.journal, object, key, hint_of(object, fault))
    if not ok and not (failure.is(found) and found.kind == "server") then
        error(found, 0)
    end
    return ok and found or {}
end

local function place(work, object)
    local journal = work.journal
    step(journal, object, {}, "started = clock_timestamp()")
    for _, one in ipairs(steps_of(work, object)) do
        step(journal, object, { work.settings, table.unpack(one.statements) },
            "state = $2, finished = clock_timestamp()", one.to)
        object.state = one.to
    end
end

-- What the data refused stays in the journal with its definition, and with the state to which a resumed run returns it.
local function fail(journal, object, reason)
    step(journal, object, {}, "state = 'failed', failed_in = $2, reason = $3", object.state, reason)
end

local function is_the_data(fault)
    return failure.is(fault) and fault.kind == "server" and not NOT_THE_DATA[(fault.sqlstate or ""):sub(1, 2)]
end

-- Puts an object in place. Rows in its way move to the rejects, where the plan says so; then it is tried again.
local function place_moving(work, object)
    while true do
        local ok, fault = pcall(place, work, object)
        if ok then
            return
        elseif not is_the_data(fault) or misfits.clear(work, object, fault) == 0 then
            error(fault, 0)
        end
    end
end

--- What could not be put in place, of a run that can't try it again.
---@param journal wherry.Journal
---@param run integer
---@return wherry.Finding[]
function objects.failed(journal, run)
    local findings = {}
    for index, object in ipairs(journal:query([[SELECT kind, source_table, target, name, sql, failed_in AS state, reason
        FROM %s.object WHERE run = $1 AND state = 'failed' ORDER BY id]], { run })) do
        findings[index] = { code = "object_refused", table = object.source_table, reason = object.reason,
            hint = "the rows are loaded; mend them, then: " .. statements.join(builds.left(object)) }
    end
    return findings
end

--- Puts every open object of the run in place.
---@param work wherry.Misfits
---@param log fun(level: string, text: string)
---@return wherry.Finding[] findings objects that the data does not allow
function objects.place(work, log)
    local findings, journal, run = {}, work.journal, work.run
    local open = journal:open_objects(run)
    work.settings = open[1] and builds.settings(journal.session, 1)
    for _, object in ipairs(open) do
        session_of.check_stop()
        log("verbose", ("%s %s"):format(object.kind, object.name))
        local ok, fault = pcall(place_moving, work, object)
        if not ok then
            if not is_the_data(fault) then
                error(fault, 0)
            end
            local found = rows_in_the_way(work, object, fault)
            if not found[1] then
                found[1] = refused(object, fault)
            end
            table.move(found, 1, #found, #findings + 1, findings)
            fail(journal, object, found[1].reason)
        end
    end
    return findings
end

return objects
