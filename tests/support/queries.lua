-- Queries and triggers over a few tables, translated: for specs of what is printed.
local translated = require "tests.support.translated"

local queries = {}

queries.TABLES = [[
    CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c TEXT COLLATE NOCASE, d REAL,
        f BOOLEAN NOT NULL DEFAULT 0);
    CREATE TABLE u(id INTEGER PRIMARY KEY, t INTEGER NOT NULL REFERENCES t(id), b TEXT UNIQUE,
        n INTEGER NOT NULL DEFAULT 1);
    CREATE TABLE pair(x INTEGER NOT NULL, y TEXT NOT NULL, v BLOB, PRIMARY KEY (x, y));
    CREATE TABLE bare(p, q TEXT);
    INSERT INTO t VALUES (1, 1, 'b', 'c', 0.5, 1), (2, NULL, NULL, NULL, NULL, 0);
]]

-- What a statement of the kind became: its SQL without the head, or the reason why it is not carried.
local function result_of(created, kind, name)
    local found = translated.find(created, kind, name)
    if not found then
        return "no receipt", nil
    elseif found.outcome == "not_carried" then
        return "refused: " .. found.note:gsub("; its text: .*$", ""), found
    end
    return found.sql, found
end

---Translates statements behind the tables.
---@param sql string
---@param options table?
---@return wherry.Created
function queries.created(sql, options)
    local directory = translated.directory()
    local ok, created = pcall(translated.of, directory, queries.TABLES .. sql, options)
    translated.remove(directory)
    return ok and created or error(created, 0)
end

---Translates queries, each as a view; white space becomes one blank.
---@param list string[]
---@return {text: string, note: string?, outcome: string}[]
function queries.views(list)
    local sql = {}
    for i, query in ipairs(list) do
        sql[i] = ("CREATE VIEW v%d AS %s;"):format(i, query)
    end
    local created, results = queries.created(table.concat(sql, "\n")), {}
    for i in ipairs(list) do
        local text, found = result_of(created, "view", "v" .. i)
        results[i] = { text = (text:gsub("^CREATE VIEW public%.v%d+ ?(.-)AS\n", "%1"):gsub("%s+", " ")),
            note = found and found.note, outcome = found and found.outcome }
    end
    return results
end

---Those of { query, expected, note } that became something else; without a note the translation must be exact.
---@param cases string[][]
---@return string[]
function queries.wrong(cases)
    local list, wrong = {}, {}
    for i, case in ipairs(cases) do
        list[i] = case[1]
    end
    for i, result in ipairs(queries.views(list)) do
        local query, expected, note = table.unpack(cases[i])
        if result.text ~= expected then
            wrong[#wrong + 1] = ("%s\n  is %s\n not %s"):format(query, result.text, expected)
        elseif not expected:find "^refused" and (note == nil) ~= (result.note == nil)
            or note and not (result.note or ""):find(note, 1, true) then
            wrong[#wrong + 1] = ("%s: note %s, not %s"):format(query, tostring(result.note), tostring(note))
        end
    end
    return wrong
end

---The lines of a trigger's function between BEGIN and the last RETURN, or why the trigger is not carried.
---@param body string the statements
---@param head string? "AFTER UPDATE ON t" by default
---@return string text
---@return table? object the trigger's
function queries.body(body, head)
    local created = queries.created(("CREATE TRIGGER tr %s BEGIN %s END;"):format(head or "AFTER UPDATE ON t", body))
    local text, object = result_of(created, "trigger", "tr")
    if text:find "^refused" then
        return text, object
    end
    local made = translated.find(created, "function", "tr")
    return made.sql:match "BEGIN\n(.*)\n    RETURN %a+;\nEND" or "", object
end

return queries
