-- What a created target promises of its keys: it takes and refuses the same rows as SQLite, and sorts them alike. Every
-- shape of a key gets hundreds of inserts, tried one by one on both sides.
local h = require "tests.support.harness"
local parity = require "tests.support.parity"
local process = require "tests.support.process"

local KEYS = { ["primary key"] = true, unique = true, index = true }
local OVERFLOW = "beyond 64 bits PostgreSQL raises an error where SQLite goes on with a real"
-- A database whose own collation folds and sorts by the alphabet, so that nothing leans on it unseen.
local LOCALE = { ctype = "C.UTF-8", icu = "en" }
local ID = "id INTEGER PRIMARY KEY"

-- Documents, and what is none.
local DOCUMENTS = { false, '{"x":1}', '{"x":"1"}', '{"x":null}', "{}", '{"x":[1, 2]}', '{"x":[1,2]}',
    '{"x":{"b":1,"a":2}}', '{"x": true}', '{"x":false}', "[1]", "1", '"a"', "null", "no JSON", '{"x":1.0}',
    '{"x":1e2}', '{"x":"é"}', '{"x":"\\u00e9"}', '{"x":1', "", '{"y":1,"x":2}', '{"x":-0}',
    '{"x":12345678901234567890}', " [1, {}] ", '{"X":1}' }

local shapes = {
    { "UNIQUE text", sql = "CREATE TABLE $(" .. ID .. ", a TEXT UNIQUE)", columns = { { "a", "text" } } },
    { "UNIQUE text, NOT NULL", sql = "CREATE TABLE $(" .. ID .. ", a TEXT NOT NULL UNIQUE)",
        columns = { { "a", "text" } } },
    { "UNIQUE integer", sql = "CREATE TABLE $(" .. ID .. ", a INTEGER UNIQUE)", columns = { { "a", "integer" } } },
    { "UNIQUE real", sql = "CREATE TABLE $(" .. ID .. ", a REAL UNIQUE)", columns = { { "a", "real" } } },
    { "UNIQUE blob", sql = "CREATE TABLE $(" .. ID .. ", a BLOB UNIQUE)", columns = { { "a", "blob" } } },
    { "UNIQUE boolean and text", sql = "CREATE TABLE $(" .. ID .. ", a BOOLEAN, b TEXT, UNIQUE(a, b))",
        columns = { { "b", "text" }, { "a", "boolean" } } },
    { "UNIQUE of two, NULL in either", sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER, UNIQUE(a, b))",
        columns = { { "a", "short" }, { "b", "small" } }, rows = 200 },
    { "UNIQUE naming a column twice", sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER, UNIQUE(a, b, a))",
        columns = { { "a", "short" }, { "b", "small" } }, rows = 200 },
    { "UNIQUE NOCASE", sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE NOCASE UNIQUE)",
        columns = { { "a", "text" } } },
    { "UNIQUE NOCASE given at the key", sql = "CREATE TABLE $(" .. ID .. ", a TEXT, UNIQUE(a COLLATE NOCASE))",
        columns = { { "a", "text" } } },
    { "UNIQUE BINARY of a NOCASE column",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE NOCASE, UNIQUE(a COLLATE BINARY))",
        columns = { { "a", "text" } } },
    { "UNIQUE of one column by two collations",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b TEXT, UNIQUE(a COLLATE NOCASE, b COLLATE RTRIM))",
        columns = { { "a", "short" }, { "b", "short" } }, rows = 200 },
    { "UNIQUE RTRIM", sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE RTRIM UNIQUE)",
        columns = { { "a", "text" } } },
    { "UNIQUE of NOCASE, RTRIM, plain and number",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM, c TEXT, d INTEGER, "
            .. "UNIQUE(a, b, c, d))",
        columns = { { "a", "short", { "a", "A", "b" } }, { "b", "short", { "x", "x ", "X" } },
            { "c", "short", { "c", "C", "c " } }, { "d", "small", { 1, 2 } } }, rows = 200 },
    { "UNIQUE NOCASE of an integer column", sql = "CREATE TABLE $(" .. ID .. ", a INTEGER COLLATE NOCASE UNIQUE)",
        columns = { { "a", "integer" } } },
    { "PRIMARY KEY of NOT NULL text", sql = "CREATE TABLE $(id INTEGER, a TEXT NOT NULL PRIMARY KEY)",
        columns = { { "a", "text" } } },
    { "PRIMARY KEY NOCASE", sql = "CREATE TABLE $(id INTEGER, a TEXT COLLATE NOCASE NOT NULL PRIMARY KEY)",
        columns = { { "a", "text" } } },
    { "PRIMARY KEY of two", sql = "CREATE TABLE $(id INTEGER, a TEXT NOT NULL, b INTEGER NOT NULL, PRIMARY KEY(b, a))",
        columns = { { "a", "short" }, { "b", "small" } }, rows = 200 },
    { "INTEGER PRIMARY KEY", sql = "CREATE TABLE $(id INTEGER PRIMARY KEY, a TEXT)",
        columns = { { "id", "small", { 1, 2, 3, -1, 0, 1, 2, 5 } }, { "a", "short" } }, id = false, rows = 30 },
    { "INTEGER PRIMARY KEY DESC", sql = "CREATE TABLE $(k INTEGER NOT NULL PRIMARY KEY DESC, id INTEGER)",
        columns = { { "k", "integer" } } },
    { "WITHOUT ROWID", sql = "CREATE TABLE $(id INTEGER, a TEXT PRIMARY KEY) WITHOUT ROWID",
        columns = { { "a", "text" } } },
    { "WITHOUT ROWID NOCASE", sql = "CREATE TABLE $(id INTEGER, a TEXT COLLATE NOCASE PRIMARY KEY) WITHOUT ROWID",
        columns = { { "a", "text" } } },
    { "WITHOUT ROWID of NOCASE, RTRIM and number",
        sql = "CREATE TABLE $(id INTEGER, a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM, c INTEGER, "
            .. "PRIMARY KEY(a, c, b)) WITHOUT ROWID",
        columns = { { "a", "short" }, { "b", "short" }, { "c", "small" } }, rows = 300 },
    { "STRICT", sql = "CREATE TABLE $(id INT, a TEXT PRIMARY KEY, b REAL UNIQUE) STRICT",
        columns = { { "a", "text" }, { "b", "real" } } },
    { "UNIQUE of numbers", sql = "CREATE TABLE $(" .. ID .. ", a NUMERIC UNIQUE, b DECIMAL(10, 2))",
        columns = { { "a", "number" }, { "b", "number" } } },
    { "rows before the move",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE NOCASE UNIQUE, b DECIMAL(10, 2) UNIQUE); "
            .. "INSERT INTO $ VALUES (1001, 'ABC', 1), (1002, 'é', 1.5), (1003, 'ss', -7.25), (1004, NULL, NULL)",
        columns = { { "a", "text" }, { "b", "number" } } },
    { "FOREIGN KEY to a number", sql = "CREATE TABLE $p(id INTEGER PRIMARY KEY); INSERT INTO $p VALUES (1), (3), (-1); "
            .. "CREATE TABLE $(" .. ID .. ", a INTEGER REFERENCES $p)",
        columns = { { "a", "small" } } },
    { "FOREIGN KEY to text, from a NOCASE column",
        sql = "CREATE TABLE $p(a TEXT UNIQUE); INSERT INTO $p VALUES ('a'), ('abc'), ('é'), (NULL), ('A ');"
            .. "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE NOCASE REFERENCES $p(a))",
        columns = { { "a", "text" } } },
    { "FOREIGN KEY of two, NULL in either",
        sql = "CREATE TABLE $p(a TEXT, b INTEGER, UNIQUE(b, a)); INSERT INTO $p VALUES ('a', 1), ('A', 2), ('b', NULL);"
            .. "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER, FOREIGN KEY(a, b) REFERENCES $p(a, b))",
        columns = { { "a", "short" }, { "b", "small" } }, rows = 200 },
    { "FOREIGN KEY to a unique index",
        sql = "CREATE TABLE $p(a TEXT, b INTEGER); CREATE UNIQUE INDEX $pa ON $p(a DESC); "
            .. "INSERT INTO $p VALUES ('a', 1); CREATE TABLE $(" .. ID .. ", a TEXT REFERENCES $p(a) MATCH FULL)",
        columns = { { "a", "short" } }, rows = 30 },
    { "FOREIGN KEY to itself",
        sql = "CREATE TABLE $(" .. ID .. ", up INTEGER REFERENCES $(id))",
        columns = { { "up", "integer", { false, 1, 2, 3, 4, 6, 50 } } }, rows = 60 },
    { "unique index", sql = "CREATE TABLE $(" .. ID .. ", a TEXT); CREATE UNIQUE INDEX $_a ON $(a)",
        columns = { { "a", "text" } }, order = { sqlite = "a, id", pg = "a NULLS FIRST, id", index = "$_a" } },
    { "unique index NOCASE",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT); CREATE UNIQUE INDEX $_a ON $(a COLLATE NOCASE)",
        columns = { { "a", "text" } },
        order = { sqlite = "a COLLATE NOCASE, id", pg = "lower(a) NULLS FIRST, id", index = "$_a" } },
    { "unique index RTRIM, descending",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE RTRIM); CREATE UNIQUE INDEX $_a ON $(a DESC)",
        columns = { { "a", "text" } },
        order = { sqlite = "a DESC, id", pg = "rtrim(a, ' ') DESC NULLS LAST, id", index = "$_a" } },
    { "index NOCASE", sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE NOCASE); CREATE INDEX $_a ON $(a)",
        columns = { { "a", "text" } },
        order = { sqlite = "a, id", pg = "lower(a) NULLS FIRST, id", index = "$_a" } },
    { "index of two, one descending",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER); CREATE INDEX $_ab ON $(a DESC, b)",
        columns = { { "a", "short" }, { "b", "small" } }, rows = 200,
        order = { sqlite = "a DESC, b, id", pg = "a DESC NULLS LAST, b NULLS FIRST, id", index = "$_ab" } },
    { "index of a NOT NULL column", sql = "CREATE TABLE $(" .. ID .. ", a TEXT NOT NULL); CREATE INDEX $_a ON $(a)",
        columns = { { "a", "text" } }, order = { sqlite = "a, id", pg = "a, id", index = "$_a" } },
    { "partial unique index",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER); CREATE UNIQUE INDEX $_a ON $(a) WHERE b > 1",
        columns = { { "a", "short" }, { "b", "small" } }, rows = 200 },
    { "partial unique index by a number as condition",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER); CREATE UNIQUE INDEX $_a ON $(a) WHERE b",
        columns = { { "a", "short" }, { "b", "small" } }, rows = 200 },
    { "partial unique index of rows that are not deleted",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b TEXT); CREATE UNIQUE INDEX $_a ON $(a) WHERE b IS NULL",
        columns = { { "a", "short" }, { "b", "short" } }, rows = 200 },
    { "partial unique index NOCASE by a NOCASE condition",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE NOCASE, b TEXT COLLATE NOCASE); "
            .. "CREATE UNIQUE INDEX $_a ON $(a) WHERE b = 'A' OR b = 'é'",
        columns = { { "a", "short" }, { "b", "short" } }, rows = 300 },
    { "partial unique index IN a list",
        sql = "CREATE TABLE $(" .. ID .. ", a INTEGER, b TEXT); CREATE UNIQUE INDEX $_a ON $(a) "
            .. "WHERE b IN ('a', 'b') AND a NOT NULL",
        columns = { { "a", "small" }, { "b", "short" } }, rows = 200 },
    { "unique index of lower()",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT); CREATE UNIQUE INDEX $_a ON $(lower(a))",
        columns = { { "a", "text" } },
        order = { sqlite = "lower(a), id", pg = "lower(a) NULLS FIRST, id", index = "$_a" } },
    { "unique index of texts put together",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER); CREATE UNIQUE INDEX $_a ON $(a || '-' || b)",
        columns = { { "a", "short" }, { "b", "small" } }, rows = 200 },
    { "unique index of coalesce()",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER); CREATE UNIQUE INDEX $_a ON $(coalesce(a, ''), b)",
        columns = { { "a", "short" }, { "b", "small" } }, rows = 200 },
    { "unique index of a sum, by trim()",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER); CREATE UNIQUE INDEX $_a ON $(b + 1, trim(a) DESC)",
        columns = { { "a", "short" }, { "b", "small" } }, rows = 200, changed = OVERFLOW },
    { "unique index of an expression NOCASE",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT); CREATE UNIQUE INDEX $_a ON $(a || '' COLLATE NOCASE)",
        columns = { { "a", "text" } } },
    { "unique index of an expression in parentheses NOCASE",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT); CREATE UNIQUE INDEX $_a ON $((a || '') COLLATE NOCASE)",
        columns = { { "a", "text" } },
        order = { sqlite = "(a || '') COLLATE NOCASE, id", pg = "lower(a || '') NULLS FIRST, id", index = "$_a" } },
    { "unique index of an expression RTRIM",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER); CREATE UNIQUE INDEX $_a ON $((b || a) COLLATE RTRIM)",
        columns = { { "a", "text" }, { "b", "small" } }, rows = 200 },
    { "index of length()",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT); CREATE INDEX $_a ON $(length(a) DESC, a)",
        columns = { { "a", "text" } },
        order = { sqlite = "length(a) DESC, a, id",
            pg = "length(a) DESC NULLS LAST, a NULLS FIRST, id", index = "$_a" } },
    { "index of a real", sql = "CREATE TABLE $(" .. ID .. ", a REAL); CREATE INDEX $_a ON $(a DESC)",
        columns = { { "a", "real" } },
        order = { sqlite = "a DESC, id", pg = "a DESC NULLS LAST, id", index = "$_a" } },
    { "index of a blob", sql = "CREATE TABLE $(" .. ID .. ", a BLOB); CREATE UNIQUE INDEX $_a ON $(a)",
        columns = { { "a", "blob" } }, order = { sqlite = "a, id", pg = "a NULLS FIRST, id", index = "$_a" } },
    { "index of numbers", sql = "CREATE TABLE $(" .. ID .. ", a NUMERIC); CREATE UNIQUE INDEX $_a ON $(a)",
        columns = { { "a", "number" } }, order = { sqlite = "a, id", pg = "a NULLS FIRST, id", index = "$_a" } },
    { "index of integers and a condition",
        sql = "CREATE TABLE $(" .. ID .. ", a INTEGER, b TEXT); CREATE INDEX $_a ON $(b = 'a' DESC, a)",
        columns = { { "a", "integer" }, { "b", "short" } },
        order = { sqlite = "b = 'a' DESC, a, id", pg = "(b = 'a') DESC NULLS LAST, a NULLS FIRST, id",
            index = "$_a" } },
    { "partial unique index of what is active",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b BOOLEAN, c BOOLEAN); CREATE UNIQUE INDEX $_a ON $(a) WHERE b; "
            .. "CREATE UNIQUE INDEX $_b ON $(a, b) WHERE NOT c; "
            .. "CREATE UNIQUE INDEX $_c ON $(a, c) WHERE b = 0 OR c IS 1",
        columns = { { "a", "short" }, { "b", "boolean" }, { "c", "boolean" } }, rows = 200 },
    { "partial unique index by a text as condition",
        sql = "CREATE TABLE $(" .. ID .. ", a INTEGER, b TEXT); CREATE UNIQUE INDEX $_a ON $(a) WHERE b",
        columns = { { "b", "text", { false, "", "0", "1", "1x", "x", "0.0", " 2", "-0", "1e3", "0x10", ".5",
            "-.5e-1" } }, { "a", "small" } }, rows = 200 },
    { "partial unique index by two columns",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE NOCASE, b TEXT, c INTEGER, d REAL); "
            .. "CREATE UNIQUE INDEX $_a ON $(c) WHERE a <> b AND c < 3; "
            .. "CREATE UNIQUE INDEX $_b ON $(d) WHERE b >= a AND c NOT IN (1, 2.0)",
        columns = { { "a", "short" }, { "b", "short" }, { "c", "small" }, { "d", "real" } }, rows = 400 },
    { "partial unique index by texts beside numbers",
        sql = "CREATE TABLE $(" .. ID .. ", a INTEGER, b TEXT); CREATE UNIQUE INDEX $_a ON $(a) WHERE b > 0; "
            .. "CREATE UNIQUE INDEX $_b ON $(a + 0) WHERE a = '1' OR a > '2'",
        columns = { { "b", "text", { false, "", "0", "1", "-1", "a", "10", "9" } }, { "a", "small" } }, rows = 200 },
    { "partial unique index by LIKE and GLOB",
        sql = "CREATE TABLE $(" .. ID .. ", a INTEGER, b TEXT); CREATE UNIQUE INDEX $_a ON $(a) "
            .. "WHERE b LIKE 'a%' OR b GLOB '[A-Z]*' OR b LIKE '%É'",
        columns = { { "b", "text" }, { "a", "small" } }, rows = 300 },
    { "partial unique index by BETWEEN, NOT and AND",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER, c INTEGER); CREATE UNIQUE INDEX $_a ON $(a) "
            .. "WHERE b BETWEEN 0 AND 2 AND NOT c",
        columns = { { "a", "short" }, { "b", "small" }, { "c", "small" } }, rows = 400 },
    { "unique index of quotient, remainder and bits",
        sql = "CREATE TABLE $(" .. ID .. ", a INTEGER, b INTEGER); CREATE UNIQUE INDEX $_a ON $(a / 2, b % 3, a & 4)",
        columns = { { "a", "integer", { false, 0, 1, 2, 3, -1, -2, -3, 7, 8, math.mininteger, math.maxinteger } },
            { "b", "small" } }, rows = 200 },
    { "unique index of CASE and substr()",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER); CREATE UNIQUE INDEX $_a ON "
            .. "$(CASE WHEN b > 1 THEN a ELSE upper(a) END, substr(a, -2), substr(a, 2, 1))",
        columns = { { "a", "text" }, { "b", "small" } }, rows = 200 },
    { "unique index of IS, abs() and round()",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b REAL); CREATE UNIQUE INDEX $_a ON $(a IS 'a', abs(b), round(b))",
        columns = { { "b", "real", { false, 0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, 1e300 } },
            { "a", "short" } }, rows = 200 },
    { "unique index of hex(), instr() and typeof()",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b BLOB); CREATE UNIQUE INDEX $_a ON "
            .. "$(hex(b), instr(a, 'b'), typeof(a), length(b))",
        columns = { { "b", "blob" }, { "a", "short" } }, rows = 200 },
    { "unique index of a part of a document",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT); CREATE UNIQUE INDEX $_a ON $(a -> 'x')",
        columns = { { "a", "text", DOCUMENTS } }, rows = 80 },
    { "unique index of a text in a document",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER); "
            .. "CREATE UNIQUE INDEX $_a ON $(b, CAST(json_extract(a, '$.x') AS TEXT)) WHERE json_valid(a)",
        columns = { { "a", "text", DOCUMENTS }, { "b", "small" } }, rows = 200 },
    { "unique index of the type and the length of a document",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b INTEGER); "
            .. "CREATE UNIQUE INDEX $_a ON $(b, json_type(a), json_array_length(a))",
        columns = { { "a", "text", DOCUMENTS }, { "b", "small" } }, rows = 200 },
    { "unique index of strftime() and texts of numbers",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT, b REAL); "
            .. "CREATE UNIQUE INDEX $_a ON $(strftime('%Y-%W', a) || b)",
        columns = { { "a", "text", { false, "2024-01-01", "2024-01-02", "2023-12-31", "2023-01-01 23:59:59.9", "x" } },
            { "b", "real" } }, rows = 150 },
    { "unique index of date()",
        sql = "CREATE TABLE $(" .. ID .. ", a TEXT); CREATE UNIQUE INDEX $_a ON $(date(a))",
        columns = { { "a", "text", { false, "", "2024-01-01", "2024-01-01 12:00", "2024-01-01T23:59:59Z", "2024-02-30",
            "2024-02-29", "2024-03-01", "2460000.5", "0", "12:00", "2000-01-01", "x", "2024-1-1", "-4713-11-24",
            "9999-12-31", "10000-01-01", "2024-01-01 00:00+01:00", "now" } } }, rows = 60 },
    { "index of a condition",
        sql = "CREATE TABLE $(" .. ID .. ", a INTEGER, b INTEGER); CREATE UNIQUE INDEX $_a ON $(a > 2, b)",
        columns = { { "a", "small" }, { "b", "integer" } }, rows = 200 },
}

describe("keys of a created target", function()
    local file, database, result

    setup(function()
        local source = h.source(parity.script(shapes))
        file = h.path "written.db"
        process.shell(("cp %s %s"):format(source, file))
        database = h.database(LOCALE)
        result = h.run(0, { source, h.url(database) })
    end)
    teardown(h.cleanup)

    for number, shape in ipairs(shapes) do
        it("take, refuse and sort the same rows: " .. shape[1], function()
            local faults, counts = parity.try(shape, number, file, database)
            assert.same({}, faults)
            assert.is_true(counts.taken > 0)
            assert.is_true(counts.refused > 0 or not shape.sql:find "UNIQUE" and not shape.sql:find "FOREIGN")
            local name, outcome = parity.table_name(number), "exact"
            for _, object in ipairs(result.json.objects) do
                -- The rows of these shapes name their ids, so that an identity column is as exact as its numbers.
                local identity = tostring(object.note):find("an identity column", 1, true)
                if KEYS[object.kind] and object.name:find("^" .. name .. "_") and object.outcome ~= "exact"
                    and not identity then
                    outcome = object.note
                end
            end
            assert.equal(shape.changed or "exact", outcome)
        end)
    end

    it("fail this comparison where they are translated wrongly", function()
        local wrong = {
            { "UNIQUE NOCASE, folded beyond ASCII", sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE NOCASE UNIQUE)",
                pg = "CREATE TABLE %s(id bigint, a text); CREATE UNIQUE INDEX ON %s (lower(a))" },
            { "UNIQUE NOCASE, not folded", sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE NOCASE UNIQUE)",
                pg = 'CREATE TABLE %s(id bigint, a text COLLATE "C"); CREATE UNIQUE INDEX ON %s (a)' },
            { "UNIQUE RTRIM, all white space", sql = "CREATE TABLE $(" .. ID .. ", a TEXT COLLATE RTRIM UNIQUE)",
                pg = [[CREATE TABLE %s(id bigint, a text COLLATE "C");
                    CREATE UNIQUE INDEX ON %s (rtrim(a, E' \t'))]] },
            { "a partial index made a whole one",
                sql = "CREATE TABLE $(" .. ID .. ", a TEXT); CREATE UNIQUE INDEX $_a ON $(a) WHERE a < 'b'",
                pg = 'CREATE TABLE %s(id bigint, a text COLLATE "C"); CREATE UNIQUE INDEX ON %s (a)' },
        }
        local broken, made = h.path "broken.db", h.database(LOCALE)
        h.sqlite(broken, parity.script(wrong))
        for number, shape in ipairs(wrong) do
            local name = parity.table_name(number)
            shape.columns = { { "a", "text" } }
            h.sql(made, shape.pg:format(name, name))
            assert.is_true(#parity.try(shape, number, broken, made) > 0, shape[1])
        end
    end)
end)
