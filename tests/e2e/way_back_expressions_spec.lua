-- What is translated from PostgreSQL's conditions as exact has the same result in SQLite on every row: values of all
-- kinds with NULLs and edge values, each stored in SQLite in the form that the way back gives it.
local back = require "wherry.expr.back"
local cast_kinds = require "wherry.expr.back.kinds"
local h = require "tests.support.harness"
local pg = require "wherry.schema.pg"
local pg_parse = require "wherry.expr.pg_parse"
local pg_query = require "tests.support.pg_query"

-- Columns: PostgreSQL's type, SQLite's declaration, and pairs of values (PostgreSQL's text, SQLite's literal).
local COLUMNS = {
    { "i", "integer", "INTEGER", { "0", "1", "-1", "2", "3", "7", "-7", "10", "2147483647", "-2147483648" } },
    { "k", "bigint", "INTEGER", { "0", "5", "-5", "3", "9007199254740993", "9223372036854775807",
        "-9223372036854775808" } },
    { "s", "smallint", "INTEGER", { "0", "1", "-3", "32767", "-32768" } },
    { "f", "double precision", "REAL", { "0", "1.5", "-1.5", "2", "1e300", "-0.1", "0.30000000000000004" } },
    { "n", "numeric(10,2)", "TEXT", { "0.00", "1.10", "-1.10", "10.00", "9.00", "100.25", "-99999999.99" }, true },
    { "w", "numeric(9,0)", "DECIMAL(9)", { "0", "1", "10", "-9", "999999999" } },
    { "t", "text", "TEXT", { "", "a", "A", "abc", "a%c", "a_c", "a*c", "[x]", "é", "É", "ß", "true", "10", "9", " x ",
        "\\", "a\nb", "straße", "İ", "ABC-12", "2024-01-02" }, true },
    { "v", "varchar(8)", "VARCHAR(8)", { "", "b", "abc", "ABC", "x@y.z", "  ", "12", "a-b" }, true },
    { "c", "char(4)", "CHAR(4) COLLATE RTRIM", { "a   ", "abcd", "    ", "A   ", "ab  " }, true },
    { "b", "boolean", "BOOLEAN", { { "true", "1" }, { "false", "0" } } },
    { "u", "uuid", "TEXT", { "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-4fff-bfff-ffffffffffff" }, true },
    { "d", "date", "TEXT", { "2024-02-29", "2000-01-01", "1999-12-31", "0001-01-01", "9999-12-31" }, true },
    { "ts", "timestamp", "TEXT", { "2024-02-29 12:00:00.000000", "1999-12-31 23:59:59.999999",
        "2000-01-01 00:00:00.000000" }, true },
    { "tz", "timestamptz", "TEXT", { "2024-02-29 12:00:00.000000+00:00", "2000-01-01 00:00:00.500000+00:00" }, true },
    { "tm", "time", "TEXT", { "00:00:00.000000", "12:30:00.000001", "23:59:59.999999" }, true },
    { "m", "mood", "TEXT", { "sad", "ok", "Happy" }, true },
    { "j", "jsonb", "TEXT", { '{"a": "x", "n": 5, "t": true}', "[]", '"x"', "5", "null", '{"a": 1.50, "b": [1]}',
        '{"a": "true"}', '{"a": null}' }, true },
    { "y", "bytea", "BLOB", { { "'\\x'", "x''" }, { "'\\x00ff'", "x'00ff'" }, { "'\\x61'", "x'61'" } } },
}

local OPERATORS = { "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM" }

local CONSTANTS = {
    i = { "0", "1", "-7", "2147483647", "1.5", "3000000000" }, k = { "0", "9007199254740993", "-5" },
    s = { "0", "-3" }, f = { "0", "1.5", "-0.1", "1e300" }, n = { "0", "1.1", "10", "9.0", "-1.10", "100.25" },
    w = { "0", "10", "9" }, t = { "''", "'a'", "'10'", "'É'", "'[x]'", "'straße'" }, v = { "''", "'abc'", "'b'" },
    c = { "'a'", "'ab  '", "''" }, b = { "true", "false" }, u = { "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'" },
    d = { "'2000-01-01'" }, ts = { "'2000-01-01'", "'1999-12-31 23:59:59.999999'" },
    tz = { "'2000-01-01 01:00:00.5+01'" }, tm = { "'12:30'" }, m = { "'ok'" }, j = {}, y = { "'\\x61'" },
}

local PATTERNS = { "a%", "%c", "a_c", "%b%", "A%", "a\\%c", "a*c", "[x]", "%", "", "_", "é", "%\\_%", "%-%", "x@y.z" }
local REGEXES = { "^[a-z]+$", "^[A-Z]{3}-[0-9]{2}$", "b", "^a", "c$", "^.$", "^[^b]*$", "^\\d+$", "@", "^$", "",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "^[a-z-]{0,3}$", "a.*c", "\\.", "^\\[x\\]$", "^a?$", "^[]a]$", "^[*]$", "é" }

local MORE = {
    "b", "NOT b", "b IS TRUE", "b IS NOT TRUE", "b IS FALSE", "b IS UNKNOWN", "b = (i > 0)", "b AND i > 0",
    "b OR t = 'a'", "NOT (b AND i IS NULL)", "i IN (1, 2, 3)", "i NOT IN (1, 2)", "i IN (1, NULL)",
    "t IN ('a', 'abc', 'É')", "t NOT IN ('a')", "v IN ('abc', 'b')", "m IN ('sad', 'ok')", "i = ANY ('{1,2,7}')",
    "i > ALL (ARRAY[0, 1])", "i BETWEEN -1 AND 3", "i NOT BETWEEN -1 AND 3", "n BETWEEN 1 AND 10", "i / 2 = 1",
    "i / -2 = 3", "i % 3 = 1", "i % -3 = -1", "k / 2 > 1", "i / 2.0 > 1", "f / 2 > 0.5",
    "i::double precision / 2 = 3.5", "i + 1 > 0", "i * 2 > 4", "- i > 0", "abs(i) = 7", "abs(f) > 1", "~ i = 0",
    "i & 1 = 1", "i | 1 = i", "i::bigint = k", "i = s", "k > f", "i < f", "n > i", "n > w", "w = i", "n = f",
    "n::integer = 1", "f::integer = 2", "i::text = '10'", "i::text = t", "t || 'x' = 'ax'", "t || i = 'a1'",
    "i || t = '1a'", "n::text = '1.10'", "b::text = 'true'", "b::integer = 1", "i::boolean",
    "(b::int + (i IS NULL)::int) = 1", "length(t) = 1", "char_length(t) > 2", "octet_length(t) = 2",
    "octet_length(y) = 2", "length(y) > 0", "length(v) = 2", "length(c) = 1", "c::text = 'a'", "c || 'x' = 'ax'",
    "lower(t) = t", "upper(t) = t", "lower(t) = 'abc'", "lower(t COLLATE \"C\") = t", "t COLLATE \"C\" < 'b'",
    "btrim(t) = 'x'", "ltrim(t) = 'x '", "rtrim(t) = ' x'", "trim(both 'a' from t) = 'bc'", "btrim(t, 'ac') = 'b'",
    "position('b' in t) = 2", "strpos(t, '') = 1", "strpos(t, 'c') > 1", "substr(t, 2) = 'bc'",
    "substr(t, 1, 1) = 'a'", "substring(t from 2 for 1) = 'b'", "substr(t, 2, 0) = ''", "left(t, 2) = 'ab'",
    "right(t, 2) = 'bc'", "left(t, 0) = ''", "replace(t, 'a', 'b') = 'bbc'", "replace(t, '', 'b') = t",
    "concat(t, '-', i) = 'a-1'", "concat(t, v) = 'a'", "coalesce(t, v) = 'abc'", "coalesce(i, k, 3) = 3",
    "nullif(t, '') IS NULL", "nullif(i, 0) IS NULL", "greatest(i, s) = 1", "least(i, s) = 0",
    "greatest(t, v) = 'abc'", "greatest(i, 5) = 5", "least(i, k, s) = 0", "CASE WHEN i > 0 THEN t ELSE v END = 'abc'",
    "CASE i WHEN 1 THEN 'one' WHEN 2 THEN 'two' END = 'one'", "CASE WHEN b THEN 1 ELSE 0 END = 1",
    "CASE WHEN i > 0 THEN 1.5 ELSE i END > 1", "j ->> 'a' = 'x'", "j ->> 'a' <> 'x'", "j ->> 'a' IS NULL",
    "j -> 'a' IS NULL", "j ->> 'n' = '5'", "j ->> 't' = 'true'", "j -> 'b' ->> 0 = '1'", "j ->> 'a' IN ('x', 'y')",
    "j ->> 'a' IS DISTINCT FROM 'x'", "jsonb_typeof(j) = 'object'", "jsonb_typeof(j) = 'number'",
    "jsonb_typeof(j) = 'string'", "jsonb_typeof(j) <> 'array'", "jsonb_typeof(j) = 'null'",
    "jsonb_typeof(j -> 't') = 'boolean'", "ts >= d", "d = ts::date", "ts > d + 1", "d + 1 > '2000-01-02'",
    "d - '2000-01-01'::date = 0", "extract(year from d) = 2024", "extract(month from ts) = 2",
    "extract(dow from d) = 6", "date_part('day', d) = 29", "tz AT TIME ZONE 'UTC' > '2000-01-02'",
    "ts AT TIME ZONE 'UTC' = tz", "u = u", "u::text = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "m::text = 'ok'",
    "m::text < 'b'", "d::text = '2000-01-01'", "t ~~ ANY (ARRAY['a%', '%c'])", "t !~~ ALL (ARRAY['a%', '%c'])",
    "t ILIKE 'a%'", "t ILIKE 'É'", "t NOT ILIKE '%B%'", "v ILIKE 'abc'", "c LIKE 'a%'", "c::text LIKE 'a'", "t = v",
    "t < v", "v = c", "md5(t) = ''", "t SIMILAR TO 'a%'", "encode(y, 'hex') = '00ff'", "mod(i, 3) = 1", "i # 1 = 0",
    "i << 1 = 2", "round(n) = 1", "round(n, 1) = 1.1", "n * 2 > 2", "n + n = 2.2", "n / 3 > 0", "floor(f) = 1",
    "i = '1'", "t > 'a' AND t < 'b'", "row(i, s) = row(1, 1)", "i IS NULL OR i <> ALL ('{1,2}')", "n IN (1.10, 10)",
    "ts IN ('2000-01-01', '2024-02-29 12:00')", "reverse(t) = 'cba'", "NOT t = 'a'", "(t = 'a') IS NOT TRUE",
    "(i > 0) = (s > 0)", "(i > 0) <> b", "i > 0 = b", "j = '{}'", "j @> '{\"a\": 1}'", "j ? 'a'", "tm > '12:00'",
    "tm::text = '00:00:00'", "ts::text = '2000-01-01 00:00:00'", "k::integer = 5", "starts_with(t, 'a')",
    "starts_with(t, '[x')", "num_nulls(i, t) = 1", "num_nonnulls(b, d, m) = 2", "length(c) = 2", "length(c) = 0",
    "starts_with(t, '')", "j IS NOT DISTINCT FROM '[]'", "i::smallint = 1", "t::varchar(2) = 'ab'", "f::real = 1.5",
    "i::numeric / 2 = 3.5", "i::numeric(12,1) = 1", "w::integer = i", "w * 2 = 20", "w / 2 = 5", "w::text = '10'",
}

describe("conditions on the way back", function()
    after_each(h.cleanup)

    local function values()
        local rows = {}
        for index = 1, 60 do
            local pg_row, sqlite_row = { tostring(index) }, { tostring(index) }
            for _, column in ipairs(COLUMNS) do
                local list = column[4]
                -- Walks of different lengths through the values of each column, with NULLs between.
                local value = list[(index * (3 + #column[1]) + #list) % (#list + 1)]
                if not value then
                    value = { "NULL", "NULL" }
                elseif type(value) == "string" then
                    local quoted = "'" .. value:gsub("'", "''") .. "'"
                    value = column[5] and { quoted, quoted } or { "'" .. value .. "'", value }
                end
                pg_row[#pg_row + 1], sqlite_row[#sqlite_row + 1] = value[1], value[2]
            end
            rows[index] = { table.concat(pg_row, ", "), table.concat(sqlite_row, ", ") }
        end
        return rows
    end

    local function conditions()
        local list = {}
        for _, column in ipairs(COLUMNS) do
            for _, op in ipairs(OPERATORS) do
                for _, constant in ipairs(CONSTANTS[column[1]]) do
                    list[#list + 1] = ("%s %s %s"):format(column[1], op, constant)
                end
            end
            list[#list + 1] = column[1] .. " IS NULL"
            list[#list + 1] = column[1] .. " IS NOT NULL"
            list[#list + 1] = ("coalesce(%s, %s) IS NULL"):format(column[1], column[1])
        end
        for _, name in ipairs { "t", "v" } do
            for _, pattern in ipairs(PATTERNS) do
                list[#list + 1] = ("%s LIKE '%s'"):format(name, pattern)
                list[#list + 1] = ("%s NOT LIKE '%s'"):format(name, pattern)
                list[#list + 1] = ("%s ILIKE '%s'"):format(name, pattern)
            end
            for _, regex in ipairs(REGEXES) do
                list[#list + 1] = ("%s ~ '%s'"):format(name, regex)
                list[#list + 1] = ("%s !~ '%s'"):format(name, regex)
            end
        end
        for _, condition in ipairs(MORE) do
            list[#list + 1] = condition
        end
        return list
    end

    -- Conditions put together of others, some with another column in place of one.
    local function compositions()
        local list, composed = conditions(), {}
        math.randomseed(20240229)
        local function one()
            return (list[math.random(#list)]:gsub("%f[%w_][a-z]+%f[^%w_]", function(word)
                local column = COLUMNS[math.random(#COLUMNS)][1]
                return CONSTANTS[word] and math.random(4) == 1 and column or nil
            end))
        end
        local forms = { "(%s) AND NOT (%s) OR (%s)", "CASE WHEN %s THEN %s ELSE %s END",
            "(%s) IS NOT TRUE OR (%s) = (%s)", "coalesce(%s, %s) IS DISTINCT FROM (%s)",
            "greatest(%s, %s) AND NOT nullif(%s, true)" }
        for i = 1, 600 do
            composed[i] = forms[math.random(#forms)]:format(one(), one(), one())
        end
        return composed
    end

    local function setup(database)
        local pg_columns, sqlite_columns, pg_rows, sqlite_rows = {}, {}, {}, {}
        for i, column in ipairs(COLUMNS) do
            pg_columns[i], sqlite_columns[i] = column[1] .. " " .. column[2], column[1] .. " " .. column[3]
        end
        for i, row in ipairs(values()) do
            pg_rows[i], sqlite_rows[i] = "(" .. row[1] .. ")", "(" .. row[2] .. ")"
        end
        local statements = { "CREATE TYPE mood AS ENUM ('sad', 'ok', 'Happy');",
            ("CREATE TABLE x (id int, %s);"):format(table.concat(pg_columns, ", ")),
            ("INSERT INTO x VALUES %s;"):format(table.concat(pg_rows, ", ")),
            [[CREATE FUNCTION tried(condition text) RETURNS text LANGUAGE plpgsql AS $f$
                DECLARE found text; BEGIN
                EXECUTE format('SELECT string_agg(coalesce((%s)::int::text, ''N''), '''' ORDER BY id) FROM x',
                    condition) INTO found;
                RETURN found; EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END $f$;]] }
        h.sql(database, table.concat(statements, "\n"))
        return h.source(("CREATE TABLE x (id INTEGER, %s);\nINSERT INTO x VALUES %s;"):format(
            table.concat(sqlite_columns, ", "), table.concat(sqlite_rows, ", ")))
    end

    -- Each condition as the catalog prints it; those that PostgreSQL does not take are left out.
    local function printed(database, list)
        local statements = { "SET client_min_messages = error;" }
        for i, condition in ipairs(list) do
            statements[#statements + 1] = ([[DO $do$ BEGIN
                EXECUTE $x$ALTER TABLE x ADD CONSTRAINT c%04d CHECK (%s) NOT VALID$x$;
                EXCEPTION WHEN OTHERS THEN NULL; END $do$;]]):format(i, condition)
        end
        h.sql(database, table.concat(statements, "\n"))
        local m = pg.read_entire(pg_query.open(database), "public")
        return m.tables[1], m.settings
    end

    local function compare(database, list)
        local file = setup(database)
        local t, settings = printed(database, list or conditions())
        local kinds = {}
        for _, column in ipairs(t.columns) do
            kinds[column.name] = { name = column.name, kind = cast_kinds.of_type(column.type) }
            local kind = kinds[column.name].kind
            kind.as_integer = column.name == "w" or nil
            if kind.kind == "text" then
                kind.bytewise, kind.ascii_case = settings.bytewise, settings.ascii_case
            end
        end
        local counts, queries, asked, wrong = { exact = 0, changed = 0, refused = 0 }, {}, {}, {}
        for _, check in ipairs(t.checks) do
            local made = back.condition(assert(pg_parse.expression(check.expression)), { use = "check",
                settings = settings, enums = { mood = true }, column = function(name) return kinds[name] end })
            local outcome = made and made.outcome or "refused"
            counts[outcome] = counts[outcome] + 1
            if outcome == "exact" then
                asked[#asked + 1] = { check.expression, made.sql }
                queries[#queries + 1] = ("SELECT group_concat(coalesce(r, 'N'), '') FROM "
                    .. "(SELECT %s AS r FROM x ORDER BY id);"):format(made.sql)
            end
        end
        local results = {}
        for line in (h.sqlite(file, table.concat(queries, "\n")) .. "\n"):gmatch "(.-)\n" do
            results[#results + 1] = line
        end
        local expected = {}
        for i, pair in ipairs(asked) do
            expected[i] = ("SELECT tried($x$%s$x$);"):format(pair[1])
        end
        local i = 0
        for line in (h.sql(database, table.concat(expected, "\n")) .. "\n"):gmatch "(.-)\n" do
            i = i + 1
            if line ~= results[i] then
                wrong[#wrong + 1] = ("%s\n  %s\n  PostgreSQL %s\n  SQLite     %s"):format(asked[i][1], asked[i][2],
                    line, results[i])
            end
        end
        assert.equal("", table.concat(wrong, "\n"))
        assert.equal(#asked, i)
        return counts
    end

    it("are exact where they are said to be, in a database that compares bytes", function()
        local counts = compare(h.database())
        assert.is_true(counts.exact > 650, ("only %d exact"):format(counts.exact))
    end)

    it("are exact where they are said to be, in a database that knows the letters of all scripts", function()
        local counts = compare(h.database { ctype = "C.UTF-8" })
        assert.is_true(counts.exact > 550, ("only %d exact"):format(counts.exact))
    end)

    it("are exact where they are said to be, put together", function()
        local counts = compare(h.database { ctype = "C.UTF-8" }, compositions())
        assert.is_true(counts.exact > 200, ("only %d exact"):format(counts.exact))
    end)
end)
