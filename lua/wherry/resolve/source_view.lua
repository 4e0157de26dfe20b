-- source_view.lua: a plan as one of its several sources sees it: the tables, globs and order that are about it, under
-- the source's own names. A name without a source in front of it is meant for each source that has such a table.
local glob = require "wherry.glob"
local match = require "wherry.match"
local plan_of = require "wherry.plan"
local references = require "wherry.resolve.references"
local model = require "wherry.schema.model"
local shallow = require "wherry.shallow"
local value_of = require "wherry.plan.value"

local source_view = {}

---@class wherry.SourceView
---@field name string
---@field model wherry.Model
---@field given wherry.Sqlite what the plan says of the source
---@field known string[] its tables and virtual tables
---@field shadows string[] and those that virtual tables keep

-- A name that is written with its source, as that one knows it.
local function split(text, views)
    local found, rest
    for _, view in ipairs(views) do
        local prefix = view.name .. "."
        if text:sub(1, #prefix):lower() == prefix:lower() and (not found or #view.name > #found.name) then
            found, rest = view, text:sub(#prefix + 1)
        end
    end
    return found, rest
end

---What the tables of a source are called.
---@param file { name: string, model: wherry.Model, given: wherry.Sqlite }
---@return wherry.SourceView
function source_view.of(file)
    local known, seen, shadows = {}, {}, {}
    for _, list in ipairs { file.model.tables, file.model.virtuals } do
        for _, one in ipairs(list) do
            known[#known + 1] = not seen[one.name] and one.name or nil
            seen[one.name] = true
            table.move(one.shadows or {}, 1, #(one.shadows or {}), #shadows + 1, shadows)
        end
    end
    return { name = file.name, model = file.model, given = file.given, known = known, shadows = shadows }
end

local function labels(views)
    local list = {}
    for _, view in ipairs(views) do
        for _, name in ipairs(view.known) do
            list[#list + 1] = view.name .. "." .. name
            list[#list + 1] = name
        end
    end
    return list
end

-- The plan's entries by source, under the names that are written there. A name with its source goes before one without.
local function entries_of(plan, views, outcome)
    local by_source, named = {}, {}
    for _, view in ipairs(views) do
        by_source[view.name], named[view.name] = {}, {}
    end
    for _, key in ipairs(shallow.keys(plan.tables)) do
        local view, rest = split(key, views)
        if view then
            by_source[view.name][rest] = plan.tables[key]
            named[view.name][match.find(rest, view.known) or rest] = true
        end
    end
    for _, key in ipairs(shallow.keys(plan.tables)) do
        local used = split(key, views) ~= nil
        for _, view in ipairs(not used and views or {}) do
            local own = match.find(key, view.known)
            used = used or own ~= nil
            if own and not named[view.name][own] then
                by_source[view.name][key] = plan.tables[key]
            end
        end
        if not used then
            outcome:lookup(key, labels(views), { kind = "table", side = "source", table = key, code = "unknown_table",
                hint = "tables are keyed by their source name, or by source.name" })
        end
    end
    return by_source
end

-- What a glob may mean for a source: the tables of one that is named, or of those whose names match what stands before
-- a dot ("*.topic"), or all that match it.
local function meanings(text, view, views)
    local of, rest = split(text, views)
    if of then
        return of == view and { rest } or {}
    end
    local list = { text }
    for at in text:gmatch "()%." do
        list[#list + 1] = glob.matches(view.name, text:sub(1, at - 1)) and text:sub(at + 1) or nil
    end
    return list
end

local function matches_any(names, text)
    for _, name in ipairs(names) do
        if glob.matches(name, text) then
            return true
        end
    end
    return false
end

-- Of globs those that are about a source, as it knows its tables.
local function globs_of(globs, view, views, names)
    local list = {}
    for _, text in ipairs(globs) do
        for _, own in ipairs(meanings(text, view, views)) do
            list[#list + 1] = matches_any(names, own) and own or nil
        end
    end
    return list
end

-- A glob without wildcards that matches nothing anywhere is a slip.
local function check_globs(plan, views, outcome)
    for _, flag in ipairs { "only", "skip" } do
        for _, text in ipairs(plan[flag]) do
            local used = flag == "skip" and text:find "[%*%?%[]" ~= nil
            for _, view in ipairs(views) do
                used = used or globs_of({ text }, view, views, view.known)[1] ~= nil
                    or flag == "skip" and globs_of({ text }, view, views, view.shadows)[1] ~= nil
            end
            if not used then
                outcome:finding { code = "unknown_table", table = text, key = flag,
                    reason = ('%s: "%s" matches no table of the sources'):format(flag, text),
                    hint = match.suggestion(text, labels(views)) or "a source's tables alone: NAME.glob" }
            end
        end
    end
end

-- The plan's order: for each source by its own names, and of all tables as they are labelled.
local function orders_of(plan, views, outcome)
    local by_source, all = {}, {}
    local function add(view, name)
        by_source[view.name] = by_source[view.name] or {}
        table.insert(by_source[view.name], name)
        all[#all + 1] = view.name .. "." .. name
    end
    for _, text in ipairs(plan.order) do
        local of, rest = split(text, views)
        local used = false
        for _, view in ipairs(views) do
            local own = (not of or of == view) and match.find(of and rest or text, view.known)
            if own then
                add(view, own)
                used = true
            end
        end
        if not used then
            outcome:lookup(text, labels(views), { kind = "table", side = "source", table = text,
                code = "unknown_table", hint = "order names source tables" })
        end
    end
    return by_source, all
end

---The plan as each source sees it.
---@param plan wherry.Plan
---@param views wherry.SourceView[]
---@param outcome wherry.Outcome gets what is said of no source
---@return table<string, wherry.Plan> plans by the sources' names
---@return string[] order of tables, labelled
function source_view.plans(plan, views, outcome)
    local entries, plans = entries_of(plan, views, outcome), {}
    local orders, all = orders_of(plan, views, outcome)
    check_globs(plan, views, outcome)
    for _, view in ipairs(views) do
        local given = view.given.options or {}
        local both = table.move(view.shadows, 1, #view.shadows, #view.known + 1,
            table.move(view.known, 1, #view.known, 1, {}))
        plans[view.name] = plan_of.with(plan, { tables = entries[view.name], order = orders[view.name] or {},
            only = globs_of(plan.only, view, views, view.known), skip = globs_of(plan.skip, view, views, both),
            only_given = plan.only[1] and plan.only or nil, globs_checked = true,
            target_schema = given.schema or plan.target_schema })
    end
    return plans, all
end

-- Whether an offset of the whole source moves a table: it has an integer key of one column.
local function has_integer_key(t)
    local key = references.key_of(t)
    local column = key and model.column(t, key)
    return key ~= nil and (key == t.rowid_alias
        or column ~= nil and (column.affinity == "integer" or column.affinity == "numeric"))
end

local function type_of(value)
    return type(value) == "string" and "text" or math.type(value) == "integer" and "bigint" or "double precision"
end

---A table of a source, and the plan's keys for it, with what is said of the whole source.
---@param view wherry.SourceView
---@param one wherry.Selected
---@param mode "existing"|"create"
---@param collision "error"|"append" append: keys of a created table are unique together with the tag
---@return wherry.Table
---@return table entry
function source_view.table(view, one, mode, collision)
    local given, entry = view.given.options or {}, one.entry
    local t = given.prefix and shallow.copy(one.table, { target_name = given.prefix .. one.table.name }) or one.table
    local tag = given.tag
    if tag and (entry.columns or {})[tag.column] == nil then
        entry = shallow.copy(entry, { columns = shallow.copy(entry.columns or {}, {
            [tag.column] = { from = value_of.constant(tag.value), type = mode == "create" and type_of(tag.value)
                or nil } }) })
    end
    if tag and mode == "create" and collision == "append" then
        t = shallow.copy(t, { tag = tag.column })
    end
    if given.offset and (entry.offset or 0) == 0 and has_integer_key(t) then
        entry = shallow.copy(entry, { offset = given.offset })
    end
    return t, entry
end

return source_view
