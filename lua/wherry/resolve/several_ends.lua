-- several_ends.lua: what the parts of resolving ask the files and the target, where a plan has several sources.
local core = require "wherry.core"
local fill_lookups = require "wherry.engine.lookups".fill
local moment = require "wherry.moment"
local pg = require "wherry.schema.pg"
local several = require "wherry.resolve.several"
local shallow = require "wherry.shallow"
local source_set = require "wherry.engine.source_set"
local sqlite = require "wherry.schema.sqlite"
local steps = require "wherry.plan.steps"

local several_ends = {}

-- The schema of a source; one without any table is refused, or, where it may be left out, that is noted.
local function read_source(info, query, rules)
    local file = { name = info.name, given = info.given, lenient = info.lenient, path = info.path,
        model = sqlite.read(query), source_query = query }
    local ok, fault = pcall(rules.check_empty, file.model)
    if not ok then
        if not info.lenient then
            fault.message = ("source %s: %s"):format(info.name, fault.message)
            error(fault, 0)
        end
        file.fault = fault
    end
    return file
end

local function file_of(info, snapshot, ends, known, rules)
    local function query(sql, ...)
        return snapshot:query(sql, ...)
    end
    return shallow.copy(read_source(info, query, rules), {
        source_reads = function(sql)
            return snapshot:reads(sql)
        end,
        census = function(jobs)
            if ends.reading then
                ends.reading()
            end
            return snapshot:census(jobs)
        end,
        check = function(tables, keys)
            return core.check { snapshot = snapshot, source = source_set.ONLY, tables = tables, keys = keys,
                foreign_keys = {}, lookups = known.lookups }
        end })
end

-- The model of each schema of the target is read once.
local function targets_of(target_query)
    local known = {}
    return function(schema)
        if not known[schema] then
            known[schema] = target_query and pg.read(target_query, schema) or { tables = {}, views = {} }
        end
        return known[schema]
    end
end

---What is wrong with a plan whatever the target holds. Raises like run.
---@param plan wherry.Plan
---@param source wherry.SourceSet
---@param infos table[] what is known of each file
---@param mode "existing"|"create" for a plan that does not say it
---@param rules { check_mode: function, check_empty: function } of resolve
---@return wherry.Finding[]
function several_ends.foresee(plan, source, infos, mode, rules)
    local files = {}
    for i, info in ipairs(infos) do
        local snapshot = source_set.of(source, { from = info.name })
        files[i] = read_source(info, function(sql, ...) return snapshot:query(sql, ...) end, rules)
    end
    rules.check_mode(plan, plan.schema or mode, true)
    return several.foresee(plan, files)
end

---Reads the schemas of all sources and of the target, and resolves a plan against them.
---@param plan wherry.Plan
---@param ends table as for resolve.run; source is a set, files what is known of each
---@param rules { has_tables: function, check_mode: function, check_empty: function } of resolve
---@return wherry.Resolved
function several_ends.run(plan, ends, rules)
    local files, known, target_query = {}, {}, nil
    for i, info in ipairs(ends.files) do
        files[i] = file_of(info, source_set.of(ends.source, { from = info.name }), ends, known, rules)
    end
    if ends.session then
        target_query = function(sql, parameters)
            return ends.session:query(sql, parameters)
        end
    end
    local joint = { target_query = target_query, target_of = targets_of(target_query), has_tables = rules.has_tables,
        journal = ends.journal or "wherry", has_codec = ends.has_codec,
        started = ends.started or moment.exact(core.sys.now()),
        rehearse = ends.session and function(statements)
            return ends.session:rehearse(statements)
        end,
        check_mode = function(given, mode)
            rules.check_mode(given, mode, target_query ~= nil)
        end,
        role = target_query and target_query("SELECT current_user AS role")[1].role,
        fill_lookups = function(list)
            known.lookups = fill_lookups(list, { plan = plan, source = ends.source, session = ends.session,
                log = ends.log })
        end }
    local resolved = several.resolve(plan, files, joint)
    resolved.source, resolved.started, resolved.target_schema = { name = "main" }, joint.started, plan.target_schema
    resolved.max_bad, resolved.analyze = plan.max_bad, plan.analyze
    resolved.hooks, resolved.verify = steps.planned(plan), plan.verify ~= nil or nil
    return resolved
end

return several_ends
