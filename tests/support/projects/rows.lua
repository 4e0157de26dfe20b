-- rows.lua: makes a SQLite file of a project's schema and fills it with rows, given as tables of Lua's values.
local fill = require "tests.support.fill"
local process = require "tests.support.process"
local values = require "tests.support.values"

---@class ProjectRows
---@field random fun(n: integer): integer 1..n, the same for a seed on every machine
local rows = {}
rows.__index = rows

-- Stands for NULL in a column that has a default.
rows.null = {}

---Begins a file.
---@param project string  whose schema it gets, e.g. "piyasa"
---@param options { seed: integer?, before: string?, section: string? }|nil  before: SQL that goes before the schema;
---section: which of a project's files
---@return ProjectRows
function rows.new(project, options)
    options = options or {}
    local _, sections = fill.sections(project)
    local schema = options.section and assert(sections[options.section]) or fill.schema(project .. ".sqlite")
    return setmetatable({ random = values.random(options.seed or 1),
        lines = { options.before or "", schema, "PRAGMA foreign_keys = OFF; BEGIN;" } }, rows)
end

-- A value as SQL writes it; a table { blob = bytes } is a blob.
local function literal(value)
    if value == rows.null then
        return "NULL"
    elseif type(value) == "table" then
        return "x'" .. value.blob:gsub(".", function(c) return ("%02x"):format(c:byte()) end) .. "'"
    elseif math.type(value) == "float" then
        local text = ("%.17g"):format(value)
        return text:find "[.e]" and text or text .. ".0"
    elseif type(value) == "string" then
        return "'" .. value:gsub("'", "''") .. "'"
    end
    return tostring(value)
end

---Adds a row; columns that are not named get their default.
---@param name string
---@param row table<string, any>
function rows:insert(name, row)
    local columns, cells = {}, {}
    for column in pairs(row) do
        columns[#columns + 1] = column
    end
    table.sort(columns)
    for i, column in ipairs(columns) do
        cells[i] = literal(row[column])
        columns[i] = '"' .. column .. '"'
    end
    self.lines[#self.lines + 1] = ('INSERT INTO "%s" (%s) VALUES (%s);'):format(name, table.concat(columns, ", "),
        table.concat(cells, ", "))
end

---One of a list.
---@param list any[]
---@return any
function rows:pick(list)
    return list[self.random(#list)]
end

---True once in n times.
---@param n integer
---@return boolean
function rows:once(n)
    return self.random(n) == 1
end

---Writes the file.
---@param file string
---@param after string|nil  SQL that runs behind the rows
function rows:write(file, after)
    self.lines[#self.lines + 1] = "COMMIT;\n" .. (after or "")
    local script = file .. ".rows"
    process.write(script, table.concat(self.lines, "\n"))
    local ok, failure = pcall(process.shell, ("sqlite3 -batch -bail %s < %s"):format(process.quote(file),
        process.quote(script)))
    os.remove(script)
    assert(ok, failure)
end

return rows
