-- audit/objects.lua: keys, indexes, constraints and triggers that a run has put in place, or has left in place, against
-- what the target has of them: whether they are there, hold for all rows, and are in force.
local names = require "wherry.names"
local pg_lex = require "wherry.expr.pg_lex"

local objects = {}

local CONSTRAINTS = { ["primary key"] = "p", unique = "u", ["exclusion constraint"] = "x", ["foreign key"] = "f",
    check = "c" }
local STAYS = "stays in place during the load"

-- What it is called there: a trigger may have got another name, so that triggers fire in SQLite's order.
local function name_of(object)
    local tokens = object.kind == "trigger" and object.sql and pg_lex.tokens(object.sql) or {}
    for i = 1, #tokens - 1 do
        if tokens[i].upper == "TRIGGER" then
            return tokens[i + 1].value or tokens[i + 1].text
        end
    end
    return object.name
end

-- Whether the target has to have it now: put in place behind the load, taken away and put back, or left where it was.
local function is_promised(object)
    if not object.target then
        return false
    elseif object.state == "receipt" then
        return object.outcome == "exact" and object.note ~= nil and object.note:sub(1, #STAYS) == STAYS
    end
    return object.state == "todo" or object.state == "aside"
end

local function index_problem(there, object)
    local index = there.indexes[object.name]
    if not index then
        return "the table has no such index", object.sql
    elseif not index.valid then
        return "it is not valid: no query uses it, and a unique one guards nothing",
            ("REINDEX INDEX CONCURRENTLY %s"):format(names.quote_pg(object.name))
    elseif object.key and object.key.unique and not index.unique then
        return "it is not unique any more", object.sql
    end
end

local NOT_VALID = "it is NOT VALID: nothing says that the rows which are there keep it"

-- A constraint that was put in place as NOT VALID may be it still.
local function not_valid_problem(constraint, object)
    if not constraint.valid and not (object.sql or ""):find(" NOT VALID", 1, true) then
        return NOT_VALID, ("ALTER TABLE %s VALIDATE CONSTRAINT %s"):format(object.target, names.quote_pg(object.name))
    end
end

local function foreign_key_problem(constraint, object)
    local problem, hint = not_valid_problem(constraint, object)
    if problem then
        return problem, hint
    elseif constraint.off then
        return "it is disabled: the triggers that it works by are off",
            ("ALTER TABLE %s ENABLE TRIGGER ALL, and of the table that it refers to"):format(object.target)
    end
end

local function constraint_problem(there, object)
    local constraint = there.constraints[object.name]
    if not constraint or constraint.kind ~= CONSTRAINTS[object.kind] then
        if object.kind == "unique" or object.kind == "primary key" then
            return index_problem(there, object) -- a key that is an index alone
        end
        return "the table has no such constraint", object.sql
    elseif object.kind == "foreign key" then
        return foreign_key_problem(constraint, object)
    elseif object.kind == "check" then
        return not_valid_problem(constraint, object)
    elseif there.indexes[object.name] then
        return index_problem(there, { name = object.name, sql = object.sql })
    end
end

local function trigger_problem(there, object)
    local name = name_of(object)
    local trigger = there.triggers[name]
    if not trigger then
        return "the table has no such trigger", object.sql
    elseif trigger.off then
        return "it is disabled", ("ALTER TABLE %s ENABLE TRIGGER %s"):format(object.target, names.quote_pg(name))
    end
end

-- What is wrong with it; nil: nothing, or nothing that is known here.
local function problem_of(there, object)
    if CONSTRAINTS[object.kind] then
        return constraint_problem(there, object)
    elseif object.kind == "index" then
        return index_problem(there, object)
    elseif object.kind == "trigger" then
        return trigger_problem(there, object)
    end
end

local function is_known(object)
    return CONSTRAINTS[object.kind] or object.kind == "index" or object.kind == "trigger"
end

-- Foreign keys and triggers that the plan says nothing of, and that are off: whoever switched them off may have meant
-- it.
local function note_off(context, tbl, there, told)
    for name, one in pairs(there.constraints) do
        local problem = one.off and "it is disabled: the triggers that it works by are off"
            or not one.valid and NOT_VALID
        if problem and not told[tbl.target_sql .. "\0" .. name] then
            context.add { kind = one.kind == "f" and "foreign key" or "check", table = tbl.target_sql, name = name,
                passed = true, note = true, detail = problem }
        end
    end
    for name, one in pairs(there.triggers) do
        if one.off and not told[tbl.target_sql .. "\0" .. name] then
            context.add { kind = "trigger", table = tbl.target_sql, name = name, passed = true, note = true,
                detail = "it is disabled" }
        end
    end
end

local function note_not_valid(context, there, object)
    local constraint = there.constraints[object.name]
    if constraint and not constraint.valid then
        context.add { kind = object.kind, table = object.target, name = object.name, passed = true, note = true,
            detail = NOT_VALID .. ", as the plan has it" }
    end
end

local EXISTS = { view = "SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there",
    ["function"] = "SELECT pg_catalog.to_regproc($1) IS NOT NULL AS there" }

-- Views and functions that the run has put in place.
local function check_others(context)
    local count, missing = 0, 0
    for _, object in ipairs(context.resolved.objects) do
        if EXISTS[object.kind] and object.state == "todo" and object.target then
            count = count + 1
            if context.query(EXISTS[object.kind], { object.target })[1].there ~= "t" then
                missing = missing + 1
                context.add { kind = object.kind, name = object.target, passed = false,
                    detail = ("the target has no such %s"):format(object.kind), hint = object.sql }
            end
        end
    end
    if count > 0 and missing == 0 then
        context.add { kind = "objects", name = "views and functions", passed = true,
            detail = ("%d view%s or function%s in place"):format(count, count == 1 and "" or "s", count == 1 and ""
                or "s") }
    end
end

local function check_conditions(context, tbl, there, told)
    local count = 0
    for _, name in ipairs((context.created[tbl.target_sql] or { checks = {} }).checks) do
        local constraint = there.constraints[name]
        told[tbl.target_sql .. "\0" .. name] = true
        local problem = not constraint and "the table has no such constraint" or not constraint.valid and NOT_VALID
        count = count + (problem and 0 or 1)
        if problem then
            context.add { kind = "check", table = tbl.target_sql, name = name, passed = false, detail = problem }
        end
    end
    return count
end

---Entries for the objects of a plan.
---@param context wherry.AuditContext
---@param found table<string, wherry.AuditTable>
function objects.check(context, found)
    local told, passed = {}, {}
    check_others(context)
    for _, object in ipairs(context.resolved.objects) do
        local there = object.target and found[object.target]
        if there and is_known(object) and is_promised(object) then
            local problem, hint = problem_of(there, object)
            told[object.target .. "\0" .. name_of(object)] = true
            if problem then
                context.add { kind = object.kind, table = object.target, name = object.name, passed = false,
                    detail = problem, hint = hint }
            else
                passed[object.target] = (passed[object.target] or 0) + 1
                note_not_valid(context, there, object)
            end
        end
    end
    local seen = {}
    for _, tbl in ipairs(context.tables) do
        local there = not seen[tbl.target_sql] and found[tbl.target_sql]
        seen[tbl.target_sql] = true
        if there then
            local count = (passed[tbl.target_sql] or 0) + check_conditions(context, tbl, there, told)
            note_off(context, tbl, there, told)
            if count > 0 then
                context.add { kind = "objects", table = tbl.target_sql, name = tbl.source, passed = true,
                    detail = count == 1 and "its key, index or condition is in place and in force"
                        or ("%d keys, indexes, constraints and triggers are in place and in force"):format(count) }
            end
        end
    end
end

return objects
