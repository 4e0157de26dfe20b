-- restart.lua: takes back what an unfinished run did to the target, and nothing else. Its rows are known by the
-- transactions of its steps: a row that somebody changed since has another xmin and stays.
local failure = require "wherry.failure"

local restart = {}

local function literal_ids(journal, run, tbl)
    local rows = journal:query([[SELECT string_agg((xid % 4294967296)::text, ',') AS ids FROM %s.slice
        WHERE run = $1 AND source_table = $2 AND state = 'done' AND xid IS NOT NULL]], { run, tbl.source })
    return rows[1].ids
end

-- The rows of a table that this run inserted and nobody changed since.
local function own_rows(journal, run, tbl)
    local ids = literal_ids(journal, run, tbl)
    return ids and ("xmin::text::bigint IN (%s)"):format(ids) or "false"
end

local function exists(session, tbl)
    return session:query("SELECT to_regclass($1) IS NOT NULL AS there", { tbl.target_sql })[1].there == "t"
end

-- Rows that the run did not load, by table: told before anything is removed.
local function foreign_rows(journal, found)
    local others = {}
    for _, tbl in ipairs(found.plan.tables) do
        if exists(journal.session, tbl) then
            local rows = journal.session:query(("SELECT count(*) AS n FROM %s WHERE NOT (%s)"):format(tbl.target_sql,
                own_rows(journal, found.id, tbl)))
            if rows[1].n ~= "0" then
                others[#others + 1] = { table = tbl, count = rows[1].n }
            end
        end
    end
    return others
end

-- Tables outside the plan whose foreign keys would act on rows of their own when ours are deleted.
local function dependents(session, tbl)
    return session:query([[SELECT con.conrelid::regclass::text AS child, con.conname AS name FROM pg_constraint con
        WHERE con.contype = 'f' AND con.confrelid = $1::regclass AND con.confdeltype IN ('c', 'n', 'd')
        AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS t(name) WHERE to_regclass(t.name) = con.conrelid)]],
        { tbl.target_sql, tbl.planned })
end

local function array_literal(list)
    local quoted = {}
    for index, text in ipairs(list) do
        quoted[index] = '"' .. text:gsub('[\\"]', "\\%0") .. '"'
    end
    return "{" .. table.concat(quoted, ",") .. "}"
end

local function refuse_dependents(journal, found)
    local planned = {}
    for index, tbl in ipairs(found.plan.tables) do
        planned[index] = tbl.target_sql
    end
    for _, tbl in ipairs(found.plan.tables) do
        if exists(journal.session, tbl) then
            for _, row in ipairs(dependents(journal.session,
                { target_sql = tbl.target_sql, planned = array_literal(planned) })) do
                if journal.session:query(("SELECT EXISTS (SELECT FROM %s) AS rows"):format(row.child))[1].rows == "t" then
                    failure.raise("plan", ("deleting rows of %s would act on rows of %s (foreign key %s)"):format(
                        tbl.target_sql, row.child, row.name), "empty that table, or go on with --resume")
                end
            end
        end
    end
end

-- Statements that empty a schema which was there before the run: foreign keys of the run out of the way, its rows out,
-- everything that was put aside back in place.
local function statements_existing(journal, found)
    local statements, back = {}, {}
    for _, object in ipairs(journal:query([[SELECT sql, aside_sql, state FROM %s.object
        WHERE run = $1 AND aside_sql IS NOT NULL AND state <> 'receipt' ORDER BY id]], { found.id })) do
        if object.state ~= "aside" then
            statements[#statements + 1] = { object.aside_sql }
        end
        back[#back + 1] = { object.sql }
    end
    for index = #found.plan.tables, 1, -1 do
        local tbl = found.plan.tables[index]
        if exists(journal.session, tbl) then
            statements[#statements + 1] = { ("DELETE FROM %s WHERE %s"):format(tbl.target_sql,
                own_rows(journal, found.id, tbl)) }
        end
    end
    return table.move(back, 1, #back, #statements + 1, statements)
end

-- A schema that the run made goes as a whole; what others hung on it makes DROP TABLE refuse, and says what it is.
local function statements_created(journal, found)
    local list = {}
    for _, tbl in ipairs(found.plan.tables) do
        if exists(journal.session, tbl) then
            list[#list + 1] = tbl.target_sql
        end
    end
    local statements = {}
    if list[1] then
        statements[1] = { "DROP TABLE " .. table.concat(list, ", ") }
    end
    return statements
end

--- Removes what a run did. One step: either all of it is gone or nothing.
---@param journal wherry.Journal
---@param found wherry.Run
---@param log fun(level: string, text: string)
function restart.remove(journal, found, log)
    if found.state ~= "running" and found.state ~= "stopped" then
        failure.raise("plan", ("run %d is %s: --restart takes back unfinished runs only"):format(found.id, found.state))
    end
    local others = foreign_rows(journal, found)
    for _, entry in ipairs(others) do
        log("warning", ("%s holds %s rows that run %d did not load, or that were changed since: they stay"):format(
            entry.table.target_sql, entry.count, found.id))
    end
    local statements
    if found.plan.mode == "create" then
        if others[1] then
            failure.raise("plan", ("%s was made by run %d, but holds %s rows of others"):format(others[1].table.target_sql,
                found.id, others[1].count), "move these rows away, or go on with --resume")
        end
        statements = statements_created(journal, found)
    else
        refuse_dependents(journal, found)
        statements = statements_existing(journal, found)
    end
    statements[#statements + 1] = { journal:sql [[UPDATE %s.run SET state = 'removed', finished = clock_timestamp()
        WHERE id = $1]], found.id }
    journal.session:step(journal:sql "SELECT 1 FROM %s.run WHERE id = $1 AND state IN ('running', 'stopped') FOR UPDATE",
        { found.id }, statements)
    log("info", ("run %d is taken back"):format(found.id))
end

return restart
