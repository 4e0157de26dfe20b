-- --restart: takes back exactly what an unfinished run did, and nothing else.
local h = require "tests.support.harness"

describe("--restart", function()
    after_each(h.cleanup)

    local ROWS = [[WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000)
        INSERT INTO t(id, v) SELECT n, 'v' || n FROM c;]]

    ---A source whose table t loads 2,000 rows and stops at a text that PostgreSQL does not take.
    local function stopping_source(more)
        return h.source("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, n INTEGER DEFAULT 1);" .. (more or "") .. ROWS
            .. "UPDATE t SET v = CAST(x'610062' AS TEXT) WHERE id = 2500;")
    end

    local function stopped(file, database, ...)
        local result = h.run(5, { file, h.url(database), "--batch-size=1000", ... })
        assert.equal(1, result.json.run)
        return result
    end

    local function definitions(database)
        return h.sql(database, [[SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2;
            SELECT tgrelid::regclass, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger
                WHERE NOT tgisinternal ORDER BY 1, 2]])
    end

    it("leaves rows that others wrote or changed, frozen ones too, and puts keys and triggers back", function()
        local file = stopping_source "CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1), (2);"
        local database = h.database()
        h.sql(database, [[CREATE TABLE p(id bigint PRIMARY KEY);
            CREATE TABLE t(id bigint PRIMARY KEY, v text, n bigint REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED);
            ALTER TABLE t ADD CONSTRAINT "odd Name" FOREIGN KEY (n) REFERENCES p(id) MATCH FULL ON DELETE SET NULL
                NOT VALID;
            CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the trigger fired'; END $$;
            CREATE TRIGGER plain BEFORE INSERT OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION say();
            CREATE TRIGGER always AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION say();
            CREATE TRIGGER replica AFTER INSERT OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION say();
            CREATE TRIGGER never AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION say();
            CREATE TRIGGER gone AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION say();
            ALTER TABLE t ENABLE ALWAYS TRIGGER always, ENABLE REPLICA TRIGGER replica, DISABLE TRIGGER never,
                ENABLE ALWAYS TRIGGER gone]])
        local before = definitions(database)
        stopped(file, database, "--triggers=off", "--indexes=rebuild")
        assert.equal("2000", h.sql(database, "SELECT count(*) FROM t"))
        h.sql(database, [[SET session_replication_role = replica; UPDATE t SET v = 'mine' WHERE id IN (3, 1500);
            ALTER TABLE t DISABLE TRIGGER USER; INSERT INTO t VALUES (9000, 'new', NULL);
            ALTER TABLE t ENABLE TRIGGER gone, ENABLE ALWAYS TRIGGER gone]])
        h.sql(database, "VACUUM FREEZE t; VACUUM FREEZE p")
        local enabled = h.sql(database, [[SELECT string_agg(concat(tgname, tgenabled), ' ' ORDER BY tgname)
            FROM pg_trigger WHERE NOT tgisinternal]])
        assert.equal("alwaysD goneA neverD plainD replicaD", enabled)
        h.sql(database, "ALTER TABLE t ENABLE REPLICA TRIGGER replica")
        local refused = h.run(4, { file, h.url(database), "--restart", "--triggers=off" })
        assert.matches("rows that run 1 did not load refer to rows that it loaded", refused.json.error.message)
        assert.equal("2001", h.sql(database, "SELECT count(*) FROM t"))
        h.sql(database, "SET session_replication_role = replica; UPDATE t SET n = NULL WHERE v = 'mine'")
        local result = h.run(4, { file, h.url(database), "--restart", "--triggers=off" })
        assert.equal("target_not_empty", result.json.findings[1].code, result.said)
        assert.matches("holds 3 rows that run 1 did not load, or that were changed since: they stay; added or changed "
            .. "since it began: 3 (id = 3; id = 1500; id = 9000)", result.stderr, 1, true)
        assert.equal("3|mine\n1500|mine\n9000|new", h.sql(database, "SELECT id, v FROM t ORDER BY id"))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM p"))
        assert.equal(before, definitions(database))
        assert.equal("removed", h.sql(database, "SELECT state FROM wherry.run"))
    end)

    it("puts an index back that the rows which it removes do not allow", function()
        local file = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY, n); INSERT INTO t VALUES (1, 1), (2, 0), (3, 'x')"
        local database = h.database()
        h.sql(database, "CREATE TABLE t(id int PRIMARY KEY, n int); CREATE INDEX share ON t ((10 / n))")
        h.run(5, { file, h.url(database), "--batch-size=1", "--jobs=1" })
        assert.equal("2", h.sql(database, "SELECT count(*) FROM t"))
        h.sqlite(file, "UPDATE t SET n = id")
        h.run(0, { file, h.url(database), "--restart" })
        assert.equal("6|1", h.sql(database, [[SELECT sum(n), (SELECT count(*) FROM pg_indexes
            WHERE indexname = 'share') FROM t]]))
    end)

    it("lets triggers fire as they fired for the load, and removes what these put into its tables", function()
        local file = stopping_source "CREATE TABLE log(v TEXT);"
        local database = h.database()
        h.sql(database, [[CREATE TABLE log(v text); CREATE TABLE t(id bigint, v text, n bigint);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN INSERT INTO log VALUES (NEW.v); RETURN NULL; END $$;
            CREATE TRIGGER note AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
            CREATE TABLE total(n int); INSERT INTO total VALUES (0);
            CREATE FUNCTION down() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN UPDATE total SET n = n - 1; RETURN NULL; END $$;
            CREATE TRIGGER down AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION down()]])
        stopped(file, database, "--triggers=fire")
        assert.equal("2000", h.sql(database, "SELECT count(*) FROM log"))
        h.sql(database, "INSERT INTO log VALUES ('other')")
        local result = h.run(4, { file, h.url(database), "--restart", "--triggers=fire" })
        assert.matches("trigger note of public.t fired for the rows of run 1: what it wrote into tables that the run "
            .. "does not load stays", result.stderr, 1, true)
        assert.equal("other", h.sql(database, "SELECT v FROM log"))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM t"))
        assert.equal("-2000", h.sql(database, "SELECT n FROM total"))
    end)

    it("removes a schema that the run made, unless others put something into it", function()
        local file, database = stopping_source(), h.database()
        for _, kept in ipairs { false, true } do
            h.run(5, { file, h.url(database), "--batch-size=1000", "--target-schema=New One", "--restart",
                "--schema=create" })
            if kept then
                h.sql(database, 'CREATE TABLE "New One".other(i int)')
            end
            h.run(4, { file, h.url(database), "--restart", "--target-schema=New One", "--schema=existing" })
            assert.equal(kept and '"New One".other' or "", h.sql(database, [[SELECT oid::regclass FROM pg_class
                WHERE relnamespace = to_regnamespace('"New One"')]]))
            assert.equal(kept and "1" or "0", h.sql(database,
                "SELECT count(*) FROM pg_namespace WHERE nspname = 'New One'"))
        end
    end)

    it("refuses to drop a table that holds rows of others, or deletes that would act on them", function()
        local file, database = stopping_source(), h.database()
        stopped(file, database)
        h.sql(database, "INSERT INTO t VALUES (9000, 'new', 1)")
        local result = h.run(4, { file, h.url(database), "--restart" })
        assert.matches("holds 1 rows of others", result.json.error.message)
        assert.equal("2001", h.sql(database, "SELECT count(*) FROM t"))

        local other = h.database()
        h.sql(other, [[CREATE TABLE t(id bigint PRIMARY KEY, v text, n bigint);
            CREATE TABLE mine(t bigint REFERENCES t ON DELETE CASCADE)]])
        stopped(file, other)
        h.sql(other, "INSERT INTO mine VALUES (7)")
        result = h.run(4, { file, h.url(other), "--restart" })
        assert.matches("act on rows of public.mine", result.json.error.message, 1, true)
        assert.equal("2000", h.sql(other, "SELECT count(*) FROM t"))
        assert.equal("1", h.sql(other, "SELECT count(*) FROM mine"))
    end)

    it("prints the GRANT that is missing, and then works", function()
        local file, database = stopping_source(), h.database()
        local role, password = h.role()
        h.sql(database, ([[CREATE TABLE t(id bigint, v text, n bigint); GRANT INSERT, SELECT ON t TO %s;
            GRANT CREATE ON DATABASE %s TO %s]]):format(role, database, role))
        local url = h.url(database, role, password)
        h.run(5, { file, url, "--batch-size=1000" })
        local result = h.run(3, { file, url, "--restart" })
        h.sql(database, result.json.error.hint)
        h.run(5, { file, url, "--restart" })
    end)

    it("of a run that was stopped behind a foreign key that failed finds its way", function()
        local file = h.source [[CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p INTEGER);
            INSERT INTO p VALUES (1); INSERT INTO c VALUES (1), (2);]]
        local database = h.database()
        h.sql(database, [[CREATE TABLE p(id bigint PRIMARY KEY); CREATE TABLE c(p bigint REFERENCES p);
            CREATE TABLE d(p bigint) PARTITION BY RANGE (p)]])
        local before = definitions(database)
        h.run(1, { file, h.url(database) })
        h.sql(database, "UPDATE wherry.run SET state = 'stopped'") -- as if killed behind the foreign key
        h.sql(database, "ALTER TABLE c DROP CONSTRAINT c_p_fkey; UPDATE wherry.object "
            .. "SET failed_in = 'aside' WHERE state = 'failed'")
        h.run(1, { file, h.url(database), "--restart" })
        h.sql(database, "DELETE FROM c; DELETE FROM p; ALTER TABLE c VALIDATE CONSTRAINT c_p_fkey")
        assert.equal(before, definitions(database))
    end)

    it("takes away views, triggers and functions that it made, and makes them again", function()
        local file = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, CHECK (a GLOB '*'));
            CREATE TABLE log(a TEXT); INSERT INTO t(a) VALUES ('x'), ('y');
            CREATE VIEW low AS SELECT id, printf('%s', a) AS a FROM t; CREATE VIEW high AS SELECT a FROM low;
            CREATE TRIGGER noted AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END;
            CREATE TRIGGER written INSTEAD OF INSERT ON high BEGIN INSERT INTO t(a) VALUES (new.a); END;]]
        local database = h.database()
        local function made()
            return h.sql(database, [[SELECT viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1;
                SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1;]])
                .. definitions(database)
        end
        h.run(0, { file, h.url(database) })
        local before = made()
        assert.matches("written", before)
        h.sql(database, "UPDATE wherry.run SET state = 'stopped'") -- as if killed at the very end
        h.run(0, { file, h.url(database), "--restart" })
        assert.equal(before, made())
        h.sql(database, "INSERT INTO high VALUES ('z')")
        assert.equal("z", h.sql(database, "SELECT a FROM log"))
    end)

    it("says of a finished run that it stays", function()
        local file, database = h.source "CREATE TABLE t(v TEXT); INSERT INTO t VALUES ('x');", h.database()
        h.run(0, { file, h.url(database) })
        local result = h.run(4, { file, h.url(database), "--restart" })
        assert.matches("run 1 of this file is done", result.stderr)
        assert.equal("1", h.sql(database, "SELECT count(*) FROM t"))
    end)
end)
