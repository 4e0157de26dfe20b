-- journal/init.lua: what the journal is asked, and how its rows change: in steps only (core/journal.h); the slices are
-- advanced by the core. All its texts are valid UTF-8, whatever bytes a source's path and names are made of.
local journal_begin = require "wherry.journal.begin"
local journal_counts = require "wherry.journal.counts"
local journal_columns = require "wherry.journal.columns"
local journal_schema = require "wherry.journal.schema"
local names = require "wherry.names"
local run_row = require "wherry.journal.run_row"
local target_state = require "wherry.journal.target_state"

local journal = {}
journal.__index = journal

---@class wherry.Journal
---@field name string schema, unquoted
---@field schema string schema, quoted
---@field session wherry.Session
---@field private there boolean
---@field private version integer of its tables
---@field private looked boolean `there` and `version` are known
---@field private checked boolean .. and that this role may write it

---@param session wherry.Session
---@param schema string
---@return wherry.Journal
function journal.open(session, schema)
    return setmetatable({ session = session, name = schema, schema = names.quote_pg(schema) }, journal)
end

--- True when the journal is there and is of that version, or of a later one. Who only reads it may ask, too.
---@param version integer
---@return boolean
function journal:has_version(version)
    if not self.looked then
        self.there, self.version = journal_schema.exists(self)
        self.looked = true
    end
    return self.there and self.version >= version
end

--- True when the journal is there. Raises when a schema of that name is something else, or another role's.
---@return boolean
function journal:exists()
    if not self.checked then
        self:has_version(0)
        self.checked = true
        if self.there then
            journal_schema.check_rights(self)
        end
    end
    return self.there
end

--- Brings the journal, where it is there, up to this version, before anything is written into it.
function journal:upgrade()
    if self:exists() and journal_schema.is_outdated(self.version) then
        journal_schema.upgrade(self, self.version)
        self.looked, self.checked = false, false
    end
end

--- The statement with the journal's schema put in for every %s.
---@param text string
---@return string
function journal:sql(text)
    return (text:gsub("%%s", function() return self.schema end))
end

---@param text string with %s for the journal's schema
---@param parameters table?
---@return table[] rows
function journal:query(text, parameters)
    return self.session:query(self:sql(text), parameters)
end

--- The run to go on with: the given one, else the newest one of this source file that was not removed.
---@param path string absolute path of the source
---@param id integer?
---@param files? wherry.SourceFile[] instead of the path: those of several sources
---@return wherry.Run?
function journal:find(path, id, files)
    if not self:exists() then
        return nil
    elseif id then
        return run_row.of(self:query(run_row.SELECT .. "WHERE r.id = $1", { id })[1])
    end
    return run_row.of(self:query(run_row.SELECT .. "WHERE " .. run_row.OF_SOURCE .. [[ AND r.state <> 'removed'
        ORDER BY r.id DESC LIMIT 1]], run_row.paths(path, files))[1])
end

--- The newest run that was not removed.
---@return wherry.Run?
function journal:latest()
    return self:exists() and run_row.of(self:query(run_row.SELECT
        .. "WHERE r.state <> 'removed' ORDER BY r.id DESC LIMIT 1")[1]) or nil
end

--- Whether a run has something left to load.
---@param run integer
---@return boolean
function journal:has_todo(run)
    return self:query("SELECT 1 FROM %s.slice WHERE run = $1 AND state = 'todo' LIMIT 1", { run })[1] ~= nil
end

--- The unfinished runs of other files.
---@param path string absolute path of the source
---@param files? wherry.SourceFile[] instead of the path: those of several sources
---@return wherry.Run[]
function journal:others(path, files)
    local others = {}
    if self:exists() then
        for index, row in ipairs(self:query(run_row.SELECT .. "WHERE NOT (" .. run_row.OF_SOURCE .. [[)
            AND r.state IN ('running', 'stopped') ORDER BY r.id]], run_row.paths(path, files))) do
            others[index] = run_row.of(row)
        end
    end
    return others
end

--- The number of a run that is about to begin.
---@return integer
function journal:new_run()
    return self:exists() and math.tointeger(tonumber(
        self:query("SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id", { self.schema .. ".run" })[1].id)) or 1
end

--- Whether a run's first step was committed.
---@param run integer
---@return boolean
function journal:has(run)
    return self:exists() and self:query("SELECT 1 FROM %s.run WHERE id = $1", { run })[1] ~= nil
end

---@class wherry.About what the journal keeps of a run beside its plan
---@field files? table[] of several sources: name, path, fingerprint, fenced, copy of each, instead of the run's own
---@field path string
---@field copy string? the file that is read in the place of the source
---@field fingerprint string
---@field fenced boolean
---@field command string masked
---@field script_hash string?
---@field choices table
---@field jobs integer? lanes

--- Begins a run: the journal where it is not there yet, the run's row, source, slices and objects, and with them
--- everything that is done to the target's schema before the load. One step: either all of it is there or nothing.
---@param id integer from new_run
---@param resolved wherry.Resolved
---@param about wherry.About
function journal:begin(id, resolved, about)
    local statements, lock_sql = {}, self:sql "SELECT 1 WHERE NOT EXISTS (SELECT FROM %s.run WHERE id = $1)"
    local lock_parameters = { id }
    if not self:exists() then
        statements, lock_sql, lock_parameters = journal_schema.installation(self)
        statements[#statements + 1] = { "SELECT nextval(pg_get_serial_sequence($1, 'id'))", self.schema .. ".run" }
    end
    journal_begin.add(self, id, resolved, about, statements)
    statements[#statements + 1] = target_state.keep(self, id, resolved)
    self.looked, self.checked = false, false
    self.session:step(lock_sql, lock_parameters, statements)
end

--- Objects that are still to be put in place, in the order of the plan; keys and indexes first, also those that came to
--- the plan later.
---@param run integer
---@return table[]
function journal:open_objects(run)
    return self:query([[SELECT id, kind, name, source_table, target, sql, state FROM %s.object
        WHERE run = $1 AND kind <> 'hook' AND state IN ('todo', 'aside', 'added')
        ORDER BY kind NOT IN ('primary key', 'unique', 'index', 'exclusion constraint'), id]], { run })
end

--- The receipts of a run as they stand now; what is not in place yet, or could not be, is not carried.
---@param run integer
---@return wherry.Object[]
function journal:receipts(run)
    return self:query([[SELECT kind, name, source_table AS "table", target, state,
            CASE WHEN coalesce(failed_in, state) = 'added' AND kind = 'foreign key' THEN 'changed'
                WHEN state IN ('todo', 'aside', 'added', 'failed') THEN 'not_carried' ELSE outcome END AS outcome,
            CASE state WHEN 'failed' THEN reason WHEN 'todo' THEN 'not ' || CASE kind WHEN 'hook' THEN 'done'
                    ELSE 'made' END || ' yet: the run stopped before it'
                WHEN 'aside' THEN 'put aside for the load, not back yet: the run stopped before it'
                WHEN 'added' THEN CASE kind WHEN 'foreign key' THEN 'stands; the rows are not checked against it yet'
                    ELSE 'its index is built, not all else: the run stopped before it' END ELSE note END AS note
        FROM %s.object WHERE run = $1 ORDER BY id]], { run })
end

--- What the steps of a run counted, by the table's name as the journal has it (read.table).
---@param run integer
---@return table<string, table> counts with read, filtered, merged, passed, emitted, inserted, updated, skipped,
---rejected, seconds, and filtered_by: how many rows for which reason
function journal:counts(run)
    return journal_counts.read(self, run)
end

--- The forms in which the values of a run's columns come back, with what else was counted of them.
---@param run integer
---@return table<string, table<string, wherry.ColumnCounts>> by source table (as the journal has it), target column
function journal:forms(run)
    return journal_columns.read(self, run)
end

--- A step of the finish: done only while the run is under way.
---@param run integer
---@param statements table[]
---@return boolean done
function journal:step(run, statements)
    return self.session:step(self:sql "SELECT 1 FROM %s.run WHERE id = $1 AND state = 'running' FOR UPDATE", { run },
        statements)
end

--- Notes that a run stopped, and what stopped it.
---@param run integer
---@param status string
---@param message string may hold any bytes
function journal:stop_run(run, status, message)
    self.session:step(self:sql "SELECT 1 FROM %s.run WHERE id = $1 AND state = 'running' FOR UPDATE", { run },
        { { self:sql [[UPDATE %s.run SET state = 'stopped', status = $2, error = $3, finished = clock_timestamp()
            WHERE id = $1]], run, status, journal_begin.shown(message) } })
end

--- Ends a run that has nothing left to do.
---@param run integer
---@param status string
---@return boolean done false: it was not under way, or something is left
function journal:close_run(run, status)
    return self.session:step(self:sql [[SELECT 1 FROM %s.run WHERE id = $1 AND state = 'running'
            AND NOT EXISTS (SELECT FROM %s.slice WHERE run = $1 AND state = 'todo')
            AND NOT EXISTS (SELECT FROM %s.object WHERE run = $1 AND state IN ('todo', 'aside', 'added')) FOR UPDATE]],
        { run }, { { self:sql [[UPDATE %s.run SET state = 'done', status = $2, error = NULL,
            finished = clock_timestamp() WHERE id = $1]], run, status } })
end

---@param run integer
---@return "running"|"stopped"|"done"|"removed"|nil
function journal:state_of(run)
    local row = self:query("SELECT state FROM %s.run WHERE id = $1", { run })[1]
    return row and row.state
end

--- The statement that sets objects that failed back to where they were before.
---@param run integer
---@return table
function journal:failed_back(run)
    return { self:sql [[UPDATE %s.object SET state = failed_in, failed_in = NULL, reason = NULL, finished = NULL
        WHERE run = $1 AND state = 'failed']], run }
end

--- Puts a run under way again, and sets the objects that failed back to where they were before: the rows that were in
--- their way may have been mended. A run that is done and has no such objects stays done.
---@param run integer
---@param jobs integer|nil lanes that it has from now on
function journal:reopen(run, jobs)
    local lock_sql = self:sql [[SELECT 1 FROM %s.run WHERE id = $1 AND (state IN ('running', 'stopped')
        OR state = 'done' AND EXISTS (SELECT FROM %s.object WHERE run = $1 AND state = 'failed')) FOR UPDATE]]
    self.session:step(lock_sql, { run }, {
        self:failed_back(run),
        { self:sql [[UPDATE %s.run SET state = 'running', status = NULL, error = NULL, finished = NULL,
            report = NULL, jobs = coalesce($2, jobs) WHERE id = $1]], run, jobs, n = 3 },
    })
end

return journal
