-- created_together.lua: tables that several sources bring into one target: what they have in common is created once.
local names = require "wherry.names"
local Outcome = require "wherry.resolve.outcome"

local created_together = {}

-- The statement that creates each table, by the table.
local function statements_by_table(context)
    local sql_of = {}
    for _, one in ipairs(context.created.tables) do
        sql_of[names.qualified(one.schema, one.name)] = one.create_sql
    end
    return sql_of
end

---The names under which a source's tables and what hangs on them are created.
---@param joint table
---@param context wherry.Context
function created_together.note_names(joint, context)
    local list = joint.names[context.schema] or {}
    joint.names[context.schema] = list
    for _, one in ipairs(context.created.tables) do
        list[#list + 1] = one.name
    end
    for _, object in ipairs(context.created.objects) do
        list[#list + 1] = object.name
    end
end

---A table that an earlier source creates, too: a finding, or, where rows are appended, the same table.
---@param joint table
---@param context wherry.Context
---@param tables wherry.LoadTable[]
function created_together.check(joint, context, tables)
    local sql_of = statements_by_table(context)
    for _, tbl in ipairs(tables) do
        local made, sql = joint.made[tbl.target_sql], sql_of[tbl.target_sql]
        if made and joint.plan.collision ~= "append" then
            context.outcome:finding { code = "duplicate_target", table = tbl.source,
                reason = ("%s is created from %s already"):format(tbl.target_sql, made.label),
                hint = 'give the sources a prefix, a schema or, for one table, `into`; or all rows go into it: '
                    .. 'collision = "append"' }
        elseif made and made.sql ~= sql then
            context.outcome:finding { code = "sources_differ", table = tbl.source,
                reason = ("%s would be created otherwise from %s than from it: %s, and %s"):format(tbl.target_sql,
                    made.label, made.sql, sql),
                hint = "declare the types of the columns that differ: columns = { name = { type = ... } }" }
        end
        joint.made[tbl.target_sql] = made or { label = context.outcome:label(tbl.source), sql = sql }
    end
end

---What several sources need alike is created once.
---@param joint table
---@param resolved table[]
---@return wherry.LoadTable[] tables
---@return string[] statements
---@return string[] drops
function created_together.join(joint, resolved)
    local tables, statements, drops, seen = {}, {}, {}, {}
    local function add(list, given)
        for _, sql in ipairs(given) do
            if not seen[sql] then
                seen[sql], list[#list + 1] = true, sql
            end
        end
    end
    for _, one in ipairs(resolved) do
        add(statements, one.statements)
        add(drops, one.drops)
        local outcome, kept = one.context.outcome, {}
        for _, object in ipairs(outcome.objects) do
            local key = table.concat({ object.kind, object.name, object.target or "", object.sql or "" }, "\0")
            if object.state == "receipt" or not seen[key] then
                seen[key], kept[#kept + 1] = true, object
            end
            if object.key and object.key.parent then
                object.key.parent_schema = object.key.parent_schema or one.context.schema
            end
        end
        outcome.objects = kept
        joint.outcome:absorb(outcome)
        one.context.outcome = Outcome.new(one.file.name)
        for _, tbl in ipairs(one.tables) do
            tbl.from, tables[#tables + 1] = one.file.name, tbl
        end
    end
    return tables, statements, drops
end

---Tables that the plan's order names come first.
---@param tables wherry.LoadTable[]
---@param order string[] labels
---@return wherry.LoadTable[]
function created_together.in_order(tables, order)
    local by_label, list, placed = {}, {}, {}
    for _, tbl in ipairs(tables) do
        by_label[tbl.from .. "." .. tbl.source] = tbl
    end
    for _, label in ipairs(order) do
        local tbl = by_label[label]
        if tbl and not placed[tbl] then
            placed[tbl], list[#list + 1] = true, tbl
        end
    end
    for _, tbl in ipairs(tables) do
        list[#list + 1] = not placed[tbl] and tbl or nil
    end
    return list
end

return created_together
