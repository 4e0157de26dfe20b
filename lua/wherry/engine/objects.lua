-- objects.lua: what is put in place behind the load: keys, indexes, foreign keys, triggers that were put aside. Each is
-- a step of its own; one that the data does not allow becomes a finding, and the others go on.
local failure = require "wherry.failure"
local misfits = require "wherry.rejects.misfits"
local names = require "wherry.names"
local session_of = require "wherry.engine.session"

local objects = {}

local SAMPLES = 3

-- SQLSTATE classes that say nothing about the object: the server lacks something, was stopped, or is broken.
local NOT_THE_DATA = { ["53"] = true, ["57"] = true, ["58"] = true, ["XX"] = true, ["40"] = true, ["55"] = true,
    ["25"] = true }

-- A step that finds the object in its state, works, and advances it.
local function step(journal, object, work, changes, ...)
    local statements = { { journal:sql("UPDATE %s.object SET " .. changes .. " WHERE id = $1"), object.id, ... } }
    if work then
        table.insert(statements, 1, { work })
    end
    journal.session:step(journal:sql "SELECT 1 FROM %s.object WHERE id = $1 AND state = $2 FOR UPDATE",
        { object.id, object.state }, statements)
end

local function advance(journal, object, sql, state)
    step(journal, object, sql, "state = $2, finished = clock_timestamp()", state)
    object.state = state
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

local function validation(object)
    return ("ALTER TABLE %s VALIDATE CONSTRAINT %s"):format(object.target, names.quote_pg(object.name))
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
                .. validation(object),
        }
    end
    return found
end

local function refused(object, fault)
    return {
        code = "object_refused",
        table = object.source_table,
        column = fault.column,
        value = fault.value,
        reason = ("%s %s cannot be made: %s"):format(object.kind, object.name, fault.message),
        hint = ("%sthe rows are loaded; mend them, then go on with --resume, or: %s"):format(
            fault.hint and fault.hint .. "; " or "", object.state == "added" and validation(object) or object.sql),
    }
end

-- A partitioned table takes no key that is not valid yet.
local function is_partitioned(journal, object)
    local row = journal.session:query("SELECT relkind FROM pg_class WHERE oid = to_regclass($1)", { object.target })[1]
    return row ~= nil and row.relkind == "p"
end

-- A foreign key is added without looking at the rows, then validated: when rows do not obey it, it still guards new
-- ones. One that was not valid before the run stays so.
local function place(journal, object)
    if object.kind ~= "foreign key" or object.sql:find " NOT VALID$" or is_partitioned(journal, object) then
        advance(journal, object, object.sql, "done")
        return
    end
    if object.state ~= "added" then
        advance(journal, object, object.sql .. " NOT VALID", "added")
    end
    advance(journal, object, validation(object), "done")
end

-- What the data refused stays in the journal with its definition, and with the state to which a resumed run returns it.
local function fail(journal, object, reason)
    step(journal, object, nil, "state = 'failed', failed_in = $2, reason = $3", object.state, reason)
end

local function is_the_data(fault)
    return failure.is(fault) and fault.kind == "server" and not NOT_THE_DATA[(fault.sqlstate or ""):sub(1, 2)]
end

-- Puts an object in place. Rows in its way move to the rejects, where the plan says so; then it is tried again.
local function place_moving(work, object)
    while true do
        local ok, fault = pcall(place, work.journal, object)
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
    for _, object in ipairs(journal:open_objects(run)) do
        session_of.check_stop()
        log("verbose", ("%s %s"):format(object.kind, object.name))
        local ok, fault = pcall(place_moving, work, object)
        if not ok then
            if not is_the_data(fault) then
                error(fault, 0)
            end
            local found = object.state == "added" and orphans(journal, object) or {}
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
