-- restart.lua: takes back what an unfinished run did to the target, and nothing else. Its rows are known by the
-- transactions of its steps: a row that somebody changed since has another xmin and stays.
local builds = require "wherry.engine.builds"
local emits = require "wherry.resolve.emits"
local failure = require "wherry.failure"
local foreign_rows = require "wherry.engine.foreign_rows"
local journal_hooks = require "wherry.journal.hooks"
local names = require "wherry.names"

local restart = {}

--- The condition of the rows that this run inserted (its triggers' rows included) and nobody changed since. The ids of
--- the steps are read where the rows are: what a step had committed by then counts.
---@param journal wherry.Journal
---@param run integer
---@param tbl wherry.LoadTable|nil the rows that came from it, where several tables fill one
---@return string that begins with a column
function restart.own_rows(journal, run, tbl)
    local from = tbl and (" AND source = %s AND source_table = %s"):format(names.literal_pg(tbl.from or "main"),
        names.literal_pg(tbl.read.table)) or ""
    return journal:sql(([[xmin::text::bigint IN (SELECT x %% 4294967296 FROM %%s.slice
        CROSS JOIN LATERAL unnest(sub_xids || xid) AS x WHERE x IS NOT NULL AND run = %d]]):format(run))
        .. from .. ")"
end

-- The same of one table, with the rows that before_load and after_load wrote there and that can't be anybody else's.
local function all_own_rows(journal, run, target)
    return ("(%s OR %s)"):format(restart.own_rows(journal, run), journal_hooks.own_rows(journal, run, target))
end

-- The tables of the run that are still there.
local function standing_tables(journal, run)
    local list = {}
    for _, tbl in ipairs(emits.all(run.plan)) do
        if journal.session:query("SELECT to_regclass($1) IS NOT NULL AS there", { tbl.target_sql })[1].there == "t" then
            list[#list + 1] = tbl
        end
    end
    return list
end

local function names_of(tables)
    local list = {}
    for index, tbl in ipairs(tables) do
        list[index] = tbl.target_sql
    end
    return list
end

-- Rows that the run did not load, by table: told before anything is removed.
local function rows_of_others(journal, run, tables)
    local others = {}
    for _, tbl in ipairs(tables) do
        others[#others + 1] = foreign_rows.of(journal, run, tbl, all_own_rows(journal, run.id, tbl.target_sql))
    end
    return others
end

-- Foreign keys that would change or delete rows of the child when rows of ours go. A child of the run's own is harmless
-- unless it holds rows of others.
local function refuse_dependents(journal, tables, others)
    local harmless = {}
    for _, name in ipairs(tables) do
        harmless[name] = true
    end
    for _, entry in ipairs(others) do
        harmless[entry.name] = nil
    end
    local own = {}
    for name in pairs(harmless) do
        own[#own + 1] = name
    end
    local rows = journal.session:query([[SELECT con.conrelid::regclass::text AS child, con.conname AS name,
            con.confrelid::regclass::text AS parent
        FROM pg_constraint con WHERE con.contype = 'f' AND con.confdeltype IN ('c', 'n', 'd')
        AND con.confrelid IN (SELECT to_regclass(t) FROM unnest($1::text[]) AS t)
        AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS t WHERE to_regclass(t) = con.conrelid)]],
        { names.array_pg(tables), names.array_pg(own) })
    for _, row in ipairs(rows) do
        if journal.session:query(("SELECT EXISTS (SELECT FROM %s) AS rows"):format(row.child))[1].rows == "t" then
            failure.raise("plan", ("deleting rows of %s would act on rows of %s (foreign key %s)"):format(row.parent,
                row.child, row.name), "empty that table, or go on with --resume")
        end
    end
end

-- A row that was there and has new values is known by the step's transaction like a row of ours: it would go with them.
local function refuse_updates(journal, run)
    local row = journal:query([[SELECT t.target, sum(t.updated) AS updated FROM %s.slice_target t
        JOIN %s.slice s ON s.id = t.slice WHERE s.run = $1 AND t.updated > 0 GROUP BY t.target ORDER BY t.target]],
        { run.id })[1]
    if row then
        failure.raise("plan", ("run %d updated %s rows of %s, whose old values are gone: it can't be taken back")
            :format(run.id, row.updated, row.target), "go on with --resume, or restore the table from a backup")
    end
end

local function refuse_missing_rights(journal, tables)
    for _, name in ipairs(tables) do
        local row = journal.session:query("SELECT current_user AS role, has_table_privilege($1, 'DELETE') AS may",
            { name })[1]
        if row.may == "f" then
            failure.raise("environment",
                ("DELETE on %s is not granted, so the run's rows can't be removed"):format(name),
                ("GRANT DELETE ON TABLE %s TO %s"):format(name, names.quote_pg(row.role)))
        end
    end
end

-- Rows that a transaction has deleted are indexed by it all the same, so that one which an index does not allow would
-- keep that from coming back. A table that is empty by now gets rid of them, unless somebody else is told of that.
local EMPTY = [[BEGIN
    LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE;
    IF NOT EXISTS (SELECT FROM ONLY %s) AND NOT pg_catalog.row_security_active(%s)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = %s::regclass AND tgtype & 32 <> 0)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_tables
            WHERE (quote_ident(schemaname) || '.' || quote_ident(tablename))::regclass = %s::regclass)
    THEN TRUNCATE ONLY %s; END IF;
EXCEPTION WHEN feature_not_supported OR object_in_use THEN NULL; END]]

local function empty(name)
    local text = names.literal_pg(name)
    return { "DO " .. names.literal_pg(EMPTY:format(name, name, text, text, text, name)) }
end

-- Foreign keys and triggers act on rows that go, so that those which stand in place are taken away; keys and indexes
-- stay. What puts everything back that is not in place then, of an object that is half in place its other half.
local function object_statements(journal, run, statements)
    local back, emptied = { { builds.settings(journal.session, 1) } }, {}
    for _, object in ipairs(journal:query([[SELECT kind, name, target, sql, aside_sql,
            coalesce(failed_in, state) AS state
        FROM %s.object WHERE run = $1 AND aside_sql IS NOT NULL AND state <> 'receipt' ORDER BY id]], { run.id })) do
        local acts = object.kind == "foreign key" or object.kind == "trigger"
        if acts and object.state ~= "aside" then
            statements[#statements + 1] = { object.aside_sql }
            object.state = "aside"
        end
        if object.state == "aside" and not acts and not emptied[object.target] then
            emptied[object.target] = true
            table.insert(back, 1, empty(object.target))
        end
        if object.state ~= "done" then
            for _, sql in ipairs(builds.left(object)) do
                back[#back + 1] = { sql }
            end
        end
    end
    return back
end

--- Triggers that would fire for the rows that go are off meanwhile, unless the table's triggers fired for the rows that
--- came.
---@param journal wherry.Journal
---@param run { id: integer }
---@param name string the table, quoted
---@param statements table[] gets what comes before
---@param back table[] gets what comes behind
function restart.trigger_statements(journal, run, name, statements, back)
    local rows = journal:query([[SELECT t.tgname AS name, t.tgenabled AS enabled,
            pg_has_role(c.relowner, 'USAGE') AS owned
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE t.tgrelid = $1::text::regclass AND NOT t.tgisinternal AND t.tgtype & 8 <> 0 AND t.tgenabled IN ('O', 'A')
        AND NOT EXISTS (SELECT FROM %s.object o WHERE o.run = $2 AND o.kind = 'trigger' AND o.state = 'receipt'
            AND o.target = $1::text)]], { name, run.id })
    for _, row in ipairs(rows) do
        local trigger = names.quote_pg(row.name)
        if row.owned == "f" then
            failure.raise("environment", ("the trigger %s of %s would fire for each row that is removed, and only the "
                .. "table's owner can turn it off"):format(trigger, name), "run wherry as the owner")
        end
        statements[#statements + 1] = { ("ALTER TABLE %s DISABLE TRIGGER %s"):format(name, trigger) }
        back[#back + 1] = { ("ALTER TABLE %s ENABLE %sTRIGGER %s"):format(name, row.enabled == "A" and "ALWAYS " or "",
            trigger) }
    end
end

-- Statements that clear tables which were there before the run: keys and triggers of theirs out of the way, the run's
-- rows out, everything back in place.
local function statements_existing(journal, run, tables, statements)
    local back = object_statements(journal, run, statements)
    for _, name in ipairs(tables) do
        restart.trigger_statements(journal, run, name, statements, back)
    end
    -- triggers that fire find their tables as in a session of the application's
    statements[#statements + 1] = { "SET LOCAL search_path TO DEFAULT" }
    for index = #tables, 1, -1 do
        statements[#statements + 1] = { ("DELETE FROM %s WHERE %s"):format(tables[index],
            all_own_rows(journal, run.id, tables[index])) }
    end
    statements[#statements + 1] = { "SET LOCAL search_path TO pg_catalog" }
    table.move(back, 1, #back, #statements + 1, statements)
end

-- Views and trigger functions that the run has put in place, the last one first; those of a kind.
local function placed(journal, run, kind, statements)
    local undo = {}
    for _, object in ipairs(run.plan.objects) do
        if object.kind == kind and object.undo then
            undo[object.name] = object.undo
        end
    end
    for _, row in ipairs(journal:query([[SELECT name FROM %s.object WHERE run = $1 AND kind = $2 AND state = 'done'
        ORDER BY id DESC]], { run.id, kind })) do
        statements[#statements + 1] = undo[row.name] and { undo[row.name] }
    end
end

-- What triggers wrote anywhere else nobody can tell from what others wrote.
local function tell_of_triggers(journal, run, log)
    for _, row in ipairs(journal:query([[SELECT DISTINCT name, target FROM %s.object WHERE run = $1
        AND kind = 'trigger' AND state = 'receipt' ORDER BY target, name]], { run.id })) do
        log("warning", ("the trigger %s of %s fired for the rows of run %d: what it wrote into tables that the run "
            .. "does not load stays"):format(names.quote_pg(row.name), row.target, run.id))
    end
end

-- Tables that the run made go as a whole; what others hung on them makes DROP TABLE refuse, and says what it is. A
-- schema that it made goes, too, unless others put something into it.
local function statements_created(journal, run, tables, statements)
    placed(journal, run, "view", statements)
    if tables[1] then
        statements[#statements + 1] = { "DROP TABLE " .. table.concat(tables, ", ") }
    end
    placed(journal, run, "function", statements)
    for index = #(run.plan.drops or {}), 1, -1 do
        statements[#statements + 1] = { run.plan.drops[index] }
    end
    if (run.plan.create[1] or ""):find "^CREATE SCHEMA " then
        statements[#statements + 1] = { "DO " .. names.literal_pg(([[BEGIN DROP SCHEMA IF EXISTS %s;
            EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN NULL; END]]):format(
            names.quote_pg(run.plan.target_schema))) }
    end
end

local function refuse_foreign_rows(run, others)
    if others[1] then
        failure.raise("plan", ("%s was made by run %d, but holds %s rows of others%s"):format(others[1].name, run.id,
            others[1].count, foreign_rows.listed(others[1])), "move these rows away, or go on with --resume")
    end
end

local function removal(journal, run, log)
    local standing = standing_tables(journal, run)
    local others, tables = rows_of_others(journal, run, standing), names_of(standing)
    -- First of all the slices: a step that a dead client left behind ends before, and none begins behind.
    local statements = { { journal:sql "SELECT 1 FROM %s.slice WHERE run = $1 FOR UPDATE", run.id } }
    if run.plan.mode == "create" then
        refuse_foreign_rows(run, others)
        statements_created(journal, run, tables, statements)
    else
        refuse_updates(journal, run)
        refuse_missing_rights(journal, tables)
        refuse_dependents(journal, tables, others)
        statements_existing(journal, run, tables, statements)
        tell_of_triggers(journal, run, log)
        for _, entry in ipairs(others) do
            log("warning", ("%s holds %s rows that run %d did not load, or that were changed since: they stay%s")
                :format(entry.name, entry.count, run.id, foreign_rows.listed(entry)))
        end
    end
    for _, name in ipairs(journal_hooks.done_names(journal, run.id)) do
        log("warning", ("%s of run %d is done: what it did elsewhere than in the run's tables stays"):format(name,
            run.id))
    end
    statements[#statements + 1] = { journal:sql "DELETE FROM %s.reject WHERE run = $1", run.id }
    statements[#statements + 1] = { journal:sql "DELETE FROM %s.slice WHERE run = $1 AND state = 'todo'", run.id }
    statements[#statements + 1] = { journal:sql [[UPDATE %s.run SET state = 'removed', finished = clock_timestamp()
        WHERE id = $1]], run.id }
    return statements
end

-- Rows of others that refer to rows of ours keep a foreign key from coming back, or ours from going.
local function explain(run, fault)
    if failure.is(fault) and (fault.sqlstate == "23505" or fault.sqlstate == "23P01") then
        failure.raise("plan", ("rows that run %d did not load keep a key from being put back: %s"):format(run.id,
            fault.message), "nothing was removed; take these rows away, or go on with --resume")
    elseif failure.is(fault) and fault.sqlstate == "23503" then
        failure.raise("plan", ("rows that run %d did not load refer to rows that it loaded: %s"):format(run.id,
            fault.message), "nothing was removed; take these rows away, or go on with --resume")
    end
    error(fault, 0)
end

--- Removes what an unfinished run did. One step: either all of it is gone or nothing.
---@param journal wherry.Journal
---@param run wherry.Run
---@param log fun(level: string, text: string)
function restart.remove(journal, run, log)
    journal:upgrade()
    local lock_sql = journal:sql "SELECT 1 FROM %s.run WHERE id = $1 AND state IN ('running', 'stopped') FOR UPDATE"
    local statements = removal(journal, run, log)
    local ok, fault = pcall(journal.session.step, journal.session, lock_sql, { run.id }, statements)
    if not ok then
        explain(run, fault)
    end
    log("info", ("run %d is taken back"):format(run.id))
end

return restart
