-- on_conflict: rows of the source that meet rows which the target holds already: kept, updated or replaced, each
-- counted, and never taken back wrongly.
local h = require "tests.support.harness"

describe("on_conflict", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, n INTEGER);
        INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2), (3, 'three', 3);]]
    local TARGET = [[CREATE TABLE t(id bigint PRIMARY KEY, name text, n bigint, own text DEFAULT 'd');
        INSERT INTO t VALUES (2, 'mine', 20, 'kept'), (3, 'three', 3, 'kept'), (9, 'nine', 9, 'kept');]]

    local function script(file, table_keys, plan_keys)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", %s
                tables = { t = { %s } } }]]):format(file, plan_keys or "", table_keys))
    end

    local function prepared(table_keys, plan_keys)
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, TARGET)
        return script(file, table_keys, plan_keys), database
    end

    local function rows(database)
        return h.sql(database, "SELECT string_agg(t::text, ' ' ORDER BY id) FROM t")
    end

    local function counts(result)
        local line = result.json.targets[1]
        return ("%d passed, %d inserted, %d updated, %d skipped"):format(line.passed, line.inserted, line.updated,
            line.skipped)
    end

    it("is an error by default, told before anything is written", function()
        local file, database = prepared ""
        local result = h.run(4, { file, h.url(database) })
        assert.equal("target_not_empty", result.json.findings[1].code)
        assert.matches("on_conflict", result.json.findings[1].hint, 1, true)
        assert.equal("f", h.sql(database, "SELECT to_regnamespace('wherry') IS NOT NULL"))
    end)

    it("keeps rows that are there", function()
        local file, database = prepared 'on_conflict = "keep"'
        local result = h.run(0, { file, h.url(database) })
        assert.equal("(1,one,1,d) (2,mine,20,kept) (3,three,3,kept) (9,nine,9,kept)", rows(database))
        assert.equal("3 passed, 1 inserted, 0 updated, 2 skipped", counts(result))
    end)

    it("updates rows that are there by their key, and leaves those that are the same", function()
        local file, database = prepared 'on_conflict = "update"'
        local result = h.run(0, { file, h.url(database) })
        assert.equal("(1,one,1,d) (2,two,2,kept) (3,three,3,kept) (9,nine,9,kept)", rows(database))
        assert.equal("3 passed, 1 inserted, 1 updated, 1 skipped", counts(result))
    end)

    it("counts in partitioned tables, too", function()
        for how, told in pairs { keep = "3 passed, 1 inserted, 0 updated, 2 skipped",
            update = "3 passed, 1 inserted, 1 updated, 1 skipped" } do
            local file, database = h.source(SOURCE), h.database()
            h.sql(database, [[CREATE TABLE t(id bigint PRIMARY KEY, name text, n bigint) PARTITION BY RANGE (id);
                CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (3); CREATE TABLE high PARTITION OF t DEFAULT;
                INSERT INTO t VALUES (2, 'mine', 20), (3, 'three', 3)]])
            local plan = script(file, ('on_conflict = "%s"'):format(how))
            assert.matches(how == "keep" and "are there are kept (by id)" or "are there are updated (by id)",
                h.wherry({ "plan", plan, h.url(database) }).stdout, 1, true)
            assert.equal(told, counts(h.run(0, { plan, h.url(database) })))
        end
    end)

    it("keeps one of the source's rows that share the key: with update the last one; as check says", function()
        for how, kept in pairs { keep = "old 1 4", update = "3 6 7" } do
            for _, size in ipairs { "2", "100" } do
                local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, code);
                    INSERT INTO t VALUES (1, 'b'), (2, 'a'), (3, 'a'), (4, 'c'), (5, 'c'), (6, 'b'), (7, 'c')]],
                    h.database()
                h.sql(database, "CREATE TABLE t(id text, code text NOT NULL UNIQUE); INSERT INTO t VALUES ('old', 'a')")
                local plan = script(file, ('on_conflict = "%s", on_bad = "reject"'):format(how))
                local checked = h.wherry { "check", plan, h.url(database), "--json" }
                assert.same({ 0, "skips", 4 }, { checked.code, checked.json.problems[1].outcome,
                    checked.json.problems[1].count })
                assert.equal(0, checked.json.would.reject)
                h.run(0, { plan, h.url(database), "--batch-size=" .. size })
                assert.equal(kept, h.sql(database, "SELECT string_agg(id, ' ' ORDER BY code) FROM t"))
            end
        end
    end)

    it("replaces all rows, and says how many went", function()
        local file, database = prepared 'on_conflict = "replace"'
        local result = h.run(0, { file, h.url(database) })
        assert.equal("(1,one,1,d) (2,two,2,d) (3,three,3,d)", rows(database))
        assert.equal("3 passed, 3 inserted, 0 updated, 0 skipped", counts(result))
        assert.is_truthy(result.said:find("its 3 rows in the target are removed", 1, true), result.said)
    end)

    it("can be said for the whole plan, and a table's own word goes before it", function()
        local file, database = prepared('on_conflict = "keep"', 'on_conflict = "replace",')
        h.run(0, { file, h.url(database) })
        assert.equal("4", h.sql(database, "SELECT count(*) FROM t"))
        file, database = prepared("", 'on_conflict = "replace",')
        h.run(0, { file, h.url(database) })
        assert.equal("3", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("does not replace a table to which another one refers", function()
        local file, database = prepared 'on_conflict = "replace"'
        h.sql(database, "CREATE TABLE child(t bigint REFERENCES t); INSERT INTO child VALUES (9)")
        local result = h.run(4, { file, h.url(database) })
        assert.equal("replace_referenced", result.json.findings[1].code)
        assert.matches("child", result.json.findings[1].reason)
        assert.equal("3", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("needs a key by which rows meet", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, "CREATE TABLE t(id bigint, name text, n bigint)")
        local result = h.run(4, { script(file, 'on_conflict = "update"'), h.url(database) })
        assert.equal("no_conflict_key", result.json.findings[1].code)
    end)

    it("has no meaning for tables that are created", function()
        local file, database = h.source(SOURCE), h.database()
        local path = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, tables = { t = { on_conflict = "keep" } } }]]):format(file))
        local result = h.run(4, { path, h.url(database) })
        assert.matches("on_conflict", result.said)
    end)

    it("fires the triggers of updates where it updates, by decision only", function()
        local file, database = prepared 'on_conflict = "update"'
        h.sql(database, [[CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN NEW.own = 'stamped'; RETURN NEW; END $$;
            CREATE TRIGGER stamp BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION stamp()]])
        assert.equal("trigger_fires", h.run(4, { file, h.url(database) }).json.findings[1].code)
        h.run(0, { file, h.url(database), "--triggers=off" })
        assert.equal("(2,two,2,kept)", h.sql(database, "SELECT t::text FROM t WHERE id = 2"))
        assert.equal("O", h.sql(database, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'stamp'"))
    end)

    it("is told what the server refuses, and rejects such rows where the plan says so", function()
        local file, database = prepared 'on_conflict = "update", on_bad = "reject"'
        h.sql(database, "ALTER TABLE t ADD CHECK (name <> 'two')")
        local result = h.run(1, { file, h.url(database) })
        assert.equal("2 passed, 1 inserted, 0 updated, 1 skipped", counts(result))
        assert.equal("(2,mine,20,kept)", h.sql(database, "SELECT t::text FROM t WHERE id = 2"))
        assert.equal("id=2|23514", h.sql(database, "SELECT key_text, sqlstate FROM wherry.reject"))
    end)

    local MANY = [[CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, n INTEGER);
        WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000)
        INSERT INTO t SELECT i, 'row ' || i, i FROM c;]]

    local function half_way(how)
        local file, database = h.source(MANY .. "UPDATE t SET name = CAST(x'FF' AS TEXT) WHERE id = 2500"), h.database()
        h.sql(database, TARGET)
        local path = script(file, ('on_conflict = "%s"'):format(how))
        h.run(5, { path, h.url(database), "--batch-size=1000" })
        return path, database
    end

    it("takes back what was inserted beside rows that were kept", function()
        local path, database = half_way "keep"
        h.run(5, { path, h.url(database), "--batch-size=1000", "--restart" })
        assert.equal("2000", h.sql(database, "SELECT count(*) FROM t WHERE id <= 2000"))
        assert.equal("(2,mine,20,kept)", h.sql(database, "SELECT t::text FROM t WHERE id = 2"))
        assert.equal("(9,nine,9,kept)", h.sql(database, "SELECT t::text FROM t WHERE id = 9"))
    end)

    it("does not take back rows that it updated: their old values are gone", function()
        local path, database = half_way "update"
        local result = h.run(4, { path, h.url(database), "--restart" })
        assert.matches("updated 3 rows", result.json.error.message)
        assert.equal("2000", h.sql(database, "SELECT count(*) FROM t"))
    end)
end)
