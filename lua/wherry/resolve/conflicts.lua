-- conflicts.lua: rows of the source that meet rows which the target holds already (on_conflict): how they are merged,
-- and what has to hold for it. Each decision stands in the load table as SQL.
local failure = require "wherry.failure"
local names = require "wherry.names"

local conflicts = {}

---@class wherry.Conflict what on_conflict adds to a load table
---@field on_conflict "keep"|"update"|"replace"
---@field key_target? string[] the key by which rows meet
---@field before string rows that the target holds at the begin, in digits
---@field removed? string replace: rows that are removed, in digits
---@field stage? string the session's table, quoted
---@field stage_sql? string
---@field clear_sql? string
---@field merge_sql? string

local function qualified(target)
    return names.qualified(target.schema, target.name)
end

local function set_of(list)
    local set = {}
    for _, name in ipairs(list) do
        set[name] = true
    end
    return set
end

-- The key by which rows meet: the primary key, else the first unique one that can't be NULL; all of it is filled.
local function key_of(target, filled)
    local not_null = {}
    for _, column in ipairs(target.columns) do
        not_null[column.name] = column.not_null
    end
    local candidates = { target.primary_key }
    table.move(target.uniques, 1, #target.uniques, #candidates + 1, candidates)
    for _, key in ipairs(candidates) do
        local usable = not key.deferrable
        for _, name in ipairs(key.columns) do
            usable = usable and filled[name] and not_null[name]
        end
        if usable then
            return key.columns
        end
    end
    return nil
end

local function prefixed(prefix, list)
    local result = {}
    for i, name in ipairs(list) do
        result[i] = prefix .. "." .. names.quote_pg(name)
    end
    return table.concat(result, ", ")
end

-- What happens to a row that is there: nothing, or it gets the new values, unless it has them already (compared by
-- their bytes, since not every type has an equality).
local function action(how, columns, key)
    local in_key, others, changes = set_of(key), {}, {}
    for _, name in ipairs(columns) do
        if not in_key[name] then
            others[#others + 1] = name
            changes[#others] = ("%s = excluded.%s"):format(names.quote_pg(name), names.quote_pg(name))
        end
    end
    if how == "keep" or not others[1] then
        return "NOTHING"
    end
    return ("UPDATE SET %s WHERE ROW(%s)::record OPERATOR(pg_catalog.*<>) ROW(%s)::record"):format(
        table.concat(changes, ", "), prefixed("old", others), prefixed("excluded", others))
end

-- How a merged row tells that it is new: by DO NOTHING no other comes back, and the one that PostgreSQL inserted has no
-- older version: its xmax is 0. A partitioned table does not give it; there its keys are looked up before.
---@return string before a part of WITH, or ""
---@return string returned what RETURNING gives
---@return string merged what FROM counts
local function freshness(what, target, key, stage)
    if what == "NOTHING" then
        return "", "true AS fresh", "merged"
    elseif target.kind ~= "p" then
        return "", "old.xmax::pg_catalog.text = '0' AS fresh", "merged"
    end
    local match, known = {}, {}
    for i, name in ipairs(key) do
        match[i] = ("t.%s = s.%s"):format(names.quote_pg(name), names.quote_pg(name))
        known[i] = ("k.%s = m.%s"):format(names.quote_pg(name), names.quote_pg(name))
    end
    local before = ("known AS MATERIALIZED (SELECT %s FROM %s t WHERE EXISTS (SELECT FROM %s s WHERE %s)), "):format(
        prefixed("t", key), qualified(target), stage, table.concat(match, " AND "))
    return before, prefixed("old", key), ("(SELECT NOT EXISTS (SELECT FROM known k WHERE %s) AS fresh FROM merged m) "
        .. "AS told"):format(table.concat(known, " AND "))
end

-- Of several rows of the source that share a key the last one stays, whether they come in one statement or in two; with
-- DO NOTHING the first.
local function merge_sql(how, target, columns, key, stage)
    local list, what = names.list_pg(columns), action(how, columns, key)
    local keys = names.list_pg(key)
    local before, returned, merged = freshness(what, target, key, stage)
    return ("WITH %smerged AS (INSERT INTO %s AS old (%s) OVERRIDING SYSTEM VALUE SELECT %s%s FROM %s%s ON CONFLICT "
        .. "(%s) DO %s RETURNING %s) SELECT count(*) FILTER (WHERE fresh) AS inserted, "
        .. "count(*) FILTER (WHERE NOT fresh) AS updated FROM %s"):format(before, qualified(target), list,
        what == "NOTHING" and "" or ("DISTINCT ON (%s) "):format(keys), list, stage,
        what == "NOTHING" and "" or (" ORDER BY %s, ctid DESC"):format(keys), keys, what, returned, merged)
end

local function check_right(context, t, sql, parameters, missing, hint)
    if context.target_query(sql, parameters)[1].may == "f" then
        context.outcome:finding { code = "missing_right", table = t.name, key = missing,
            reason = ("%s is not granted"):format(missing), hint = hint }
    end
end

local function check_rights(context, t, target, right)
    local role = names.quote_pg(context.role)
    check_right(context, t, "SELECT pg_catalog.has_table_privilege($1, $2) AS may", { qualified(target), right },
        ("%s on %s"):format(right, qualified(target)),
        ("GRANT %s ON TABLE %s TO %s"):format(right, qualified(target), role))
end

local function count(context, target)
    return context.target_query("SELECT count(*) AS n FROM " .. names.own_rows(target))[1].n
end

local function merged(context, t, target, columns, how)
    local key = key_of(target, set_of(columns))
    if not key then
        context.outcome:finding { code = "no_conflict_key", table = t.name,
            reason = ("%s has no primary key or unique constraint that is NOT NULL and filled: no two rows can be told "
                .. "to be the same"):format(qualified(target)),
            hint = ('on_conflict = "%s" needs one; carry its columns, or add one'):format(how) }
        return nil
    end
    if how == "update" then
        check_rights(context, t, target, "UPDATE")
    end
    check_right(context, t, "SELECT pg_catalog.has_database_privilege(current_database(), 'TEMP') AS may", {},
        "TEMPORARY on the database", ("GRANT TEMPORARY ON DATABASE ... TO %s: rows are merged through a table of the "
            .. "session"):format(names.quote_pg(context.role)))
    local stage = "pg_temp." .. names.quote_pg("wherry_apply_" .. target.oid)
    return {
        on_conflict = how, key_target = key, before = count(context, target), stage = stage,
        stage_sql = ("CREATE TEMP TABLE IF NOT EXISTS %s ON COMMIT DELETE ROWS AS SELECT %s FROM %s WITH NO DATA")
            :format(stage, names.list_pg(columns), qualified(target)),
        clear_sql = "DELETE FROM " .. stage, merge_sql = merge_sql(how, target, columns, key, stage),
    }
end

local function replaced(context, t, target)
    check_rights(context, t, target, "TRUNCATE")
    local before = count(context, target)
    if before ~= "0" then
        context.outcome:receipt("table", t.name, "changed", ("its %s rows in the target are removed before the load "
            .. "(on_conflict = replace); --restart does not bring them back"):format(before),
            { table = t.name, target = qualified(target) })
    end
    return { on_conflict = "replace", before = "0", removed = before }
end

---Refuses what is said about rows that are there where the tables are created; raises kind "plan".
---@param plan wherry.Plan
function conflicts.refuse_created(plan)
    local said = plan.on_conflict and plan.on_conflict ~= "error"
    for _, entry in pairs(plan.tables) do
        said = said or entry.on_conflict and entry.on_conflict ~= "error"
    end
    if said then
        failure.raise("plan", "on_conflict is about rows that are there, and the tables are created",
            "leave it out, or load into the tables that are there with schema = \"existing\"")
    end
end

---How the rows of a source table are brought into a target table that may hold rows; what does not allow it is a
---finding.
---@param context wherry.Context
---@param t wherry.Table of the source
---@param target wherry.Table
---@param columns { target: string }[] what is filled
---@param how "error"|"keep"|"update"|"replace"|nil
---@return wherry.Conflict|nil conflict nil: rows are only ever added, to a table without rows
function conflicts.resolve(context, t, target, columns, how)
    if not how or how == "error" or target.can_select == false or target.rls_in_force then
        return nil -- a missing right has been told
    elseif how == "replace" then
        return replaced(context, t, target)
    end
    local filled = {}
    for i, column in ipairs(columns) do
        filled[i] = column.target
    end
    return merged(context, t, target, filled, how)
end

---Whether rows with the same values of these columns meet, so that one of them stays and none is refused.
---@param tbl wherry.LoadTable
---@param columns string[]
---@return boolean
function conflicts.meet_by(tbl, columns)
    return tbl.key_target ~= nil and table.concat(tbl.key_target, "\0") == table.concat(columns, "\0")
end

-- Tables outside of the list whose foreign keys refer to a table in it.
local function referring(context, oids)
    return context.target_query([[SELECT con.confrelid AS oid, con.conname AS name,
            con.conrelid::pg_catalog.regclass AS child
        FROM pg_catalog.pg_constraint con WHERE con.contype = 'f' AND con.confrelid = ANY ($1::oid[])
        AND NOT con.conrelid = ANY ($1::oid[]) AND con.conparentid = 0 ORDER BY con.confrelid, con.conname]],
        { "{" .. table.concat(oids, ",") .. "}" })
end

---The statement that empties all tables that are replaced, or nil. A table to which another one refers, that is not
---replaced with it, is a finding: its rows would be left without their parents.
---@param context wherry.Context
---@param list wherry.Carried[]
---@return string|nil
function conflicts.removal(context, list)
    local oids, tables, by_oid = {}, {}, {}
    for _, carried in ipairs(list) do
        if carried.load.on_conflict == "replace" then
            oids[#oids + 1], tables[#tables + 1] = carried.target.oid, names.own_rows(carried.target)
            by_oid[carried.target.oid] = carried
        end
    end
    if not oids[1] then
        return nil
    end
    for _, row in ipairs(referring(context, oids)) do
        local carried = by_oid[row.oid]
        context.outcome:finding { code = "replace_referenced", table = carried.source.name, key = row.name,
            reason = ("%s refers to %s (foreign key %s), whose rows are to be replaced"):format(row.child,
                qualified(carried.target), names.quote_pg(row.name)),
            hint = 'replace both in one run, or take on_conflict = "update"' }
    end
    return "TRUNCATE " .. table.concat(tables, ", ")
end

---The user triggers of a target table that this way of loading fires.
---@param target wherry.Table
---@param how string|nil on_conflict
---@return {name: string, enabled: string, definition: string}[]
function conflicts.triggers(target, how)
    local list, seen = {}, {}
    for _, group in ipairs { target.insert_triggers or {}, how == "update" and target.update_triggers or {} } do
        for _, trigger in ipairs(group) do
            if not seen[trigger.name] then
                seen[trigger.name] = true
                list[#list + 1] = trigger
            end
        end
    end
    return list
end

return conflicts
