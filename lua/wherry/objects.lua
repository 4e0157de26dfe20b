-- objects.lua: what is put in place behind the load: keys, indexes, foreign keys, triggers that were put aside. Each is a
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

-- The two sides of a foreign key as the catalog has them now.
local function key_of(journal, object)
    return journal.session:query([[SELECT con.convalidated AS valid, cn.nspname AS child_schema, c.relname AS child,
            pn.nspname AS parent_schema, p.relname AS parent,
            (SELECT string_agg(quote_ident(a.attname), ',' ORDER BY k.n) FROM unnest(con.conkey) WITH ORDINALITY k(att, n)
                JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.att) AS child_columns,
            (SELECT string_agg(quote_ident(a.attname), ',' ORDER BY k.n) FROM unnest(con.confkey) WITH ORDINALITY k(att, n)
                JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.att) AS parent_columns
        FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
        JOIN pg_class p ON p.oid = con.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
        WHERE con.contype = 'f' AND con.conname = $1 AND con.conrelid = $2::regclass]], { object.name, object.target })[1]
end

-- Rows of the child whose parent is missing, as findings: the first few, the first with the count of all.
local function orphans(journal, object)
    local key = key_of(journal, object)
    if not key then
        return {}
    end
    local match, filled, shown = {}, {}, {}
    local parents = {}
    for column in key.parent_columns:gmatch "[^,]+" do
        parents[#parents + 1] = column
    end
    for column in key.child_columns:gmatch "[^,]+" do
        match[#match + 1] = ("p.%s = c.%s"):format(parents[#match + 1], column)
        filled[#filled + 1] = ("c.%s IS NOT NULL"):format(column)
        shown[#shown + 1] = ("c.%s::text"):format(column)
    end
    local child = names.quote_pg(key.child_schema) .. "." .. names.quote_pg(key.child)
    local parent = names.quote_pg(key.parent_schema) .. "." .. names.quote_pg(key.parent)
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
            column = key.child_columns,
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

-- A foreign key is added without looking at the rows, then validated: when rows do not obey it, it still guards new ones.
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
