-- Views: each after those that it reads; what a view needs and the target does not have is told by name.
local catalog = require "wherry.schema.catalog"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"
local translation = require "wherry.schema.translation"

local views = {}

local function not_carried(work, view, reason)
    work.catalog:add_missing(view.name, ("it uses the view %s, which is not carried"):format(view.name))
    translation.receipt(work, { kind = "view", name = view.name, outcome = "not_carried", note = reason })
end

-- The columns under the names that CREATE VIEW gives them.
local function named_columns(columns, given)
    if not given then
        return columns, ""
    end
    local list, targets, allocator = {}, {}, names.allocator({}, { columns = true })
    for i, column in ipairs(columns) do
        targets[i] = allocator:take(given[i])
        list[i] = setmetatable({ name = given[i], target = targets[i] }, { __index = column })
    end
    return list, (" (%s)"):format(names.list_pg(targets))
end

-- The printed view, or nil and the reason.
local function print_view(work, view)
    local node, message = parse.create(view.sql or "")
    if not node or node.t ~= "create_view" then
        return nil, ("its statement was not understood: %s"):format(message or "it is no CREATE VIEW")
    end
    local printed, reason = pg.select(node.select, { use = "view", schema = work.schema, catalog = work.catalog })
    if not printed then
        return nil, reason
    elseif node.columns and #node.columns ~= #printed.columns then
        return nil, ("expected %d columns, but got %d"):format(#node.columns, #printed.columns)
    end
    return printed, nil, node.columns
end

local function translate_view(work, view)
    local finish = work.catalog:watch()
    local printed, reason, given = print_view(work, view)
    local reads = finish()
    if not printed then
        not_carried(work, view, reason)
        return
    end
    local target = work.view_names[view.name]
    local notes = translation.notes()
    notes:add(work.view_notes[view.name], true)
    notes:add_printed(printed)
    work.catalog:add_changed_views(reads, notes)
    translation.use(work, printed)
    local columns, list = named_columns(printed.columns, given)
    local qualified = names.qualified(work.schema, target)
    work.catalog:add_view(work, view.name, target, columns, reads, notes.outcome == "changed")
    translation.object(work, {
        kind = "view", name = view.name, target = qualified,
        sql = ("CREATE VIEW %s%s AS\n%s"):format(qualified, list, printed.sql),
        undo = "DROP VIEW IF EXISTS " .. qualified, outcome = notes.outcome, note = notes:text(),
    })
end

---Translates all views. Leaves the catalog in `work`, for the triggers.
---@param work wherry.Translation
---@param m wherry.Model
function views.translate(work, m)
    work.catalog = catalog.new(work, m)
    local by_name, state = {}, {}
    for _, view in ipairs(m.views) do
        by_name[model.fold(view.name)] = view
    end
    work.view_names, work.view_notes = work.relations:take_all(model.names(m.views))
    local function translate(view)
        state[view] = "open"
        translate_view(work, view)
        state[view] = "done"
    end
    work.catalog.view = function(folded)
        local view = by_name[folded]
        if view and not state[view] then
            translate(view)
        elseif view and state[view] == "open" then
            return ("view %s is circularly defined"):format(view.name)
        end
        return nil
    end
    for _, view in ipairs(m.views) do
        if not state[view] then
            translate(view)
        end
    end
end

return views
