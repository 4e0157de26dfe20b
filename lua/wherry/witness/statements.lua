-- witness/statements.lua: the SELECT of a table on either side, with the same columns: how many values each column has,
-- and the least, the greatest and the sum of what is taken of them.
local names = require "wherry.names"

local statements = {}

local PART = 1000000000 -- a sum that may be beyond 64 bits is one of whole parts and one of rests
local LONGEST = 63 -- bytes of a name in PostgreSQL

-- What the columns of the result are called.
local function called(column, place, what)
    local name = column .. " " .. what
    return names.quote_sqlite(#name <= LONGEST and name or ("column %d %s"):format(place, what))
end

---@class wherry.WitnessCell a number that both sides compute
---@field column string|nil target column; nil: of the table
---@field what "rows"|"count"|"read"|"min"|"max"|"sum"
---@field of string|nil what is taken of a value: "value", "seconds", "characters", "bytes", "true", "digits", ...
---@field like "integer"|"exact"|"single"|"near"|"text"
---@field names string[] its columns of the result; a large sum has two, of whole thousand millions and of the rests

local function bare(quoted)
    return (quoted:sub(2, -2):gsub('""', '"'))
end

local function add_cells(lists, column, place)
    local measure, v, s = column.measure, "v" .. place, "s" .. place
    local function add(what, like, forms)
        local cell = { column = column.target, what = what, of = measure and measure.of, like = like, names = {} }
        for i, form in ipairs(forms) do
            local name = called(column.target, place, what .. (forms[2] and (i == 1 and " / 10^9" or " % 10^9") or ""))
            cell.names[i] = bare(name)
            table.insert(lists.sqlite, form.sqlite .. " AS " .. name)
            table.insert(lists.pg, form.pg .. " AS " .. name)
        end
        table.insert(lists.cells, cell)
    end
    local own = names.quote_pg(column.target)
    add("count", "integer", { { sqlite = ("count(%s)"):format(v), pg = ("count(%s)"):format(own) } })
    if not measure then
        return
    end
    add("read", "integer", { { sqlite = ("count(%s)"):format(s), pg = ("count(%s)"):format(measure.pg) } })
    for _, what in ipairs(measure.what) do
        local forms = { { sqlite = ("%s(%s)"):format(what, s), pg = ("%s(%s)"):format(what, measure.pg) } }
        if what == "sum" and measure.large then
            for i, operator in ipairs { "/", "%" } do
                forms[i] = { sqlite = ("sum(%s %s %d)"):format(s, operator, PART),
                    pg = ("sum((%s) %s %d)"):format(measure.pg, operator, PART) }
            end
        end
        add(what, measure.like, forms)
    end
end

-- A step over a value, or over what came out of the step before.
local function step_of(column, level, place, value)
    local step = column.steps and column.steps[level]
    if not step then
        return nil
    end
    local made = step:gsub("{v}", { ["{v}"] = value })
    if column.default and level == #column.steps then
        made = ("CASE WHEN v%d IS NULL THEN %s ELSE %s END"):format(place, column.default, made)
    end
    return ("%s AS s%d"):format(made, place)
end

-- The innermost SELECT: the values, and the first steps of those that are columns as they stand.
local function innermost(columns, from, where)
    local cells = {}
    for i, column in ipairs(columns) do
        local early = column.is_column and column.steps and not (column.default and #column.steps == 1)
        local step = early and step_of(column, 1, i, column.sqlite)
        cells[i] = ("%s AS v%d%s"):format(column.sqlite, i, step and ", " .. step or "")
        column.taken = step and 1 or 0
    end
    return ("(SELECT %s\n    FROM %s%s LIMIT -1)"):format(cells[1] and table.concat(cells, ",\n        ") or "1", from,
        where and (" WHERE (%s\n)"):format(where) or "")
end

-- The steps of all columns as SELECTs inside each other. LIMIT -1 keeps each of them by itself, so that a value is
-- computed once.
local function nested(columns, from, where)
    local sql, depth = innermost(columns, from, where), 0
    for _, column in ipairs(columns) do
        depth = math.max(depth, column.steps and #column.steps - column.taken or 0)
    end
    for level = 1, depth do
        local cells = {}
        for i, column in ipairs(columns) do
            local own = level + column.taken
            local step = step_of(column, own, i, (own > 1 and "s" or "v") .. i)
            cells[i] = ("v%d%s"):format(i, step and ", " .. step or column.steps and ", s" .. i or "")
        end
        sql = ("(SELECT %s\n    FROM %s LIMIT -1)"):format(table.concat(cells, ",\n        "), sql)
    end
    return sql
end

-- A column whose default stands for NULL has a value in every row.
local function counted(text, columns)
    return (text:gsub("^count%(v(%d+)%)", function(place)
        return columns[tonumber(place)].default and "count(*)" or nil
    end))
end

---SQLite's side.
---@param load { from_sql: string, where: string?, columns: table[] } columns: { target, sqlite,
---is_column?, steps?, default? }
---@param cells string[] of the result
---@return string
function statements.sqlite(load, cells)
    local list = {}
    for i, text in ipairs(cells) do
        list[i] = counted(text, load.columns)
    end
    return ("SELECT %s\nFROM %s"):format(table.concat(list, ",\n    "), nested(load.columns, load.from_sql, load.where))
end

---What is computed of the columns of a table, and PostgreSQL's side.
---@param rows_sql string
---@param columns { target: string, measure: wherry.Measure? }[]
---@return wherry.WitnessCell[] cells
---@return string pg
---@return string[] sqlite the same cells over v1, s1 and so on, for statements.sqlite
function statements.cells(rows_sql, columns)
    local lists = { cells = { { what = "rows", like = "integer", names = { "rows" } } },
        sqlite = { 'count(*) AS "rows"' }, pg = { 'count(*) AS "rows"' } }
    for place, column in ipairs(columns) do
        add_cells(lists, column, place)
    end
    return lists.cells, ("SELECT %s\nFROM %s"):format(table.concat(lists.pg, ",\n    "), rows_sql), lists.sqlite
end

return statements
