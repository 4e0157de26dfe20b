-- wherry forget: what the journal holds of a run that is over goes, exactly; a run that is not over stays.
local h = require "tests.support.harness"

describe("wherry forget", function()
    after_each(h.cleanup)

    local TABLES = { "source", "slice", "object", "reject", "source_table" }

    ---What the journal holds, but of one run: all rows as text.
    local function without(database, run)
        local parts = { ("SELECT 'run', t::text FROM wherry.run t WHERE id <> %d"):format(run) }
        for _, name in ipairs(TABLES) do
            parts[#parts + 1] = ("SELECT '%s', t::text FROM wherry.%s t WHERE run <> %d"):format(name, name, run)
        end
        for _, name in ipairs { "slice_target", "slice_column" } do
            parts[#parts + 1] = ([[SELECT '%s', t::text FROM wherry.%s t JOIN wherry.slice s ON s.id = t.slice
                WHERE s.run <> %d]]):format(name, name, run)
        end
        return h.sql(database, table.concat(parts, " UNION ALL ") .. " ORDER BY 1, 2")
    end

    local function all(database)
        return without(database, 0)
    end

    ---Two runs, each with a rejected row, into one database.
    local function two_runs()
        local database, files = h.database(), {}
        for i, name in ipairs { "a", "b" } do
            h.sql(database, ("CREATE TABLE %s(id int PRIMARY KEY, v int)"):format(name))
            files[i] = h.source(([[CREATE TABLE %s(id INTEGER PRIMARY KEY, v);
                INSERT INTO %s VALUES (1, 1), (2, 'two');]]):format(name, name))
            h.run(1, { files[i], h.url(database), "--on-bad=reject" })
        end
        return database, files
    end

    it("takes all of a run, nothing of another one, and no row that it loaded", function()
        local database = two_runs()
        local rest = without(database, 1)
        assert.are_not.equal(all(database), rest)
        local result = h.wherry { "forget", "1", h.url(database) }
        assert.equal(0, result.code, result.said)
        assert.equal("run 1 is forgotten, and the row that it rejected\n", result.stdout)
        assert.equal(rest, all(database))
        assert.equal("1|1", h.sql(database, "SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)"))
        local again = h.wherry { "forget", "1", h.url(database), "--json" }
        assert.equal(2, again.code, again.said)
        assert.equal(0, h.wherry({ "forget", "2", h.url(database), "--json" }).code)
        assert.equal("", all(database))
        assert.matches("holds no run", h.wherry({ "status", h.url(database) }).stdout)
    end)

    it("looks for the rejects of a slice by an index, which an earlier journal gets", function()
        local function used(database)
            return tonumber(h.sql(database, [[SELECT coalesce(sum(idx_scan), 0) FROM pg_stat_all_indexes
                WHERE indexrelname = 'reject_slice']]))
        end
        for _, earlier in ipairs { "", "DROP INDEX wherry.reject_slice;" } do
            local database = two_runs()
            h.sql(database, [[WITH made AS (INSERT INTO wherry.slice (run, source, source_table, state)
                    SELECT 1, 'main', 'a', 'done' FROM generate_series(1, 100) RETURNING id)
                INSERT INTO wherry.reject (run, slice, source, source_table, target, reason, row)
                SELECT 1, id, 'main', 'a', 'public.a', 'why', repeat('x', 50) FROM made, generate_series(1, 200);]]
                .. earlier)
            local rest = without(database, 1)
            assert.equal(0, h.wherry({ "forget", "1", h.url(database) }).code)
            assert.equal(rest, all(database))
            assert.is_truthy(h.process.wait(5, function() return used(database) >= 100 end), used(database))
        end
    end)

    it("refuses a run that is not over, and says how to end it", function()
        local file = h.source "CREATE TABLE a(id INTEGER PRIMARY KEY, v); INSERT INTO a VALUES (1, 'one');"
        local database = h.database()
        h.sql(database, "CREATE TABLE a(id int PRIMARY KEY, v int)")
        h.run(5, { file, h.url(database) })
        local before = all(database)
        local result = h.wherry { "forget", "1", h.url(database), "--force", "--json" }
        assert.equal(4, result.code, result.said)
        assert.matches("run 1 is not over: it is stopped half%-way", result.json.error.message)
        assert.matches("%-%-restart", result.json.error.hint)
        assert.equal(before, all(database))
        h.sqlite(file, "UPDATE a SET v = 1;")
        h.run(0, { file, h.url(database), "--restart" })
        assert.equal(0, h.wherry({ "forget", "1", h.url(database) }).code) -- it was taken back
        assert.equal("2|done", h.sql(database, "SELECT id, state FROM wherry.run"))
    end)

    it("keeps definitions that are nowhere else, unless it is told not to", function()
        local database = two_runs()
        h.sql(database, [[INSERT INTO wherry.object (run, kind, name, target, sql, aside_sql, state, outcome)
            VALUES (1, 'index', 'a_v', 'public.a', 'CREATE INDEX a_v ON public.a (v)', 'DROP INDEX public.a_v',
                    'failed', 'exact'),
                (1, 'index', 'new', 'public.a', 'CREATE INDEX new ON public.a (v)', NULL, 'failed', 'exact')]])
        local refused = h.wherry { "forget", "1", h.url(database), "--json" }
        assert.equal(4, refused.code, refused.said)
        assert.matches("CREATE INDEX a_v ON public.a", refused.json.error.hint, 1, true)
        assert.is_nil(refused.json.error.hint:find("INDEX new", 1, true))
        local shown = h.wherry { "status", "1", h.url(database) }
        assert.matches("Put aside, and not back yet:\n  CREATE INDEX a_v ON public.a %(v%);\n", shown.stdout)
        assert.equal(0, h.wherry({ "forget", "1", h.url(database), "--force" }).code)
    end)

    it("does not wait for a run that is at work", function()
        local database = two_runs()
        h.sql(database, [[CREATE TABLE slow(id int PRIMARY KEY); CREATE SCHEMA aux;
            CREATE FUNCTION aux.slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.1); RETURN new; END $$;
            CREATE TRIGGER slow BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION aux.slow()]])
        local file = h.source [[CREATE TABLE slow(id INTEGER PRIMARY KEY);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 30)
            INSERT INTO slow SELECT n FROM c]]
        local running = h.start { "run", file, h.url(database), "--batch-size=5", "--triggers=fire", "--json" }
        assert(h.process.wait(20, function()
            return h.sql(database, "SELECT count(*) FROM wherry.run WHERE id = 3") == "1"
        end))
        assert.equal(0, h.wherry({ "forget", "1", h.url(database) }).code)
        local refused = h.wherry { "forget", "3", h.url(database) }
        assert.equal(4, refused.code, refused.said)
        assert.is_true(running:running())
        assert.equal(0, running:finish(20).code)
    end)

    it("asks which one, and finds it in the target that is named only", function()
        local database, files = two_runs()
        assert.equal(2, h.wherry({ "forget", h.url(database) }).code)
        assert.equal(2, h.wherry({ "forget", "1" }).code)
        assert.equal(2, h.wherry({ "forget", files[2], h.url(database), "1" }).code)
        assert.equal(2, h.wherry({ "forget", "1", h.url(h.database()) }).code)
        assert.equal(0, h.wherry({ "forget", files[1], h.url(database), "1" }).code)
    end)
end)
