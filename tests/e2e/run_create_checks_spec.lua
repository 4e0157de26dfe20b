-- wherry run into an empty target: CHECKs, defaults and generated columns do there what they do in SQLite.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"
local process = require "tests.support.process"

describe("run into an empty target", function()
    after_each(h.cleanup)

    ---Runs a source made by `sql` into a new database; returns file, database and document.
    local function created(sql, ...)
        local file, database = h.source(sql), h.database()
        local result = h.run(0, { file, h.url(database), ... })
        return file, database, result.json
    end

    local function outcome(document, kind, name)
        for _, object in ipairs(ledger.objects(document, name)) do
            if object.kind == kind then
                return object.outcome, object.note
            end
        end
        return nil
    end

    -- Which of the statements SQLite takes, by number.
    local function taken_by_sqlite(file, statements)
        -- Each statement stands in its own process, because -bail is what tells of a refusal.
        local taken = {}
        for n, statement in ipairs(statements) do
            local result = process.run({ "sqlite3", "-batch", "-bail", file }, { directory = h.subdirectory "sqlite",
                env = { PATH = os.getenv "PATH" }, stdin = statement .. ";" })
            taken[n] = result.code == 0
        end
        return taken
    end

    -- Which of the statements PostgreSQL takes, by number.
    local function taken_by_pg(database, statements)
        local parts = { "CREATE TEMP TABLE taken(n int, ok boolean);" }
        for n, statement in ipairs(statements) do
            parts[#parts + 1] = ("DO $do$ BEGIN %s; INSERT INTO taken VALUES (%d, true); EXCEPTION WHEN "
                .. "integrity_constraint_violation OR data_exception THEN INSERT INTO taken VALUES (%d, false); "
                .. "END $do$;"):format(statement, n, n)
        end
        parts[#parts + 1] = "SELECT n || ' ' || ok FROM taken ORDER BY n;"
        local taken = {}
        for n, ok in h.sql(database, table.concat(parts, "\n")):gmatch "(%d+) (%a+)" do
            taken[tonumber(n)] = ok == "true"
        end
        return taken
    end

    local function assert_same_inserts(file, database, statements)
        local here, there = taken_by_sqlite(file, statements), taken_by_pg(database, statements)
        local taken = 0
        for n, statement in ipairs(statements) do
            assert.equal(here[n], there[n], statement)
            taken = taken + (here[n] and 1 or 0)
        end
        -- A list that is all taken or all refused would show nothing.
        assert.is_true(taken > 0 and taken < #statements)
    end

    -- INSERTs of one column each, with every value.
    local function inserts(cases)
        local list = {}
        for _, case in ipairs(cases) do
            for _, value in ipairs(case.values) do
                list[#list + 1] = ("INSERT INTO %s(%s) VALUES (%s)"):format(case.table, case.column, value)
            end
        end
        return list
    end

    it("accepts and refuses by CHECKs what SQLite accepts and refuses", function()
        local file, database, document = created [[
            CREATE TABLE n(id INTEGER PRIMARY KEY, positive INT CHECK (positive > 0), truth INT CHECK (truth),
                parts INT CHECK (parts / 2 = 2), remainder INT CHECK (remainder % 3 = 1),
                listed INT CHECK (listed IN (1, 2, NULL)), ranged REAL CHECK (ranged BETWEEN -1.5 AND 2),
                bits INT CHECK (bits & 6), least REAL CHECK (max(least, 0.5) = least),
                flag BOOLEAN CHECK (flag IN (0, 1)), whole INT CHECK (typeof(whole) IN ('integer', 'null')),
                low INT, high INT, CONSTRAINT ordered CHECK (low <= high));
            CREATE TABLE s(id INTEGER PRIMARY KEY, filled TEXT CHECK (length(filled) > 1),
                kind TEXT CHECK (kind IN ('a', 'B', '')), mail TEXT CHECK (mail LIKE '%_@_%'),
                code TEXT CHECK (code GLOB '[A-Z][0-9]*'), bare TEXT CHECK (trim(bare) = bare AND bare <> ''),
                upper TEXT CHECK (upper(upper) = upper), doc TEXT CHECK (doc IS NULL OR json_valid(doc)),
                state TEXT CHECK (state = 'on' OR state IS NULL OR substr(state, -1) == 'z'),
                folded TEXT COLLATE NOCASE CHECK (folded IN ('yes', 'no')), joined TEXT CHECK (joined || '!' = 'x!'));
        ]]
        assert_same_inserts(file, database, inserts {
            { table = "n", column = "positive", values = { "1", "0", "-1", "NULL", "9223372036854775807" } },
            { table = "n", column = "truth", values = { "1", "0", "-7", "NULL" } },
            { table = "n", column = "parts", values = { "4", "5", "6", "3", "-4", "NULL" } },
            { table = "n", column = "remainder", values = { "1", "4", "-2", "-1", "0", "NULL" } },
            { table = "n", column = "listed", values = { "1", "2", "3", "NULL" } },
            { table = "n", column = "ranged", values = { "-1.5", "2", "2.0000001", "-1.6", "NULL", "1e300" } },
            { table = "n", column = "bits", values = { "2", "4", "7", "1", "8", "0", "NULL", "-1" } },
            { table = "n", column = "least", values = { "0.5", "0.4", "1", "NULL" } },
            { table = "n", column = "whole", values = { "1", "NULL" } },
            { table = "n", column = "low, high", values = { "1, 2", "2, 1", "2, 2", "NULL, 1", "1, NULL" } },
            { table = "s", column = "filled", values = { "'ab'", "'a'", "''", "'éé'", "NULL" } },
            { table = "s", column = "kind", values = { "'a'", "'A'", "'B'", "''", "NULL" } },
            { table = "s", column = "mail", values = { "'a@b'", "'@b'", "'a@'", "'A@B.C'", "''", "NULL" } },
            { table = "s", column = "code", values = { "'A1'", "'a1'", "'A'", "'A1x'", "'É1'", "NULL" } },
            { table = "s", column = "bare", values = { "'x'", "' x'", "'x '", "''", "' '", "NULL", "'\t'" } },
            { table = "s", column = "upper", values = { "'X'", "'x'", "'É'", "'é'", "'1'", "NULL" } },
            { table = "s", column = "doc", values = { "'{}'", "'{'", "'[1,2]'", "'1'", "''", "'nul'", "NULL" } },
            { table = "s", column = "state", values = { "'on'", "'off'", "'z'", "'Z'", "''", "NULL" } },
            { table = "s", column = "folded", values = { "'yes'", "'YES'", "'maybe'", "NULL" } },
            { table = "s", column = "joined", values = { "'x'", "'y'", "NULL" } },
        })
        local carried = 0
        for _, object in ipairs(document.objects) do
            if object.kind == "check" then
                carried = carried + 1
                assert.not_equal("not_carried", object.outcome, object.name .. ": " .. tostring(object.note))
            end
        end
        assert.equal(20 + 1, carried)
        assert.equal("f", h.sql(database, "INSERT INTO n(flag) VALUES (false) RETURNING flag"))
    end)

    it("keeps a CHECK that rows do not obey, NOT VALID, with their number", function()
        local _, database, document = created [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, a INT CHECK (a > 0), b INT CHECK (b > 0));
            INSERT INTO t VALUES (1, 1, 1);
            PRAGMA ignore_check_constraints = on;
            INSERT INTO t VALUES (2, -1, 1), (3, 0, 1), (4, NULL, 1);
        ]]
        local result, note = outcome(document, "check", "t_a_check")
        assert.equal("changed", result)
        assert.matches("2 rows", note)
        assert.equal("false|true", h.sql(database, [[SELECT string_agg(convalidated::text, '|' ORDER BY conname)
            FROM pg_constraint WHERE contype = 'c' AND conrelid = 't'::regclass]]))
        assert.equal("4", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("gives the same default values", function()
        local columns = {
            { "a", "INTEGER", "(1 + 2 * 3)" }, { "b", "TEXT", "('a' || 'b' || 5)" },
            { "c", "TEXT", "(upper('x') || 'é')" }, { "d", "REAL", "(7 / 2)" }, { "e", "REAL", "(7 / 2.0)" },
            { "f", "TEXT", "(json_array(1, 'two', NULL))" }, { "g", "INTEGER", "(abs(-5))" },
            { "h", "TEXT", "(lower(hex(x'00ff')))" }, { "i", "INTEGER", "'0x10'" },
            { "j", "TEXT", "(printf('%05d', 42))" }, { "k", "INTEGER", "(1 = 1)" }, { "l", "TEXT", "(1 / 0)" },
            { "m", "TEXT", "(date('2024-01-31', '+1 month'))" },
            { "n", "INTEGER", "(unixepoch('2024-02-29 12:00:00'))" }, { "o", "TEXT", "(coalesce(NULL, 'x'))" },
            { "p", "INTEGER", "(CASE WHEN 1 THEN 2 ELSE 3 END)" }, { "q", "TEXT", "(1.0)" },
            { "r", "TEXT", "(CAST(5.9 AS INTEGER))" }, { "s", "REAL", "(round(2.5))" },
            { "t", "INTEGER", "(length('größe'))" },
        }
        local definitions, names = {}, {}
        for i, column in ipairs(columns) do
            definitions[i] = ("%s %s DEFAULT %s"):format(table.unpack(column))
            names[i] = column[1]
        end
        local file, database, document = created(("CREATE TABLE d(id INTEGER PRIMARY KEY, %s);"):format(
            table.concat(definitions, ", ")))
        h.sqlite(file, "INSERT INTO d(id) VALUES (1);")
        h.sql(database, "INSERT INTO d(id) VALUES (1)")
        local carried = 0
        for i, name in ipairs(names) do
            local result, note = outcome(document, "default", "d." .. name)
            if result ~= "not_carried" then
                carried = carried + 1
                local here = h.sqlite(file, ("SELECT ifnull(%s, '\\N') FROM d;"):format(name))
                local there = h.sql(database, ("SELECT %s FROM d"):format(name))
                if columns[i][2] == "REAL" then
                    here, there = tostring(tonumber(here) + 0.0), tostring(tonumber(there) + 0.0)
                end
                assert.equal(here, there, columns[i][3] .. " " .. tostring(note))
            end
        end
        assert.is_true(carried >= #columns - 1, carried .. " of " .. #columns)
    end)

    it("gives defaults of the same shape for the time and for random values", function()
        local shapes = {
            { "a", "TEXT", "CURRENT_TIMESTAMP", "^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d$" },
            { "b", "TEXT", "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
                "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$" },
            { "c", "INTEGER", "(unixepoch())", "^1%d%d%d%d%d%d%d%d%d$" },
            { "d", "TEXT", "(datetime('now', '+1 day'))", "^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d$" },
            { "e", "TEXT", "(hex(randomblob(16)))", "^[0-9A-F]+$", 32 },
            { "f", "TEXT", "(lower(hex(randomblob(8))))", "^[0-9a-f]+$", 16 },
            { "g", "INTEGER", "(random())", "^-?%d+$" },
            { "h", "DATETIME", "CURRENT_TIMESTAMP", "^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d$" },
            { "i", "INTEGER", "(strftime('%s', 'now'))", "^1%d%d%d%d%d%d%d%d%d$" },
            { "j", "REAL", "(julianday('now'))", "^24%d%d%d%d%d%.%d+$" },
            { "k", "BLOB", "(randomblob(16))", "^.+$" },
            { "l", "TEXT", "(date('now'))", "^%d%d%d%d%-%d%d%-%d%d$" },
        }
        local definitions = {}
        for i, column in ipairs(shapes) do
            definitions[i] = ("%s %s DEFAULT %s"):format(column[1], column[2], column[3])
        end
        local file, database, document = created(("CREATE TABLE d(id INTEGER PRIMARY KEY, %s);"):format(
            table.concat(definitions, ", ")))
        h.sqlite(file, "INSERT INTO d(id) VALUES (1);")
        h.sql(database, "INSERT INTO d(id) VALUES (1)")
        local carried = 0
        for _, shape in ipairs(shapes) do
            local name = shape[1]
            if outcome(document, "default", "d." .. name) ~= "not_carried" then
                carried = carried + 1
                for _, value in ipairs({ h.sqlite(file, ("SELECT %s FROM d;"):format(name)),
                    h.sql(database, ("SELECT %s FROM d"):format(name)) }) do
                    assert.matches(shape[4], value, 1, false)
                    assert.is_true(not shape[5] or #value == shape[5], shape[3])
                end
            end
        end
        assert.is_true(carried >= #shapes - 1, carried .. " of " .. #shapes)
    end)

    it("computes generated columns as SQLite does, in the rows that came and in new ones", function()
        local file, database, document = created [[
            CREATE TABLE g(id INTEGER PRIMARY KEY, first TEXT, last TEXT, n INT, price REAL,
                name TEXT AS (first || ' ' || last) STORED, shout TEXT AS (upper(name) || '!'),
                half INT AS (n / 2), doubled INT NOT NULL AS (coalesce(n, 0) * 2) STORED CHECK (doubled < 1000),
                total REAL AS (price * n) STORED, odd INT AS (n % 2 = 1), known INT AS (first IS NOT NULL) VIRTUAL,
                short TEXT AS (substr(name, 1, 3)) UNIQUE, plain AS (last), volatile TEXT AS (first || 'x'));
            CREATE INDEX by_shout ON g(shout);
            INSERT INTO g(id, first, last, n, price) VALUES (1, 'Ada', 'Lovelace', 7, 2.5), (2, NULL, 'x', NULL, NULL),
                (3, 'é', '', -7, -0.1), (4, 'Zoë', 'ß', 0, 1e10), (5, '', '', 499, 3);
        ]]
        local function same(rows)
            for _, name in ipairs { "name", "shout", "half", "doubled", "total", "odd", "known", "short", "plain" } do
                local text = h.sqlite(file, ("SELECT printf('%%s', %s) FROM g WHERE %s IS NOT NULL "
                    .. "ORDER BY id;"):format(name == "total" and "CAST(total * 100 AS INTEGER)" or name, name))
                local there = h.sql(database, ("SELECT %s FROM g WHERE %s IS NOT NULL ORDER BY id"):format(
                    name == "total" and "trunc(total * 100)::bigint" or name == "odd" and "odd::int"
                    or name == "known" and "known::int" or name, name))
                assert.equal(text, there, name)
            end
            assert.equal(tostring(rows), h.sql(database, "SELECT count(*) FROM g"))
        end
        compare.table(database, file, "g")
        same(5)
        local row = "INSERT INTO g(id, first, last, n, price) VALUES (6, 'New', 'Row', 12, 0.25);"
        h.sqlite(file, row)
        h.sql(database, row)
        same(6)
        for _, name in ipairs { "name", "shout", "half", "doubled", "odd", "known", "short" } do
            assert.not_equal("not_carried", (outcome(document, "generated column", "g." .. name)))
        end
        assert.is_true(tonumber(h.sql(database, [[SELECT count(*) FROM pg_attribute WHERE attrelid = 'g'::regclass
            AND attgenerated = 's']])) >= 7)
    end)

    it("carries the values of a generated column that PostgreSQL cannot compute", function()
        local file, database, document = created [[
            CREATE TABLE g(id INTEGER PRIMARY KEY, at TEXT, likely TEXT AS (soundex(at)) STORED,
                odd INT AS (at) STORED, next INT AS (id + 1));
            INSERT INTO g(id, at) VALUES (1, '2024-01-01 00:00:00'), (2, 'x'), (3, NULL);
        ]]
        local result, note = outcome(document, "generated column", "g.odd")
        assert.equal("changed", result)
        assert.matches("a plain column with its values", note)
        assert.equal(h.sqlite(file, "SELECT likely FROM g ORDER BY id;"),
            h.sql(database, "SELECT likely FROM g ORDER BY id"))
        assert.equal("2\n3\n4", h.sql(database, "SELECT next FROM g ORDER BY id"))
    end)

    it("loads rows with which PostgreSQL cannot calculate", function()
        local file, database, document = created [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, a INT CHECK (a + 1 > 5), b REAL AS (a + 1), c INT AS (a / 2));
            INSERT INTO t VALUES (1, 9223372036854775807), (2, 7);
        ]]
        compare.table(database, file, "t")
        assert.equal("9.223372036854776e+18|4611686018427387903\n8|3", h.sql(database,
            "SELECT b, c FROM t ORDER BY id"))
        local _, note = outcome(document, "check", "t_a_check")
        assert.matches("beyond the range", note)
        _, note = outcome(document, "generated column", "t.b")
        assert.matches("beyond the range", note)
        assert.equal("s", h.sql(database,
            "SELECT attgenerated FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'c'"))
    end)

    it("computes columns out of JSON documents", function()
        local file, database = created [[
            CREATE TABLE j(id INTEGER PRIMARY KEY, data TEXT, price REAL AS (json_extract(data, '$.price')) STORED,
                name TEXT AS (data ->> '$.name'), qty INT AS (data ->> 'qty'), tags TEXT AS (data -> '$.tags'),
                CHECK (json_extract(data, '$.price') >= 0));
            INSERT INTO j(id, data) VALUES (1, '{"price": 2.5, "name": "x", "qty": 3, "tags": ["p", 1]}'), (2, '{}'),
                (3, NULL), (4, '{"price": 2, "name": 5, "qty": "4"}');
        ]]
        local row = [[INSERT INTO j(id, data) VALUES (5, '{"price": "7.25", "name": null, "qty": 1e3}');]]
        h.sqlite(file, row)
        h.sql(database, row)
        for _, name in ipairs { "price", "name", "qty", "tags" } do
            assert.equal(h.sqlite(file, ("SELECT id, %s %s FROM j WHERE %s IS NOT NULL ORDER BY id;"):format(name,
                name == "price" and "* 4" or "", name)):gsub("%.0", "") .. "",
                h.sql(database, ("SELECT id, %s %s FROM j WHERE %s IS NOT NULL ORDER BY id"):format(name,
                    name == "price" and "* 4" or "", name)), name)
        end
        assert.equal("4", h.sql(database, [[SELECT count(*) FROM pg_attribute WHERE attrelid = 'j'::regclass
            AND attgenerated = 's']]))
        assert.is_false(pcall(h.sql, database, [[INSERT INTO j(id, data) VALUES (6, '{"price": -1}')]]))
    end)

    it("follows the names of a script, and tells what a left-out column takes with it", function()
        local file, database = h.source [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, a INT CHECK (a > 0), b INT CHECK (t.b < 10), s TEXT CHECK (s <> ''),
                g INT AS (a - b), long INT AS (length(s)) STORED, CONSTRAINT pair CHECK (a >= b));
            INSERT INTO t(id, a, b, s) VALUES (1, 7, 2, 'secret'), (2, 9, 9, 'word');
        ]], h.database()
        local script = h.script(([[
            local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, tables = {
                t = { into = "things", columns = { amount = "a", a = "b" }, skip = { s = "private" } } } }]]):format(
            file, h.url(database)))
        local document = h.run(0, { script }).json
        assert.equal("1|7|2|5|6\n2|9|9|0|4", h.sql(database, "SELECT id, amount, a, g, long FROM things ORDER BY id"))
        assert.equal("things_a_check CHECK ((a < 10))|things_amount_check CHECK ((amount > 0))|"
            .. "pair CHECK ((amount >= a))", h.sql(database, [[SELECT string_agg(conname || ' '
            || pg_get_constraintdef(oid), '|' ORDER BY conname <> 'things_a_check', conname DESC) FROM pg_constraint
            WHERE conrelid = 'things'::regclass AND contype = 'c']]))
        assert.equal("3", h.sql(database, "INSERT INTO things (amount, a, long) VALUES (5, 2, 1) RETURNING g"))
        local _, note = outcome(document, "check", "things_check")
        assert.matches("its column s is left out", note)
        _, note = outcome(document, "generated column", "things.long")
        assert.matches("its column s is left out", note)
    end)

    it("keeps comments of the DDL", function()
        local _, database = created [[
            CREATE TABLE t( -- the people we know
                id INTEGER PRIMARY KEY, -- theirs for ever
                name TEXT /* as they say it's written */
            );]]
        assert.equal("theirs for ever", h.sql(database, "SELECT col_description('t'::regclass, 1)"))
    end)
end)
