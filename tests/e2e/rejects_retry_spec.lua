-- wherry rejects: looking at what was rejected, and loading it by a mended script until nothing is left.
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

describe("wherry rejects", function()
    after_each(h.cleanup)

    local TARGET = "CREATE TABLE t(id bigint PRIMARY KEY, n integer, v varchar(5), w text NOT NULL);"
    local SOURCE = [[CREATE TABLE t(id INTEGER PRIMARY KEY, n, v, w);
        INSERT INTO t VALUES (1, 1, 'one', 'a'), (2, 'two', 'two', 'b'), (3, 3, 'too long', 'c'), (4, 4, 'four', NULL),
            (5, 5.5, 'five', 'd');]]

    local function script(file, text)
        return h.script(("local w = require 'wherry'\nreturn w.plan { from = w.sqlite %q, on_bad = 'reject', %s }")
            :format(file, text or ""))
    end

    local function rejects(code, ...)
        local result = h.wherry { "rejects", ... }
        if result.code ~= code then
            error(("expected exit %d%s"):format(code, result.said), 2)
        end
        return result
    end

    local function retried(code, ...)
        local words = { "retry", ... }
        words[#words + 1] = "--json"
        return rejects(code, table.unpack(words)).json
    end

    local function open(database)
        return h.sql(database, [[SELECT coalesce(string_agg(key_text, ' ' ORDER BY key), '') FROM wherry.reject
            WHERE state = 'open']])
    end

    local function run(target)
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, target or TARGET)
        h.run(1, { script(file), h.url(database) })
        assert.equal("id=2 id=3 id=4 id=5", open(database))
        return file, database
    end

    it("lists them by reason, and shows them one by one", function()
        local file, database = run()
        local text = rejects(0, "list", file, h.url(database)).stdout
        assert.matches("Run 1: 4 rows rejected", text, 1, true)
        assert.matches("t.v: 1 row: value does not fit", text, 1, true)
        assert.matches("id=4: NULL", text, 1, true)
        assert.matches('id=3: "too long" (text)', text, 1, true)
        assert.equal(text, rejects(0, "list", h.url(database), "1").stdout)
        local shown = rejects(0, "show", file, h.url(database)).stdout
        assert.equal(4, select(2, shown:gsub("\n", "")))
        assert.matches('t.n: id=2: "two" (text): ', shown, 1, true)
        local document = rejects(0, "show", h.url(database), "--table=t", "--json").json
        assert.same({ "rejects", "show", 4, 4 }, { document.command, document.action, document.open, #document.rows })
        assert.same({ class = "text", text = "too long" }, document.rows[2].row.v)
        document = rejects(0, "list", file, h.url(database), "--json").json
        assert.equal(1, document.run)
        assert.is_true(#document.rejects >= 3)
    end)

    it("loads them by a mended script, and the ledger closes", function()
        local file, database = run()
        local first = script(file, [[tables = { t = { columns = { v = { on_bad = "cut" } } } }]])
        local document = retried(1, first, h.url(database))
        assert.is_nil(ledger.check(document, 1))
        assert.same({ 1, 0 }, { document.loaded, document.gone })
        assert.equal("id=2 id=4 id=5", open(database))
        local counts = ledger.source(document, "t")
        assert.same({ 5, 3, 2 }, { counts.total, counts.rejected, counts.passed })
        local second = script(file, [[tables = { t = { columns = { v = { on_bad = "cut" },
            n = { on_bad = { "round", "null" } } } } }]])
        assert.equal(2, retried(1, second, h.url(database), "1").loaded)
        assert.equal("1|1|one|a 2||two|b 3|3|too l|c 5|6|five|d", h.sql(database,
            "SELECT string_agg(concat_ws('|', id, coalesce(n::text, ''), v, w), ' ' ORDER BY id) FROM t"))
        assert.equal("id=4", open(database))
        h.sql(database, "ALTER TABLE t ALTER w DROP NOT NULL")
        document = retried(1, second, h.url(database)) -- n of row 2 is NULL now
        assert.equal("", open(database))
        assert.same({ 1, 0, 5 }, { document.loaded, ledger.source(document, "t").rejected,
            ledger.source(document, "t").passed })
        assert.equal("nulled", document.findings[1].code)
        assert.equal("done", h.sql(database, "SELECT state FROM wherry.run"))
        assert.equal("0|5|5", h.sql(database, [[SELECT sum(rejected), sum(s.passed), sum(inserted) FROM wherry.slice s
            JOIN wherry.slice_target ON slice = id]]))
    end)

    it("says of a row that does not fit still why, anew", function()
        local file, database = run()
        h.sql(database, "ALTER TABLE t ALTER v TYPE varchar(6)")
        assert.equal(0, retried(1, script(file), h.url(database)).loaded)
        assert.matches("character varying%(6%)", h.sql(database,
            "SELECT reason FROM wherry.reject WHERE key_text = 'id=3'"))
        h.sql(database, "ALTER TABLE t ALTER v TYPE varchar(8)")
        assert.equal(1, retried(1, script(file), h.url(database)).loaded)
    end)

    it("takes up keys that failed when nothing is left, and fires no triggers for rows of a created table", function()
        local file, database = h.source [[
            CREATE TABLE p(id INTEGER PRIMARY KEY, v TEXT);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p(id), n TEXT);
            CREATE TABLE log(t TEXT);
            CREATE TRIGGER logged AFTER INSERT ON p BEGIN INSERT INTO log VALUES ('p'); END;
            INSERT INTO p VALUES (1, 'a'), (2, CAST(x'ff' AS TEXT));
            DELETE FROM log;
            INSERT INTO c VALUES (1, 1, 'x'), (2, 2, 'y');
        ]], h.database()
        local plan = script(file, "tables = { p = { columns = { v = { type = 'text' } } }, c = { on_bad = 'fail' } }")
        h.run(1, { plan, h.url(database) })
        assert.equal("id=2", open(database))
        assert.equal("failed", h.sql(database, "SELECT state FROM wherry.object WHERE kind = 'foreign key'"))
        local document = retried(0, script(file, [[tables = { c = { on_bad = 'fail' },
            p = { columns = { v = { type = 'text', on_bad = 'escape' } } } }]]), h.url(database))
        assert.is_nil(ledger.check(document, 0))
        assert.equal("done", h.sql(database, "SELECT state FROM wherry.object WHERE kind = 'foreign key'"))
        assert.equal("t", h.sql(database, "SELECT convalidated FROM pg_constraint WHERE conname = 'c_p_id_fkey'"))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM log"))
        assert.equal("O", h.sql(database, "SELECT tgenabled FROM pg_trigger WHERE NOT tgisinternal"))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM wherry.object WHERE kind LIKE '%retry'"))
    end)

    it("loads what was moved away for a key, by keys that are not carried", function()
        local file, database = h.source [[
            CREATE TABLE a(id INTEGER PRIMARY KEY);
            CREATE TABLE b(a_id INTEGER REFERENCES a(id), v TEXT);
            INSERT INTO a VALUES (1);
            INSERT INTO b VALUES (1, 'x'), (7, 'lost'), (NULL, 'z');
        ]], h.database()
        h.run(1, { file, h.url(database), "--on-bad=reject" })
        assert.equal("rowid=2", open(database))
        assert.equal(0, retried(1, file, h.url(database)).loaded)
        h.sql(database, "INSERT INTO a VALUES (7)")
        assert.equal(1, retried(0, file, h.url(database)).loaded)
        assert.equal("3", h.sql(database, "SELECT count(*) FROM b"))
    end)

    it("goes by what the run was told where the script says nothing", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, "CREATE SCHEMA app; SET search_path TO app;" .. TARGET .. [[
            CREATE FUNCTION app.shout() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN NEW.w := upper(NEW.w); RETURN NEW; END$$;
            CREATE TRIGGER shouts BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION app.shout()]])
        h.run(1, { file, h.url(database), "--on-bad=reject", "--triggers=fire", "--target-schema=app" })
        h.sql(database, "ALTER TABLE app.t ALTER v TYPE text")
        retried(1, file, h.url(database), "--on-bad=reject")
        assert.equal("1 A\n3 C", h.sql(database, "SELECT id || ' ' || w FROM app.t ORDER BY id"))
    end)

    it("has nothing to do where nothing was rejected", function()
        local file, database = h.source(SOURCE), h.database()
        h.sqlite(file, "DELETE FROM t WHERE id > 1")
        h.sql(database, TARGET)
        h.run(0, { file, h.url(database) })
        assert.matches("no open rejects", rejects(0, "list", file, h.url(database)).stdout)
        assert.matches("no open rejects", rejects(0, "show", file, h.url(database)).stdout)
        rejects(0, "retry", file, h.url(database))
    end)

    it("refuses a run that is half-way, a source that changed, a run that is not there", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, TARGET)
        assert.matches("holds no run", rejects(2, "list", file, h.url(database)).stderr)
        h.run(5, { file, h.url(database), "--on-bad=reject", "--max-bad=1", "--batch-size=2" })
        assert.matches("stopped half%-way", rejects(4, "retry", file, h.url(database)).stderr)
        h.run(1, { file, h.url(database), "--on-bad=reject", "--max-bad=100", "--batch-size=2", "--resume" })
        h.sqlite(file, "UPDATE t SET v = 'short' WHERE id = 3")
        assert.matches("has changed", rejects(5, "retry", file, h.url(database)).stderr)
        assert.matches("holds no run 9", rejects(2, "show", file, h.url(database), "9").stderr)
        rejects(2, "retry", h.url(database))
        rejects(2, "show", file, h.url(database), "--on-bad=strip")
    end)
end)
