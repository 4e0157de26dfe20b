-- A query function over the sqlite3 command, with the settings under which the engine reads: for specs of the schema
-- reader that need no build.
local cjson = require "cjson"
local names = require "wherry.names"
local process = require "tests.support.process"

local sqlite_query = {}

local SETTINGS = [[-cmd '.dbconfig defensive on' -cmd '.dbconfig trusted_schema off' -cmd '.dbconfig enable_view off']]

local function bind(sql, values)
    local i = 0
    return (sql:gsub("%?", function()
        i = i + 1
        local value = values[i]
        return type(value) == "string" and names.literal_sqlite(value) or tostring(value)
    end))
end

---@param file string
---@return fun(sql: string, ...): table[]
function sqlite_query.open(file)
    return function(sql, ...)
        local command = ("sqlite3 -batch -bail -json %s %s %s"):format(
            SETTINGS, process.quote(file), process.quote(bind(sql, { ... })))
        local output = process.shell(command)
        local json = output:match("%b[]%s*$", (output:find("[[{", 1, true)))
        if not json then
            return {}
        end
        local rows = cjson.decode(json)
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
