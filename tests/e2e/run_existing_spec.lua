-- wherry run into tables that exist: what it refuses before anything is written, each with a finding and a hint.
local cjson = require "cjson"
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("run into existing tables refuses", function()
    after_each(h.cleanup)

    local ONE_ROW = "CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);"

    ---What a database holds: its objects and how many rows its tables have.
    local function content(database)
        return h.objects(database) .. h.sql(database, [[SELECT relname || ' ' || (xpath('//n/text()', query_to_xml(
            'SELECT count(*) AS n FROM ' || oid::regclass, false, true, '')))[1]::text FROM pg_class
            WHERE relkind = 'r' AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            ORDER BY 1]])
    end

    ---Runs, expects exit 4 with a finding about the table (and column), a hint in it, and nothing written.
    local function refused(file, database, args, name, column)
        local before = content(database)
        local result = h.run(4, { file, table.unpack(args) })
        local finding = ledger.finding(result.json, name, column)
        assert.is_truthy(finding, ("no finding about %s.%s"):format(name, column) .. result.said)
        assert.is_true(finding.hint ~= cjson.null and finding.hint ~= "", "the finding has no hint" .. result.said)
        assert.equal("refused", result.json.status)
        assert.equal(before, content(database))
        return finding, result
    end

    it("a source column without target", function()
        local file = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY, extra TEXT); INSERT INTO t VALUES (1, 'a');"
        local database = h.database()
        h.sql(database, "CREATE TABLE t(id bigint PRIMARY KEY)")
        local finding = refused(file, database, { h.url(database) }, "t", "extra")
        assert.matches("skip", finding.hint)
    end)

    it("a NOT NULL target column that nothing fills, but not one with a default or an identity", function()
        local file, database = h.source(ONE_ROW), h.database()
        h.sql(database, [[CREATE TABLE t(id bigint PRIMARY KEY, needed text NOT NULL, given text NOT NULL DEFAULT 'd',
            counted bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT now(), free text)]])
        local _, result = refused(file, database, { h.url(database) }, "t", "needed")
        assert.equal(1, #result.json.findings, result.said)
        h.sql(database, "ALTER TABLE t ALTER needed DROP NOT NULL")
        h.run(0, { file, h.url(database) })
        assert.equal("1|\\N|d|1|\\N", h.sql(database, "SELECT id, needed, given, counted, free FROM t"))
    end)

    it("a table with rows that has no target, but not an empty one", function()
        local file, database = h.source(ONE_ROW .. [[CREATE TABLE lost(x); CREATE TABLE hollow(x);
            INSERT INTO lost VALUES (1);]]), h.database()
        h.sql(database, "CREATE TABLE t(id bigint PRIMARY KEY)")
        local finding, result = refused(file, database, { h.url(database) }, "lost")
        assert.matches("%-%-skip", finding.hint)
        assert.is_nil(ledger.finding(result.json, "hollow"))
        local done = h.run(0, { file, h.url(database), "--skip=lost" })
        assert.is_truthy(ledger.objects(done.json, "lost")[1], "no receipt for the skipped table" .. done.said)
        assert.equal("1", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("a target table that has rows already", function()
        local file, database = h.source(ONE_ROW), h.database()
        h.sql(database, "CREATE TABLE t(id bigint PRIMARY KEY); INSERT INTO t VALUES (500)")
        refused(file, database, { h.url(database) }, "t")
        assert.equal("500", h.sql(database, "SELECT id FROM t"))
    end)

    it("a column that the target generates", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, n INT, twice INT);
            INSERT INTO t VALUES (1, 2, 4);]], h.database()
        h.sql(database, "CREATE TABLE t(id bigint PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED)")
        refused(file, database, { h.url(database) }, "t", "twice")
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q,
                tables = { t = { skip = { twice = "generated" } } } }]]):format(file, h.url(database)))
        h.run(0, { script })
        assert.equal("1|2|4", h.sql(database, "SELECT * FROM t"))
    end)

    it("an enabled trigger that fires on INSERT, until the script says what to do with it", function()
        local file = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b');"
        local function target()
            local database = h.database()
            h.sql(database, [[CREATE TABLE t(id bigint PRIMARY KEY, v text);
                CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN NEW.v := NEW.v || '!'; RETURN NEW; END $$;
                CREATE TRIGGER marked BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION mark();
                CREATE TRIGGER harmless BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION mark()]])
            return database
        end
        local database = target()
        local finding = refused(file, database, { h.url(database) }, "t")
        assert.matches("marked", finding.reason .. finding.hint)
        assert.matches("triggers", finding.hint)
        for choice, values in pairs { fire = "a!b!", off = "ab" } do
            database = target()
            local script = h.script(([[local w = require "wherry"
                return w.plan { from = w.sqlite %q, to = w.pg %q, tables = { t = { triggers = %q } } }]]):format(file,
                h.url(database), choice))
            assert.equal(choice == "off" and "verified" or "counted", h.run(0, { script }).json.status)
            local verified = h.wherry { "verify", script, "--json" }
            assert.equal(0, verified.code, verified.said)
            assert.equal(choice == "off" and "same" or "not_compared", verified.json.comparison.tables[1].state)
            assert.equal(values, h.sql(database, "SELECT string_agg(v, '' ORDER BY id) FROM t"))
            assert.equal("O|O", h.sql(database, [[SELECT string_agg(tgenabled, '|') FROM pg_trigger
                WHERE tgrelid = 't'::regclass AND NOT tgisinternal]]))
            assert.equal("new!", h.sql(database, "INSERT INTO t VALUES (9, 'new') RETURNING v"))
        end
    end)

    it("row-level security in force", function()
        local role, password = h.role()
        local file, database = h.source(ONE_ROW), h.database()
        h.sql(database, ([[CREATE TABLE t(id bigint PRIMARY KEY); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
            GRANT ALL ON t TO %s; GRANT CREATE ON DATABASE %s TO %s]]):format(role, database, role))
        local finding = refused(file, database, { h.url(database, role, password) }, "t")
        assert.matches("row", (finding.reason .. finding.hint):lower())
        -- The superuser is not subject to it, so for it the same table is fine.
        h.run(0, { file, h.url(database) })
        assert.equal("1", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("a table without the right to insert", function()
        local role, password = h.role()
        local file, database = h.source(ONE_ROW), h.database()
        h.sql(database, ([[CREATE TABLE t(id bigint PRIMARY KEY); GRANT SELECT ON t TO %s;
            GRANT CREATE ON DATABASE %s TO %s]]):format(role, database, role))
        local finding = refused(file, database, { h.url(database, role, password) }, "t")
        assert.matches("GRANT", finding.hint)
        assert.matches("INSERT", finding.hint)
    end)

    it("a version of Alembic that differs, and never copies the table", function()
        local file, database = h.source(ONE_ROW .. [[CREATE TABLE alembic_version(version_num VARCHAR(32) PRIMARY KEY);
            INSERT INTO alembic_version VALUES ('abc123');]]), h.database()
        h.sql(database, [[CREATE TABLE alembic_version(version_num varchar(32) PRIMARY KEY);
            INSERT INTO alembic_version VALUES ('def456'); CREATE TABLE t(id bigint PRIMARY KEY)]])
        local finding = refused(file, database, { h.url(database) }, "alembic_version")
        local words = finding.reason .. finding.hint .. tostring(finding.value)
        assert.matches("abc123", words)
        assert.matches("def456", words)
        h.sql(database, "UPDATE alembic_version SET version_num = 'abc123'")
        local result = h.run(0, { file, h.url(database) })
        assert.equal("abc123", h.sql(database, "SELECT string_agg(version_num, ',') FROM alembic_version"))
        assert.is_nil(ledger.target(result.json, "public.alembic_version"))
        assert.equal("1", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("names that match two ways, and takes a unique match without regard to case with a receipt", function()
        local file, database = h.source [[CREATE TABLE Users(Id INTEGER PRIMARY KEY, FullName TEXT);
            INSERT INTO Users VALUES (1, 'ü');]], h.database()
        h.sql(database, 'CREATE TABLE users(id bigint PRIMARY KEY, fullname text)')
        local result = h.run(0, { file, h.url(database) })
        compare.table(database, file, "users", "Users", { columns = { Id = "id", FullName = "fullname" } })
        local receipts = 0
        for _, object in ipairs(result.json.objects) do
            local about = object.name:lower():find("users", 1, true)
            receipts = receipts + (object.outcome == "changed" and about and 1 or 0)
        end
        assert.is_true(receipts >= 1, "no receipt for the match" .. result.said)

        local two = h.database()
        h.sql(two, [[CREATE TABLE users(id bigint PRIMARY KEY, fullname text);
            CREATE TABLE "USERS"(id bigint PRIMARY KEY, fullname text)]])
        refused(file, two, { h.url(two) }, "Users")
    end)

    it("and tells all findings at once, in the summary too", function()
        local file, database = h.source [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, extra TEXT); INSERT INTO t VALUES (1, 'a');
            CREATE TABLE lost(x); INSERT INTO lost VALUES (1);
            CREATE TABLE full(x INTEGER); INSERT INTO full VALUES (1);]], h.database()
        h.sql(database, "CREATE TABLE t(id bigint PRIMARY KEY, needed int NOT NULL); CREATE TABLE \"full\"(x int); "
            .. "INSERT INTO \"full\" VALUES (3)")
        local _, result = refused(file, database, { h.url(database) }, "t", "extra")
        for _, about in ipairs { { "t", "needed" }, { "lost" }, { "full" } } do
            assert.is_truthy(ledger.finding(result.json, about[1], about[2]), about[1] .. result.said)
        end
        local plain = h.wherry { "run", file, h.url(database) }
        assert.equal(4, plain.code)
        for _, word in ipairs { "extra", "needed", "lost", "full" } do
            assert.matches(word, plain.stdout .. plain.stderr)
        end
    end)

    it("a target that is not there with --schema=existing", function()
        local file, database = h.source(ONE_ROW), h.database()
        refused(file, database, { h.url(database), "--schema=existing" }, "t")
    end)
end)
