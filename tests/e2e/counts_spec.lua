-- Counts and objects that do not come out even: whatever the reason, they are told, and the exit code says so.
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

describe("what does not come out even", function()
    after_each(h.cleanup)

    local function plan(file, database, tables)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, tables = { %s } }]]):format(file, h.url(database),
            tables))
    end

    local function finding(result, code)
        for _, found in ipairs(result.json.findings) do
            if found.code == code then
                return found
            end
        end
        error("no finding " .. code .. result.said, 2)
    end

    it("rows that a trigger adds to another table of the run", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2);
            CREATE TABLE u(id INTEGER PRIMARY KEY); INSERT INTO u VALUES (1);]], h.database()
        h.sql(database, [[CREATE TABLE t(id int); CREATE TABLE u(id int);
            CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN INSERT INTO public.u VALUES (NEW.id + 100); RETURN NEW; END $$;
            CREATE TRIGGER more BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION more()]])
        local result = h.run(1, { file, h.url(database), "--triggers=fire" })
        assert.equal("differs", result.json.status)
        assert.equal("u", finding(result, "ledger").table)
        assert.matches("holds 3 rows, and the run inserted 1", finding(result, "ledger").reason)
        assert.equal("loaded", h.run(0, { file, h.url(database), "--journal=other", "--verify=none", "--triggers=fire",
            "--skip=*" }).json.status)
    end)

    it("but not the rows of tables that inherit from a table: these are their own", function()
        local file, database = h.source [[CREATE TABLE base(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO base VALUES (1, 'a'), (2, 'b'); CREATE TABLE parts(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO parts VALUES (5, 'e'), (15, 'o');]], h.database()
        h.sql(database, [[CREATE TABLE base(id int PRIMARY KEY, v text);
            CREATE TABLE heir(extra text) INHERITS (base); INSERT INTO heir VALUES (7, 'h', 'x'), (1, 'i', 'y');
            CREATE TABLE parts(id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
            CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (10);
            CREATE TABLE high PARTITION OF parts FOR VALUES FROM (10) TO (20)]])
        assert.equal("verified", h.run(0, { file, h.url(database) }).json.status)
        for round, how in ipairs { "update", "replace", "keep" } do
            local script = plan(file, database, ("base = { on_conflict = %q }, parts = { on_conflict = %q }"):format(
                how, how))
            h.run(0, { script, "--journal=again" .. round })
            assert.equal("2 4 2", h.sql(database, [[SELECT concat_ws(' ', (SELECT count(*) FROM ONLY base),
                (SELECT count(*) FROM base), (SELECT count(*) FROM parts))]]))
        end
    end)

    it("a condition is heeded in each step, and behind the key at which a run goes on", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 40)
            INSERT INTO t SELECT n, CASE WHEN n % 4 THEN 'v' || n END FROM c;]], h.database()
        h.sql(database, "CREATE TABLE t(id int CONSTRAINT not_yet CHECK (id <> 24), v text)")
        local script = plan(file, database, 't = { where = "v IS NULL OR id > 38" }')
        h.run(5, { script, "--batch-size=3" })
        h.sql(database, "ALTER TABLE t DROP CONSTRAINT not_yet")
        local result = h.run(0, { script, "--batch-size=3", "--resume", "--accept-changes" })
        assert.equal(29, ledger.source(result.json, "t").excluded)
        assert.equal("4 8 12 16 20 24 28 32 36 39 40",
            h.sql(database, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM t"))
    end)

    it("an index that lacks rows of its table is not asked how many there are", function()
        local file, database = h.source [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, a TEXT, b TEXT, c TEXT, d TEXT);
            INSERT INTO t(id, v) VALUES (1, 'a'), (2, 'b'); CREATE INDEX i ON t(v);
            CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'i';
            PRAGMA writable_schema = 1; DELETE FROM sqlite_schema WHERE name = 'i';]], h.database()
        h.sqlite(file, "INSERT INTO t(id, v) VALUES (3, 'c');")
        h.sqlite(file, [[PRAGMA writable_schema = 1; INSERT INTO sqlite_schema SELECT * FROM kept; DROP TABLE kept;]])
        assert.equal("2", h.sqlite(file, "SELECT count(*) FROM t;"), "SQLite does not count by the index")
        local result = h.run(0, { file, h.url(database) })
        assert.equal(3, ledger.source(result.json, "t").total)
        assert.equal("3", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("orphans are counted without the rows whose key is NULL in part; the key stands, not valid", function()
        local file, database = h.source [[
            CREATE TABLE p(a INTEGER, b INTEGER, PRIMARY KEY (a, b)); INSERT INTO p VALUES (1, 1);
            CREATE TABLE c(id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, FOREIGN KEY (a, b) REFERENCES p(a, b));
            INSERT INTO c VALUES (1, 1, 1), (2, NULL, 9), (3, 9, 9), (4, 9, NULL);]], h.database()
        local result = h.run(1, { file, h.url(database) })
        local orphan = finding(result, "orphan")
        assert.matches("^1 row of", orphan.reason)
        assert.equal("9, 9", orphan.value.text)
        local key = ledger.objects(result.json, "c_a_b_fkey", "foreign key")[1]
        assert.equal("changed", key.outcome)
        assert.equal("f", h.sql(database, "SELECT convalidated FROM pg_constraint WHERE conname = 'c_a_b_fkey'"))
        assert.equal("failed", h.sql(database, "SELECT state FROM wherry.object WHERE name = 'c_a_b_fkey'"))
    end)

    it("a key of the target that was not valid before is put back as it was", function()
        local file, database = h.source [[CREATE TABLE p(id INTEGER PRIMARY KEY);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER); INSERT INTO c VALUES (1, 9);]], h.database()
        h.sql(database, [[CREATE TABLE p(id int PRIMARY KEY); CREATE TABLE c(id int PRIMARY KEY, p int);
            ALTER TABLE c ADD CONSTRAINT later FOREIGN KEY (p) REFERENCES p NOT VALID]])
        h.run(0, { file, h.url(database) })
        assert.equal("FOREIGN KEY (p) REFERENCES p(id) NOT VALID",
            h.sql(database, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'later'"))
    end)

    it("a key of a partitioned table, which can't wait for its validation, is put back all the same", function()
        local file, database = h.source [[CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER); INSERT INTO c VALUES (1, 1), (200, 1);]], h.database()
        h.sql(database, [[CREATE TABLE p(id int PRIMARY KEY);
            CREATE TABLE c(id int PRIMARY KEY, p int CONSTRAINT kept REFERENCES p) PARTITION BY RANGE (id);
            CREATE TABLE c_low PARTITION OF c FOR VALUES FROM (0) TO (100);
            CREATE TABLE c_high PARTITION OF c DEFAULT]])
        h.run(0, { file, h.url(database) })
        assert.equal("t|3", h.sql(database, [[SELECT bool_and(convalidated), count(*) FROM pg_constraint
            WHERE contype = 'f' AND conrelid IN ('c'::regclass, 'c_low'::regclass, 'c_high'::regclass)]]))
        assert.equal("1|1", h.sql(database, "SELECT (SELECT count(*) FROM c_low), (SELECT count(*) FROM c_high)"))
    end)

    it("a sequence that ends below the data", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (11);]],
            h.database()
        h.sql(database, "CREATE SEQUENCE s MAXVALUE 10; CREATE TABLE t(id int PRIMARY KEY DEFAULT nextval('s'))")
        local result = h.run(1, { file, h.url(database) })
        assert.matches("11", finding(result, "sequence").reason)
        assert.equal("1", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("a journal's schema that is something else is not written to", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);]],
            h.database()
        h.sql(database, "CREATE SCHEMA wherry; CREATE TABLE wherry.boats(name text)")
        local result = h.run(3, { file, h.url(database) })
        assert.matches("%-%-journal", result.json.error.hint)
        assert.equal("relation wherry.boats\nschema wherry", h.objects(database))
        h.run(0, { file, h.url(database), "--journal=log" })
    end)

    it("statistics are there for every table", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'b');]], h.database()
        h.run(0, { file, h.url(database) })
        assert.equal("2", h.sql(database, "SELECT count(*) FROM pg_stats WHERE tablename = 't'"))
    end)
end)
