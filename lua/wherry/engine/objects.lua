-- objects.lua: what is put in place behind the load: keys, indexes, foreign keys, triggers that were put aside. Each is
-- a step of its own; one that the data does not allow becomes a finding, and the others go on.
local builds = require "wherry.engine.builds"
local failure = require "wherry.failure"
local misfits = require "wherry.rejects.misfits"
local names = require "wherry.names"
local session_of = require "wherry.engine.session"
local statements = require "wherry.statements"

local objects = {}

local SAMPLES = 3

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

-- The two sides of a foreign key as the catalog has them now: a row for each pair of columns.
local function key_of(journal, object)
    return journal.session:query([[SELECT con.conrelid::regclass AS child, con.confrelid::regclass AS parent,
            c.attname AS child_column, p.attname AS parent_column
        FROM pg_constraint con CROSS JOIN unnest(con.conkey, con.confkey) WITH ORDINALITY AS k(child, parent, n)
        JOIN pg_attribute c ON c.attrelid = con.conrelid AND c.attnum = k.child
        JOIN pg_attribute p ON p.attrelid = con.confrelid AND p.attnum = k.parent
        WHERE con.contype = 'f' AND con.conname = $1 AND con.conrelid = $2::regclass ORDER BY k.n]],
        { object.name, object.target })
end

-- The FROM clause of the child's rows whose parent is missing, what to show of them, and the key's columns.
local function orphans_sql(key)
    local match, filled, shown, columns = {}, {}, {}, {}
    for index, pair in ipairs(key) do
        local column = "c." .. names.quote_pg(pair.child_column)
        match[index] = ("p.%s = %s"):format(names.quote_pg(pair.parent_column), column)
        filled[index] = column .. " IS NOT NULL"
        shown[index] = column .. "::text"
        columns[index] = pair.child_column
    end
    -- regclass is quoted, and qualified because the search path is pg_catalog alone
    local from = (" FROM %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)"):format(key[1].child,
        table.concat(filled, " AND "), key[1].parent, table.concat(match, " AND "))
    return from, table.concat(shown, ", "), table.concat(columns, ", ")
end

-- Rows of the child whose parent is missing, as findings: the first few of them, each with the count of all.
local function orphans(journal, object)
    local key = key_of(journal, object)
    if not key[1] then
        return {}
    end
    local from, shown, columns = orphans_sql(key)
    local total = journal.session:query("SELECT count(*) AS n" .. from)[1].n
    local found = {}
    for index, row in ipairs(journal.session:query(
        ("SELECT concat_ws(', ', %s) AS value, left(to_jsonb(c)::text, 200) AS row%s LIMIT %d"):format(shown, from,
            SAMPLES))) do
        found[index] = {
            code = "orphan", table = object.source_table, key = row.row, column = columns, value = row.value,
            reason = ("%s rows of %s refer to rows of %s that are not there (foreign key %s)"):format(total,
                key[1].child, key[1].parent, object.name),
            hint = "the rows are loaded, the foreign key stands as NOT VALID: mend them, then go on with --resume, or: "
                .. builds.validation(object),
        }
    end
    return found
end

-- The steps that are left of an object. Alone: nothing is built beside it here.
local function steps_of(work, object)
    return builds.steps(object, { alone = true,
        partitioned = builds.partitioned(work.journal, { object })[object.target] == true })
end

-- What the server refused, with what is left to be done by hand.
local function refused(object, fault)
    return {
        code = "object_refused",
        table = object.source_table,
        column = fault.column,
        value = fault.value,
        reason = ("%s %s cannot be made: %s"):format(object.kind, object.name, fault.message),
        hint = ("%sthe rows are loaded; mend %s, then go on with --resume, or: %s"):format(
            fault.hint and fault.hint .. "; " or "", fault.sqlstate == "42501" and "the right" or "them",
            statements.join(builds.left(object))),
    }
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
            local found = object.kind == "foreign key" and object.state == "added" and orphans(journal, object) or {}
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
