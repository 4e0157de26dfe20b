-- witness/init.lua: a witness that owes nothing to our codecs: SQLite and PostgreSQL compute in their own plain SQL how
-- many values each column has, the least, the greatest and the sum of them; the two have to be the same.
local measures = require "wherry.witness.measures"
local reasons = require "wherry.witness.reasons"
local rejected = require "wherry.witness.rejected"
local shallow = require "wherry.shallow"
local statements = require "wherry.witness.statements"
local names = require "wherry.names"

local witness = {}

local MOST_COLUMNS = 60 -- of one SELECT, whose result may have 1,600 columns

---@class wherry.WitnessLoad SQLite's side of a source table
---@field source string what messages call it
---@field from string name of its source
---@field sql string

---@class wherry.WitnessPair a SELECT on either side; a wide table has several
---@field table string the target table, quoted
---@field loads wherry.WitnessLoad[] more than one where several source tables fill it: their results are added up
---@field pg string
---@field cells wherry.WitnessCell[]

---@class wherry.WitnessLeftOut
---@field table string
---@field column string|nil nil: the whole table
---@field why string

---@class wherry.WitnessPairs
---@field tables wherry.WitnessPair[]
---@field left_out wherry.WitnessLeftOut[] of columns of which how many values they have is compared alone, too

-- The plan's tables by the table that they fill, in the plan's order.
local function by_target(resolved)
    local groups, known = {}, {}
    for _, tbl in ipairs(resolved.tables) do
        local group = known[tbl.target_sql]
        if not group then
            group = { sql = tbl.target_sql, rows_sql = tbl.rows_sql or tbl.target_sql, loads = {} }
            groups[#groups + 1], known[tbl.target_sql] = group, group
        end
        group.loads[#group.loads + 1] = tbl
    end
    return groups
end

-- A column's value as SQLite has it; keys may move by an offset.
local function value_of(column)
    local sql = column.sql or names.quote_sqlite(column.source)
    return column.remap and ("coalesce(%s + %s, %s)"):format(measures.integer(sql), column.remap.offset, sql) or sql
end

-- How a column of a load is computed, or nil and why it is left out.
local function of_load(tbl, column, options)
    local why = reasons.of_column(tbl, column, options)
    if why then
        return nil, why
    end
    local measure, default = measures.of(column), reasons.default(column)
    local made = { target = column.target, sqlite = value_of(column), is_column = not (column.sql or column.remap),
        measure = measure, steps = measure and measure.steps, default = default }
    if measure and default then
        local steps = measures.of_default(column)
        if not steps then
            made.measure, made.steps = nil, nil
            return made
        end
        for _, step in ipairs(steps) do
            made.default = step:gsub("{v}", { ["{v}"] = made.default })
        end
    end
    return made
end

local LIKE = { exact = 1, near = 2 }

-- One column of a target table over all that fill it: the loads' sides of it, or nil and why.
local function of_target(group, target, options)
    local sides, measure = {}, nil
    for i, tbl in ipairs(group.loads) do
        local made, why
        for _, column in ipairs(tbl.columns) do
            if column.target == target then
                made, why = of_load(tbl, column, options)
                if not made then
                    return nil, why
                end
            end
        end
        if not made then
            return nil, "not all tables that fill its table have it"
        end
        sides[i] = made
        if i == 1 then
            measure = made.measure
        elseif not (measure and made.measure) then
            measure = nil
        elseif (LIKE[made.measure.like] or 0) > (LIKE[measure.like] or 0) then
            measure = made.measure
        end
    end
    return sides, measure
end

local function targets_of(group)
    local list, known = {}, {}
    for _, tbl in ipairs(group.loads) do
        for _, column in ipairs(tbl.columns) do
            if not known[column.target] then
                known[column.target], list[#list + 1] = true, column.target
            end
        end
    end
    return list
end

-- Which rows of a source table are in the target.
local function condition_of(tbl, options)
    local keys = options.rejected and options.rejected[tbl.read.table]
    local others = keys and rejected.condition(tbl, keys)
    return tbl.where and others and ("(%s\n) AND %s"):format(tbl.where, others) or tbl.where or others
end

-- A pair for some columns: { { target, sides, measure } }.
local function pair_of(group, columns, options)
    local heads, loads = {}, {}
    for i, one in ipairs(columns) do
        heads[i] = { target = one.target, measure = one.measure }
    end
    local cells, pg, sqlite = statements.cells(group.rows_sql, heads)
    for i, tbl in ipairs(group.loads) do
        local list = {}
        for j, one in ipairs(columns) do
            list[j] = shallow.copy(one.sides[i], { steps = one.measure and one.sides[i].steps or nil })
            if not one.measure then
                list[j].steps = nil
            end
        end
        loads[i] = { source = tbl.source, from = tbl.from or "main", sql = statements.sqlite({ columns = list,
            from_sql = tbl.count_sql:match "FROM%s+(.*)$", where = condition_of(tbl, options) }, sqlite) }
    end
    return { table = group.sql, loads = loads, pg = pg, cells = cells }
end

local function add_table(found, group, options)
    local columns = {}
    for _, target in ipairs(targets_of(group)) do
        local sides, measure = of_target(group, target, options)
        if sides then
            columns[#columns + 1] = { target = target, sides = sides, measure = measure }
        else
            found.left_out[#found.left_out + 1] = { table = group.sql, column = target, why = measure }
        end
    end
    for first = 1, math.max(#columns, 1), MOST_COLUMNS do
        local some = table.move(columns, first, math.min(first + MOST_COLUMNS - 1, #columns), 1, {})
        found.tables[#found.tables + 1] = pair_of(group, some, options)
    end
end

---What both databases compute of the tables of a plan, each in one SELECT of plain SQL that stands by itself.
---@param resolved wherry.Resolved
---@param options wherry.WitnessOptions|nil
---@return wherry.WitnessPairs
function witness.pairs(resolved, options)
    options = options or {}
    local found, emitted, loaded = { tables = {}, left_out = {} }, reasons.emitted(resolved), {}
    for _, group in ipairs(by_target(resolved)) do
        loaded[group.sql] = true
        if not options.only or options.only[group.sql] then
            local why = reasons.of_table(group.sql, group.loads, emitted, options)
            if why then
                found.left_out[#found.left_out + 1] = { table = group.sql, why = why }
            else
                add_table(found, group, options)
            end
        end
    end
    for _, tbl in ipairs(resolved.emitted or {}) do
        if not loaded[tbl.target_sql] and (not options.only or options.only[tbl.target_sql]) then
            found.left_out[#found.left_out + 1] = { table = tbl.target_sql,
                why = emitted[tbl.target_sql] or "functions of the script emit its rows" }
        end
    end
    return found
end

witness.rejected = rejected.keys
witness.compare = require "wherry.witness.compare"
witness.text = require "wherry.witness.text"

return witness
