-- resolve/init.lua: a plan and two databases become a resolved plan: every decision is made here and stands in the
-- result, a plain value that is journalled and that the engine follows without looking at an option.
local computed = require "wherry.resolve.computed"
local conflicts = require "wherry.resolve.conflicts"
local core = require "wherry.core"
local create = require "wherry.resolve.create"
local declared = require "wherry.plan.declared"
local existing = require "wherry.resolve.existing"
local failure = require "wherry.failure"
local fill_lookups = require "wherry.engine.lookups".fill
local lookups = require "wherry.resolve.lookups"
local moment = require "wherry.moment"
local on_null = require "wherry.resolve.on_null"
local Outcome = require "wherry.resolve.outcome"
local pg = require "wherry.schema.pg"
local selection = require "wherry.resolve.selection"
local several_ends = require "wherry.resolve.several_ends"
local sources = require "wherry.plan.sources"
local sqlite = require "wherry.schema.sqlite"
local steps = require "wherry.plan.steps"

local resolve = {}

---@class wherry.ResolveOptions
---@field source_query fun(sql: string, ...): table[] rows keyed by column name, in SQLite's classes
---@field source_reads fun(sql: string): { table: string, column: string }[] what a statement reads; it is not run
---@field started string what :started stands for
---@field target_query? fun(sql: string, parameters?: table): table[] rows keyed by column name, texts or nil;
---without it the plan is for an empty database
---@field rehearse? fun(statements: string[]): table<integer, wherry.Failure> what the server refuses of them
---@field has_codec fun(type: wherry.Type): boolean
---@field census fun(jobs: wherry.CensusRead[]): wherry.Stats[][] as core.snapshot's
---@field check fun(tables: wherry.LoadTable[], keys: table[]): table as core.check's
---@field fill_lookups? fun(list: table[]) reads what is looked up
---@field source_path? string
---@field source_name? string
---@field journal? string the journal's schema, unquoted

---What the parts of resolving share.
---@class wherry.Context : wherry.ResolveOptions
---@field plan wherry.Plan
---@field source wherry.Model
---@field target wherry.Model|nil
---@field schema string
---@field role string
---@field outcome wherry.Outcome

---@class wherry.Resolved
---@field mode "existing"|"create"
---@field source { name: string, path: string|nil }
---@field started string what :started stood for when the plan was resolved
---@field target_schema string
---@field create string[]
---@field drops string[] what takes the runtime functions of `create` away again
---@field max_bad string|nil how many rows may be rejected: rows of the run, or a share of a table's rows with "%"
---@field analyze boolean|nil false: no statistics of the tables are taken
---@field hooks wherry.PlannedStep[] before_load and after_load; nil in a run that an earlier version began
---@field verify boolean|nil the script has a function that verifies
---@field lookups table[]|nil what is looked up: wherry.Lookup and wherry.MergeMap
---@field tables wherry.LoadTable[] in load order
---@field emitted wherry.EmittedTable[]|nil tables of the target that get emitted rows alone
---@field objects wherry.Object[]
---@field findings wherry.Finding[] not empty: nothing may be written

-- A schema counts as existing when it has tables of its own; those of an extension are not the user's.
local function has_tables(target)
    for _, t in ipairs(target and target.tables or {}) do
        if not t.extension then
            return true
        end
    end
    return false
end

-- A database without any table is as empty as a file without a byte: most often the wrong file, or one that was copied
-- without its -wal, in which everything still stands.
local function check_empty(source)
    if #source.tables == 0 and #source.virtuals == 0 then
        failure.raise("environment", "the source holds no table", "check the path; a file that was copied without its "
            .. "-wal lacks what was only there: copy both, or use wherry snapshot")
    end
end

-- What is asked for tables that are created says nothing about tables that are there.
local function check_mode(plan, mode, has_target)
    if mode == "create" then
        conflicts.refuse_created(plan)
        if plan.indexes == "keep" then
            failure.raise("plan", "indexes = keep is about tables that are there, and the tables are created",
                "leave it out: their keys and indexes are built after the load")
        end
    elseif not has_target then
        failure.raise("usage", "schema = existing needs a target to look at", "give one, or set DATABASE_URL")
    elseif plan.idiomatic or plan.nocase ~= "fold" then
        failure.raise("plan", ("%s is about tables that are created, and the target has its tables"):format(
            plan.idiomatic and "idiomatic" or "nocase"), "leave it out, or take another schema with --target-schema")
    end
end

-- The target columns of tables that the plan leaves out, as far as their names are known.
local function left_out(plan, source, selected)
    local chosen, list = {}, {}
    for _, one in ipairs(selected) do
        chosen[one.table.name] = true
    end
    for _, t in ipairs(source.tables) do
        for _, column in ipairs(chosen[t.name] and {} or t.columns) do
            list[#list + 1] = column.name
        end
    end
    for _, entry in pairs(plan.tables) do
        for name in pairs(entry.columns or {}) do
            list[#list + 1] = name
        end
    end
    return list
end

local function filled(tables)
    local list = {}
    for _, tbl in ipairs(tables) do
        for _, column in ipairs(tbl.columns) do
            list[#list + 1] = column.target
        end
    end
    return list
end

---Resolves a plan. Names, types and rights are compared; what does not fit is a finding, so that all of it is told at
---once. Raises only what the two databases raise.
---@param plan wherry.Plan
---@param source wherry.Model
---@param target wherry.Model|nil of the plan's target schema
---@param options wherry.ResolveOptions
---@return wherry.Resolved
function resolve.resolve(plan, source, target, options)
    local context = { plan = plan, source = source, target = target or { tables = {}, views = {} },
        schema = plan.target_schema, journal = options.journal or "wherry", outcome = Outcome.new() }
    for _, name in ipairs { "source_query", "target_query", "rehearse", "has_codec", "census", "check", "source_reads",
        "started", "fill_lookups" } do
        context[name] = options[name]
    end
    context.role = options.target_query and options.target_query("SELECT current_user AS role")[1].role
    local mode = plan.schema or (has_tables(target) and "existing" or "create")
    check_empty(source)
    check_mode(plan, mode, options.target_query ~= nil)
    local selected, virtuals, order = selection.choose(plan, source, context.outcome)
    lookups.begin(context)
    for _, one in ipairs(selected) do
        one.table, one.entry = computed.extend(context, one.table, one.entry)
    end
    local tables, statements, drops
    if mode == "existing" then
        tables, statements = existing.resolve(context, selected, virtuals, order)
    else
        tables, statements, drops = create.resolve(context, selected, virtuals, order)
    end
    declared.check_globs(plan, context.filled or filled(tables), left_out(plan, source, selected), context.outcome)
    local looked_up = lookups.finish(context, tables)
    on_null.evaluate(context, tables)
    local findings, objects = context.outcome:sorted()
    return {
        mode = mode,
        source = { name = options.source_name or "main", path = options.source_path },
        started = context.started,
        target_schema = context.schema,
        create = statements,
        drops = drops or {},
        max_bad = plan.max_bad,
        analyze = plan.analyze,
        hooks = steps.planned(plan),
        emitted = context.emitted and context.emitted[1] and context.emitted or nil,
        verify = plan.verify ~= nil or nil,
        lookups = looked_up,
        tables = tables,
        objects = objects,
        findings = findings,
    }
end

---What is wrong with a plan whatever the target holds: known before a run is taken back to make room for its next
---attempt. Raises like resolve.
---@param plan wherry.Plan
---@param source wherry.SourceSet|table a set where the plan has several sources, else core.snapshot
---@param mode "existing"|"create" that of the run which is taken back, if the plan does not say
---@param files? table[] what is known of each of several sources
---@return wherry.Finding[]
function resolve.foresee(plan, source, mode, files)
    if sources.is_several(plan.from) then
        return several_ends.foresee(plan, source, files, mode, { check_mode = check_mode, check_empty = check_empty })
    end
    local model = sqlite.read(function(sql, ...) return source:query(sql, ...) end)
    local outcome = Outcome.new()
    check_empty(model)
    check_mode(plan, plan.schema or mode, true)
    selection.choose(plan, model, outcome)
    return (outcome:sorted())
end

---Reads both schemas and resolves a plan against them.
---@param plan wherry.Plan
---@param ends { source: table, session: wherry.Session?, journal: string, has_codec: function, reading?: function,
---started: string?, files: table[]? } source: core.snapshot, or a set; reading is called before tables are read for a
---census; started: of the run whose plan is resolved again; files: what is known of each of several sources
---@return wherry.Resolved
function resolve.run(plan, ends)
    if sources.is_several(plan.from) then
        return several_ends.run(plan, ends, { has_tables = has_tables, check_mode = check_mode,
            check_empty = check_empty })
    end
    local function source_query(sql, ...)
        return ends.source:query(sql, ...)
    end
    local function target_query(sql, parameters)
        return ends.session:query(sql, parameters)
    end
    local target, maps = ends.session and pg.read(target_query, plan.target_schema), nil
    return resolve.resolve(plan, sqlite.read(source_query), target, {
        source_query = source_query,
        source_reads = function(sql)
            return ends.source:reads(sql)
        end,
        started = ends.started or moment.exact(core.sys.now()),
        target_query = ends.session and target_query,
        rehearse = ends.session and function(statements)
            return ends.session:rehearse(statements)
        end,
        has_codec = ends.has_codec,
        census = function(jobs)
            if ends.reading then
                ends.reading()
            end
            return ends.source:census(jobs)
        end,
        check = function(tables, keys)
            return core.check { snapshot = ends.source, source = "main", tables = tables, keys = keys,
                foreign_keys = {}, lookups = maps }
        end,
        fill_lookups = function(list)
            maps = fill_lookups(list, { plan = plan, source = ends.source, session = ends.session, log = ends.log })
        end,
        source_path = ends.source:info().path,
        journal = ends.journal,
    })
end

return resolve
