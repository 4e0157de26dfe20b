-- audit/back.lua: a SQLite file that was made of PostgreSQL: whether it is whole, has its tables and indexes, goes on
-- where PostgreSQL's sequences stand, and has no row that refers to nothing.
local names = require "wherry.names"
local progress = require "wherry.progress"

local function check_whole(query, add)
    local problem = query("SELECT quick_check AS said FROM pragma_quick_check LIMIT 1")[1]
    if problem and problem.said ~= "ok" then
        add { kind = "file", name = "quick_check", passed = false, detail = tostring(problem.said),
            hint = "make the file anew: wherry run URL FILE" }
    else
        add { kind = "file", name = "quick_check", passed = true, detail = "SQLite finds the file whole" }
    end
end

-- Tables, indexes, views and triggers by kind and name.
local function things(query)
    local found = {}
    for _, row in ipairs(query "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'") do
        found[row.type .. "\0" .. row.name:lower()] = true
    end
    return found
end

-- What a statement makes: its kind, and its name.
local function made_by(sql)
    local rest = sql:match "^CREATE%s+(.*)$"
    rest = rest and rest:gsub("^UNIQUE%s+", "")
    local kind, behind = (rest or ""):match "^(%u+)%s+(.*)$"
    if not kind then
        return nil
    elseif behind:sub(1, 1) == '"' then
        local last = 2
        while behind:sub(last, last) ~= '"' or behind:sub(last + 1, last + 1) == '"' do
            last = last + (behind:sub(last, last) == '"' and 2 or 1)
            if last > #behind then
                return nil
            end
        end
        return kind:lower(), (behind:sub(2, last - 1):gsub('""', '"'))
    end
    return kind:lower(), behind:match "^[%w_\x80-\xff]+"
end

local CHECKED = { table = true, index = true, view = true, trigger = true }

local function check_things(given, add)
    local there, count, missing = things(given.query), 0, 0
    for _, list in ipairs { given.resolved.before, given.resolved.behind } do
        for _, sql in ipairs(list) do
            local kind, name = made_by(sql)
            if kind and name and CHECKED[kind] then
                count = count + 1
                if not there[kind .. "\0" .. name:lower()] then
                    missing = missing + 1
                    add { kind = kind, table = kind == "table" and name or nil, name = name, passed = false,
                        detail = ("the file has no such %s"):format(kind), hint = sql }
                end
            end
        end
    end
    if count > 0 and missing == 0 then
        add { kind = "objects", name = "tables and indexes", passed = true,
            detail = count == 1 and "1 of 1 is there" or ("all %d are there"):format(count) }
    end
end

local function check_references(query, add)
    local rows = query([[SELECT "table" AS child, parent, count(*) AS n, min(rowid) AS first
        FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2]])
    for _, row in ipairs(rows) do
        add { kind = "orphans", table = row.child, name = row.parent, passed = false,
            detail = ("%s row%s to nothing in %s, the first has the rowid %s"):format(progress.grouped(row.n),
                row.n == 1 and " refers" or "s refer", row.parent, tostring(row.first)),
            hint = "PRAGMA foreign_key_check names all of them" }
    end
    if not rows[1] then
        add { kind = "orphans", name = "foreign keys", passed = true, detail = "no row refers to nothing" }
    end
end

-- AUTOINCREMENT goes on where sqlite_sequence stands.
local function check_sequences(given, add)
    for _, sql in ipairs(given.resolved.behind) do
        local last, name = sql:match "^UPDATE sqlite_sequence SET seq = max%(seq, (%-?%d+)%) WHERE name = (.*)$"
        if last then
            local row = given.query(("SELECT name, seq FROM sqlite_sequence WHERE name = %s"):format(name))[1]
            if not row or row.seq < math.tointeger(tonumber(last)) then
                add { kind = "sequence", name = row and row.name or name, passed = false,
                    detail = ("PostgreSQL's sequence stands at %s, and the file's at %s"):format(last,
                        row and tostring(row.seq) or "nothing"),
                    hint = ("a number may be given twice: UPDATE sqlite_sequence SET seq = %s WHERE name = %s"):format(
                        last, row and names.literal_sqlite(row.name) or name) }
            end
        end
    end
end

---Looks at a file. Differences are values.
---@param given { resolved: wherry.BackResolved, query: fun(sql: string): table[] } query: the file's
---@return wherry.AuditEntry[] failed ones first
return function(given)
    local failed, passed = {}, {}
    local function add(entry)
        table.insert(entry.passed and passed or failed, entry)
    end
    check_whole(given.query, add)
    check_things(given, add)
    check_references(given.query, add)
    check_sequences(given, add)
    return table.move(passed, 1, #passed, #failed + 1, failed)
end
