-- resolve.lua: a PostgreSQL schema becomes what is to be done for a SQLite file: the statements that make it, and how
-- each table is read and written. Every decision is made here, and stands in the result.
local choice = require "wherry.back.choice"
local core = require "wherry.core"
local journal_schema = require "wherry.journal.schema"
local names = require "wherry.names"
local odd_values = require "wherry.back.odd_values"
local Outcome = require "wherry.resolve.outcome"
local parameters = require "wherry.back.parameters"
local pg = require "wherry.schema.pg"
local preflight = require "wherry.resolve.preflight"
local row_keys = require "wherry.resolve.row_keys"
local sqlite_ddl = require "wherry.schema.sqlite_ddl"
local translate_back = require "wherry.schema.translate_back"
local types = require "wherry.schema.types"

local resolve = {}

---@class wherry.BackOptions
---@field schema string that is read
---@field journal string the journal's schema, unquoted
---@field only string[] globs
---@field skip string[] globs
---@field as_they_are table<string, table<string, string>>? by table and column: why its values take no declared type
---@field refused wherry.RefusedChecks? conditions that rows were refused for

---@class wherry.BackLoadColumn
---@field name string in the file
---@field source string in PostgreSQL
---@field type wherry.Type
---@field affinity string
---@field as_text boolean|nil it comes as the server's text

---@class wherry.BackLoadTable what core.back takes, and how the rows are counted
---@field source string in PostgreSQL
---@field source_sql string
---@field target string in the file
---@field select_sql string
---@field insert_sql string
---@field columns wherry.BackLoadColumn[]
---@field key_columns integer[]
---@field count_sql string of the source
---@field odd wherry.OddColumn[]
---@field rows_sql string the source in a FROM
---@field row_keys string[][]|nil see wherry.LoadTable

---@class wherry.BackResolved
---@field schema string
---@field tables wherry.BackLoadTable[]
---@field before string[] statements before the load
---@field behind string[] statements behind it
---@field objects wherry.Object[] receipts
---@field findings wherry.Finding[] not empty: nothing may be made

local TEXT = { oid = 25, name = "text", typmod = -1, display = "text" }

local function place_of(list, wanted)
    for i, entry in ipairs(list) do
        if entry == wanted then
            return i
        end
    end
    return nil
end

-- Forms of numbers that a column's affinity leaves as they are, for columns of which no journal knows the form.
local IN_CLASS = {
    text = { int2 = "text", int4 = "text", int8 = "text", oid = "text", float4 = "text", float8 = "text",
        numeric = "text" },
    real = { int2 = "real", int4 = "real", int8 = "real", oid = "real", numeric = "real" },
    integer = { float4 = "number", float8 = "number", numeric = "number" },
}
IN_CLASS.numeric = IN_CLASS.integer

local function in_class(type, affinity)
    local form = not (type.form or type.kind) and IN_CLASS[affinity] and IN_CLASS[affinity][type.name]
    if not form then
        return type
    end
    local made = {}
    for key, value in pairs(type) do
        made[key] = value
    end
    made.form = form
    return made
end

-- A type without a codec comes as its text, whatever else SQLite would have for it: an int2vector is no JSON array.
local function mark_texts(m)
    for _, t in ipairs(m.tables) do
        for _, column in ipairs(t.columns) do
            column.type.as_text = not core.has_codec(column.type) or nil
        end
    end
end

-- The columns that are written: those that SQLite does not compute. What has no codec comes as its text.
local function columns_of(entry, typed, found)
    local columns, read, named = {}, {}, {}
    for _, column in ipairs(entry.source.columns) do
        local made = entry.column[column.name]
        if not made.target.expression then
            local type, sql = typed[column.name] or column.type, names.quote_pg(column.name)
            if type.as_text then
                table.insert(found.receipts, { kind = "values", name = entry.source.name .. "." .. column.name,
                    table = entry.source.name, column = column.name, outcome = "changed", state = "receipt",
                    note = ("%s has no codec: the server's text"):format(column.type.display) })
                type, sql = TEXT, sql .. "::pg_catalog.text"
            end
            local affinity = types.affinity(made.target.declared)
            columns[#columns + 1] = { name = made.target.name, source = column.name, affinity = affinity,
                type = in_class(type, affinity), as_text = type == TEXT or nil }
            read[#read + 1], named[#named + 1] = sql, column.name
        end
    end
    return columns, read, named
end

-- The columns of the primary key, by place, and the order that they make; a key of what SQLite computes names no row.
local function key_of(t, named)
    local places, ordered = {}, {}
    for i, name in ipairs(t.primary_key and t.primary_key.columns or {}) do
        places[i], ordered[i] = place_of(named, name), names.quote_pg(name)
        if not places[i] then
            return {}, ""
        end
    end
    return places, ordered[1] and " ORDER BY " .. table.concat(ordered, ", ") or ""
end

-- The values follow in the core.
local function insert_sql(t, columns)
    local list = {}
    for i, column in ipairs(columns) do
        list[i] = names.quote_sqlite(column.name)
    end
    return ("INSERT OR FAIL INTO %s (%s)"):format(names.quote_sqlite(t.name), table.concat(list, ", "))
end

local function load_table(entry, typed, found, version, checks)
    local t = entry.source
    local columns, read, named = columns_of(entry, typed, found)
    local key_columns, ordered = key_of(t, named)
    local from = choice.source_sql(t)
    local asked, typed_columns = {}, {}
    for i, name in ipairs(named) do
        asked[i], typed_columns[i] = { name = name, type = columns[i].type }, { target = name, type = columns[i].type }
    end
    preflight.money(checks, t, typed_columns)
    local count_sql, odd = odd_values.count_sql(from, asked, version)
    return {
        source = t.name, source_sql = names.qualified(t.schema, t.name), target = entry.target.name,
        select_sql = ("SELECT %s FROM %s%s"):format(table.concat(read, ", "), from, ordered),
        insert_sql = insert_sql(entry.target, columns), columns = columns, key_columns = key_columns,
        count_sql = count_sql, odd = odd, rows_sql = from, row_keys = row_keys.existing(t),
    }
end

-- What sqlite_sequence has to hold, whatever the rows have made of it.
local function sequence_sql(sequence)
    local name = names.literal_sqlite(sequence.table)
    return ("INSERT INTO sqlite_sequence (name, seq) SELECT %s, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence "
            .. "WHERE name = %s)"):format(name, name),
        ("UPDATE sqlite_sequence SET seq = max(seq, %d) WHERE name = %s"):format(sequence.last, name)
end

local function statements_of(created)
    local before, behind = {}, {}
    for i, t in ipairs(created.model.tables) do
        before[i] = sqlite_ddl.table(t)
    end
    for _, t in ipairs(created.model.tables) do
        for _, index in ipairs(t.indexes) do
            behind[#behind + 1] = sqlite_ddl.index(t, index)
        end
    end
    for _, sequence in ipairs(created.sequences) do
        behind[#behind + 1], behind[#behind + 2] = sequence_sql(sequence)
    end
    return before, behind
end

-- Columns whose declared type would make other values of some: SQLite keeps what is put into a BLOB column.
local function keep_as_they_are(found, wanted)
    for t, columns in pairs(wanted) do
        found.known[t] = found.known[t] or { columns = {} }
        for column, why in pairs(columns) do
            local known = found.known[t].columns[column] or {}
            found.known[t].columns[column] = known
            table.insert(found.receipts, { kind = "values", name = t .. "." .. column, table = t, column = column,
                outcome = "changed", state = "receipt", note = ("declared BLOB, which keeps all values as they are: "
                    .. "as %s, %s"):format(known.declared or "its type would be declared", why) })
            known.declared, known.affinity = "BLOB", "blob"
        end
    end
end

-- Receipts and findings of the parts; of tables that are left out nothing more is said.
local function take(outcome, created, receipts, skip)
    for _, receipt in ipairs(receipts) do
        if not skip[receipt.table] then
            outcome:object(receipt)
        end
    end
    for _, receipt in ipairs(created.receipts) do
        receipt.state = "receipt"
        outcome:object(receipt)
    end
    for _, finding in ipairs(created.findings) do
        outcome:finding(finding)
    end
end

---Resolves a schema. What can't be is a finding; raises what the database raises, and for a schema without tables.
---@param session wherry.Session
---@param options wherry.BackOptions
---@return wherry.BackResolved
function resolve.run(session, options)
    journal_schema.check_name(options.journal, options.schema)
    local outcome = Outcome.new()
    local function query(sql, values)
        return session:query(sql, values)
    end
    local m = pg.read_entire(query, options.schema)
    mark_texts(m)
    local skip = choice.skipped(m, options, outcome)
    choice.drop_violated(m, skip, query, outcome)
    local found = parameters.read(session, m, options.schema, options.journal)
    keep_as_they_are(found, options.as_they_are or {})
    local created = translate_back.translate(m, { schema = options.schema, skip = skip, known = found.known,
        refused = options.refused })
    local tables, checks = {}, { target_query = query, outcome = outcome }
    for i, entry in ipairs(created.tables) do
        choice.check_rights(entry.source, outcome)
        tables[i] = load_table(entry, found.types[entry.source.name] or {}, found, m.settings.version,
            checks)
        if #tables[i].columns == 0 and #entry.source.columns > 0 then
            outcome:finding { code = "no_columns", table = entry.source.name,
                reason = ("all columns of %s are computed, which SQLite does not take"):format(entry.source.name),
                hint = "leave it out" }
        end
    end
    if #tables == 0 and not outcome.findings[1] and not created.findings[1] then
        outcome:finding { code = "no_tables", reason = "none of the schema's tables is carried",
            hint = "see the receipts of wherry plan; --only and --skip choose tables" }
    end
    take(outcome, created, found.receipts, skip)
    local findings, objects = outcome:sorted()
    local before, behind = statements_of(created)
    return { schema = options.schema, tables = tables, before = before, behind = behind, objects = objects,
        findings = findings }
end

return resolve
