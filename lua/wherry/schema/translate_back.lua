-- From PostgreSQL's schema to SQLite's: the same neutral model with the printers exchanged. Tables with their keys,
-- defaults, conditions and indexes are carried; everything else gets a receipt that says why not.
local back = require "wherry.expr.back"
local back_columns = require "wherry.schema.back_columns"
local back_keys = require "wherry.schema.back_keys"
local back_refused = require "wherry.schema.back_refused"
local back_runtime = require "wherry.schema.back_runtime"
local model = require "wherry.schema.model"
local pg = require "wherry.schema.pg"
local receipts = require "wherry.schema.back_receipts"
local sqlite_ddl = require "wherry.schema.sqlite_ddl"

local translate_back = {}

---@class wherry.BackTable
---@field source wherry.Table
---@field target wherry.Table
---@field column table<string, {source: wherry.Column, target: wherry.Column, type: wherry.SqliteType}>
---@field known wherry.KnownTable
---@field numbered string? the column that an INTEGER PRIMARY KEY AUTOINCREMENT numbers
---@field unique table<string, boolean> unique keys that a foreign key can refer to
---@field ranges string[] types whose range only PostgreSQL checks
---@field forms string[] types whose form only PostgreSQL checks

---@class wherry.KnownTable what a journal says of a table's origin
---@field name string? in the source
---@field columns table<string, wherry.KnownColumn> by the name in PostgreSQL

---@class wherry.KnownColumn
---@field name string? in the source
---@field declared string? a type that gives a column `affinity`; nil: the column's type has changed since
---@field affinity string?
---@field collation string?
---@field form string? in which the values are stored, where it is not the type's first one; for messages

---@class wherry.BackTranslation the work in progress
---@field known table<string, wherry.KnownTable>
---@field created wherry.BackCreated
---@field settings wherry.PgSettings
---@field enums table<string, boolean>
---@field by_name table<string, wherry.BackTable>
---@field runtime table<string, string> runtime functions of the way there
---@field names table<string, boolean> folded names of tables and indexes
---@field schema string
---@field refused wherry.RefusedChecks

---@class wherry.BackCreated
---@field model wherry.Model of dialect "sqlite"
---@field statements string[] tables, then indexes
---@field receipts wherry.Receipt[]
---@field findings wherry.Finding[]
---@field sequences {table: string, last: integer}[] what sqlite_sequence has to hold once the rows are there
---@field tables wherry.BackTable[] in the order of the model

---@class wherry.TranslateBackOptions
---@field schema string? the schema's name, "public" by default
---@field skip table<string, any>? names of tables that are left out; they get no receipt
---@field known table<string, wherry.KnownTable>? by name in PostgreSQL
---@field refused wherry.RefusedChecks?

local function enum_names(m)
    local enums = {}
    for _, t in ipairs(m.tables) do
        for _, column in ipairs(t.columns) do
            local element = column.type.element
            if column.type.typtype == "e" then
                enums[column.type.name] = true
            elseif element and element.typtype == "e" then
                enums[element.name] = true
            end
        end
    end
    return enums
end

-- Names for a list, by place: those that can be kept are kept, whatever else in the list has to be changed; first those
-- of `origin`, which come from a journal.
local function take_names(taken, list, columns, origin)
    local chosen, notes, seen = {}, {}, {}
    for round = 1, 3 do
        for i, wanted in ipairs(list) do
            local folded = model.fold(wanted)
            local keep = not seen[folded] and not taken[folded] and (columns or not folded:find("^sqlite_"))
            if not chosen[i] and (round == 3 or keep and (round == 2 or origin and origin[i])) then
                seen[folded] = true
                chosen[i], notes[i] = sqlite_ddl.take_name(taken, wanted, columns)
            end
        end
    end
    return chosen, notes
end

-- Why a table is left out, or nil.
local function refusal(t)
    if t.kind == "f" then
        return "its rows are on another server"
    elseif t.extension then
        return ("it belongs to the extension %s"):format(t.extension)
    end
    return nil
end

local function distinct(list)
    local found, seen = {}, {}
    for _, text in ipairs(list) do
        if not seen[text] then
            seen[text] = true
            found[#found + 1] = text
        end
    end
    table.sort(found)
    return found
end

-- What has its name from a journal, for the table's receipt.
local function renamed(entry)
    local parts = {}
    if entry.target.name ~= entry.source.name then
        parts[1] = "named " .. entry.target.name
    end
    for _, column in ipairs(entry.source.columns) do
        local name = entry.column[column.name].target.name
        if name ~= column.name and entry.known.columns[column.name] then
            parts[#parts + 1] = ("%s named %s"):format(column.name, name)
        end
    end
    return parts[1] and table.concat(parts, ", ") .. ", as in the file that was loaded" or nil
end

local function table_receipt(work, entry, name_note)
    local t, notes, outcome = entry.source, {}, "exact"
    if name_note then
        notes[1], outcome = name_note, "changed"
    else
        notes[1] = renamed(entry)
    end
    if t.kind == "p" then
        notes[#notes + 1], outcome = ("%d partitions, carried as one table"):format(t.children), "changed"
    elseif (t.children or 0) > 0 or (t.parents or 0) > 0 then
        notes[#notes + 1], outcome = "inheritance is not carried", "changed"
    end
    if #entry.ranges > 0 then
        notes[#notes + 1] = "SQLite does not check the range of " .. table.concat(distinct(entry.ranges), ", ")
        outcome = "changed"
    end
    if #entry.forms > 0 then
        notes[#notes + 1] = "SQLite does not check the form of " .. table.concat(distinct(entry.forms), ", ")
        outcome = "changed"
    end
    if t.comment then
        entry.target.comment = t.comment
        receipts.add(work, { kind = "comment", name = t.name, table = t.name,
            outcome = t.comment:find("[\r\n]") and "changed" or "exact",
            note = t.comment:find("[\r\n]") and "in one line" or nil })
    end
    receipts.add(work, { kind = "table", name = t.name, table = t.name, outcome = outcome,
        note = receipts.notes(notes) })
end

local function checks(work, entry)
    for _, check in ipairs(entry.source.checks) do
        local printed, reason = back_columns.translate_text(check.expression, function(node)
            return back.condition(node, back_columns.options(work, entry, "check"))
        end)
        local name = back_keys.given_name(entry, check.name, "check")
        local refused = printed and back_refused.reason(work, entry, name or printed.sql)
        if refused then
            printed, reason = nil, refused
        end
        local outcome = printed and printed.outcome or "not_carried"
        local note = reason and ("CHECK %s: %s"):format(receipts.one_line(check.expression), reason)
            or receipts.notes(printed.notes)
        if printed then
            if check.valid == false then
                outcome = "changed"
                note = receipts.notes({ note }, "NOT VALID in PostgreSQL: rows may stand against it")
            end
            table.insert(entry.target.checks, { name = name, sql = printed.sql })
        end
        receipts.add(work, { kind = "check", name = check.name, table = entry.source.name, outcome = outcome,
            note = note })
    end
end

local NOTHING = { columns = {} }

-- The names that a list of tables or columns had in the source, and which of them a journal gives.
local function names_wanted(list, known)
    local wanted, origin = {}, {}
    for i, one in ipairs(list) do
        origin[i] = known[one.name] ~= nil and known[one.name].name ~= nil
        wanted[i] = origin[i] and known[one.name].name or one.name
    end
    return wanted, origin
end

local function begin(work, t, name)
    local target = model.new_table { name = name, rowid_name = "rowid" }
    local entry = { source = t, target = target, column = {}, unique = {}, ranges = {}, forms = {},
        known = work.known[t.name] or NOTHING }
    entry.numbered = back_keys.numbered(t, entry.known.columns)
    local known = entry.known.columns
    local wanted, origin = names_wanted(t.columns, known)
    local chosen, notes = take_names({}, wanted, true, origin)
    for i, column in ipairs(t.columns) do
        back_columns.add(work, entry, column, chosen[i], notes[i], known[column.name])
    end
    if #t.columns == 0 then
        table.insert(work.created.findings, { code = "no_columns", table = t.name,
            reason = ("%s has no column, which SQLite does not take"):format(t.name), hint = "leave it out" })
    end
    table.insert(work.created.model.tables, target)
    work.by_name[t.name] = entry
    return entry
end

---Translates a PostgreSQL schema for a SQLite file that is created.
---@param m wherry.Model of dialect "pg", read entire
---@param options wherry.TranslateBackOptions?
---@return wherry.BackCreated
function translate_back.translate(m, options)
    options = options or {}
    local created = { model = model.new "sqlite", statements = {}, receipts = {}, findings = {}, sequences = {},
        tables = {} }
    local work = { created = created, settings = m.settings, enums = enum_names(m), by_name = {}, names = {},
        schema = options.schema or "public", known = options.known or {}, refused = options.refused or {} }
    work.runtime = back_runtime.recognise(m, work.schema)
    local carried, entries = {}, created.tables
    for _, t in ipairs(m.tables) do
        local reason = refusal(t)
        if reason and not (options.skip or {})[t.name] then
            receipts.not_carried(work, t.kind == "f" and "foreign table" or "table", t.name, t.name, reason)
        elseif not (options.skip or {})[t.name] then
            carried[#carried + 1] = t
        end
    end
    local wanted, origin = names_wanted(carried, work.known)
    local chosen, notes = take_names(work.names, wanted, false, origin)
    for i, t in ipairs(carried) do
        entries[i] = begin(work, t, chosen[i])
    end
    for i, entry in ipairs(entries) do
        table_receipt(work, entry, notes[i])
        back_columns.complete(work, entry)
        checks(work, entry)
    end
    back_keys.translate(work, entries, take_names)
    for _, entry in ipairs(entries) do
        receipts.of_table(work, entry.source)
    end
    receipts.of_schema(work, m)
    if m.settings.schema_exists == false then
        table.insert(created.findings, { code = "no_schema",
            reason = ("there is no schema %s"):format(work.schema), hint = "name another one with --target-schema" })
    end
    created.statements = sqlite_ddl.statements(created.model)
    return created
end

---Reads a schema and translates it.
---@param query fun(sql: string, parameters: any[]): table<string, string>[]
---@param schema string
---@return wherry.BackCreated
function translate_back.plan(query, schema)
    return translate_back.translate(pg.read_entire(query, schema), { schema = schema })
end

return translate_back
