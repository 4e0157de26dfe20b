-- grid.lua: rows as a table for a reader: aligned, cut to the terminal where there is one. Rows come in blocks, so that
-- a result of any length takes little memory; the first block decides how wide the columns are.
local cell = require "wherry.shell.cell"
local width = require "wherry.shell.width"

local grid = {}

local BLOCK = 500 -- rows
local LEAST = 6 -- columns of the terminal that a wide column keeps
local MOST = 200 -- columns to which cells are filled where no terminal is the limit

-- How wide each column gets, and what all would take. Where they do not fit, the widest ones are narrowed.
local function measure(names, rows, columns)
    local widths = {}
    for i, name in ipairs(names) do
        widths[i] = math.max(width.of(name), 1)
    end
    for _, row in ipairs(rows) do
        for i = 1, #names do
            widths[i] = math.max(widths[i], width.of(row[i]))
        end
    end
    local sum = 3 * (#names - 1)
    for i, one in ipairs(widths) do
        widths[i] = columns and one or math.min(one, MOST)
        sum = sum + widths[i]
    end
    local full = sum
    while columns and sum > columns do
        local widest = 1
        for i, one in ipairs(widths) do
            widest = one > widths[widest] and i or widest
        end
        if widths[widest] <= LEAST then
            break
        end
        widths[widest], sum = widths[widest] - 1, sum - 1
    end
    return widths, full
end

-- A line of cells; the last one is not filled.
local function line(cells, widths, columns, numeric)
    local parts = {}
    for i, one in ipairs(widths) do
        local text = columns and width.cut(cells[i], one) or cells[i]
        local right = numeric and numeric[i]
        parts[i] = (i < #widths or right) and width.fill(text, one, right) or text
    end
    local text = table.concat(parts, " | ")
    return columns and width.cut(text, columns) or text
end

local function rule(widths, columns)
    local parts = {}
    for i, one in ipairs(widths) do
        parts[i] = ("-"):rep(one)
    end
    local text = table.concat(parts, "-+-")
    return columns and text:sub(1, columns) or text
end

-- The next rows, as texts; and which columns hold numbers alone.
local function block(names, next_row)
    local rows, numeric = {}, {}
    for row in next_row do
        local shown = {}
        for i = 1, #names do
            shown[i] = cell.show(row[i])
            if row[i] ~= nil then
                numeric[i] = numeric[i] ~= false and type(row[i]) == "number"
            end
        end
        rows[#rows + 1] = shown
        if #rows == BLOCK then
            break
        end
    end
    return rows, numeric
end

-- One row that is too wide for a line: a line for each column.
local function record(names, row, columns)
    local widest, lines = 0, {}
    for _, name in ipairs(names) do
        widest = math.max(widest, width.of(name))
    end
    for i, name in ipairs(names) do
        lines[i] = width.cut(width.fill(name, widest) .. " | " .. row[i], columns)
    end
    return table.concat(lines, "\n") .. "\n"
end

---Writes rows.
---@param to { out: fun(text: string), columns: integer|nil }
---@param names string[]
---@param next_row fun(): any[]|nil gives lists, in which NULL is nil
---@return integer rows
function grid.write(to, names, next_row)
    local titles = {}
    for i, name in ipairs(names) do
        titles[i] = cell.text(name)
    end
    local rows, numeric = block(names, next_row)
    local widths, full = measure(titles, rows, to.columns)
    local count = #rows
    if count == 1 and to.columns and full > to.columns then
        to.out(record(titles, rows[1], to.columns))
        return count
    end
    to.out(line(titles, widths, to.columns) .. "\n" .. rule(widths, to.columns) .. "\n")
    while rows[1] do
        local lines = {}
        for i, row in ipairs(rows) do
            lines[i] = line(row, widths, to.columns, numeric)
        end
        to.out(table.concat(lines, "\n") .. "\n")
        if #rows < BLOCK then
            break
        end
        rows = block(names, next_row)
        count = count + #rows
    end
    return count
end

return grid
