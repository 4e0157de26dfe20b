-- Holds the rows of a SQLite file against PostgreSQL's without any code of the engine: sqlite3 writes each table as
-- hexadecimal text, psql reads it into a staging table, and PostgreSQL's own input functions and EXCEPT ALL decide.
local harness = require "tests.support.harness"
local process = harness.process

local compare = {}

local function quoted(name)
    return '"' .. name:gsub('"', '""') .. '"'
end

local function literal(text)
    return "'" .. text:gsub("'", "''") .. "'"
end

-- How a staged column (hexadecimal text of what SQLite stores) reads as the target's type, and the target's own form.
local TEXT = "convert_from(decode(%s, 'hex'), 'UTF8')"
local function parsed(as)
    return { source = "(" .. TEXT .. ")::" .. as .. "::text", target = "%s::text" }
end
local FORMS = {
    text = { source = "lower(%s)", target = "encode(convert_to(%s::text, 'UTF8'), 'hex')" },
    bytea = { source = "lower(%s)", target = "encode(%s, 'hex')" },
    ["double precision"] = {
        read = "hex(ieee754_to_blob(CAST(%s AS REAL)))", source = "lower(%s)", target = "encode(float8send(%s), 'hex')",
    },
    real = { read = "printf('%%!.17g', %s)", source = "%s::float8::float4::text", target = "%s::text" },
    boolean = parsed "boolean", uuid = parsed "uuid", jsonb = parsed "jsonb", date = parsed "date",
    bigint = parsed "bigint", integer = parsed "integer", smallint = parsed "smallint", numeric = parsed "numeric",
    tsvector = parsed "tsvector", inet = parsed "inet", oid = parsed "oid",
    ["timestamp without time zone"] = parsed "timestamp", ["timestamp with time zone"] = parsed "timestamptz",
}
FORMS.json, FORMS["character varying"], FORMS.citext = FORMS.text, FORMS.text, FORMS.text
FORMS.character, FORMS.name = FORMS.text, FORMS.text

local function form_of(type)
    return FORMS[type] or FORMS[(type:gsub("%(.*%)", ""))]
        or error("compare.lua knows no form for the type " .. type)
end

local function columns_of(database, target)
    local rows = harness.sql(database, ([[SELECT attname || chr(9) ||
            format_type(coalesce(nullif(t.typbasetype, 0), atttypid), nullif(atttypmod, -1))
        FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped]]):format(literal(target)))
    local types = {}
    for name, type in rows:gmatch "([^\t\n]+)\t([^\n]+)" do
        types[name] = type
    end
    return types
end

---Fails unless the target table holds exactly the rows of the source table, value by value.
---@param database string
---@param file string
---@param target string  the target table as SQL writes it
---@param source string|nil  the source table; the same name without it
---@param options { columns: table<string, string>?, skip: table<string, any>?, where: string? }|nil  columns: the
---target's name by the source's
function compare.table(database, file, target, source, options)
    options = options or {}
    source = source or (target:gsub('^"(.*)"$', "%1"):gsub('""', '"'):gsub("^%w+%.", ""))
    local types = columns_of(database, target)
    local reads, stage, left, right = {}, {}, {}, {}
    local sql = "SELECT name FROM pragma_table_xinfo(%s) WHERE hidden = 0;"
    local names = harness.sqlite(file, sql:format(literal(source)))
    for name in names:gmatch "[^\n]+" do
        local to = options.columns and options.columns[name] or name
        if not (options.skip and options.skip[name]) then
            local type = types[to] or error(("%s has no column %s"):format(target, to), 2)
            local form = form_of(type)
            local c = quoted(name)
            local read = (form.read or "hex(%s)"):format(c)
            reads[#reads + 1] = ("CASE WHEN %s IS NULL THEN '\\N' ELSE %s END"):format(c, read)
            stage[#stage + 1] = ("c%d text"):format(#stage + 1)
            left[#left + 1] = form.source:format(("c%d"):format(#stage))
            right[#right + 1] = form.target:format(quoted(to))
        end
    end
    local staged = harness.path("stage.tsv")
    process.write(staged, harness.sqlite(file, (".mode list\n.separator \"\\t\"\nSELECT %s FROM %s%s;"):format(
        table.concat(reads, ", "), quoted(source), options.where and " WHERE " .. options.where or "")))
    if process.read(staged) ~= "" then
        process.write(staged, process.read(staged) .. "\n")
    end
    local l = "SELECT " .. table.concat(left, ", ") .. " FROM stage"
    local r = "SELECT " .. table.concat(right, ", ") .. " FROM " .. target
    local result = harness.sql(database, ([[CREATE TEMP TABLE stage (%s);
\copy stage from '%s'
SELECT 'missing', * FROM (%s EXCEPT ALL %s) x LIMIT 3;
SELECT 'added', * FROM (%s EXCEPT ALL %s) x LIMIT 3;]]):format(table.concat(stage, ", "), staged, l, r, r, l))
    if result ~= "" then
        error(("%s differs from %s:\n%s"):format(target, source, result:sub(1, 4000)), 2)
    end
end

---The names of a file's ordinary tables (no virtual, shadow or SQLite's own ones).
---@param file string
---@return string[]
function compare.tables(file)
    local names = {}
    for name in harness.sqlite(file, [[SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
        AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name;]]):gmatch "[^\n]+" do
        names[#names + 1] = name
    end
    return names
end

return compare
