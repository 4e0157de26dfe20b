-- Values and rows that do not fit, in each way of dealing with them: what arrives, is counted, kept and told. Whatever
-- happens, every source row is in the target or in the journal, never in both.
local cjson = require "cjson"
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

local process = h.process

describe("rows that do not fit", function()
    after_each(h.cleanup)

    local TARGET = [[CREATE TABLE t(id bigint PRIMARY KEY, n integer, name varchar(5), price numeric(6,2), flag boolean,
        f real, doc jsonb, note text NOT NULL DEFAULT '', CHECK (n <> 13));]]

    -- Ten good rows, and of each kind of bad value one: 11 n, 12 name, 13 price, 14 flag, 15 f, 16 doc, 17 and 18 note,
    -- 19 a CHECK, 20 NOT NULL, 21 an empty text.
    local SOURCE = [[CREATE TABLE t(id INTEGER PRIMARY KEY, n, name, price, flag, f, doc, note);
        WITH RECURSIVE i(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i WHERE v < 10)
        INSERT INTO t SELECT v, v, 'n' || v, 1.25, 1, 0.5, '{"a": ' || v || '}', 'note' FROM i;
        INSERT INTO t VALUES
            (11, 'eleven', 'a', 1, 1, 1, NULL, 'x'), (12, 1, 'too long', 1, 1, 1, NULL, 'x'),
            (13, 1, 'a', 1.255, 1, 1, NULL, 'x'), (14, 1, 'a', 1, 2, 1, NULL, 'x'),
            (15, 1, 'a', 1, 1, 16777217, NULL, 'x'), (16, 1, 'a', 1, 1, 1, '{bad', 'x'),
            (17, 1, 'a', 1, 1, 1, NULL, 'a' || char(0) || 'b'), (18, 1, 'a', 1, 1, 1, NULL, CAST(x'61ff' AS TEXT)),
            (19, 13, 'a', 1, 1, 1, NULL, 'x'), (20, 1, 'a', 1, 1, 1, NULL, NULL), (21, '', 'a', 1, 1, 1, NULL, 'x');]]

    local function bases(target)
        local database = h.database()
        h.sql(database, target or TARGET)
        return h.source(SOURCE), database
    end

    local function script(file, text)
        return h.script(("local w = require 'wherry'\nreturn w.plan { from = w.sqlite %q, %s }"):format(file, text))
    end

    local function ids(database, sql)
        return h.sql(database, ("SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM (%s) AS s"):format(
            sql))
    end

    -- Every row is on one side.
    local function nothing_lost(database, total)
        local both = ids(database, [[SELECT id FROM t UNION ALL
            SELECT substr(key_text, 4)::bigint FROM wherry.reject WHERE state = 'open']])
        local wanted = {}
        for i = 1, total do
            wanted[i] = tostring(i)
        end
        assert.equal(table.concat(wanted, " "), both)
    end

    it("are rejected with what is known of them, and all others arrive", function()
        local file, database = bases()
        local result = h.run(1, { file, h.url(database), "--on-bad=reject", "--rejects", h.path "rejects.jsonl" })
        assert.is_nil(ledger.check(result.json, 1))
        nothing_lost(database, 21)
        assert.equal("1 2 3 4 5 6 7 8 9 10", ids(database, "SELECT id FROM t"))
        local source = ledger.source(result.json, "t")
        assert.same({ 21, 11, 10 }, { source.total, source.rejected, source.passed })
        assert.equal("rejected", ledger.finding(result.json, "t").code)
        local seen, told = {}, 0
        for line in assert(process.read(h.path "rejects.jsonl")):gmatch "[^\n]+" do
            local reject = cjson.decode(line)
            seen[reject.key] = reject
            assert.equal(result.json.run, reject.run)
            assert.equal("t", reject.table)
            assert.equal(reject.key, "id=" .. reject.row.id.text)
        end
        assert.same({ class = "text", text = "eleven" }, seen["id=11"].value)
        assert.same({ class = "real", text = "1.255" }, seen["id=13"].value)
        assert.same({ class = "text", hex = "610062" }, seen["id=17"].value)
        assert.same({ class = "text", hex = "61ff" }, seen["id=18"].row.note)
        assert.same({ "note", "23502" }, { seen["id=20"].column, seen["id=20"].sqlstate })
        assert.same({ class = "null" }, seen["id=20"].row.note)
        assert.equal("23514", seen["id=19"].sqlstate)
        for _, group in ipairs(result.json.rejects) do
            assert.is_true(#group.examples <= 3 and #group.examples <= group.count)
            told = told + group.count
        end
        assert.equal(11, told)
    end)

    it("are written to no file that SQLite would take for the source's, though it is not there", function()
        local file, database = bases()
        for _, path in ipairs { file, file .. "-wal", file:gsub("/([^/]*)$", "//%1") .. "-journal" } do
            local result = h.run(2, { file, h.url(database), "--on-bad=reject", "--rejects", path })
            assert.equal("--rejects names the source", result.json.error.message)
        end
        assert.is_nil(process.read(file .. "-wal"))
    end)

    it("are told in the summary by reason, with examples", function()
        local file, database = bases()
        local result = h.wherry { "run", file, h.url(database), "--on-bad=reject" }
        assert.equal(1, result.code)
        assert.matches("Rejected: 11 rows, kept in the journal", result.stdout, 1, true)
        assert.matches('id=12: "too long" (text)', result.stdout, 1, true)
        assert.matches("11 rows were rejected", result.stdout, 1, true)
    end)

    it("stop the run where nothing is said of them", function()
        local file, database = bases()
        assert.equal("value", h.run(5, { file, h.url(database) }).json.error.kind)
        assert.equal("0", h.sql(database, "SELECT count(*) FROM wherry.reject"))
    end)

    it("are judged with the rows before them in place, where a trigger looks at these", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE t(id int PRIMARY KEY, first int, n int CHECK (n <> 13));
            CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
                IF NEW.first IS NOT NULL AND NOT EXISTS (SELECT FROM t WHERE id = NEW.first) THEN
                    RAISE 'no row %', NEW.first USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
            END$$;
            CREATE TRIGGER looks BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION look()]])
        local file = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, first, n);
            WITH RECURSIVE i(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i WHERE v < 3000)
            INSERT INTO t SELECT v, CASE WHEN v > 1 THEN 1 END, iif(v % 100 = 50, 13, 1) FROM i;
            UPDATE t SET first = 9999 WHERE id IN (7, 2777)]]
        h.run(1, { file, h.url(database), "--on-bad=reject", "--triggers=fire" })
        nothing_lost(database, 3000)
        assert.equal("32", h.sql(database, "SELECT count(*) FROM wherry.reject"))
        assert.equal("7 2777", ids(database, [[SELECT substr(key_text, 4)::bigint AS id FROM wherry.reject
            WHERE reason LIKE 'no row 9999%']]))
    end)

    it("are those that an application's own code refuses, and those too large for an index", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE other(n int NOT NULL);
            CREATE TABLE t(id int PRIMARY KEY, n int, w text); CREATE INDEX ON t(w);
            CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
                IF NEW.n = 7 THEN RAISE 'seven' USING ERRCODE = 'UE007'; END IF;
                INSERT INTO other VALUES (nullif(NEW.n, 8));
                RETURN NULL;
            END$$;
            CREATE TRIGGER judges AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION judge()]])
        local file = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, n, w);
            WITH RECURSIVE i(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i WHERE v < 1500)
            INSERT INTO t SELECT v, v, iif(v IN (9, 1200), hex(randomblob(20000)), 'w') FROM i]]
        h.run(1, { file, h.url(database), "--on-bad=reject", "--triggers=fire" })
        nothing_lost(database, 1500)
        assert.equal("id=7|UE007| id=8|23502| id=9|54000| id=1200|54000|", h.sql(database, [[SELECT
            string_agg(concat_ws('|', key_text, sqlstate, coalesce(column_name, '')), ' ' ORDER BY key)
            FROM wherry.reject]]))
    end)

    it("become NULL where that is said, which is counted and told", function()
        local file, database = bases()
        local plan = script(file, [[tables = { t = { on_bad = "reject", columns = { n = { on_bad = "null" },
            name = { on_bad = "null" }, doc = { on_bad = "null" } } } }]])
        local result = h.run(1, { plan, h.url(database) })
        assert.is_nil(ledger.check(result.json, 1))
        nothing_lost(database, 21)
        assert.equal("11 21", ids(database, "SELECT id FROM t WHERE n IS NULL"))
        assert.equal("12", ids(database, "SELECT id FROM t WHERE name IS NULL"))
        assert.equal("nulled", ledger.finding(result.json, "t", "n").code)
        assert.equal("2 values were replaced by NULL (on_bad = null)", ledger.finding(result.json, "t", "n").reason)
    end)

    it("are converted as named, which is a receipt and no finding", function()
        local file, database = bases()
        h.sqlite(file, "DELETE FROM t WHERE id IN (11, 16, 19, 20)")
        local plan = script(file, [[tables = { t = { columns = { n = { on_bad = "empty_null" },
            name = { on_bad = "cut" }, price = { on_bad = "round" }, flag = { on_bad = "truth" },
            f = { on_bad = "nearest" }, note = { on_bad = "escape" } } } }]])
        local result = h.run(0, { plan, h.url(database) })
        assert.equal("21", ids(database, "SELECT id FROM t WHERE n IS NULL"))
        assert.equal("too l|1.26|t|16777216|a\\x00b|a\\xff", h.sql(database, [[SELECT
            (SELECT name FROM t WHERE id = 12), (SELECT price FROM t WHERE id = 13), (SELECT flag FROM t WHERE id = 14),
            (SELECT f::float8 FROM t WHERE id = 15), (SELECT note FROM t WHERE id = 17),
            (SELECT note FROM t WHERE id = 18)]]))
        assert.equal("2 values were converted (on_bad = escape)",
            ledger.objects(result.json, "t.note", "column")[1].note:match "^[^;]*")
    end)

    it("go by the list's order", function()
        local file, database = bases()
        local plan = script(file, [[on_bad = "reject", tables = { t = { columns = { note = { on_bad = { "strip",
            "reject" } }, doc = { on_bad = "fail" } }, where = "id <> 16" } }]])
        local result = h.run(1, { plan, h.url(database) })
        assert.is_nil(ledger.check(result.json, 1))
        assert.equal("a ab", h.sql(database,
            "SELECT string_agg(note, ' ' ORDER BY note) FROM t WHERE id IN (17, 18)"))
        assert.equal("20", ids(database,
            "SELECT substr(key_text, 4)::int AS id FROM wherry.reject WHERE column_name = 'note'"))
    end)

    it("stop the run when there are too many, and it goes on with a higher limit", function()
        local file, database = bases()
        local command = { file, h.url(database), "--on-bad=reject", "--batch-size=5" }
        local stopped = h.run(5, { command[1], command[2], command[3], command[4], "--max-bad=3" })
        assert.equal("value", stopped.json.error.kind)
        assert.matches("%-%-on%-bad=reject.*%-%-max%-bad=3.*%-%-resume", stopped.json.error.hint)
        local result = h.run(1, { command[1], command[2], command[3], command[4], "--max-bad=60%", "--resume" })
        assert.is_nil(ledger.check(result.json, 1))
        nothing_lost(database, 21)
    end)

    it("are forgotten with the run that is taken back", function()
        local file, database = bases()
        local command = { file, h.url(database), "--on-bad=reject", "--batch-size=5", "--max-bad=3" }
        h.run(5, command)
        command[5], command[6] = "--max-bad=100", "--restart"
        h.run(1, command)
        nothing_lost(database, 21)
        assert.equal("0", h.sql(database, "SELECT count(*) FROM wherry.reject WHERE run = 1"))
    end)

    it("have words with a meaning for their column", function()
        local file, database = bases()
        local result = h.run(4, { script(file, [[tables = { t = { columns = { n = { on_bad = "truth" },
            note = { on_bad = "null" } } } }]]), h.url(database) })
        assert.equal("on_bad_type", ledger.finding(result.json, "t", "n").code)
        assert.matches("NOT NULL", ledger.finding(result.json, "t", "note").reason)
        assert.equal(2, h.wherry({ "run", file, h.url(database), "--on-bad=drop" }).code)
        assert.equal(2, h.wherry({ "run", file, h.url(database), "--max-bad=few" }).code)
        assert.equal(2, h.wherry({ "run", file, h.url(database), "--rejects", file }).code)
    end)

    it("are in the plan", function()
        local file, database = bases()
        local text = h.wherry({ "plan", file, h.url(database), "--on-bad=strip,reject" }).stdout
        assert.matches("note text <%- note.*, on_bad strip, reject", text)
        assert.matches("n integer <%- n, on_bad reject", text)
        assert.is_nil(h.wherry({ "plan", file, h.url(database) }).stdout:find("on_bad", 1, true))
    end)
end)
