-- The tables of the bench of whole runs: what an application with a chat, a log and files keeps; 3.8 million rows and
-- about 1 GB at scale 1.
local schema = {}

-- A column: name, type in PostgreSQL, kind of value (tests/bench/generate.c) with its arguments (the name of a table
-- means one of its keys); a percentage at the end is the share of NULLs, and without one the column is NOT NULL. The
-- first column is the primary key.
local TABLES = {
    { name = "users", rows = 100000, columns = {
        "id bigint serial", "uid uuid uuid", "email text email", "name text words 8 24", "active boolean flag",
        "balance numeric(12,2) decimal 0 100000000", "settings jsonb json 1 4", "created_at timestamptz time",
    } },
    { name = "debates", rows = 50000, columns = {
        "id bigint serial", "user_id bigint integer users", "topic text words 20 90",
        "status text choice open|running|closed|failed", "rounds bigint integer 1 9", "confidence double real 10%",
        "consensus boolean flag 20%", "meta jsonb json 2 6", "created_at timestamptz time",
    } },
    { name = "messages", rows = 1200000, columns = {
        "id bigint serial", "debate_id bigint integer debates", "user_id bigint integer users 10%",
        "role text choice user|assistant|system", "content text words 40 380", "tokens bigint integer 1 4000",
        "created_at timestamptz time",
    } },
    { name = "audit_logs", rows = 1000000, columns = {
        "id bigint serial", "user_id bigint integer users 5%",
        "action text choice login|logout|read|write|delete|export", "resource text hex 32",
        "address text choice 10.0.0.1|10.0.0.2|192.168.1.17|2001:db8::1 30%", "details jsonb json 2 6",
        "created_at timestamptz time",
    } },
    { name = "artifacts", rows = 250000, columns = {
        "id bigint serial", "debate_id bigint integer debates", "uid uuid uuid",
        "kind text choice note|claim|proof|code", "title text words 10 60", "body text words 60 240",
        "content_hash text hex 64", "mime text choice text/plain|a/b", "size bigint integer 1 9000000",
        "width bigint integer 1 4000 40%", "height bigint integer 1 4000 40%", "score double real",
        "weight double real 10%", "price numeric(12,2) decimal 0 99999 30%", "public boolean flag",
        "pinned boolean flag", "archived boolean flag 10%", "tags jsonb json 1 3", "meta jsonb json 2 5 20%",
        "author text words 8 20", "source text words 10 30 50%", "language text choice en|de|tr|zh",
        "version bigint integer 1 30", "created_at timestamptz time", "updated_at timestamptz time",
        "deleted_at timestamptz time 90%",
    } },
    { name = "embeddings", rows = 60000, columns = {
        "id bigint serial", "message_id bigint integer messages", "model text choice small|large",
        "vector bytea bytes 1536", "created_at timestamptz time",
    } },
    { name = "ratings", rows = 1140000, columns = {
        "id bigint serial", "user_id bigint integer users", "item bigint integer 1 500000", "score double real",
        "rated_at timestamptz time",
    } },
}

local INDEXES = { "users email", "messages debate_id", "messages created_at", "audit_logs user_id",
    "audit_logs created_at", "artifacts debate_id", "ratings user_id" }

local FOREIGN_KEYS = { "debates user_id users", "messages debate_id debates", "messages user_id users",
    "audit_logs user_id users", "artifacts debate_id debates", "embeddings message_id messages",
    "ratings user_id users" }

local STORED = { bigint = "INTEGER", boolean = "BOOLEAN", double = "REAL", ["numeric(12,2)"] = "NUMERIC(12,2)",
    bytea = "BLOB" }

---@class BenchColumn
---@field name string
---@field type string      in PostgreSQL
---@field stored string    declared type in SQLite
---@field nulls integer    percent
---@field kind string
---@field first string
---@field second integer

---@class BenchTable
---@field name string
---@field rows integer
---@field columns BenchColumn[]

local function column_of(line, counts)
    local words = {}
    for word in line:gmatch "%S+" do
        words[#words + 1] = word
    end
    local nulls = words[#words]:match "^(%d+)%%$"
    if nulls then
        table.remove(words)
    end
    local first, second = words[4] or "0", words[5] or "0"
    if counts[first] then
        first, second = "1", counts[first]
    end
    return { name = words[1], type = words[2] == "double" and "double precision" or words[2],
        stored = STORED[words[2]] or "TEXT", nulls = tonumber(nulls or 0), kind = words[3], first = first,
        second = math.tointeger(second) }
end

---The tables at a scale, each before those that refer to it.
---@param scale number
---@return BenchTable[]
function schema.tables(scale)
    local counts, tables = {}, {}
    for i, declared in ipairs(TABLES) do
        counts[declared.name] = math.max(1, math.floor(declared.rows * scale + 0.5))
        local columns = {}
        for k, line in ipairs(declared.columns) do
            columns[k] = column_of(line, counts)
        end
        tables[i] = { name = declared.name, rows = counts[declared.name], columns = columns }
    end
    return tables
end

---What generate.c reads.
---@param tables BenchTable[]
---@return string
function schema.generator(tables)
    local lines = {}
    for _, t in ipairs(tables) do
        lines[#lines + 1] = ("table %s %d"):format(t.name, t.rows)
        for _, c in ipairs(t.columns) do
            lines[#lines + 1] = ("column %s %s %d %d"):format(c.kind, c.first, c.second, c.nulls)
        end
        lines[#lines + 1] = "end"
    end
    return table.concat(lines, "\n") .. "\n"
end

local function create_tables(tables, type_of)
    local statements = {}
    for i, t in ipairs(tables) do
        local columns = {}
        for k, c in ipairs(t.columns) do
            columns[k] = ("%s %s%s"):format(c.name, type_of(c, k), c.nulls == 0 and " NOT NULL" or "")
        end
        statements[i] = ("CREATE TABLE %s (%s)"):format(t.name, table.concat(columns, ", "))
    end
    return statements
end

---@param tables BenchTable[]
---@return string[] statements  for SQLite
function schema.sqlite_tables(tables)
    return create_tables(tables, function(c, k)
        return k == 1 and "INTEGER PRIMARY KEY" or c.stored
    end)
end

---@param tables BenchTable[]
---@return string[] statements  for PostgreSQL, bare: no key and no index
function schema.pg_tables(tables)
    return create_tables(tables, function(c)
        return c.type
    end)
end

---@return string[] statements  for either database
function schema.indexes()
    local statements = {}
    for i, line in ipairs(INDEXES) do
        local of, column = line:match "(%S+) (%S+)"
        statements[i] = ("CREATE INDEX %s_%s ON %s (%s)"):format(of, column, of, column)
    end
    return statements
end

---@param tables BenchTable[]
---@return string[] statements  for PostgreSQL
function schema.primary_keys(tables)
    local statements = {}
    for i, t in ipairs(tables) do
        statements[i] = ("ALTER TABLE %s ADD PRIMARY KEY (%s)"):format(t.name, t.columns[1].name)
    end
    return statements
end

---@return string[] statements  for PostgreSQL
function schema.foreign_keys()
    local statements = {}
    for i, line in ipairs(FOREIGN_KEYS) do
        local of, column, to = line:match "(%S+) (%S+) (%S+)"
        statements[i] = ("ALTER TABLE %s ADD FOREIGN KEY (%s) REFERENCES %s"):format(of, column, to)
    end
    return statements
end

return schema
