-- audit/init.lua: the target's schema as it is now against what the plan promised: tables, columns, keys, indexes,
-- foreign keys, triggers, sequences, migrations; and what rows have to keep whatever the catalog says.
local catalog = require "wherry.audit.catalog"
local columns = require "wherry.audit.columns"
local created = require "wherry.audit.created"
local emits = require "wherry.resolve.emits"
local heads = require "wherry.audit.heads"
local objects = require "wherry.audit.objects"
local rows = require "wherry.audit.rows"

local audit = {}

---@class wherry.AuditEntry
---@field kind string "table", "column", "columns", "type", "not null", "default", "identity", "generated column",
---"primary key", "unique", "index", "foreign key", "check", "trigger", "view", "function", "objects", "orphans",
---"sequence", "json", "migrations", "setting"
---@field table string|nil the target table, quoted; nil: it is about all of them
---@field name string
---@field passed boolean
---@field note boolean|nil passed, and worth a look: nothing that the plan promised is missing
---@field detail string
---@field hint string|nil

---@class wherry.AuditGiven
---@field resolved wherry.Resolved of the run; without a journal, of the plan
---@field query fun(sql: string, parameters: table): table[] the target: rows by column name, values as texts
---@field source_query? fun(sql: string, from: string): table[] rows in SQLite's classes; nil: the source is gone
---@field each? fun(sql: string, act: fun(row: table)) the target's rows one by one, for texts that may be many
---@field witness? wherry.WitnessOptions what the journal knows, as the witness takes it
---@field progress? fun(what: string) called before each part

---@class wherry.AuditContext : wherry.AuditGiven
---@field tables table[] that the plan writes into
---@field created table<string, wherry.CreatedTable>
---@field witnessed wherry.WitnessOptions
---@field add fun(entry: wherry.AuditEntry)

local function check_settings(context)
    local list = catalog.replicas(context.query)
    if list[1] then
        context.add { kind = "setting", name = "session_replication_role", passed = false,
            detail = ("it is replica for %s: no trigger fires and no foreign key holds in these sessions"):format(
                table.concat(list, ", ")), hint = "ALTER DATABASE ... RESET session_replication_role, or ALTER ROLE" }
    end
end

-- Of the rows, and not of the schema, which a step of the plan may change.
local OF_ROWS = { orphans = true, sequence = true, json = true, migrations = true }

-- What before_load or after_load speaks of may be the script's own doing.
local function is_spoken_of(resolved, entry)
    for _, step in ipairs(not OF_ROWS[entry.kind] and resolved.hooks or {}) do
        for _, sql in ipairs(step.statements or {}) do
            if sql:find(entry.name, 1, true) then
                return step.name
            end
        end
    end
end

---Compares. Differences are values; raises what the databases raise.
---@param given wherry.AuditGiven
---@return wherry.AuditEntry[] failed ones first
function audit.run(given)
    local failed, passed, tables = {}, {}, {}
    local context = setmetatable({ tables = emits.all(given.resolved), created = created.read(given.resolved.create),
        witnessed = given.witness or {}, add = function(entry)
            local step = not entry.passed and is_spoken_of(given.resolved, entry)
            if step then
                entry.passed, entry.note = true, true
                entry.detail = ("%s (%s speaks of it)"):format(entry.detail, step)
            end
            table.insert(entry.passed and passed or failed, entry)
        end }, { __index = given })
    local progress = given.progress or function() end
    for i, tbl in ipairs(context.tables) do
        tables[i] = tbl.target_sql
    end
    progress "the catalog"
    local found = catalog.read(given.query, tables)
    columns.check(context, found)
    objects.check(context, found)
    check_settings(context)
    if given.source_query then
        heads.check(context)
    end
    progress "foreign keys, sequences, documents"
    rows.check(context, found)
    return table.move(passed, 1, #passed, #failed + 1, failed)
end

---Whether an entry has failed.
---@param list wherry.AuditEntry[]
---@return boolean
function audit.has_failed(list)
    return list[1] ~= nil and not list[1].passed
end

audit.back = require "wherry.audit.back"

return audit
