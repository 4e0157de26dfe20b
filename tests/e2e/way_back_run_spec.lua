-- From PostgreSQL into a new SQLite file: what went there comes back bytewise with its class, and a file is there only
-- when it is complete.
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"
local there_and_back = require "tests.support.there_and_back"

describe("run from PostgreSQL into a file", function()
    after_each(h.cleanup)

    -- Each in a directory of its own: a file that sqlite3 looked into is watched with all that is beside it.
    local function path(name)
        name = name or "out.db"
        return h.subdirectory("back_" .. name) .. "/" .. name
    end

    local function exists(file)
        return h.process.read(file) ~= nil
    end

    -- Nothing of a file that was not completed.
    local function nothing_left()
        return h.process.shell("ls -A " .. path():match "^(.*)/") == ""
    end

    it("gives every value of created tables back with its class", function()
        local file = h.source [[
            CREATE TABLE every (id INTEGER PRIMARY KEY, i INT, t TEXT, r REAL, b BLOB, n NUMERIC, d DATETIME,
                bo BOOLEAN, de DECIMAL(10,2), v VARCHAR(3), untyped, j JSON, "odd ""name" TEXT, s STRING);
            INSERT INTO every VALUES
                (1, 0, '', 0.0, x'', 0, '2024-01-01', 0, 1.5, 'abc', 1, '{"a": 1}', 'x', 'x'),
                (2, 9223372036854775807, 'a' || char(10) || 'b', -1.5e300, x'00ff', 1.5, '2024-01-01 10:00:00', 1, 2,
                    'longer than three', 'text', '[]', 'ä', 7),
                (3, -9223372036854775808, 'true', 4.9e-324, x'27', -3, NULL, NULL, 3.25, NULL, 2.5, 'null', '', 1.5),
                (-5, NULL, NULL, 9e999, NULL, NULL, '', 1, NULL, '', NULL, NULL, NULL, NULL),
                (1000000, 1, '1', 1, x'01', 'not a number', 5, 0, 'x', 1, NULL, '1.0', '007', '1e');
            CREATE TABLE no_key (a, b TEXT); INSERT INTO no_key VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
            CREATE TABLE keyed (code TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
            INSERT INTO keyed VALUES ('b', 1), ('B', 2), ('a', 3);
            CREATE TABLE strict (id INT PRIMARY KEY, a ANY) STRICT; INSERT INTO strict VALUES (1, '5'), (2, 'x');
            CREATE TABLE "Empty" (x INTEGER, y DATETIME);
            CREATE TABLE "select" ("Group" TEXT, "two words" REAL); INSERT INTO "select" VALUES ('a', 2);
            CREATE TABLE generated (a INTEGER, twice INTEGER AS (a * 2) STORED); INSERT INTO generated VALUES (4);]]
        local back, document = there_and_back.go(file, h.database())
        there_and_back.same(file, back)
        assert.equal("1000000", h.sqlite(back, "SELECT seq FROM sqlite_sequence WHERE name = 'every';"))
        assert.equal("STRING", h.sqlite(back, "SELECT type FROM pragma_table_info('every') WHERE name = 's';"))
        assert.equal("DATETIME", h.sqlite(back, "SELECT type FROM pragma_table_info('Empty') WHERE name = 'y';"))
        local source = ledger.source(document, "every")
        assert.same({ 5, 5, 5 }, { source.total, source.passed, ledger.target(document, "main.every").inserted })
        assert.equal("verified", document.status)
    end)

    it("gives every value of tables that were there back in the form it had", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE user_account (user_id uuid PRIMARY KEY, created timestamptz, changed timestamptz,
                seen timestamp, active boolean, word boolean, balance numeric(12,2), data bytea, number bigint,
                meta jsonb, day date, score double precision);]])
        local file = h.source [[
            CREATE TABLE Users (id CHAR(36) PRIMARY KEY, created INTEGER, changed TEXT, seen DATETIME, active BOOLEAN,
                word TEXT, balance DECIMAL(12,2), data BLOB, number TEXT, meta TEXT, day TEXT, score REAL);
            INSERT INTO Users VALUES
                ('C2A9B7F0-0B0E-4E7C-9C7A-0123456789AB', 1700000000123, '2024-01-02T03:04:05.123Z',
                    '2024-01-02 03:04:05', 1, 'true', 12.5, x'00ff', '42', '{"a": 1}', '2024-02-29', 1.5),
                ('D2A9B7F0-0B0E-4E7C-9C7A-0123456789AB', -1, '1999-12-31T23:59:59.000Z', '1999-12-31 23:59:59', 0,
                    'false', 3, x'', '-7', '[1, 2]', '0001-01-01', -0.5),
                ('E2A9B7F0-0B0E-4E7C-9C7A-0123456789AB', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                    NULL);]]
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { Users = { into = "user_account",
                columns = { user_id = "id", created = { stored = "unix_ms" } } } } }]]):format(file))
        h.run(0, { script, h.url(database) })
        local document = h.run(0, { h.url(database), path() }).json
        there_and_back.same(file, path())
        assert.equal("DECIMAL(12,2)",
            h.sqlite(path(), "SELECT type FROM pragma_table_info('Users') WHERE name = 'balance';"))
        assert.matches("named Users", ledger.objects(document, "user_account", "table")[1].note)
        -- rows that are written meanwhile come in the same forms
        h.sql(database, [[INSERT INTO user_account (user_id, created, changed, active, word, balance, number)
            VALUES ('00000000-0000-0000-0000-00000000000a', '2024-01-01 00:00:00.25Z', '2024-06-01 12:00:00+02', true,
                true, 99.90, 5)]])
        h.run(0, { h.url(database), path "more.db" })
        assert.equal("00000000-0000-0000-0000-00000000000A|1704067200250|2024-06-01T10:00:00.000Z|1|true|99.9|text 5",
            h.sqlite(path "more.db", [[SELECT id, created, changed, active, word, balance,
                typeof(number) || ' ' || number FROM Users WHERE id LIKE '0000%';]]))
    end)

    it("goes by the present type of a column that was changed since, and says so", function()
        local database = h.database()
        local file = h.source "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 5);"
        h.run(0, { file, h.url(database) })
        h.sql(database, "ALTER TABLE t ALTER n TYPE text; ALTER TABLE t ADD more real; INSERT INTO t VALUES (2, 'x')")
        local document = h.run(0, { h.url(database), path() }).json
        assert.equal("1|text|5\n2|text|x", h.sqlite(path(), "SELECT id, typeof(n), n FROM t ORDER BY id;"))
        assert.matches("was bigint", ledger.objects(document, "t.n", "values")[1].note)
    end)

    it("says how many values do not come back as they were, and that they do not", function()
        local database = h.database()
        local file = h.source [[CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB);
            INSERT INTO t VALUES (1, x'01'), (2, 'text'), (3, x'00');]]
        h.run(0, { file, h.url(database) })
        local document = h.run(0, { h.url(database), path() }).json
        assert.equal("1|blob|01\n2|blob|74657874\n3|blob|00",
            h.sqlite(path(), "SELECT id, typeof(b), hex(b) FROM t ORDER BY id;"))
        assert.matches("^1 of 3 values that were loaded do not come back", ledger.objects(document, "t.b",
            "values")[1].note)
    end)

    it("keeps a value that a declared type would change, under another type", function()
        local database = h.database()
        local file = h.source [[CREATE TABLE t (id INTEGER PRIMARY KEY, s STRING, u NUMERIC);
            INSERT INTO t VALUES (1, 5, 'a'), (2, 'x', 'b');]]
        h.run(0, { file, h.url(database) })
        h.sql(database, "INSERT INTO t VALUES (3, '007', '1.50')")
        local document = h.run(0, { h.url(database), path() }).json
        assert.equal("1|integer|5|text|a\n2|text|x|text|b\n3|text|007|text|1.50",
            h.sqlite(path(), "SELECT id, typeof(s), s, typeof(u), u FROM t ORDER BY id;"))
        assert.matches("declared BLOB.*as STRING.*007", ledger.objects(document, "t.s", "values")[1].note)
    end)

    it("leaves out conditions that SQLite finds rows against, which PostgreSQL took", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE t (id int PRIMARY KEY, d date CHECK (d > '2000-01-01'), n int CHECK (n > 0),
                s numeric CONSTRAINT "high ""enough" CHECK (s > 5));
            INSERT INTO t VALUES (1, '2024-01-01', 1, 6), (2, '10000-01-01', 2, 7), (3, 'infinity', 3, 'NaN');]])
        local document = h.run(0, { h.url(database), path() }).json
        assert.equal("1|2024-01-01|1|6\n2|10000-01-01|2|7\n3|infinity|3|NaN",
            h.sqlite(path(), "SELECT * FROM t ORDER BY id;"))
        for name, outcome in pairs { t_d_check = "not_carried", ['high "enough'] = "not_carried",
            t_n_check = "exact" } do
            assert.equal(outcome, ledger.objects(document, name, "check")[1].outcome)
        end
        assert.matches("row against it that PostgreSQL took %(id=2%)",
            ledger.objects(document, "t_d_check", "check")[1].note)
        assert.is_nil(h.sqlite(path(), "SELECT sql FROM sqlite_schema;"):find("high", 1, true))
    end)

    it("brings types without a codec as their text, arrays of them, too", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE t (a int2vector, b oidvector, c xid[], q tsquery);
            INSERT INTO t VALUES ('1 2', '3 4', '{1,2}', 'a & b')]])
        local document = h.run(0, { h.url(database), path() }).json
        assert.equal("1 2|3 4|{1,2}|'a' & 'b'", h.sqlite(path(), "SELECT a, b, c, q FROM t;"))
        assert.matches("no codec", ledger.objects(document, "t.c", "values")[1].note)
    end)

    it("refuses a path at which something is, and leaves it as it was", function()
        local database = h.database()
        h.sql(database, "CREATE TABLE t (x int)")
        local file = h.source("CREATE TABLE mine (x);", "mine.db")
        local before = h.process.read(file)
        h.run(2, { h.url(database), file })
        h.process.write(path "empty", "")
        h.run(2, { h.url(database), path "empty" })
        assert.equal(before, h.process.read(file))
        assert.equal("", h.process.read(path "empty"))
        h.run(3, { h.url(database), path() .. "/nowhere/out.db" })
    end)

    it("tells rows without the row that they refer to", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, p int);
            INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1), (2, 7), (3, 8);
            ALTER TABLE child ADD FOREIGN KEY (p) REFERENCES parent NOT VALID]])
        local result = h.run(1, { h.url(database), path() })
        local finding = ledger.finding(result.json, "child")
        assert.equal("foreign_key", finding.code)
        assert.matches("^2 rows refer to no row of parent", finding.reason)
        assert.equal("3", h.sqlite(path(), "SELECT count(*) FROM child;"))
    end)

    it("refuses a schema without tables, and makes an empty table of one without rows", function()
        local database = h.database()
        local result = h.run(3, { h.url(database), path() })
        assert.matches("holds no table", result.json.error.message)
        assert.is_true(nothing_left())
        h.sql(database, "CREATE TABLE t (x int)")
        assert.equal(0, ledger.source(h.run(0, { h.url(database), path() }).json, "t").total)
        assert.equal("0", h.sqlite(path(), "SELECT count(*) FROM t;"))
        h.run(4, { h.url(database), path "other.db", "--target-schema=elsewhere" })
    end)

    it("names both ends in its first and last line, and shows no password", function()
        local database = h.database()
        local role, password = h.role()
        h.sql(database, ("CREATE TABLE t (x int); GRANT SELECT ON t TO %s"):format(role))
        local result = h.wherry { "run", h.url(database, role, password), path() }
        assert.equal(0, result.code, result.said)
        local first, last = result.stdout:match "^[^\n]*", result.stdout:match "([^\n]*)\n$"
        for _, line in ipairs { first, last } do
            assert.is_truthy(line:find(path(), 1, true), line)
            assert.is_truthy(line:find(database, 1, true), line)
        end
    end)

    it("goes by PostgreSQL's names without the journal; plan shows the names that run gives", function()
        local database = h.database()
        h.sql(database, "CREATE TABLE user_account (user_id int PRIMARY KEY)")
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { Users = { into = "user_account",
                columns = { user_id = "id" } } } }]]):format(h.source "CREATE TABLE Users (id INTEGER PRIMARY KEY);"))
        h.run(0, { script, h.url(database) })
        assert.matches("CREATE TABLE Users ", h.wherry({ "plan", h.url(database), "--sql" }).stdout)
        h.run(0, { h.url(database), path(), "--journal=elsewhere" })
        assert.same({ "user_account" }, there_and_back.tables(path()))
    end)

    it("leaves out what --only and --skip say, and compares nothing with --verify none", function()
        local database = h.database()
        h.sql(database, "CREATE TABLE a (x int); CREATE TABLE ab (x int); CREATE TABLE c (x int)")
        local document = h.run(0, { h.url(database), path(), "--only=a*", "--skip=ab", "--verify=none" }).json
        assert.same({ "a" }, there_and_back.tables(path()))
        assert.equal("loaded", document.status)
        h.run(4, { h.url(database), path "other.db", "--only=typo" })
        assert.is_false(exists(path "other.db"))
    end)
end)
