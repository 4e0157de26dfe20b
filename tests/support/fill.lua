-- Fills the schemas of the four projects (tests/support/schemas) with seeded values like those they store: NULLs, edge
-- values, self references, cycles, JSON, blobs, non-ASCII text, times in each project's own form.
local process = require "tests.support.process"
local values = require "tests.support.values"

local fill = {}

local HERE = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

---A schema file's text.
---@param name string  e.g. "piyasa.sqlite"
---@return string
function fill.schema(name)
    return assert(process.read(("%s/schemas/%s.sql"):format(HERE, name)))
end

---The parts of a schema file that describes several databases.
---@param name string
---@return string[] names, table<string, string> text
function fill.sections(name)
    local names, text = {}, {}
    for line in fill.schema(name .. ".sqlite"):gmatch "[^\n]*\n" do
        local section = line:match "^%-%- @file (%S+)"
        if section then
            names[#names + 1], text[section] = section, ""
        elseif #names > 0 then
            text[names[#names]] = text[names[#names]] .. line
        end
    end
    return names, text
end

local function query(file, sql)
    local pipe = assert(io.popen(("sqlite3 -batch -bail -separator '\t' %s %s"):format(process.quote(file),
        process.quote(sql)), "r"))
    local rows = {}
    for line in pipe:lines() do
        local row = {}
        for field in (line .. "\t"):gmatch "([^\t]*)\t" do
            row[#row + 1] = field
        end
        rows[#rows + 1] = row
    end
    assert(pipe:close(), "sqlite3 failed")
    return rows
end

-- Everything the generator has to know about the tables, asked from SQLite itself.
local function read_tables(file)
    local tables, order = {}, {}
    for _, row in ipairs(query(file, [[SELECT l.name, x.name, upper(x.type), x."notnull", x.pk
        FROM pragma_table_list l, pragma_table_xinfo(l.name) x
        WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite%' AND x.hidden = 0]])) do
        local name = row[1]
        if not tables[name] then
            tables[name] = { name = name, columns = {}, by_name = {} }
            order[#order + 1] = tables[name]
        end
        local column = { name = row[2], type = row[3], not_null = row[4] == "1" or row[5] ~= "0", key = row[5] ~= "0" }
        local columns = tables[name].columns
        columns[#columns + 1], tables[name].by_name[column.name] = column, column
    end
    for _, row in ipairs(query(file, [[SELECT l.name, f."from", f."table", f."to" FROM pragma_table_list l,
        pragma_foreign_key_list(l.name) f WHERE l.type = 'table' AND l.schema = 'main']])) do
        tables[row[1]].by_name[row[2]].parent = { table = row[3], column = row[4] }
    end
    for _, row in ipairs(query(file, [[SELECT l.name, c.name FROM pragma_table_list l, pragma_index_list(l.name) i,
        pragma_index_info(i.name) c
        WHERE l.type = 'table' AND l.schema = 'main' AND i."unique" AND l.name NOT LIKE 'sqlite%']])) do
        if tables[row[1]] then
            tables[row[1]].by_name[row[2]].unique = true
        end
    end
    return tables, order
end

---The value of a column in the n-th row, as an SQL literal. Keys depend on nothing but table and n, so that a row may
---refer to any other, also to one that comes later.
local function cell(tables, owner, column, n, rows, random)
    local fixed = values.fixed(owner.name, column.name, n)
    if fixed then
        return fixed
    elseif column.parent then
        local parent = tables[column.parent.table]
        if column.unique or column.key then
            return cell(tables, parent, parent.by_name[column.parent.column], n, rows, random)
        elseif not column.not_null and random(5) == 1 then
            return "NULL"
        end
        return cell(tables, parent, parent.by_name[column.parent.column], random(rows), rows, random)
    elseif column.key then
        return values.key(owner.name, column, n)
    elseif column.unique then
        return values.unique(owner.name, column, n)
    elseif not column.not_null and random(7) == 1 then
        return "NULL"
    end
    return values.plain(column, n, random)
end

---Fills the tables of a file that has them already.
---@param file string
---@param options { rows: integer?, seed: integer? }|nil
function fill.rows(file, options)
    local rows = options and options.rows or 30
    local random = values.random(options and options.seed or 1)
    local tables, order = read_tables(file)
    local out = { "PRAGMA foreign_keys=OFF; BEGIN;" }
    for _, owner in ipairs(order) do
        local names = {}
        for i, column in ipairs(owner.columns) do
            names[i] = '"' .. column.name .. '"'
        end
        local count = values.rows(owner.name, rows)
        for n = 1, count do
            local row = {}
            for i, column in ipairs(owner.columns) do
                row[i] = cell(tables, owner, column, n, rows, random)
            end
            out[#out + 1] = ('INSERT INTO "%s" (%s) VALUES (%s);'):format(owner.name, table.concat(names, ", "),
                table.concat(row, ", "))
        end
    end
    out[#out + 1] = "COMMIT;"
    local script = file .. ".fill"
    process.write(script, table.concat(out, "\n"))
    local ok, failure = pcall(process.shell, ("sqlite3 -batch -bail %s < %s"):format(process.quote(file),
        process.quote(script)))
    os.remove(script)
    assert(ok, failure)
end

---Makes and fills the database of one project.
---@param file string  path of the new file
---@param project "piyasa"|"signal_harvester"|"neo_alexandria"|"aragora"
---@param options { rows: integer?, seed: integer?, section: string? }|nil  section: which of aragora's files
function fill.make(file, project, options)
    local schema = fill.schema(project .. ".sqlite")
    if options and options.section then
        local _, sections = fill.sections(project)
        schema = sections[options.section]
    end
    local script = file .. ".schema"
    local wal = project == "signal_harvester" and "PRAGMA journal_mode=WAL;\n" or ""
    process.write(script, wal .. schema)
    process.shell(("sqlite3 -batch -bail %s < %s && rm %s"):format(process.quote(file), process.quote(script),
        process.quote(script)))
    fill.rows(file, options)
    local search = values.search[options and options.section or project]
    if search then
        process.shell(("sqlite3 -batch -bail %s %s"):format(process.quote(file), process.quote(search)))
    end
end

return fill
