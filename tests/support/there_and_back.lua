-- The rows of SQLite files bytewise, with their storage classes, by sqlite3 alone: what is the same there is the same.
local assert = require "luassert"
local h = require "tests.support.harness"

local there_and_back = {}

local function quoted(name)
    return '"' .. name:gsub('"', '""') .. '"'
end

local function lines(text)
    local list = {}
    for line in text:gmatch "[^\n]+" do
        list[#list + 1] = line
    end
    return list
end

-- A value's class and bytes; a real by its eight bytes.
local function exactly(column)
    local c = quoted(column)
    return ("typeof(%s) || ' ' || CASE typeof(%s) WHEN 'real' THEN hex(ieee754_to_blob(%s)) WHEN 'integer' THEN %s "
        .. "WHEN 'null' THEN '' ELSE hex(CAST(%s AS BLOB)) END"):format(c, c, c, c, c)
end

---The names of a file's ordinary tables.
---@param file string
---@return string[]
function there_and_back.tables(file)
    return lines(h.sqlite(file, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
        .. "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name;"))
end

---All rows of a table, sorted: a line each, with columns by name.
---@param file string
---@param name string
---@return string[]
function there_and_back.rows(file, name)
    local parts = {}
    for i, column in ipairs(lines(h.sqlite(file, ("SELECT name FROM pragma_table_xinfo('%s') WHERE hidden <> 1 "
        .. "ORDER BY name;"):format((name:gsub("'", "''")))))) do
        parts[i] = ("'%s=' || %s"):format((column:gsub("'", "''")), exactly(column))
    end
    local rows = lines(h.sqlite(file, ("SELECT %s FROM %s;"):format(table.concat(parts, " || '; ' || "), quoted(name))))
    table.sort(rows)
    return rows
end

---Fails unless two files have the same tables with the same rows.
---@param before string
---@param after string
function there_and_back.same(before, after)
    local names = there_and_back.tables(before)
    assert.same(names, there_and_back.tables(after))
    for _, name in ipairs(names) do
        assert.same(there_and_back.rows(before, name), there_and_back.rows(after, name), name)
    end
end

---Loads a file, and goes back into another one; fails unless both end well.
---@param file string
---@param database string
---@param options string[]? of the way there
---@return string path of the new file
---@return table document of the way back
function there_and_back.go(file, database, options)
    h.run(0, { file, h.url(database), table.unpack(options or {}) })
    local path = h.subdirectory "back" .. "/" .. database .. ".db"
    return path, h.run(0, { h.url(database), path }).json
end

return there_and_back
