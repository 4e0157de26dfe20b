-- CHECK constraints: in CREATE TABLE where every row obeys them; behind the load and NOT VALID where rows do not, or
-- where the translated condition might refuse a row that SQLite took.
local names = require "wherry.names"
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"
local questions = require "wherry.schema.questions"
local scope = require "wherry.expr.pg.scope"
local translation = require "wherry.schema.translation"

local checks = {}

-- The created columns that an expression names, each once, in their order.
local function columns_of(entry, node)
    local list, seen, own = {}, {}, scope.of_table(entry)
    parse.walk(node, function(part)
        local column = part.t == "column" and own:column(part.table, part.name, part.quoted)
        if column and not seen[column.name] then
            seen[column.name] = true
            list[#list + 1] = column.name
        end
    end)
    return list
end

-- The name that PostgreSQL itself would give: by the column where the condition is about a single one.
local function pattern_of(entry, node)
    local columns = node and columns_of(entry, node) or {}
    return entry.target.name .. (#columns == 1 and "_" .. columns[1] or "") .. "_check"
end

-- The receipt's name is none that a carried constraint has.
local function not_carried(work, entry, check, node, reason)
    translation.receipt(work, {
        kind = "check", name = entry.constraints:take(check.name or pattern_of(entry, node)),
        table = entry.source.name, column = check.column, outcome = "not_carried",
        note = ("%s: CHECK (%s)"):format(reason, translation.one_line(check.sql)),
    })
end

-- The constraints of a table that PostgreSQL can have, with their conditions, and the others with a reason.
local function printed_of(work, entry)
    local list, refused = {}, {}
    for _, check in ipairs(entry.source.checks) do
        local node, reason, printed = parse.expression(check.sql)
        if node then
            printed, reason = pg.condition(node, { scope = scope.of_table(entry), use = "check",
                schema = work.schema })
        end
        if printed then
            list[#list + 1] = { check = check, node = node, printed = printed }
        else
            refused[#refused + 1] = { check = check, node = node, reason = reason }
        end
    end
    return list, refused
end

-- How many rows of the source do not obey each condition, and how many take it beyond a range of PostgreSQL's; false
-- where that cannot be counted.
local function count_rows(work, entry, list)
    local conditions, texts, changed = {}, {}, {}
    for i, one in ipairs(list) do
        conditions[i] = questions.condition(entry, one.check.sql)
        one.disobeying, one.beyond = 0, 0
        if one.printed.outcome == "changed" then
            texts[#texts + 1], changed[#changed + 1] = one.check.sql, one
        end
    end
    if work.options.count_false and conditions[1] then
        local counts = work.options.count_false(entry.source, conditions)
        for i, one in ipairs(list) do
            one.disobeying = counts[i] or false
        end
    end
    for i, count in ipairs(questions.beyond_range(work, entry, texts)) do
        changed[i].beyond = count
    end
end

-- Why rows of the source are not held against a condition, nil when they are.
local function not_valid(one)
    local printed, disobeying = one.printed, one.disobeying
    if not disobeying then
        return "NOT VALID: whether the rows of the source obey it could not be counted"
    elseif disobeying > 0 then
        return ("NOT VALID: %d %s of the source %s not obey it"):format(disobeying, disobeying == 1 and "row" or "rows",
            disobeying == 1 and "does" or "do")
    elseif printed.outcome == "changed" and not translation.only_errors(printed) then
        return "NOT VALID: it is for new rows, those of the source obey SQLite's"
    elseif one.beyond ~= 0 then
        return "NOT VALID: rows of the source are beyond the range, they obey SQLite's condition"
    end
    return nil
end

local function add(work, entry, one)
    local notes, check, reason = translation.notes(), one.check, not_valid(one)
    local name = translation.constraint_name(entry.constraints, check.name, pattern_of(entry, one.node), notes)
    notes:add_printed(one.printed)
    notes:add(reason, true)
    translation.use(work, one.printed)
    if reason then
        local target = translation.qualified(work, entry)
        translation.object(work, {
            kind = "check", name = name, table = entry.source.name, target = target,
            sql = ("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s) NOT VALID"):format(target, names.quote_pg(name),
                one.printed.sql),
            outcome = notes.outcome, note = notes:text(),
        })
        return
    end
    table.insert(entry.target.checks, {
        name = name, sql = one.printed.sql, check = check, outcome = notes.outcome, note = notes:text(),
    })
    translation.receipt(work, {
        kind = "check", name = name, table = entry.source.name, column = check.column, outcome = notes.outcome,
        note = notes:text(),
    })
end

---Translates the CHECK constraints of all tables, after their keys: those have taken the names of constraints.
---@param work wherry.Translation
---@param tables wherry.Table[] those that are carried
function checks.translate(work, tables)
    for _, t in ipairs(tables) do
        local entry = work.by_source[t.name]
        entry.target.checks = {}
        local list, refused = printed_of(work, entry)
        count_rows(work, entry, list)
        for _, one in ipairs(list) do
            add(work, entry, one)
        end
        for _, one in ipairs(refused) do
            not_carried(work, entry, one.check, one.node, one.reason)
        end
    end
end

return checks
