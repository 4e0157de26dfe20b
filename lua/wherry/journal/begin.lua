-- begin.lua: the first rows of a run in the journal: the run with its plan, source, slices and objects.
local core = require "wherry.core"
local journal_hooks = require "wherry.journal.hooks"
local json = require "wherry.json"
local packing = require "wherry.journal.packing"
local shallow = require "wherry.shallow"

local journal_begin = {}

local ONLY = "main" -- the name of the only source

--- A text as the journal can hold it, whatever bytes it is made of.
---@param text string?
---@return string?
function journal_begin.shown(text)
    return text and json.utf8(text):gsub("%z", "\\x00")
end

local shown = journal_begin.shown

-- The rows of object and slice travel as one document each: a statement for each of thousands would take its time.
local function rows_of(resolved)
    local objects, tables = json.array(), json.array()
    local hooks = journal_hooks.objects(resolved)
    for index, object in ipairs(table.move(hooks, 1, #hooks, #resolved.objects + 1, shallow.copy(resolved.objects))) do
        objects[index] = { position = index, kind = object.kind, name = shown(object.name),
            source_table = shown(object.table), target = object.target, sql = object.sql,
            aside_sql = object.aside_sql, state = object.state, outcome = object.outcome, note = shown(object.note) }
    end
    for _, tbl in ipairs(resolved.tables) do
        local cuts = tbl.cuts or {}
        for range = 1, #cuts + 1 do
            tables[#tables + 1] = { position = #tables, source = tbl.from or ONLY, source_table = tbl.read.table,
                lo = cuts[range - 1], hi = cuts[range] }
        end
    end
    return json.encode(objects), json.encode(tables)
end

-- A row a source.
local function source_rows(journal, id, about, statements)
    for _, one in ipairs(about.files or { about }) do
        statements[#statements + 1] = { journal:sql [[INSERT INTO %s.source (run, name, path, fingerprint, fenced, copy)
            VALUES ($1, $2, $3, $4, $5, $6)]], id, one.name or ONLY, json.utf8(one.path), one.fingerprint, one.fenced,
            about.files and one.copy and json.utf8(one.copy.path) or nil, n = 7 }
    end
end

-- The first rows of a run.
local function first_rows(journal, id, resolved, about)
    local objects, tables = rows_of(resolved)
    local statements = {
        { journal:sql [[INSERT INTO %s.run (id, state, command, operator, host, version, script_hash, choices, plan,
                copy, jobs)
            VALUES ($1, 'running', $2, $3, $4, $5, $6, $7, $8, $9, $10)]], id, json.utf8(about.command),
            core.sys.user(), core.sys.host(), require "wherry.version", about.script_hash,
            packing.encode(about.choices), packing.encode(resolved), about.copy and json.utf8(about.copy), about.jobs,
            n = 11 },
        { journal:sql [[INSERT INTO %s.object (run, kind, name, source_table, target, sql, aside_sql, state, outcome,
                note)
            SELECT $1, kind, name, source_table, target, sql, aside_sql, state, outcome, note
            FROM json_to_recordset($2) AS r(position int, kind text, name text, source_table text, target text,
                sql text, aside_sql text, state text, outcome text, note text) ORDER BY position]], id, objects },
        { journal:sql [[INSERT INTO %s.slice (run, source, source_table, lo, hi, state)
            SELECT $1, source, source_table, decode(lo, 'hex'), decode(hi, 'hex'), 'todo' FROM json_to_recordset($2)
                AS r(position int, source text, source_table text, lo text, hi text) ORDER BY position]], id, tables },
    }
    source_rows(journal, id, about, statements)
    return statements
end

-- What puts aside that which the load does not stand: from behind, since a foreign key goes before the key to which it
-- refers.
local function aside_statements(resolved, statements)
    for index = #resolved.objects, 1, -1 do
        local object = resolved.objects[index]
        if object.state == "aside" then
            statements[#statements + 1] = { object.aside_sql }
        end
    end
end

--- Adds the statements that put a new run into the journal, and with it everything that is done to the target's schema
--- before the load.
---@param journal wherry.Journal
---@param id integer
---@param resolved wherry.Resolved
---@param about wherry.About
---@param statements table[]
function journal_begin.add(journal, id, resolved, about, statements)
    local rows = first_rows(journal, id, resolved, about)
    table.move(rows, 1, #rows, #statements + 1, statements)
    for _, sql in ipairs(resolved.create) do
        statements[#statements + 1] = { sql }
    end
    aside_statements(resolved, statements)
end

return journal_begin
