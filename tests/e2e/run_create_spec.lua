-- wherry run into an empty target: the tables it creates, their columns, keys and values.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("run into an empty target", function()
    after_each(h.cleanup)

    ---Runs a source made by `sql` into a new database; returns file, database and document.
    local function created(sql, ...)
        local file, database = h.source(sql), h.database()
        local result = h.run(0, { file, h.url(database), ... })
        return file, database, result.json
    end

    local function type_of(database, target, column)
        return h.sql(database, ([[SELECT format_type(atttypid, atttypmod) ||
            coalesce((SELECT ' ' || collname FROM pg_collation
            WHERE oid = attcollation AND collname <> 'default'), '') FROM pg_attribute
            WHERE attrelid = '%s'::regclass AND attname = '%s']]):format(target, column))
    end

    it("takes tables of every kind, value by value", function()
        local file, database, document = created [[
            CREATE TABLE strict_one(id INTEGER PRIMARY KEY, n INT, r REAL, t TEXT NOT NULL, b BLOB) STRICT;
            INSERT INTO strict_one VALUES (1, 9223372036854775807, 0.1 + 0.2, 'zażółć', x'00ff'),
                (2, NULL, NULL, '', x''), (-3, -9223372036854775808, 1e-320, 'a' || char(10) || 'b\N', NULL);
            CREATE TABLE keyed(a TEXT, b INTEGER, v ANY, PRIMARY KEY (a, b)) WITHOUT ROWID;
            INSERT INTO keyed VALUES ('x', 1, 'one'), ('x', 2, NULL), ('', -1, 'three');
            CREATE TABLE rowid_only(t TEXT, r REAL);
            INSERT INTO rowid_only VALUES ('same', 1.5), ('same', 1.5), (NULL, NULL);
            CREATE TABLE untyped(a, b);
            INSERT INTO untyped VALUES ('text', 'x'), (NULL, 'y');
            CREATE TABLE vacant(id INTEGER PRIMARY KEY, t TEXT);
        ]]
        for _, name in ipairs(compare.tables(file)) do
            compare.table(database, file, name)
        end
        assert.equal("bigint", type_of(database, "strict_one", "n"))
        assert.equal("double precision", type_of(database, "strict_one", "r"))
        assert.equal("text C", type_of(database, "strict_one", "t"))
        assert.equal("bytea", type_of(database, "strict_one", "b"))
        assert.equal("verified", document.status)
        assert.equal(3, ledger.source(document, "strict_one").passed)
        assert.equal(0, ledger.target(document, "public.vacant").inserted)
        assert.equal("0", h.sql(database, "SELECT count(*) FROM vacant"))
    end)

    it("gives odd and missing type names the type of SQLite's affinity", function()
        local file, database = created [[
            CREATE TABLE odd(id INTEGER PRIMARY KEY, a VARCHAR(3), b "FLOATING POINT", c CHARINT, d DOUBLE, e CLOB,
                f NVARCHAR, g BIGINT, h "unsigned big int", i "double precision", j, k "a type; DROP TABLE x;--");
            INSERT INTO odd VALUES
                (1, 'longer than three', 3, 4, 2.5, 'clob', 'n', 9007199254740993, 7, 1.25, 'any', 5),
                (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        ]]
        compare.table(database, file, "odd")
        assert.equal("bigint", type_of(database, "odd", "b"))
        assert.equal("bigint", type_of(database, "odd", "c"))
        assert.equal("double precision", type_of(database, "odd", "d"))
        assert.equal("bigint", type_of(database, "odd", "g"))
        assert.equal("longer than three", h.sql(database, "SELECT a FROM odd WHERE id = 1"))
    end)

    it("makes a BOOLEAN column of 0 and 1 boolean with its default, and leaves one with other values alone", function()
        local file, database = created [[
            CREATE TABLE flags(id INTEGER PRIMARY KEY, good BOOLEAN NOT NULL DEFAULT 1, off BOOLEAN DEFAULT 0,
                odd BOOLEAN DEFAULT 0);
            INSERT INTO flags VALUES (1, 1, NULL, 2), (2, 0, 1, 0);
        ]]
        assert.equal("boolean", type_of(database, "flags", "good"))
        assert.equal("t|\\N|2", h.sql(database, "SELECT good, off, odd FROM flags WHERE id = 1"))
        assert.is_not.equal("boolean", type_of(database, "flags", "odd"))
        compare.table(database, file, "flags")
        assert.equal("t|f", h.sql(database, "INSERT INTO flags (id, odd) VALUES (3, 0) RETURNING good, off"))
    end)

    it("carries NOT NULL, UNIQUE and literal defaults", function()
        local _, database = created [[
            CREATE TABLE d(id INTEGER PRIMARY KEY, t TEXT NOT NULL DEFAULT 'it''s', n INTEGER DEFAULT -7,
                r REAL DEFAULT 1.5, e TEXT DEFAULT '', z TEXT DEFAULT NULL,
                at TEXT DEFAULT CURRENT_TIMESTAMP, day TEXT DEFAULT CURRENT_DATE,
                clock TEXT DEFAULT CURRENT_TIME, x BLOB DEFAULT x'00ff', UNIQUE (t, n));
            INSERT INTO d (id, t, at) VALUES (1, 'a', '2020-01-01 00:00:00'), (2, 'b', NULL);
        ]]
        assert.equal([[it's|-7|1.5||\N|\x00ff]], h.sql(database,
            "INSERT INTO d (id) VALUES (3) RETURNING t, n, r, e, z, x"))
        assert.equal("t|t|t", h.sql(database, [[SELECT at ~ '^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$',
            day ~ '^\d{4}-\d\d-\d\d$',
            clock ~ '^\d\d:\d\d:\d\d$' FROM d WHERE id = 3]]))
        -- CURRENT_TIMESTAMP is UTC in SQLite, whatever the session's zone is.
        assert.equal("t", h.sql(database, [[SET TimeZone = 'Asia/Tokyo'; INSERT INTO d (id, n) VALUES (4, 0);
            SELECT abs(extract(epoch FROM at::timestamp - (now() AT TIME ZONE 'UTC'))) < 60 FROM d WHERE id = 4]]))
        assert.has_error(function()
            h.sql(database, "INSERT INTO d (id, t, n) VALUES (9, 'it''s', -7)")
        end)
        assert.has_error(function()
            h.sql(database, "INSERT INTO d (id, t) VALUES (9, NULL)")
        end)
    end)

    it("sets identities so that the next insert does not collide", function()
        local _, database = created [[
            CREATE TABLE plain(id INTEGER PRIMARY KEY, t TEXT);
            INSERT INTO plain VALUES (5, 'a'), (41, 'b');
            CREATE TABLE counted(id INTEGER PRIMARY KEY AUTOINCREMENT, t TEXT);
            INSERT INTO counted VALUES (10, 'a'), (900, 'gone');
            DELETE FROM counted WHERE id = 900;
            CREATE TABLE empty(id INTEGER PRIMARY KEY, t TEXT);
            CREATE TABLE emptied(id INTEGER PRIMARY KEY AUTOINCREMENT, t TEXT);
            INSERT INTO emptied VALUES (77, 'gone');
            DELETE FROM emptied;
            CREATE TABLE negative(id INTEGER PRIMARY KEY, t TEXT);
            INSERT INTO negative VALUES (-9, 'a');
        ]]
        local function next_id(name)
            return tonumber(h.sql(database, ("INSERT INTO %s (t) VALUES ('new') RETURNING id"):format(name)))
        end
        assert.equal(42, next_id "plain")
        assert.equal(43, next_id "plain")
        assert.equal(901, next_id "counted")
        assert.equal(1, next_id "empty")
        assert.equal(78, next_id "emptied")
        assert.is_true(next_id "negative" > -9)
        assert.equal("7|7", h.sql(database, "INSERT INTO plain VALUES (7, 'given') RETURNING id, id"))
    end)

    it("keeps columns apart from PostgreSQL's own names", function()
        local file, database = h.source [[
            CREATE TABLE s(id INTEGER PRIMARY KEY, ctid TEXT, xmin INTEGER, tableoid TEXT);
            INSERT INTO s VALUES (1, 'a', 5, 'b');
        ]], h.database()
        local result = h.wherry { "run", file, h.url(database), "--json" }
        assert.is_true(result.code == 0 or result.code == 4, result.said)
        if result.code == 4 then
            assert.is_truthy(ledger.finding(result.json, "s", "ctid"), result.said)
            assert.equal("", h.objects(database))
        else
            assert.equal("1", h.sql(database, "SELECT count(*) FROM s"))
            assert.is_truthy(ledger.objects(result.json, "ctid")[1], result.said)
        end
    end)

    it("counts what it loaded, and leaves statistics for the planner", function()
        local _, database, document = created [[
            CREATE TABLE many(id INTEGER PRIMARY KEY, t TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000)
            INSERT INTO many SELECT n, 'row ' || n FROM c;
        ]]
        local source, target = ledger.source(document, "many"), ledger.target(document, "public.many")
        assert.same({ 5000, 5000 }, { source.total, source.passed })
        assert.same({ 5000, 5000 }, { target.passed, target.inserted })
        assert.equal("5000", h.sql(database, "SELECT reltuples::int FROM pg_class WHERE oid = 'many'::regclass"))
        assert.equal("5000|12502500", h.sql(database, "SELECT count(*), sum(id) FROM many"))
    end)

    it("creates in the schema that --target-schema names", function()
        local file, database = created("CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);",
            "--target-schema=My App")
        compare.table(database, file, '"My App".t', "t")
        assert.equal("0", h.sql(database, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"))
    end)

    it("creates beside tables of others with --schema=create, but never over one of the same name", function()
        local file = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);"
        local database = h.database()
        h.sql(database, "CREATE TABLE other(x int); INSERT INTO other VALUES (1)")
        h.run(0, { file, h.url(database), "--schema=create" })
        assert.equal("1|1", h.sql(database, "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM other)"))

        local second = h.database()
        h.sql(second, "CREATE TABLE t(x int); INSERT INTO t VALUES (5)")
        local result = h.run(4, { file, h.url(second), "--schema=create" })
        assert.is_truthy(ledger.finding(result.json, "t"), result.said)
        assert.equal("relation t", h.objects(second))
        assert.equal("5", h.sql(second, "SELECT x FROM t"))
    end)

    it("takes an empty database without tables for what it is", function()
        local file, database = h.source "PRAGMA user_version = 3; CREATE TABLE t(x); DROP TABLE t;", h.database()
        local result = h.run(3, { file, h.url(database) })
        assert.matches("no table", result.json.error.message)
        assert.same({}, result.json.targets)
        assert.equal("", h.objects(database))
    end)
end)
