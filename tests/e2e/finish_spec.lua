-- What follows the load: objects that the rows do not allow, sequences, ANALYZE, the ledger; and what stands in a run's
-- way: other runs, the journal's schema, servers that take no changes.
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

describe("the finish of a run", function()
    after_each(h.cleanup)

    local function outcomes(result)
        local list = {}
        for _, object in ipairs(result.json.objects) do
            list[object.name] = object.outcome
        end
        return list
    end

    it("makes the other objects when one fails, and tries the failed ones again on --resume", function()
        local file, database = h.source [[
            CREATE TABLE p(a INTEGER, b TEXT, PRIMARY KEY (a, b));
            CREATE TABLE c(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, t TEXT, FOREIGN KEY (a, b) REFERENCES p);
            CREATE INDEX long ON c(t); CREATE INDEX short ON c(a);
            INSERT INTO p VALUES (1, 'x'), (2, 'y');
            INSERT INTO c VALUES (1, 1, 'x', 'a'), (2, 1, 'y', 'b'), (3, 1, NULL, 'c'), (4, 7, 'x', 'd');]],
            h.database()
        h.sql(database, [[CREATE FUNCTION public.guard() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.long') THEN
                RAISE EXCEPTION 'not this one'; END IF; END $$;
            CREATE EVENT TRIGGER guard ON ddl_command_end WHEN TAG IN ('CREATE INDEX')
                EXECUTE FUNCTION public.guard()]])
        local result = h.run(1, { file, h.url(database) })
        assert.equal("differs", result.json.status)
        assert.same({ long = "not_carried", short = "exact", c_a_b_fkey = "changed", p_pkey = "changed",
            c_pkey = "changed", c = "exact", p = "exact" }, outcomes(result))
        local orphans = {}
        for _, finding in ipairs(result.json.findings) do
            if finding.code == "orphan" then
                orphans[#orphans + 1] = finding.value.text
                assert.equal("a, b", finding.column)
                assert.matches("2 rows of public.c refer to rows of public.p", finding.reason)
            else
                assert.same({ "object_refused", "c" }, { finding.code, finding.table })
                assert.matches("%-%-resume", finding.hint)
            end
        end
        table.sort(orphans)
        assert.same({ "1, y", "7, x" }, orphans)
        assert.equal("f", h.sql(database, "SELECT convalidated FROM pg_constraint WHERE conname = 'c_a_b_fkey'"))
        assert.equal("failed|failed", h.sql(database,
            "SELECT string_agg(state, '|') FROM wherry.object WHERE name IN ('long', 'c_a_b_fkey')"))

        h.sql(database, "UPDATE c SET b = 'x' WHERE id = 2; DROP EVENT TRIGGER guard")
        result = h.run(1, { file, h.url(database), "--resume" })
        assert.same({ "exact", "changed" }, { outcomes(result).long, outcomes(result).c_a_b_fkey })
        h.sql(database, "UPDATE c SET a = 2, b = 'y' WHERE id = 4")
        result = h.run(1, { file, h.url(database), "--resume" }) -- rows were changed in the target
        assert.equal("exact", outcomes(result).c_a_b_fkey)
        assert.equal("differs", result.json.comparison.state)
        h.run(0, { file, h.url(database), "--resume", "--verify=count" })
        assert.equal("t", h.sql(database, "SELECT convalidated FROM pg_constraint WHERE conname = 'c_a_b_fkey'"))
        assert.equal("done|differs", h.sql(database, "SELECT state, status FROM wherry.run"))
    end)

    it("puts keys of partitioned tables back", function()
        local file, database = h.source [[CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p INTEGER);
            INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);]], h.database()
        h.sql(database, [[CREATE TABLE p(id bigint PRIMARY KEY);
            CREATE TABLE c(p bigint REFERENCES p) PARTITION BY RANGE (p);
            CREATE TABLE c1 PARTITION OF c FOR VALUES FROM (0) TO (100)]])
        local keys = [[SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1]]
        local before = h.sql(database, keys)
        h.run(0, { file, h.url(database) })
        assert.equal(before, h.sql(database, keys))
    end)

    it("sets sequences of every kind, or says which one is used up", function()
        local file, database = h.source [[
            CREATE TABLE serial(id INTEGER PRIMARY KEY); INSERT INTO serial VALUES (5), (2147483647);
            CREATE TABLE negative(id INTEGER PRIMARY KEY); INSERT INTO negative VALUES (-5), (-7);
            CREATE TABLE empty(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO empty VALUES (41); DELETE FROM empty;
            CREATE TABLE one(id INTEGER); INSERT INTO one VALUES (3);
            CREATE TABLE two(id INTEGER); INSERT INTO two VALUES (17);
            CREATE TABLE texts(id TEXT); INSERT INTO texts VALUES ('9'), ('x12'), ('10');
            CREATE TABLE exact(id NUMERIC); INSERT INTO exact VALUES (10.5);
            CREATE TABLE huge(id NUMERIC); INSERT INTO huge VALUES ('1e30');
            CREATE TABLE down(id INTEGER); INSERT INTO down VALUES (-3), (-8);
            CREATE TABLE owned(id INTEGER, other INTEGER); INSERT INTO owned VALUES (1, 99);]], h.database()
        h.sql(database, [[CREATE SEQUENCE shared; CREATE SEQUENCE falling INCREMENT -1;
            CREATE TABLE serial(id serial); CREATE TABLE negative(id serial);
            CREATE TABLE empty(id int GENERATED ALWAYS AS IDENTITY);
            CREATE TABLE one(id int DEFAULT nextval('shared')); CREATE TABLE two(id int DEFAULT nextval('shared'));
            CREATE TABLE texts(id text DEFAULT nextval('shared')::text);
            CREATE TABLE exact(id numeric DEFAULT nextval('shared'));
            CREATE SEQUENCE big; CREATE TABLE huge(id numeric DEFAULT nextval('big'));
            CREATE TABLE down(id int DEFAULT nextval('falling'));
            CREATE TABLE owned(id int, other int); CREATE SEQUENCE elsewhere OWNED BY owned.other;
            ALTER TABLE owned ALTER id SET DEFAULT nextval('elsewhere')]])
        local result = h.run(1, { file, h.url(database) })
        local used_up = {}
        for _, finding in ipairs(result.json.findings) do
            used_up[finding.table] = finding.code
        end
        assert.same({ serial = "sequence", huge = "sequence" }, used_up, result.said)
        for sql, expected in pairs {
            ["INSERT INTO negative DEFAULT VALUES RETURNING id"] = "1",
            ["INSERT INTO empty DEFAULT VALUES RETURNING id"] = "42",
            ["SELECT nextval('shared')"] = "18", ["SELECT nextval('falling')"] = "-9",
            ["SELECT nextval('elsewhere')"] = "100",
        } do
            assert.equal(expected, h.sql(database, sql), sql)
        end
    end)

    it("does not fail at a table that can't be analyzed, or is another's", function()
        local file, database = h.source [[CREATE TABLE t(v INTEGER); INSERT INTO t VALUES (1);
            CREATE TABLE u(v INTEGER); INSERT INTO u VALUES (1);]], h.database()
        h.sql(database, [[CREATE TABLE t(v int); CREATE TABLE u(v int);
            CREATE FUNCTION f(v int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
                IF current_query() LIKE 'ANALYZE%' THEN RAISE 'not today'; END IF; RETURN v; END $$;
            CREATE INDEX ON t (f(v))]])
        local role, password = h.role()
        h.sql(database, ("GRANT INSERT, SELECT ON u TO %s; GRANT CREATE ON DATABASE %s TO %s"):format(role, database,
            role))
        local result = h.run(0, { file, h.url(database), "--only=t" })
        assert.matches("ANALYZE public.t: not today", result.stderr, 1, true)
        h.run(0, { file, h.url(database, role, password), "--only=u", "--journal=theirs" })
    end)

    it("tells rows that triggers put into other tables, and rows that triggers turn away", function()
        local file, database = h.source [[CREATE TABLE t(v INTEGER); INSERT INTO t VALUES (1), (2);
            CREATE TABLE log(v INTEGER);]], h.database()
        h.sql(database, [[CREATE TABLE log(v int); CREATE TABLE t(v int);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO public.log VALUES (NEW.v); IF NEW.v = 2 THEN RETURN NULL; END IF; RETURN NEW; END $$;
            CREATE TRIGGER note BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION note()]])
        local result = h.run(1, { file, h.url(database), "--triggers=fire" })
        assert.matches("holds 2 rows, and the run inserted 0", ledger.finding(result.json, "log").reason)
        assert.matches("2 rows were sent to public.t, and the server kept 1", ledger.finding(result.json, "t").reason)
        -- without the count of the target's rows, what was turned away is still accounted for
        local other = h.database()
        h.sql(other, [[CREATE TABLE log(v int); CREATE TABLE t(v int);
            CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            CREATE TRIGGER none BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION away()]])
        h.run(1, { file, h.url(other), "--triggers=fire", "--verify=none" })
    end)

    it("takes the document's objects from the target when a run stops", function()
        local file, database = h.source [[CREATE TABLE a(id INTEGER PRIMARY KEY, v TEXT);
            CREATE INDEX a_v ON a(v); INSERT INTO a VALUES (1, CAST(x'6100' AS TEXT));]], h.database()
        local result = h.run(5, { file, h.url(database) })
        assert.same({ a = "exact", a_pkey = "not_carried", a_v = "not_carried" }, outcomes(result))
    end)
end)

describe("a run's surroundings", function()
    after_each(h.cleanup)

    local STOPS = "CREATE TABLE t(v TEXT); INSERT INTO t VALUES (CAST(x'6100' AS TEXT));"

    it("may hold an unfinished run of another file, unless both load the same table", function()
        local first, second = h.source(STOPS), h.source "CREATE TABLE u(v TEXT); INSERT INTO u VALUES ('x');"
        local third, database = h.source "CREATE TABLE t(v TEXT); INSERT INTO t VALUES ('x');", h.database()
        h.sql(database, "CREATE TABLE t(v text); CREATE TABLE u(v text)")
        h.run(5, { first, h.url(database) })
        local result = h.run(0, { second, h.url(database) })
        assert.matches("run 1 of another file", result.stderr)
        result = h.run(4, { third, h.url(database) })
        local finding = ledger.finding(result.json, "t")
        assert.equal("unfinished_run", finding.code)
        assert.matches(first, finding.reason, 1, true)
    end)

    it("may be another role's journal: the printed GRANTs suffice", function()
        local file, database = h.source "CREATE TABLE t(v TEXT); INSERT INTO t VALUES ('x');", h.database()
        local other = h.source "CREATE TABLE u(v TEXT); INSERT INTO u VALUES ('x');"
        h.sql(database, "CREATE TABLE t(v text); CREATE TABLE u(v text)")
        h.run(0, { other, h.url(database) })
        local role, password = h.role()
        h.sql(database, ("GRANT INSERT, SELECT ON t TO %s"):format(role))
        local url = h.url(database, role, password)
        local result = h.run(3, { file, url })
        local grants = result.json.error.hint:match "GRANT.*; "
        h.sql(database, grants)
        h.run(0, { file, url })
    end)

    it("may name the journal oddly, but not as what it can't be", function()
        local file, database = h.source(STOPS), h.database()
        h.sql(database, "CREATE TABLE t(v text)")
        local name = [[--journal=My "own" journal's]]
        h.run(5, { file, h.url(database), name })
        h.run(5, { file, h.url(database), name, "--resume" })
        h.run(5, { file, h.url(database), name, "--restart" })
        assert.equal("2", h.sql(database, [[SELECT count(*) FROM "My ""own"" journal's".run]]))
        for _, bad in ipairs { "", "public", "pg_journal", ("j"):rep(64) } do
            local result = h.run(2, { file, h.url(database), "--journal=" .. bad })
            assert.matches("journal", result.json.error.message)
        end
    end)

    it("may be kept read-only, and then only a word for this run opens it", function()
        local file, database = h.source "CREATE TABLE t(v TEXT); INSERT INTO t VALUES ('x');", h.database()
        h.sql("postgres", ("ALTER DATABASE %s SET default_transaction_read_only = on"):format(database))
        assert.matches("PGOPTIONS", h.run(3, { file, h.url(database) }).json.error.hint)
        assert.equal("", h.objects(database))
        h.run(0, { file, h.url(database) }, { env = { PGOPTIONS = "-c default_transaction_read_only=off" } })
        assert.equal("1", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("may end statements that last, but not wherry's", function()
        local file, database = h.source "CREATE TABLE t(v TEXT); INSERT INTO t VALUES ('x');", h.database()
        h.sql(database, [[CREATE TABLE t(v text); CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
            CREATE TRIGGER pause BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION pause()]])
        h.sql("postgres", ("ALTER DATABASE %s SET statement_timeout = '200ms'"):format(database))
        h.run(0, { file, h.url(database), "--triggers=fire" })
    end)

    it("may name things in bytes that are not UTF-8", function()
        local file = h.source("CREATE TABLE \"caf\xe9\"(id INTEGER PRIMARY KEY, \"na\xefve\" TEXT UNIQUE);"
            .. "INSERT INTO \"caf\xe9\" VALUES (1, 'x'), (2, 'y');", "b\xe9.db")
        local database = h.database()
        h.run(0, { file, h.url(database) })
        assert.equal("x\ny", h.sql(database, [[SELECT "na\xefve" FROM "caf\xe9" ORDER BY 1]]))
        local again = h.run(0, { file, h.url(database), "--resume" })
        assert.equal(1, again.json.run)
    end)

    it("may lie below another run, which is told who holds it", function()
        local good = "CREATE TABLE t(v TEXT); INSERT INTO t VALUES ('x');"
        local file, database = h.source(good), h.database()
        local same = { h.source(good), h.source(good), h.source(good) }
        h.sql(database, [[CREATE TABLE t(v text); CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(200); RETURN NULL; END $$;
            CREATE TRIGGER pause BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION pause()]])
        local first = h.start { "run", file, h.url(database), "--triggers=fire", "--json" }
        assert(h.process.wait(10, function()
            return h.sql(database, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") ~= "0"
        end))
        local others = {}
        for index, args in ipairs { {}, { "--restart", "--retry=1s" }, { "--resume", "--retry=1s" } } do
            others[index] = h.start({ "run", same[index], h.url(database), "--triggers=fire", "--json",
                table.unpack(args) }, { keeps = true })
        end
        for _, other in ipairs(others) do
            local result = other:finish(60)
            assert.equal(3, result.code, result.said)
            assert.matches("another run is at work on this target %(server process %d+, client", result.stdout)
        end
        first:kill "INT"
        assert.equal(130, first:finish(10).code)
    end)
end)
