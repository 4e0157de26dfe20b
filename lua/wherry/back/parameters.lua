-- parameters.lua: what the journal knows of the tables of a schema: from which table and column of the file each was
-- loaded, how that one was declared, and in which form its values come back as they were.
local core = require "wherry.core"
local declared = require "wherry.plan.declared"
local declared_type = require "wherry.back.declared_type"
local failure = require "wherry.failure"
local grouped = require "wherry.progress".grouped
local journal_columns = require "wherry.journal.columns"
local journal_of = require "wherry.journal"
local journal_schema = require "wherry.journal.schema"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local packing = require "wherry.journal.packing"
local shallow = require "wherry.shallow"

local parameters = {}

---@class wherry.BackParameters
---@field known table<string, wherry.KnownTable> by table
---@field types table<string, table<string, wherry.Type>> by table and column: as the codec takes it
---@field receipts wherry.Object[]
---@field runs integer[] the runs that were asked, newest first
---@field replaced table<string, boolean> by table: the newest run emptied it first, so that older ones left nothing

local COLLATIONS = { NOCASE = true, RTRIM = true }

local function check_rights(journal)
    local row = journal.session:query([[SELECT current_user AS role, has_schema_privilege(n.oid, 'USAGE')
            AND bool_and(has_table_privilege(c.oid, 'SELECT')) AS may
        FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r'
        WHERE n.nspname = $1 GROUP BY n.oid]], { journal.name })[1]
    if row and row.may ~= "t" then
        local schema, role = journal.schema, names.quote_pg(row.role)
        failure.raise("environment", ("the journal in the schema %s may not be read: it knows how the values were "
            .. "stored in the file that was loaded"):format(schema),
            ("ask its owner for: GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s; or do "
                .. "without it: --journal NAME of a schema that is not there"):format(schema, role, schema, role))
    end
end

local function add_receipt(found, t, column, note)
    table.insert(found.receipts, { kind = "values", name = t.name .. "." .. column.name, table = t.name,
        column = column.name, outcome = "changed", state = "receipt", note = note })
end

-- Columns by which PostgreSQL tells rows apart: a collation of the file's might not.
local function of_unique_keys(t)
    local found = {}
    local lists = { t.primary_key and t.primary_key.columns or {} }
    for _, key in ipairs(t.uniques) do
        lists[#lists + 1] = key.columns
    end
    for _, index in ipairs(t.indexes) do
        lists[#lists + 1] = index.unique and model.names(index.columns) or nil
    end
    for _, list in ipairs(lists) do
        for _, name in pairs(list) do
            found[name] = true
        end
    end
    return found
end

local function collation_of(found, t, column, loaded, in_keys)
    local wanted = loaded.collation and loaded.collation:upper()
    if not wanted or wanted == "BINARY" then
        return nil
    elseif in_keys[column.name] then
        add_receipt(found, t, column, ("COLLATE %s is left out: the column is part of a unique key, in which "
            .. "PostgreSQL tells apart what %s does not"):format(wanted, wanted))
    elseif not COLLATIONS[wanted] then
        add_receipt(found, t, column, ("COLLATE %s is left out: it is a collation of the application's own"):format(
            wanted))
    else
        return wanted
    end
    return nil
end

-- How values of a column are stored, in words; nil where that is the type's own way.
local function form_text(type)
    local parts = {}
    parts[1] = type.stored ~= "iso" and declared.text(type) or declared.text { zone = type.zone }
    parts[#parts + 1] = type.form and type.form ~= core.codec_forms(type)[1] and type.form or nil
    return parts[1] and table.concat(parts, ", ") or nil
end

local function form_of(found, t, column, type, counts)
    type.form = counts and counts.form
    if counts and counts.inexact > 0 then
        add_receipt(found, t, column, ("%s of %s values that were loaded do not come back as they were%s"):format(
            grouped(counts.inexact), grouped(counts.values), type.form and (" (now: %s)"):format(type.form) or ""))
    end
end

-- One column that a run loaded: what is known of it, and its type for the codec.
local function add_column(found, t, column, loaded, counts, in_keys)
    local known = { name = not loaded.expression and loaded.source or nil }
    found.known[t.name].columns[column.name] = known
    if loaded.expression then
        add_receipt(found, t, column, ("it was computed when it was loaded (%s), which can't be turned round: it comes "
            .. "back as it is, under its own name"):format(loaded.expression))
        return
    end
    if loaded.type.display ~= column.type.display then
        add_receipt(found, t, column, ("its type was %s when it was loaded and is %s now: values come back by that"
            ):format(loaded.type.display, column.type.display))
        return
    elseif not loaded.affinity then
        return
    end
    local type = shallow.copy(column.type)
    type.stored, type.zone, type.any_class = loaded.type.stored, loaded.type.zone, loaded.type.any_class
    form_of(found, t, column, type, counts)
    known.declared, known.affinity = declared_type.sql(loaded.declared, loaded.affinity), loaded.affinity
    known.collation, known.form = collation_of(found, t, column, loaded, in_keys), form_text(type)
    found.types[t.name][column.name] = type
end

local function add_table(found, t, loaded, counted)
    local of_table, taken, in_keys = counted[loaded.read.table] or {}, {}, of_unique_keys(t)
    found.known[t.name], found.types[t.name] = { name = loaded.source, columns = {} }, {}
    for _, one in ipairs(loaded.columns) do
        local column = model.column(t, one.target)
        if column then
            add_column(found, t, column, one, of_table[one.target], in_keys)
            -- One column of the file may have filled two: the first gets the name back.
            if taken[model.fold(one.source)] then
                found.known[t.name].columns[one.target].name = nil
            end
            taken[model.fold(one.source)] = true
        end
    end
end

-- Values that an older run loaded into the same table come back as the newest run's do.
local function tell_older(found, t, loaded, counted, run)
    local of_table = counted[loaded.read.table] or {}
    for _, one in ipairs(loaded.columns) do
        local counts, type = of_table[one.target], found.types[t.name][one.target]
        if counts and type then
            local same = counts.form == type.form and one.type.stored == type.stored and one.type.zone == type.zone
            local count = same and counts.inexact or counts.values
            if count > 0 then
                add_receipt(found, t, model.column(t, one.target), ("%s of %s values that run %d loaded do not come "
                    .. "back as they were%s"):format(grouped(count), grouped(counts.values), run,
                    same and "" or ": a newer run loaded others in another form"))
            end
        end
    end
end

local function add_run(found, journal, m, schema, run, has_columns)
    local plan = packing.decode(journal:query("SELECT plan FROM %s.run WHERE id = $1", { run })[1].plan)
    local counted
    for _, loaded in ipairs(plan.tables) do
        local t = loaded.target.schema == schema and model.table(m, loaded.target.name)
        if t and not found.replaced[t.name] then
            counted = counted or (has_columns and journal_columns.read(journal, run) or {})
        end
        if t and found.known[t.name] and not found.replaced[t.name] then
            tell_older(found, t, loaded, counted, run)
        elseif t and not found.known[t.name] then
            add_table(found, t, loaded, counted)
            found.replaced[t.name] = loaded.on_conflict == "replace"
            found.runs[#found.runs + 1] = found.runs[#found.runs] ~= run and run or nil
        end
    end
end

-- Two tables that were loaded from tables of one name, by different runs: the newest run's gets the name back.
local function settle_names(found, order)
    local taken = {}
    for _, name in ipairs(order) do
        local known = found.known[name]
        local folded = model.fold(known.name)
        known.name = not taken[folded] and known.name or nil
        taken[folded] = true
    end
end

---Reads what the journal knows of a schema's tables: the newest run that is done counts for each.
---@param session wherry.Session
---@param m wherry.Model
---@param schema string
---@param journal_name string
---@return wherry.BackParameters
function parameters.read(session, m, schema, journal_name)
    local found = { known = {}, types = {}, receipts = {}, runs = {}, replaced = {} }
    local journal = journal_of.open(session, journal_name)
    local there, version = journal_schema.exists(journal)
    if not there then
        return found
    end
    check_rights(journal)
    local order = {}
    for _, row in ipairs(journal:query "SELECT id FROM %s.run WHERE state = 'done' ORDER BY id DESC") do
        local before = shallow.copy(found.known)
        add_run(found, journal, m, schema, math.tointeger(tonumber(row.id)), version >= 3)
        for _, t in ipairs(m.tables) do
            order[#order + 1] = found.known[t.name] and not before[t.name] and t.name or nil
        end
    end
    settle_names(found, order)
    return found
end

return parameters
