-- objects.lua: what is put in place behind the load: keys, indexes, foreign keys, triggers that were put aside. Each
-- is a
-- step of its own; one that the data does not allow becomes a finding, and the others go on.
local names = require "wherry.names"
local session_of = require "wherry.session"

local objects = {}

local SAMPLES = 3

local function lock(journal, object)
    return journal:sql "SELECT 1 FROM %s.object WHERE id = $1 AND state = $2 FOR UPDATE", { object.id, object.state }
end

local function advance(journal, object, state)
    return { journal:sql "UPDATE %s.object SET state = $2, finished = clock_timestamp() WHERE id = $1", object.id, state }
end

local function step(journal, object, sql, state)
    local lock_sql, lock_parameters = lock(journal, object)
    journal.session:step(lock_sql, lock_parameters, { { sql }, advance(journal, object, state) })
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

-- Rows of the child whose parent is missing, as findings: the first few of them, each with the count of all.
local function orphans(journal, object)
    local key = key_of(journal, object)
    if not key[1] then
        return {}
    end
    local match, filled, shown, columns = {}, {}, {}, {}
    for index, pair in ipairs(key) do
        local column = "c." .. names.quote_pg(pair.child_column)
        match[index] = ("p.%s = %s"):format(names.quote_pg(pair.parent_column), column)
        filled[index] = column .. " IS NOT NULL"
        shown[index] = column .. "::text"
        columns[index] = pair.child_column
    end
    -- regclass is quoted, and qualified because the search path is pg_catalog alone
    local child, parent = key[1].child, key[1].parent
    local from = (" FROM %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)"):format(child,
        table.concat(filled, " AND "), parent, table.concat(match, " AND "))
    local total = journal.session:query("SELECT count(*) AS n" .. from)[1].n
    local found = {}
    local rows = journal.session:query(("SELECT concat_ws(', ', %s) AS value, left(to_jsonb(c)::text, 200) AS row%s LIMIT %d")
        :format(table.concat(shown, ", "), from, SAMPLES))
    for index, row in ipairs(rows) do
        found[index] = {
            code = "orphan",
            table = object.source_table,
            key = row.row,
            column = table.concat(columns, ", "),
            value = row.value,
            reason = ("%s rows of %s refer to rows of %s that are not there (foreign key %s)"):format(total, child, parent,
                object.name),
            hint = ("the rows are loaded, the foreign key stands as NOT VALID: mend them, then ALTER TABLE %s VALIDATE "
                .. "CONSTRAINT %s"):format(child, names.quote_pg(object.name)),
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
        hint = fault.hint or ("the rows are loaded; mend them, then run: " .. object.sql),
    }
end

-- A foreign key is added without looking at the rows, then validated: when rows do not obey it, it still guards new
-- ones.
local function place(journal, object)
    if object.kind ~= "foreign key" then
        step(journal, object, object.sql, "done")
        return
    end
    local valid = not object.sql:find " NOT VALID$"
    if object.state ~= "added" then
        step(journal, object, valid and object.sql .. " NOT VALID" or object.sql, valid and "added" or "done")
    end
    if valid then
        step(journal, object, ("ALTER TABLE %s VALIDATE CONSTRAINT %s"):format(object.target, names.quote_pg(object.name)),
            "done")
    end
end

-- What the data refused stays in the journal with its definition; a foreign key stands, but is not valid.
local function fail(journal, object, reason)
    local lock_sql, lock_parameters = lock(journal, object)
    journal.session:step(lock_sql, lock_parameters, { { journal:sql [[UPDATE %s.object SET state = 'failed', outcome = $2,
        note = $3, finished = clock_timestamp() WHERE id = $1]], object.id,
        object.state == "added" and "changed" or "not_carried", reason } })
end

--- Puts every open object of the run in place.
---@param journal wherry.Journal
---@param run integer
---@param log fun(level: string, text: string)
---@return wherry.Finding[] findings objects that the data does not allow
function objects.place(journal, run, log)
    local findings = {}
    for _, object in ipairs(journal:open_objects(run)) do
        session_of.check_stop()
        log("verbose", ("%s %s"):format(object.kind, object.name))
        local ok, fault = pcall(place, journal, object)
        if not ok then
            if type(fault) ~= "table" or fault.kind ~= "server" then
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
