-- The values of tests/support/fill.lua: by a column's name and declared type, as SQL literals.
local values = {}

---A small generator of its own, so that a seed gives the same values on every machine.
---@param seed integer
---@return fun(n: integer): integer  1..n
function values.random(seed)
    local x = (seed * 2654435761 + 88172645463325252) & 0x7fffffffffffffff
    return function(n)
        x = x ~ (x << 13)
        x = x ~ (x >> 7)
        x = x ~ (x << 17)
        return (x >> 1) % n + 1
    end
end

local function text(s)
    return "'" .. s:gsub("'", "''") .. "'"
end

local function pick(list, random)
    return list[random(#list)]
end

local PHRASES = {
    "Zażółć gęślą jaźń", "数据迁移 – 第二章", "naïve café", "plain ASCII words", "Iğdır'da öğle",
    "O'Reilly \"quoted\"", "tab\there, newline\nthere", "back\\slash and \\N and \\.",
    "emoji 🚢⚓", "trailing space ", " leading",
    "100 % & <b>", "{not json", "ends with backslash\\", "{\"a\": 1}", "é combining e\u{301}", "a,b;c|d",
}
local JSON = {
    '[]', '{}', '["a","b"]', '{"n": 1.0, "b": [null, true, "x"]}', '{"big": 9007199254740993, "e": 1e2}',
    '{"text": "gęś \\u00fc \\n", "nested": {"deep": [[1], [2, [3]]]}}', '{"b": 1, "a": 2, "": null}',
    '[0.1, -0.5, 1e-7]',
}
local REALS = { "0.0", "-1.5", "0.1", "1e15", "3.0", "0.25", "1e-5", "123456.5", "-0.001" }
local DOUBLES = { "0.30000000000000004", "1e-300", "1.7976931348623157e308", "9007199254740993.0", "5e-324" }
local INTEGERS = { "0", "1", "-1", "42", "2147483647", "-2147483648", "1000000" }

-- Columns with a fixed set of values in these projects.
local CHOICES = {
    tier = { "fast", "medium", "slow", "glacial" }, node_type = { "fact", "claim", "memory", "evidence" },
    relationship_type = { "supports", "contradicts", "cites" }, status = { "active", "pending", "done" },
    visibility = { "private", "public" }, color = { "#FFFF00", "#00ff00" }, language = { "en", "tr", "pl" },
    role = { "admin", "member" }, outcome = { "success", "failure" },
}

-- What one table needs and no rule gives: CHECK constraints, and tables that hold one row.
local FIXED = {
    ["agent_relationships.agent_a"] = function(n) return text(("agent-a%04d"):format(n)) end,
    ["agent_relationships.agent_b"] = function(n) return text(("agent-b%04d"):format(n)) end,
    ["active_population.id"] = function() return "1" end,
    ["alembic_version.version_num"] = function() return "'0010_head'" end,
    ["resources_fts_doc.resource_id"] = function(n) return text("no-such-resource-" .. n) end,
    ["resources_fts_doc.rowid"] = function(n) return tostring(100000 + n) end,
    ["resources.search_vector"] = function(n)
        return n % 3 == 0 and "NULL" or text(("'row':2A 'word%d':1"):format(n))
    end,
    ["messages.telegram_message_id"] = function(n) return tostring(9007199254740993 + n) end,
    -- JSON columns have numeric affinity: a bare number arrives as INTEGER or REAL.
    ["settings.value"] = function(n) return ({ "5", "'\"text\"'", "0.5", "'null'", "'true'" })[n] end,
}
local ONE_ROW = { active_population = true, alembic_version = true, schema_version = true }

---@param owner string
---@param column string
---@param n integer
---@return string|nil literal
function values.fixed(owner, column, n)
    local rule = FIXED[owner .. "." .. column]
    return rule and rule(n)
end

---How many rows a table gets.
---@param owner string
---@param rows integer
---@return integer
function values.rows(owner, rows)
    return ONE_ROW[owner] and 1 or rows
end

local function limit(type)
    return tonumber(type:match "CHAR%((%d+)%)") or 1000
end

local function uuid(owner, n)
    local h = 0xcbf29ce484222325
    for byte in (owner .. "/" .. n):gmatch "." do
        h = (h ~ byte:byte()) * 0x100000001b3
    end
    return ("%08x-%04x-4%03x-a%03x-%012x"):format(h >> 32 & 0xffffffff, h >> 16 & 0xffff, h >> 4 & 0xfff, h & 0xfff, n)
end

---@param owner string
---@param column { name: string, type: string }
---@param n integer
---@return string literal
function values.key(owner, column, n)
    if column.type:find "INT" then
        return tostring(n + n // 7 * 3)
    elseif column.type == "CHAR(36)" then
        return text(uuid(owner, n))
    elseif limit(column.type) < 40 then
        return text("k" .. n)
    end
    return text(("%s-%s%d"):format(owner:sub(1, 12), n % 5 == 0 and "ş'ü-" or "", n))
end

---@param owner string
---@param column { name: string, type: string, not_null: boolean }
---@param n integer
---@return string literal
function values.unique(owner, column, n)
    if not column.not_null and n % 6 == 0 then
        return "NULL"
    elseif column.type:find "INT" then
        return tostring(n)
    elseif column.name == "email" then
        return text(("user%d@exämple.org"):format(n))
    end
    return values.key(owner .. "/" .. column.name, column, n)
end

local function time(column, n, random)
    local second = 1700000000 + n * 86399 + random(1000)
    local micro = random(1000000) - 1
    if column.type == "REAL" then
        return ("%d.%06d"):format(second, micro)
    elseif column.type == "DATETIME" then
        return text(os.date("!%Y-%m-%d %H:%M:%S", second) .. (n % 4 == 0 and "" or (".%06d"):format(micro)))
    elseif column.type == "TIMESTAMP" then
        return text(os.date("!%Y-%m-%d %H:%M:%S", second))
    elseif n % 5 == 1 then
        return text(os.date("!%Y-%m-%dT%H:%M:%S", second) .. (".%06d+00:00"):format(micro))
    end
    return text(os.date("!%Y-%m-%dT%H:%M:%SZ", second))
end

local function blob(n, random)
    if n % 9 == 0 then
        return "x''"
    end
    local bytes = {}
    for i = 1, 4 + random(40) do
        bytes[i] = ("%02x"):format(random(256) - 1)
    end
    return "x'00" .. table.concat(bytes) .. "'"
end

local function words(column, n, random)
    if n % 11 == 0 then
        return "''"
    end
    local s = pick(PHRASES, random)
    if limit(column.type) == 1000 and random(6) == 1 then
        s = s:rep(random(60))
    end
    local length = utf8.len(s)
    if length > limit(column.type) then
        s = s:sub(1, utf8.offset(s, limit(column.type) + 1) - 1)
    end
    return text(s)
end

---@param column { name: string, type: string }
---@param n integer
---@param random fun(n: integer): integer
---@return string literal
function values.plain(column, n, random)
    local name, type = column.name, column.type
    if CHOICES[name] and not type:find "INT" then
        return text(pick(CHOICES[name], random))
    elseif type == "CHAR(36)" then
        return text(uuid(name, n))
    elseif type == "BLOB" then
        return blob(n, random)
    elseif name:find "_at$" or name == "timestamp" or type:find "TIME" or name:find "^date_"
        or name:find "_date$" or name == "expiry" or name == "last_login" or name == "scheduled_for" then
        return time(column, n, random)
    elseif type == "BOOLEAN" or name:find "^is_" or name:find "enabled$" or name == "email_verified" then
        return tostring(random(2) - 1)
    elseif type == "JSON" or name:find "_json$" or name == "settings" or name:find "metadata$" or name == "details"
        or name == "agents" or name == "transformations" or name == "tags" then
        return text(pick(JSON, random))
    elseif type:find "INT" then
        return pick(INTEGERS, random)
    elseif type == "REAL" or type == "FLOAT" then
        return random(4) == 1 and name ~= "confidence" and pick(DOUBLES, random) or pick(REALS, random)
    end
    return words(column, n, random)
end

---Rows of search tables that no trigger fills, by project or file.
values.search = {
    ["knowledge.db"] = "INSERT INTO facts_fts(rowid, fact_id, statement, topics) "
        .. "SELECT rowid, id, statement, topics_json FROM facts;",
    ["evidence.db"] = "INSERT INTO evidence_fts(rowid, evidence_id, title, snippet, topics) "
        .. "SELECT rowid, id, title, snippet, '' FROM evidence;",
    ["email_store.db"] = "INSERT INTO shared_inbox_messages_fts SELECT id, inbox_id, subject, from_address, snippet "
        .. "FROM shared_inbox_messages;",
}

return values
