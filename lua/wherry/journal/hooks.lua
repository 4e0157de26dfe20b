-- hooks.lua: before_load and after_load in the journal: an object each, and what they changed in tables of the run.
local names = require "wherry.names"
local steps = require "wherry.plan.steps"

local journal_hooks = {}

local VERSION = 5 -- of the journal that knows of hooks

--- The objects of a run's steps, for its first rows.
---@param resolved wherry.Resolved
---@return wherry.Object[]
function journal_hooks.objects(resolved)
    local list = {}
    for index, step in ipairs(resolved.hooks or {}) do
        list[index] = { kind = "hook", name = step.name, state = "todo", outcome = "exact",
            note = steps.describe(step), sql = step.statements and table.concat(step.statements, ";\n") }
    end
    return list
end

--- The statements by which a run that is gone on with has the steps of another script: those that are done stay.
---@param journal wherry.Journal
---@param run integer
---@param planned wherry.PlannedStep[]?
---@param statements table[] gets them
function journal_hooks.renew(journal, run, planned, statements)
    statements[#statements + 1] = { journal:sql "DELETE FROM %s.object WHERE run = $1 AND kind = 'hook' "
        .. "AND state = 'todo'", run }
    for _, object in ipairs(journal_hooks.objects { hooks = planned }) do
        statements[#statements + 1] = { journal:sql [[INSERT INTO %s.object (run, kind, name, sql, state, outcome, note)
            SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (SELECT FROM %s.object
                WHERE run = $1 AND kind = $2 AND name = $3)]], run, object.kind, object.name, object.sql, object.state,
            object.outcome, object.note, n = 8 }
    end
end

--- A finding where a script has a before_load by now, and rows are loaded already.
---@param journal wherry.Journal
---@param run integer
---@param planned wherry.PlannedStep[]
---@return wherry.Finding|nil
function journal_hooks.too_late(journal, run, planned)
    for _, step in ipairs(planned) do
        if step.name == "before_load" and not journal_hooks.find(journal, run, step.name)
            and journal:query("SELECT 1 FROM %s.slice WHERE run = $1 AND state = 'done' LIMIT 1", { run })[1] then
            return { code = "changed_plan", key = step.name,
                reason = "the run began without before_load, and rows of it are loaded already",
                hint = "do it by hand and leave it out, or take the run back with --restart" }
        end
    end
end

--- A step of a run; nil: the run has none of this name.
---@param journal wherry.Journal
---@param run integer
---@param name "before_load"|"after_load"
---@return { id: integer, state: string }|nil
function journal_hooks.find(journal, run, name)
    local row = journal:query("SELECT id, state FROM %s.object WHERE run = $1 AND kind = 'hook' AND name = $2",
        { run, name })[1]
    return row and { id = math.tointeger(tonumber(row.id)), state = row.state }
end

--- The statement that finds a step that is still to be done, and locks it.
---@param journal wherry.Journal
---@return string
function journal_hooks.lock_sql(journal)
    return journal:sql "SELECT 1 FROM %s.object WHERE id = $1 AND state = 'todo' FOR UPDATE"
end

--- The statement that notes when a step began: whoever looks meanwhile sees what the run is at.
---@param journal wherry.Journal
---@param id integer
---@return table
function journal_hooks.started(journal, id)
    return { journal:sql "UPDATE %s.object SET started = clock_timestamp() WHERE id = $1", id }
end

---@class wherry.HookTarget what a step changed in a table of the run
---@field target string the table, quoted
---@field rows integer that it has more than before; below 0: fewer
---@field own boolean no row of others can be among those that the step wrote there
---@field xids integer[] the transactions by which rows are known that the step inserted or changed

--- The statements that advance a step.
---@param journal wherry.Journal
---@param id integer
---@param note string
---@param outcome "exact"|"changed"|"not_carried"
---@param changed wherry.HookTarget[]
---@return table[]
function journal_hooks.done(journal, id, note, outcome, changed)
    local statements = {}
    for index, one in ipairs(changed) do
        statements[index] = { journal:sql [[INSERT INTO %s.hook_target (object, target, rows, own, xids)
            VALUES ($1, $2, $3, $4, $5::bigint[])]], id, one.target, one.rows, one.own, names.array_pg(one.xids) }
    end
    statements[#statements + 1] = { journal:sql [[UPDATE %s.object SET state = 'done', outcome = $2, note = $3,
        finished = clock_timestamp() WHERE id = $1]], id, outcome, note }
    return statements
end

--- The condition of the rows of a table that a run's steps wrote there, where none of them can be another's.
---@param journal wherry.Journal
---@param run integer
---@param target string the table, quoted
---@return string
function journal_hooks.own_rows(journal, run, target)
    return journal:sql((([[xmin::text::bigint IN (SELECT x %% 4294967296 FROM %%s.hook_target h
        JOIN %%s.object o ON o.id = h.object CROSS JOIN LATERAL unnest(h.xids) AS x
        WHERE h.own AND o.run = %d AND h.target = ]]):format(run))) .. names.literal_pg(target) .. ")"
end

--- The steps of a run that are done.
---@param journal wherry.Journal
---@param run integer
---@return string[]
function journal_hooks.done_names(journal, run)
    local list = {}
    for index, row in ipairs(journal:query("SELECT name FROM %s.object WHERE run = $1 AND kind = 'hook' "
        .. "AND state = 'done' ORDER BY id", { run })) do
        list[index] = row.name
    end
    return list
end

--- How many rows the tables of a run have more, or fewer, by its steps.
---@param journal wherry.Journal
---@param run integer
---@return table<string, integer> by the table as the plan writes it
function journal_hooks.rows(journal, run)
    local rows = {}
    if journal:has_version(VERSION) then
        for _, row in ipairs(journal:query([[SELECT h.target, sum(h.rows) AS rows FROM %s.hook_target h
                JOIN %s.object o ON o.id = h.object WHERE o.run = $1 GROUP BY h.target]], { run })) do
            rows[row.target] = math.tointeger(tonumber(row.rows))
        end
    end
    return rows
end

--- The tables of a run that one of its steps has changed.
---@param journal wherry.Journal
---@param run integer
---@param name "before_load"|"after_load"
---@return table<string, boolean> by the table as the plan writes it
function journal_hooks.changed(journal, run, name)
    local changed = {}
    for _, row in ipairs(journal:has_version(VERSION) and journal:query([[SELECT h.target FROM %s.hook_target h
            JOIN %s.object o ON o.id = h.object WHERE o.run = $1 AND o.name = $2]], { run, name }) or {}) do
        changed[row.target] = true
    end
    return changed
end

return journal_hooks
