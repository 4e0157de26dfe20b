-- SELECT in a trigger's body: it has no result, only what RAISE in it does.
local select = require "wherry.expr.pg.select"
local tree = require "wherry.expr.pg.tree"

local raise = {}

local function is_raise(node)
    return node.t == "raise"
end

-- Conditions under which RAISE is reached, as { when, raise }: of a CASE, IIF or RAISE itself; nil: another expression.
local function branches_of(p, node)
    if node.t == "raise" then
        return { { raise = node } }
    elseif node.t == "case" then
        local list, before = {}, nil
        for _, one in ipairs(node.branches) do
            local when = one.when
            if node.operand then
                when = { t = "binary", op = "=", left = node.operand, right = when }
            end
            list[#list + 1] = { when = when, raise = is_raise(one.result) and one.result or false }
            before = before or tree.any(one.result, is_raise) and not is_raise(one.result)
        end
        if node.otherwise then
            list[#list + 1] = { raise = is_raise(node.otherwise) and node.otherwise or false }
            before = before or tree.any(node.otherwise, is_raise) and not is_raise(node.otherwise)
        end
        if before then
            p:refuse "RAISE inside an expression of a CASE"
        end
        return list
    elseif node.t == "function" and node.name == "iif" and #node.arguments == 3 then
        return branches_of(p, { t = "case", branches = { { when = node.arguments[1], result = node.arguments[2] } },
            otherwise = node.arguments[3] })
    end
    return nil
end

local function action(p, node, context)
    if node.action == "IGNORE" then
        if context.time == "AFTER" then
            p:refuse "RAISE(IGNORE) after the row was written"
        end
        return context.leave("NULL")
    elseif node.action == "FAIL" then
        p:note "RAISE(FAIL) undoes the whole statement, SQLite keeps its earlier rows"
    end
    return { ("RAISE EXCEPTION USING MESSAGE = %s, ERRCODE = 'integrity_constraint_violation';"):format(
        p:literal_text(node.message or "")) }
end

local function indent(lines)
    local list = {}
    for i, line in ipairs(lines) do
        list[i] = "    " .. line
    end
    return list
end

local function if_then(condition, lines)
    return { ("IF %s THEN"):format(condition), table.unpack(indent(lines)) }
end

-- A condition of the body; `tried` gathers what the server has to take.
local function condition(p, node, context)
    local sql = p:condition(p:print(node)).sql
    table.insert(context.tried, ("SELECT (%s)"):format(sql))
    return sql
end

-- SELECT without FROM: each branch is an IF.
local function direct(p, branches, where, context)
    local lines, word = {}, "IF"
    for _, one in ipairs(branches) do
        local inner = one.raise and action(p, one.raise, context) or { "NULL;" }
        if not one.when then
            if #lines == 0 then
                lines = inner
            else
                lines[#lines + 1] = "ELSE"
                table.move(indent(inner), 1, #inner, #lines + 1, lines)
            end
            break
        end
        lines[#lines + 1] = ("%s %s THEN"):format(word, condition(p, one.when, context))
        table.move(indent(inner), 1, #inner, #lines + 1, lines)
        word = "ELSIF"
    end
    if word == "ELSIF" then
        lines[#lines + 1] = "END IF;"
    end
    if where then
        lines = if_then(condition(p, where, context), lines)
        lines[#lines + 1] = "END IF;"
    end
    return lines
end

-- SELECT with FROM: whether a row reaches RAISE. Only one branch can be asked for by EXISTS.
local function through_rows(p, core, branches, context)
    local one = branches[1]
    if #branches > 1 and not (#branches == 2 and not branches[2].raise) or not one.raise then
        p:refuse "RAISE in several branches of a SELECT from a table"
    end
    local where = core.where
    if one.when then
        where = where and { t = "binary", op = "AND", left = where, right = one.when } or one.when
    end
    local one_row = { { expr = { t = "integer", value = 1, text = "1" }, text = "1" } }
    local asked = { t = "select", operators = {}, cores = {
        { t = "core", distinct = false, from = core.from, where = where, columns = one_row },
    } }
    local printed = select.print(p, asked, { as = "exists" })
    table.insert(context.tried, printed.sql)
    local lines = if_then(("EXISTS (%s)"):format(printed.sql), action(p, one.raise, context))
    lines[#lines + 1] = "END IF;"
    return lines
end

---The statements that a SELECT of a trigger stands for; none where it has no effect.
---@param p wherry.Printer
---@param node wherry.Select
---@param context {time: string, leave: (fun(value: string): string[]), tried: string[]}
---@return string[] lines of plpgsql
function raise.select(p, node, context)
    if not tree.any(node, is_raise) then
        return {}
    end
    local core = node.cores[1]
    if #node.cores > 1 or core.t == "values" or node.with or core.group_by or core.having or node.limit
        or tree.has_aggregate(core.columns) then
        p:refuse "RAISE in a SELECT that does more than to look for rows"
    elseif core.where and tree.any(core.where, is_raise) or core.from and tree.any(core.from, is_raise) then
        p:refuse "RAISE in a WHERE or FROM"
    end
    local lines = {}
    for _, column in ipairs(core.columns) do
        if not column.star and tree.any(column.expr, is_raise) then
            local branches = branches_of(p, column.expr)
            if not branches then
                p:refuse "RAISE inside an expression"
            end
            local list = core.from and through_rows(p, core, branches, context)
                or direct(p, branches, core.where, context)
            table.move(list, 1, #list, #lines + 1, lines)
        end
    end
    if core.from and #core.columns > 1 then
        p:refuse "RAISE beside other columns of a SELECT from a table"
    end
    return lines
end

return raise
