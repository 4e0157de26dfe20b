-- The function of a trigger: its statements in plpgsql, and the CREATE statements around them.
local attempt = require "wherry.expr.attempt"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local Printer = require "wherry.expr.pg.printer"
local QueryScope = require "wherry.expr.pg.query_scope"
local raise = require "wherry.expr.pg.raise"
local statement = require "wherry.expr.pg.statement"
local tree = require "wherry.expr.pg.tree"

local trigger_function = {}

---@class wherry.PrintedTrigger : wherry.Printed
---@field effects wherry.Effects
---@field when string? for WHEN of the trigger, or for IF where `when_inside`
---@field when_inside boolean
---@field body string[] lines; a text in them may have more
---@field tried string[] its statements and conditions, each as a statement of its own
---@field columns string[]? of UPDATE OF, the target's names

-- A line of the body that leaves the function; the guard is put down before.
local LEAVE = "\0leave "

-- The columns of NEW or OLD. Before a row is written, NEW may hold NULL in any of them, whatever is declared.
local function row_columns(relation, node, row)
    if row == "OLD" or node.time == "AFTER" then
        return relation.columns
    end
    local list = {}
    for i, column in ipairs(relation.columns) do
        local open = { not_null = false, early = column.generated and node.time == "BEFORE" }
        list[i] = setmetatable(open, { __index = column })
        if column == relation.rowid then
            list.rowid = list[i]
        end
    end
    return list
end

-- NEW and OLD, each where the event has it.
local function scope_of(p, relation, node)
    local scope = QueryScope.new(nil)
    local function add(row)
        local columns = row_columns(relation, node, row)
        local seen = setmetatable({ rowid = columns.rowid or relation.rowid }, { __index = relation })
        scope:add(row, row, columns, seen).qualified_only = true
    end
    if node.event ~= "DELETE" then
        add "NEW"
    end
    if node.event ~= "INSERT" then
        add "OLD"
    end
    scope.used = function(column, item)
        if column.early then
            p:refuse(("it reads NEW.%s before PostgreSQL has computed it"):format(column.name))
        elseif node.time == "BEFORE" and node.event == "INSERT" and item.sql == "NEW" and relation.rowid
            and column.target == relation.rowid.target then
            p:note(("NEW.%s is the new id already where SQLite has -1"):format(column.name))
        end
    end
    return scope
end

local function print_when(p, node, printed)
    if node.when then
        local asks = tree.any(node.when, function(one) return one.t == "select" end)
        printed.when_inside = node.time == "INSTEAD OF" or asks
        printed.when = p:condition(p:print(node.when)).sql
        table.insert(printed.tried, ("SELECT (%s)"):format(printed.when))
    end
end

-- UPDATE OF on a view: PostgreSQL has no columns there, so that the change has to be looked for.
local function print_columns(p, relation, node, printed)
    local conditions = {}
    for i, name in ipairs(node.columns or {}) do
        local column = model.folded(relation.columns, name)
        if not column then
            p:refuse(("no such column: %s.%s"):format(relation.name, name))
        end
        printed.columns = printed.columns or {}
        printed.columns[i] = column.target
        local quoted = names.quote_pg(column.target)
        conditions[i] = ("NEW.%s IS DISTINCT FROM OLD.%s"):format(quoted, quoted)
    end
    if node.columns and node.time == "INSTEAD OF" then
        p:note "fires where a column of UPDATE OF changes, SQLite's where it is set"
        local changed = table.concat(conditions, " OR ")
        printed.when = printed.when and ("(%s) AND (%s)"):format(changed, printed.when) or changed
        printed.when_inside, printed.columns = true, nil
    end
end

local function print_body(p, node, printed)
    local context = { time = node.time, tried = printed.tried,
        leave = function(value) return { LEAVE .. value } end }
    for _, one in ipairs(node.body) do
        if one.t == "select" then
            for _, line in ipairs(raise.select(p, one, context)) do
                printed.body[#printed.body + 1] = line
            end
        else
            if tree.any(one, function(inner) return inner.t == "raise" end) then
                p:refuse "RAISE in a statement that writes"
            end
            local parts = statement[one.t](p, one)
            table.insert(printed.tried, table.concat(parts, "\n"))
            parts[#parts] = parts[#parts] .. ";"
            table.move(parts, 1, #parts, #printed.body + 1, printed.body)
        end
    end
end

local function effects_of(node, effects)
    effects.raises = tree.any(node, function(one) return one.t == "raise" and one.action ~= "IGNORE" end)
    effects.ignores = tree.any(node, function(one) return one.t == "raise" and one.action == "IGNORE" end)
    return effects
end

---Prints what a trigger does.
---@param work wherry.Translation
---@param relation wherry.Relation the table or view it belongs to
---@param node table of CREATE TRIGGER
---@return wherry.PrintedTrigger?
---@return string? reason
function trigger_function.print(work, relation, node)
    local p = Printer.new { use = "trigger", schema = work.schema, catalog = work.catalog }
    p.scope = scope_of(p, relation, node)
    p.separator = " "
    local finish = work.catalog:watch()
    p.effects = { reads = {}, writes = {} }
    local printed = { body = {}, tried = {}, when_inside = false, effects = effects_of(node, p.effects) }
    local done, reason = attempt(function()
        if (node.time == "INSTEAD OF") ~= (relation.kind == "view") then
            p:refuse(relation.kind == "view" and "a trigger on a view that is not INSTEAD OF"
                or "INSTEAD OF on a table")
        end
        print_when(p, node, printed)
        print_columns(p, relation, node, printed)
        print_body(p, node, printed)
        return true
    end)
    p.effects.reads = finish()
    if not done then
        return nil, reason
    end
    printed.notes, printed.functions = p.notes, p.functions
    printed.outcome = #p.notes > 0 and "changed" or "exact"
    return printed
end

local function result_of(node)
    if node.time == "AFTER" then
        return "NULL"
    end
    return node.event == "DELETE" and "OLD" or "NEW"
end

-- A setting of this transaction that says that the trigger is at work.
local function guard_name(schema, function_name)
    local name = schema .. "_" .. function_name
    if not name:find("^[A-Za-z_][A-Za-z0-9_]*$") then
        name = "trigger_" .. names.hash(name)
    end
    return names.literal_pg("wherry." .. name)
end

local function add_lines(lines, list, indent, leave)
    for _, line in ipairs(list) do
        local blank, value = line:match("^( *)" .. LEAVE .. "(%a+)$")
        if value then
            for _, one in ipairs(leave(value)) do
                lines[#lines + 1] = indent .. blank .. one
            end
        else
            lines[#lines + 1] = indent .. line
        end
    end
end

-- The function's body between BEGIN and END.
local function body_of(one, guard)
    local printed, lines = one.printed, {}
    local function leave(value)
        local list = {}
        if guard then
            list[1] = ("PERFORM set_config(%s, 'off', true);"):format(guard)
        end
        list[#list + 1] = ("RETURN %s;"):format(value)
        return list
    end
    local result = result_of(one.node)
    if guard then
        lines[1] = ("IF current_setting(%s, true) = 'on' THEN"):format(guard)
        lines[2] = ("    RETURN %s;"):format(result)
        lines[3] = "END IF;"
        lines[4] = ("PERFORM set_config(%s, 'on', true);"):format(guard)
    end
    if printed.when_inside then
        lines[#lines + 1] = ("IF %s THEN"):format(printed.when)
        add_lines(lines, printed.body, "    ", leave)
        lines[#lines + 1] = "END IF;"
    else
        add_lines(lines, printed.body, "", leave)
    end
    if printed.when_inside or printed.body[#printed.body] ~= LEAVE .. "NULL" then
        table.move(leave(result), 1, guard and 2 or 1, #lines + 1, lines)
    end
    return "    " .. table.concat(lines, "\n    ")
end

local function quoted(body)
    local tag, number = "$wherry$", 0
    while body:find(tag, 1, true) do
        number = number + 1
        tag = ("$wherry%d$"):format(number)
    end
    return ("%s\n%s\n%s"):format(tag, body, tag)
end

---The statements that make a trigger.
---@param work wherry.Translation
---@param one table the trigger, see triggers.lua
---@param function_name string
---@return {create_function: string, create_trigger: string}
function trigger_function.statements(work, one, function_name)
    local node, printed = one.node, one.printed
    local qualified = names.qualified(work.schema, function_name)
    local event = node.event
    if printed.columns then
        event = ("UPDATE OF %s"):format(names.list_pg(printed.columns))
    end
    local lines = {
        ("CREATE TRIGGER %s %s %s ON %s"):format(names.quote_pg(one.name), node.time, event, one.relation.sql),
        "FOR EACH ROW",
    }
    if printed.when and not printed.when_inside then
        lines[#lines + 1] = ("WHEN (%s)"):format(printed.when)
    end
    lines[#lines + 1] = ("EXECUTE FUNCTION %s()"):format(qualified)
    local guard = one.recursive and guard_name(work.schema, function_name) or nil
    return {
        create_function = ("CREATE FUNCTION %s() RETURNS trigger\nLANGUAGE plpgsql AS %s"):format(qualified,
            quoted(("BEGIN\n%s\nEND"):format(body_of(one, guard)))),
        create_trigger = table.concat(lines, "\n"),
    }
end

---A function whose creation proves the trigger's statements: the server looks at a body in SQL at once, at one in
---plpgsql only when it runs. It is for a rehearsal and never kept.
---@param work wherry.Translation
---@param one table the trigger, see triggers.lua
---@param function_name string
---@return string?
function trigger_function.trial(work, one, function_name)
    if not one.printed.tried[1] then
        return nil
    end
    return ("CREATE FUNCTION %s(new %s, old %s) RETURNS void\nLANGUAGE sql AS %s"):format(
        names.qualified(work.schema, function_name), one.relation.sql, one.relation.sql,
        quoted(table.concat(one.printed.tried, ";\n")))
end

return trigger_function
