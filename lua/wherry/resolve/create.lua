-- create.lua: resolves a plan into tables that are created after the source's own schema.
local census_read = require "wherry.resolve.census_read"
local declared = require "wherry.plan.declared"
local declared_create = require "wherry.resolve.declared_create"
local derive = require "wherry.resolve.derive"
local emits = require "wherry.resolve.emits"
local evidence = require "wherry.resolve.evidence"
local hooks = require "wherry.resolve.hooks"
local installed = require "wherry.resolve.installed"
local join = require "wherry.statements".join
local load_table = require "wherry.resolve.load_table"
local merging = require "wherry.resolve.merging"
local merges = require "wherry.resolve.merges"
local names = require "wherry.names"
local on_bad = require "wherry.plan.on_bad"
local on_null = require "wherry.resolve.on_null"
local order = require "wherry.resolve.order"
local preflight = require "wherry.resolve.preflight"
local read = require "wherry.resolve.read"
local rehearsal = require "wherry.resolve.rehearsal"
local row_keys = require "wherry.resolve.row_keys"
local shallow = require "wherry.shallow"
local translate = require "wherry.schema.translate"

local create = {}

-- What stands behind a derived table: the source's own table, its columns by their created names, the plan's condition.
local function behind(context, derived, name, columns)
    local t, sources = derived.tables[name], {}
    for i, column in ipairs(columns) do
        sources[i] = derived.columns[name][column]
    end
    return t, sources, load_table.where(t, derived.entries[name], context.source_query, context.outcome)
end

-- The census of columns of derived tables, over the rows that are carried; see wherry.TranslateOptions.
local function census_of(context, derived)
    return function(jobs)
        local reads, results = {}, {}
        for i, job in ipairs(jobs) do
            local wanted = {}
            for k, column in ipairs(job.columns) do
                wanted[k] = column.name
            end
            local t, sources, where = behind(context, derived, job.table.name, wanted)
            for k, column in ipairs(job.columns) do
                wanted[k] = { name = sources[k], wanted = column.wanted }
            end
            reads[i] = census_read.job(t, wanted, where)
        end
        for i, statistics in ipairs(context.census(reads)) do
            results[i] = {}
            for k, column in ipairs(jobs[i].columns) do
                results[i][column.name] = statistics[k]
            end
        end
        return results
    end
end

local function has_null_of(context, derived)
    return function(derived_table, wanted)
        local t, sources, where = behind(context, derived, derived_table.name, wanted)
        return read.has_null(t, sources, where, context.source_query)
    end
end

local function count_false_of(context, derived)
    return function(derived_table, conditions)
        local t, _, where = behind(context, derived, derived_table.name, {})
        return evidence.count_false(t, where, conditions, context.source_query)
    end
end

local function merges_of(context, derived)
    return function(derived_table, wanted)
        local columns, names_of = {}, {}
        for i, column in ipairs(wanted) do
            names_of[i] = column.name
        end
        local t, sources, where = behind(context, derived, derived_table.name, names_of)
        local by_type = false
        for i, column in ipairs(wanted) do
            by_type = by_type or column.form == "declared"
            columns[i] = { name = sources[i], form = column.form, collation = column.collation, type = column.type,
                source = sources[i], target = column.name }
        end
        if by_type then
            return declared_create.merges(context, t, derived.entries[derived_table.name], columns, where)
        end
        return merges.count(t, columns, where, context.source_query)
    end
end

local function longest_of(context, derived)
    return function(derived_table, lists)
        local t, _, where = behind(context, derived, derived_table.name, {})
        local sources, own = derived.columns[derived_table.name], {}
        for i, list in ipairs(lists) do
            own[i] = {}
            for k, term in ipairs(list) do
                own[i][k] = sources[term] or term -- an expression speaks of the source's own columns
            end
        end
        return evidence.longest(t, where, own, context.source_query)
    end
end

-- The names of a schema that are taken: relations, and types, since each table brings a type of its name.
local function taken_names(context)
    local list = {}
    if not context.target_query then
        return list
    end
    for i, row in ipairs(context.target_query([[SELECT c.relname AS name FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1
            UNION SELECT t.typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
            WHERE n.nspname = $1 AND t.typrelid = 0 AND t.typelem = 0 ORDER BY name]], { context.schema })) do
        list[i] = row.name
    end
    return list
end

-- And those that other sources bring into the schema. A table of a name that is brought twice is told by itself.
local function others_names(context, derived, list)
    for _, name in ipairs(context.others or {}) do
        list[#list + 1] = not derived.tables[name] and name or nil
    end
    return list
end

-- Where the target has the extension citext already.
local function citext_schema(context)
    local rows = context.plan.nocase == "citext" and context.target_query and context.target_query([[SELECT n.nspname
        AS name FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'citext']], {}) or {}
    return rows[1] and rows[1].name
end

local function load_entry(context, derived, created, objects)
    local wanted, filled = {}, {}
    for _, column in ipairs(created.columns) do
        if not column.generated_sql then
            filled[#filled + 1], wanted[#wanted + 1] = column, column.source
        end
    end
    local t, sources, where = behind(context, derived, created.source, wanted)
    local columns, plan_entry, by_plan, defaults = {}, derived.entries[created.source], {}, {}
    for i, column in ipairs(filled) do
        by_plan[column.name], defaults[column.name] = column.declared, column.default_sql
        columns[i] = { source = sources[i], target = column.name, not_null = column.not_null,
            type = column.declared and column.type or declared.type(context.plan, plan_entry, t.name,
                { name = column.source, type = column.type }, context.outcome) }
    end
    local read_from = hooks.mark(context.plan, plan_entry, t, columns)
    local entry = load_table.new(read_from, { schema = created.schema, name = created.name }, columns, where,
        context.has_codec, context.outcome)
    entry.row_keys = row_keys.created(created, objects)
    on_null.mark(context, plan_entry, entry, defaults)
    on_bad.apply(context.plan, plan_entry, entry, context.outcome)
    hooks.apply(read_from, entry, context.outcome, by_plan)
    emits.refuse_created(context, t, plan_entry)
    for _, column in ipairs(created.columns) do
        if column.identity then
            load_table.add_sequence(entry, t, context.source, column.name, nil)
        end
    end
    return entry, { source = t, load = entry, entry = plan_entry, declared = by_plan }
end

-- A key comes as an index first, beside which others of its table can be built; the constraint then takes it over.
local function key_sql(object)
    local word = ({ ["primary key"] = "PRIMARY KEY", unique = "UNIQUE" })[object.kind]
    if not word or not object.sql:find "^ALTER TABLE " then
        return object.sql
    end
    local name = names.quote_pg(object.name)
    return join {
        ("CREATE UNIQUE INDEX %s ON %s (%s)"):format(name, object.target, names.list_pg(object.key.columns)),
        ("ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s"):format(object.target, name, word, name) }
end

local function take_objects(context, derived, created)
    local function own(name)
        return name and derived.tables[name] and derived.tables[name].name or name
    end
    for _, object in ipairs(created.objects) do
        context.outcome:object { kind = object.kind, name = object.name, table = own(object.table),
            target = object.target, sql = key_sql(object), undo = object.undo, state = "todo",
            outcome = object.outcome, note = object.note, key = object.key }
    end
    for _, receipt in ipairs(created.receipts) do
        context.outcome:receipt(receipt.kind, receipt.name, receipt.outcome, receipt.note,
            { table = own(receipt.table), target = receipt.target })
    end
    for _, finding in ipairs(created.findings) do
        context.outcome:finding(shallow.copy(finding, { table = own(finding.table) }))
    end
end

-- What is created before the tables: the schema, extensions and collations, runtime functions.
local function before_tables(context, created, schema_exists)
    local statements = {}
    if not schema_exists then
        statements[1] = "CREATE SCHEMA " .. names.quote_pg(context.schema)
    end
    table.move(created.prerequisites, 1, #created.prerequisites, #statements + 1, statements)
    local drops = {}
    for i, one in ipairs(installed.missing(created.functions, context.schema, context.target_query, context.outcome)) do
        statements[#statements + 1], drops[i] = one.sql, one.drop
    end
    return statements, drops
end

---Resolves into a schema that is created.
---@param context wherry.Context
---@param selected wherry.Selected[]
---@param virtuals wherry.Virtual[]
---@param explicit string[] the plan's order
---@return wherry.LoadTable[] tables
---@return string[] statements that create the schema and the tables
---@return string[] drops what takes the runtime functions away again
function create.resolve(context, selected, virtuals, explicit)
    local schema_exists = context.schema == "public"
    if context.target_query then
        schema_exists = preflight.database(context, context.schema, context.journal, true)
    end
    local derived = derive.model(context.source, selected, virtuals, context.outcome)
    context.filled = derive.names(derived)
    declared_create.prepare(context, derived)
    local created = translate.translate(derived.model, {
        schema = context.schema, census = census_of(context, derived), has_null = has_null_of(context, derived),
        count_false = count_false_of(context, derived), merges = merges_of(context, derived),
        longest = longest_of(context, derived),
        existing = others_names(context, derived, taken_names(context)),
        zone = context.plan.zone ~= "UTC" and context.plan.zone or nil,
        idiomatic = context.plan.idiomatic, nocase = context.plan.nocase,
        citext_schema = citext_schema(context),
    })
    local statements, drops = before_tables(context, created, schema_exists)
    if context.rehearse then
        rehearsal.run(created, statements, context.schema, context.rehearse)
    end
    take_objects(context, derived, created)
    local nodes, entries, sql_of, checked = {}, {}, {}, {}
    for i, one in ipairs(created.tables) do
        local t = derived.tables[one.source]
        nodes[i], sql_of[t.name] = t, one.create_sql
        entries[t.name], checked[i] = load_entry(context, derived, one, created.objects)
    end
    declared_create.check(context, checked)
    local tables, places = {}, {}
    for i, name in ipairs((order.sort(nodes, explicit))) do
        tables[i], places[entries[name]] = entries[name], i
        statements[#statements + 1] = sql_of[name]
    end
    context.created = created
    table.sort(checked, function(a, b) return places[a.load] < places[b.load] end)
    merging.decide(context, checked)
    table.move(created.comments, 1, #created.comments, #statements + 1, statements)
    return tables, statements, drops
end

return create
