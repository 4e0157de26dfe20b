-- A query function over the sqlite3 command, with the settings under which the engine reads: for specs of the schema
-- reader that need no build.
local cjson = require "cjson"
local names = require "wherry.names"
local process = require "tests.support.process"

local sqlite_query = {}

local MARK = "-- the end of an answer --"
local SETTINGS = [[-cmd '.dbconfig defensive on' -cmd '.dbconfig enable_view off']]

local function bind(sql, values)
    local i = 0
    return (sql:gsub("%?", function()
        i = i + 1
        local value = values[i]
        return type(value) == "string" and names.literal_sqlite(value) or tostring(value)
    end))
end

-- What one statement prints, up to the mark behind it.
local function answer(from)
    local lines = {}
    for line in from:lines() do
        if line == MARK then
            return table.concat(lines, "\n")
        end
        lines[#lines + 1] = line
    end
    error("sqlite3 ended: " .. table.concat(lines, "\n"))
end

---One sqlite3 process a file; it ends when the function is collected.
---@param file string
---@return fun(sql: string, ...): table[]
function sqlite_query.open(file)
    local pipe = file .. ".pipe"
    process.shell("mkfifo " .. process.quote(pipe))
    local to = assert(io.popen(("stdbuf -oL sqlite3 -batch -json %s %s >%s 2>&1"):format(SETTINGS, process.quote(file),
        process.quote(pipe)), "w"))
    local from = assert(io.open(pipe, "r"))
    os.remove(pipe)
    local function ask(sql)
        to:write(sql, ";\n.print ", MARK, "\n")
        to:flush()
        return answer(from)
    end
    -- The settings print a line each before the first answer.
    ask("SELECT 1")
    return function(sql, ...)
        local output = ask(bind(sql, { ... }))
        if output ~= "" and output:sub(1, 1) ~= "[" then
            error(output, 0)
        end
        local rows = output ~= "" and cjson.decode(output) or {}
        for _, row in ipairs(rows) do
            for column, value in pairs(row) do
                if value == cjson.null then
                    row[column] = nil
                elseif type(value) == "number" then
                    row[column] = math.tointeger(value) or value
                end
            end
        end
        return rows
    end
end

local function column_stats(query, t, column)
    local stats = { null = 0, integer = 0, real = 0, text = 0, blob = 0, integers_bool = true,
        integers_inexact = false }
    local name = names.quote_sqlite(column)
    for _, row in ipairs(query(("SELECT typeof(%s) AS class, count(*) AS n, min(%s) AS lo, max(%s) AS hi FROM %s "
        .. "GROUP BY 1"):format(name, name, name, names.quote_sqlite(t.name)))) do
        stats[row.class] = row.n
        if row.class == "integer" then
            stats.integers_bool = row.lo >= 0 and row.hi <= 1
            stats.integers_inexact = row.hi > 1 << 53 or row.lo < -(1 << 53)
        end
    end
    return stats
end

---A census over a query function, as the translation asks for it; it knows nothing of texts.
---@param query fun(sql: string, ...): table[]
---@return fun(jobs: wherry.CensusJob[]): table<string, wherry.Stats>[]
function sqlite_query.census(query)
    return function(jobs)
        local results = {}
        for i, job in ipairs(jobs) do
            results[i] = {}
            for _, column in ipairs(job.columns) do
                results[i][column.name] = column_stats(query, job.table, column.name)
            end
        end
        return results
    end
end

---Whether a row has NULL in one of several columns, as the translation asks for it.
---@param query fun(sql: string, ...): table[]
---@return fun(t: wherry.Table, columns: string[]): boolean
function sqlite_query.has_null(query)
    return function(t, columns)
        local tests = {}
        for i, column in ipairs(columns) do
            tests[i] = names.quote_sqlite(column) .. " IS NULL"
        end
        return #query(("SELECT 1 AS one FROM %s WHERE %s LIMIT 1"):format(names.quote_sqlite(t.name),
            table.concat(tests, " OR "))) > 0
    end
end

---Makes a database of the given statements; returns its path inside `directory`.
---@param directory string
---@param sql string
---@return string
function sqlite_query.database(directory, sql)
    local file = ("%s/%d.db"):format(directory, math.random(1, 1 << 52))
    process.write(file .. ".sql", sql)
    process.shell(("sqlite3 -batch -bail %s < %s"):format(file, file .. ".sql"))
    return file
end

return sqlite_query
