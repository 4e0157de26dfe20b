-- SQLite statements, translated: for specs of the translation's parts.
local harness = require "tests.support.harness"
local names = require "wherry.names"
local process = require "tests.support.process"
local sqlite = require "wherry.schema.sqlite"
local sqlite_query = require "tests.support.sqlite_query"
local translate = require "wherry.schema.translate"

local translated = {}

---How many rows do not obey each condition, as the translation asks for it.
---@param query fun(sql: string, ...): table[]
---@return fun(t: wherry.Table, conditions: string[]): integer[]
function translated.count_false(query)
    return function(t, conditions)
        local counts = {}
        for i, condition in ipairs(conditions) do
            counts[i] = query(("SELECT count(*) AS n FROM %s WHERE NOT (%s)"):format(names.quote_sqlite(t.name),
                condition))[1].n
        end
        return counts
    end
end

---Translates the schema that the statements make.
---@param directory string
---@param sql string
---@param options table?
---@return wherry.Created created
---@return wherry.Model model
---@return fun(sql: string, ...): table[] query asks SQLite
function translated.of(directory, sql, options)
    local query = sqlite_query.open(sqlite_query.database(directory, sql))
    local m = sqlite.read(query)
    local all = { census = sqlite_query.census(query), has_null = sqlite_query.has_null(query),
        count_false = translated.count_false(query) }
    for key, value in pairs(options or {}) do
        all[key] = value
    end
    return translate.translate(m, all), m, query
end

---All statements of a translation in the order in which they are put in place.
---@param created wherry.Created
---@return string
function translated.script(created)
    local list = {}
    local function add(entries, field)
        for _, entry in ipairs(entries or {}) do
            list[#list + 1] = (field and entry[field] or entry) .. ";"
        end
    end
    add(created.prerequisites)
    add(created.functions, "sql")
    add(created.tables, "create_sql")
    add(created.objects, "sql")
    add(created.comments)
    return table.concat(list, "\n")
end

---Puts a translation into a new database.
---@param created wherry.Created
---@return string database
function translated.build(created)
    local database = harness.database()
    harness.sql(database, translated.script(created))
    return database
end

---The receipt or object of a kind and name.
---@param created wherry.Created
---@param kind string
---@param name string
---@return table?
function translated.find(created, kind, name)
    for _, list in ipairs({ created.receipts, created.objects }) do
        for _, entry in ipairs(list) do
            if entry.kind == kind and entry.name == name then
                return entry
            end
        end
    end
    return nil
end

---A directory for the files of a spec; `translated.remove` takes it away.
---@return string
function translated.directory()
    return process.directory "translated"
end

---@param directory string
function translated.remove(directory)
    os.execute("rm -rf " .. process.quote(directory))
end

return translated
