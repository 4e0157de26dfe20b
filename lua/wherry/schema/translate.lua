-- From SQLite's schema to PostgreSQL's: functions and tables to create before the load, objects to build behind it, and
-- a receipt for everything that has no object of its own. The same model and census give the same text.
local census = require "wherry.schema.census"
local checks = require "wherry.schema.checks"
local collations = require "wherry.schema.collations"
local columns = require "wherry.schema.columns"
local comments = require "wherry.schema.comments"
local generated = require "wherry.schema.generated"
local keys = require "wherry.schema.keys"
local names = require "wherry.names"
local runtime = require "wherry.expr.pg.runtime"
local translation = require "wherry.schema.translation"
local triggers = require "wherry.schema.triggers"
local views = require "wherry.schema.views"

local translate = {}

-- PostgreSQL's limit; the row must also fit a page, which only the values can tell.
local MOST_COLUMNS = 1600

---@class wherry.TranslateOptions
---@field schema string? the target schema, "public" by default
---@field census fun(jobs: wherry.CensusJob[]): table<string, wherry.Stats>[] asked once, for the columns whose
---declaration does not guarantee the class of their values; by column, one a job
---@field count_false (fun(t: wherry.Table, conditions: string[]): integer[])? how many rows do not obey each condition,
---which are SQLite's text
---@field zone string? of times without offset that become timestamptz, where it is not UTC
---@field idiomatic boolean? types that the values allow, although the exact bytes are not kept
---@field nocase "fold"|"citext"|"icu"|nil how NOCASE is kept, "fold" by default
---@field citext_schema string? where the target has the extension citext already
---@field longest (fun(t: wherry.Table, lists: (string|{sql: string})[][]): integer[])? for each list of columns and of
---expressions, how many bytes their values have together in one row, at most
---@field merges fun(t: wherry.Table, columns: wherry.MergeColumn[]): integer how many keys several rows would hold
---@field has_null fun(t: wherry.Table, columns: string[]): boolean whether a row has NULL in one of these columns
---@field skip table<string, any>? names of tables and virtual tables that are left out; they get no receipt here
---@field existing string[]? relations that the target schema holds already

---@class wherry.Receipt
---@field kind string
---@field name string
---@field table string? source table
---@field column string? source column
---@field outcome "exact"|"changed"|"not_carried"
---@field note string?

---@class wherry.CreatedColumn
---@field source string
---@field name string
---@field type wherry.Type
---@field kind string what its values are: integer, real, text, blob, boolean, number, mixed, json, uuid, time, declared
---@field declared boolean? the plan declares its type
---@field affinity string SQLite's
---@field collation string? SQLite's, nil for BINARY
---@field collate_sql string? what stands behind COLLATE
---@field native_nocase boolean? it compares without case by itself, by its type or its collation
---@field not_null boolean
---@field default_sql string?
---@field generated_sql string? it is computed and takes no values
---@field comment string?
---@field identity boolean
---@field sequence string? name of the identity's sequence

---@class wherry.CreatedCheck
---@field name string
---@field sql string the condition
---@field check wherry.Check
---@field outcome "exact"|"changed"
---@field note string?

---@class wherry.CreatedTable
---@field source string
---@field schema string
---@field name string
---@field columns wherry.CreatedColumn[]
---@field checks wherry.CreatedCheck[] that stand in CREATE TABLE
---@field create_sql string of all these parts

---@class wherry.Created
---@field prerequisites string[] statements for types and collations that columns need, before everything else
---@field functions wherry.RuntimeStatement[] what translated expressions call, to create before the tables
---@field tables wherry.CreatedTable[] in the source's order
---@field objects wherry.Object[] primary keys and uniques, indexes, foreign keys, checks, views, triggers
---@field comments string[] statements
---@field receipts wherry.Receipt[]
---@field findings wherry.Finding[]

---@class wherry.Translation the work in progress
---@field created wherry.Created
---@field schema string
---@field functions table<string, boolean> runtime functions used so far
---@field options wherry.TranslateOptions
---@field relations wherry.Allocator names of tables, indexes and sequences
---@field by_source table<string, wherry.Translated>
---@field index_names table<string, string> reserved names of indexes by the source's names
---@field index_notes table<string, string>

---@class wherry.Translated
---@field source wherry.Table
---@field target wherry.CreatedTable
---@field column table<string, wherry.CreatedColumn> by source name
---@field constraints wherry.Allocator names of the table's constraints
---@field primary_key boolean the primary key is carried as one
---@field unique table<string, boolean> carried unique keys
---@field arbiters table<table, string>? by the source's key or index, where it is unique in the target: its terms as
---ON CONFLICT names them

local function table_receipt(work, t, note)
    local notes, outcome = {}, "exact"
    if note then
        notes[1], outcome = note, "changed"
    end
    if t.module then
        notes[#notes + 1], outcome = "an R-Tree, carried as a plain table", "changed"
    end
    local limited = 0
    for _, column in ipairs(t.columns) do
        local named = column.affinity == "text" and column.declared:find("%(")
        limited = limited + (named and not (column.given and column.given.type) and 1 or 0)
    end
    if limited > 0 then
        notes[#notes + 1] = ("%d %s a declared length, which SQLite does not enforce: text without limit"):format(
            limited, limited == 1 and "column has" or "columns have")
    end
    translation.receipt(work, {
        kind = "table", name = t.name, table = t.name, outcome = outcome,
        note = #notes > 0 and table.concat(notes, "; ") or nil,
    })
end

local function table_findings(work, t)
    local function finding(code, reason, hint)
        table.insert(work.created.findings, { code = code, table = t.name, reason = reason, hint = hint })
    end
    if t.problem then
        finding("table_not_understood", ("the CREATE TABLE of %s was not understood: %s"):format(t.name, t.problem),
            "create the table in PostgreSQL yourself and run with --schema=existing, or leave it out with --skip")
    end
    if #t.columns > MOST_COLUMNS then
        finding("too_many_columns", ("%s has %d columns, PostgreSQL takes %d"):format(t.name, #t.columns, MOST_COLUMNS),
            "leave columns out by a script's skip, or the table with --skip")
    end
    for _, name in ipairs(work.options.existing or {}) do
        if name == t.name then
            finding("target_exists", ("%s.%s is there already"):format(work.schema, name),
                "use --schema=existing to load into it, or another schema with --target-schema")
        end
    end
end

-- Columns of a primary key are NOT NULL from the start where no row stands against it.
local function keep_primary_key(work, t, entry)
    local key = t.primary_key
    if not key then
        return
    end
    local open = {}
    for _, name in ipairs(key.columns) do
        if not entry.column[name].not_null then
            open[#open + 1] = name
        end
    end
    local may_be_null = #open > 0 and not t.without_rowid and not t.strict
    entry.primary_key = not (may_be_null and work.options.has_null and work.options.has_null(t, open))
    for _, name in ipairs(entry.primary_key and #key.columns <= keys.MOST_COLUMNS and open or {}) do
        entry.column[name].not_null = true
    end
end

local function translate_table(work, t, name, name_note, stats)
    table_findings(work, t)
    table_receipt(work, t, name_note)
    local target = { source = t.name, schema = work.schema, name = name, columns = {} }
    local entry = { source = t, target = target, column = {}, constraints = names.allocator(), unique = {} }
    local wanted = {}
    for i, column in ipairs(t.columns) do
        wanted[i] = column.name
    end
    local chosen, notes = names.allocator({}, { columns = true }):take_all(wanted)
    -- Generated columns last: what they hold follows from the others.
    for _, computed in ipairs({ false, true }) do
        for i, column in ipairs(t.columns) do
            if computed == (column.generated and true or false) then
                local own = stats[column.name]
                own = computed and generated.assumed(work, entry, column, own) or own
                local made = columns.translate(work, t, column, chosen[column.name], notes[column.name], own)
                target.columns[i], entry.column[column.name] = made, made
            end
        end
    end
    keep_primary_key(work, t, entry)
    table.insert(work.created.tables, target)
    work.by_source[t.name] = entry
    generated.translate(work, entry, stats)
end

-- PostgreSQL names an identity's sequence itself, and would take a name that a later table or index needs: the usual
-- name is reserved, and another one given only where it must be.
local function name_sequences(work)
    for _, target in ipairs(work.created.tables) do
        for _, column in ipairs(target.columns) do
            if column.identity then
                local name, note = work.relations:take(("%s_%s_seq"):format(target.name, column.name))
                column.sequence = note and name or nil
            end
        end
    end
end

local function runtime_functions(work)
    work.created.functions = runtime.statements(work.functions, work.schema)
    local seen = {}
    for _, statement in ipairs(work.created.functions) do
        if not seen[statement.name] then
            seen[statement.name] = true
            translation.receipt(work, {
                kind = "function", name = statement.name, outcome = "exact",
                note = "SQLite's own behaviour, called by translated expressions",
            })
        end
    end
end

local function other_receipts(work, m, skip)
    for _, virtual in ipairs(m.virtuals) do
        if not virtual.carried_as_table and not skip[virtual.name] then
            translation.receipt(work, {
                kind = "virtual table", name = virtual.name, table = virtual.name, outcome = "not_carried",
                note = virtual.reason,
            })
        end
    end
end

---Translates a SQLite schema for a target that is created.
---@param m wherry.Model of dialect "sqlite"
---@param options wherry.TranslateOptions
---@return wherry.Created
function translate.translate(m, options)
    local work = {
        created = { tables = {}, objects = {}, receipts = {}, findings = {}, functions = {}, comments = {},
            prerequisites = {} },
        schema = options.schema or "public", functions = {},
        options = options, relations = names.allocator(options.existing), by_source = {},
    }
    local skip = options.skip or {}
    local carried, wanted = {}, {}
    for _, t in ipairs(m.tables) do
        if not skip[t.name] then
            carried[#carried + 1] = t
            wanted[#wanted + 1] = t.name
        end
    end
    local chosen, notes = work.relations:take_all(wanted)
    collations.prepare(work, carried)
    local counted = census.take(carried, options)
    for _, t in ipairs(carried) do
        translate_table(work, t, chosen[t.name], notes[t.name], counted[t.name])
    end
    keys.reserve(work, carried)
    name_sequences(work)
    keys.translate(work, carried)
    checks.translate(work, carried)
    for _, target in ipairs(work.created.tables) do
        target.create_sql = columns.create_sql(work, target)
        comments.translate(work, work.by_source[target.source])
    end
    other_receipts(work, m, skip)
    views.translate(work, m)
    triggers.translate(work, m)
    runtime_functions(work)
    return work.created
end

return translate
