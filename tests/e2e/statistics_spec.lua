-- Statistics of the loaded tables: taken with the run, or left to the user, also by the run that goes on.
local h = require "tests.support.harness"

describe("statistics", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE p(id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE c(id INTEGER PRIMARY KEY,
            p INTEGER REFERENCES p); CREATE INDEX c_p ON c(p);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO p SELECT i, i FROM n;
        INSERT INTO c SELECT id, id FROM p WHERE id < 2000;]]

    -- Which tables ANALYZE has seen.
    local function analyzed(database)
        return h.sql(database, [[SELECT coalesce(string_agg(DISTINCT tablename, ' '), 'none') FROM pg_stats
            WHERE schemaname = 'public']])
    end

    local function keys(database)
        return h.sql(database, [[SELECT string_agg(conname || ' ' || convalidated, ', ' ORDER BY conname)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace]])
    end

    it("are there after a run, however many lanes it had, and so are the keys", function()
        for jobs = 1, 2 do
            local file, database = h.source(SOURCE), h.database()
            h.run(0, { file, h.url(database), "--jobs=" .. jobs })
            assert.equal("c p", analyzed(database))
            assert.equal("c_p_fkey true, c_pkey true, p_pkey true", keys(database))
        end
    end)

    it("are taken over a connection of their own, while a lane does other things", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, [[CREATE TABLE p(id bigint PRIMARY KEY, v text); CREATE TABLE c(id bigint, p bigint);
            CREATE SCHEMA aux;
            CREATE FUNCTION aux.slow(v bigint, what text) RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
                IF v = 1 AND current_query() LIKE what THEN PERFORM pg_sleep(1.5); END IF; RETURN v; END $$;
            CREATE INDEX ON p (aux.slow(id, 'ANALYZE%')); CREATE INDEX ON c (aux.slow(id, 'CREATE INDEX%'))]])
        local running = h.start { "run", file, h.url(database), "--jobs=1", "--indexes=rebuild" }
        local seen
        assert.is_true(h.process.wait(20, function()
            seen = h.sql(database, [[SELECT count(DISTINCT pid) FROM pg_stat_activity
                WHERE application_name LIKE 'wherry run %' AND state = 'active'
                    AND (query LIKE 'ANALYZE%' OR query LIKE 'CREATE INDEX%')]])
            return seen == "2"
        end), seen)
        local result = running:finish(20)
        assert.equal(0, result.code, result.said)
        assert.equal("c c_slow_idx p p_slow_idx", analyzed(database)) -- of the indexes' expressions, too
    end)

    it("are left to the user who asks for it, and the run says what to type", function()
        local file, database = h.source(SOURCE), h.database()
        local result = h.wherry { "run", file, h.url(database), "--no-analyze", "--verbose" }
        assert.equal(0, result.code, result.said)
        assert.equal("none", analyzed(database))
        assert.equal("c_p_fkey true, c_pkey true, p_pkey true", keys(database))
        assert.matches("takes no statistics of the tables: run ANALYZE", result.stderr, 1, true)
        assert.matches("Next:\n  ANALYZE ", result.stdout, 1, true)
    end)

    it("are left to the user by a script, and its plan says so", function()
        local file, database = h.source(SOURCE), h.database()
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, analyze = false }]]):format(file))
        local plan = h.wherry { "plan", script, h.url(database) }
        assert.matches("-- No statistics are taken: run ANALYZE after the load", plan.stdout, 1, true)
        h.run(0, { script, h.url(database) })
        assert.equal("none", analyzed(database))
    end)

    it("stay the choice of the run that is gone on with", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, [[CREATE TABLE p(id bigint PRIMARY KEY, v text);
            CREATE TABLE c(id bigint PRIMARY KEY, p bigint REFERENCES p);
            CREATE SCHEMA aux; CREATE TABLE aux.gate(open boolean);
            CREATE FUNCTION aux.guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NOT EXISTS (SELECT FROM aux.gate) THEN RAISE 'closed'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER guard BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION aux.guard()]])
        h.run(5, { file, h.url(database), "--triggers=fire", "--no-analyze" })
        h.sql(database, "INSERT INTO aux.gate VALUES (true)")
        h.run(0, { file, h.url(database), "--triggers=fire", "--resume" })
        assert.equal("none", analyzed(database))
        assert.equal("1999", h.sql(database, "SELECT count(*) FROM c"))
    end)
end)
