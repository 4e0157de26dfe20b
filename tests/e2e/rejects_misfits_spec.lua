-- Rows that keys and foreign keys built behind the load do not allow: with on_bad = reject they move to the journal,
-- every row stays accounted for, and without it they are findings as before.
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

describe("rows that are in the way of a key", function()
    after_each(h.cleanup)

    -- The rejects as lines: table, key, column, value, SQLSTATE.
    local function rejects(database)
        return h.sql(database, [[SELECT source_table, key_text, column_name, value, sqlstate FROM wherry.reject
            WHERE state = 'open' ORDER BY source_table, key]])
    end

    local ORPHANS = [[
        CREATE TABLE a(id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE b(code TEXT PRIMARY KEY, a_id INTEGER REFERENCES a(id), note TEXT);
        CREATE TABLE c(b_code TEXT REFERENCES b(code), v REAL);
        INSERT INTO a VALUES (1, 'one'), (2, 'two');
        INSERT INTO b VALUES ('x', 1, NULL), ('y', 7, 'lost'), ('z', NULL, 'kept'), ('w', 8, 'lost');
        INSERT INTO c VALUES ('x', 0.1), ('y', 0.1), ('y', 0.1), ('q', 2.5), (NULL, 3), ('w', 1e300), ('z', 4);
    ]]

    it("moves orphans, and what refers to them, whether their key is carried or not", function()
        local file, database = h.source(ORPHANS), h.database()
        local result = h.run(1, { file, h.url(database), "--on-bad=reject" })
        assert.is_nil(ledger.check(result.json, 1))
        assert.equal("x z", h.sql(database, "SELECT string_agg(code, ' ' ORDER BY code) FROM b"))
        assert.equal("x|0.1 z|4 |3", h.sql(database,
            "SELECT string_agg(concat(b_code, '|', v), ' ' ORDER BY b_code) FROM c"))
        assert.equal(table.concat({
            [[b|code='w', rowid=4|a_id|{"class":"integer","text":"8"}|23503]],
            [[b|code='y', rowid=2|a_id|{"class":"integer","text":"7"}|23503]],
            [[c|rowid=2|b_code|{"class":"text","text":"y"}|23503]],
            [[c|rowid=3|b_code|{"class":"text","text":"y"}|23503]],
            [[c|rowid=4|b_code|{"class":"text","text":"q"}|23503]],
            [[c|rowid=6|b_code|{"class":"text","text":"w"}|23503]] }, "\n"),
            (rejects(database):gsub("(b|code='y'[^\n]*)\n(b|code='w'[^\n]*)", "%2\n%1")))
        local c = ledger.source(result.json, "c")
        assert.same({ 7, 4, 3 }, { c.total, c.rejected, c.passed })
        local there = ledger.target(result.json, "public.c")
        assert.same({ 0, 3, 3 }, { there.rejected, there.inserted, there.passed })
        assert.equal("t", h.sql(database, [[SELECT bool_and(convalidated) FROM pg_constraint WHERE contype = 'f']]))
        assert.equal([[{"b_code":{"class":"text","text":"w"},"v":{"class":"real","text":"1e+300"},]]
            .. [["rowid":{"class":"integer","text":"6"}}]],
            h.sql(database, "SELECT row FROM wherry.reject WHERE key_text = 'rowid=6'"))
    end)

    it("moves none where that were more than the plan allows, and goes on with a higher limit", function()
        local file, database = h.source(ORPHANS), h.database()
        local function run(code, limit, ...)
            local arguments = { file, h.url(database), "--on-bad=reject", "--max-bad=" .. limit, ... }
            return h.run(code, arguments).json.error
        end
        assert.matches("^more than 5 rows would be rejected", run(5, "5").message)
        assert.equal("", rejects(database))
        assert.matches("^more than 57%% of the rows of c would be rejected", run(5, "57%", "--resume").message)
        assert.equal("7|4", h.sql(database, "SELECT (SELECT count(*) FROM c), (SELECT count(*) FROM b)"))
        run(1, "6", "--resume")
        assert.equal("3|2", h.sql(database, "SELECT (SELECT count(*) FROM c), (SELECT count(*) FROM b)"))
    end)

    it("leaves orphans of a key that is NOT VALID in the target, but none whose parent goes", function()
        local file, database = h.source [[CREATE TABLE p(id INTEGER PRIMARY KEY, up);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p, strict);
            INSERT INTO p VALUES (1, NULL), (2, 99);
            INSERT INTO c VALUES (1, 1, 1), (2, 77, 1), (3, 1, 88), (4, 2, NULL)]], h.database()
        h.sql(database, [[CREATE TABLE p(id int PRIMARY KEY, up int REFERENCES p);
            CREATE TABLE c(id int PRIMARY KEY, p int, strict int REFERENCES p);
            ALTER TABLE c ADD CONSTRAINT later FOREIGN KEY (p) REFERENCES p NOT VALID]])
        h.run(1, { file, h.url(database), "--on-bad=reject" })
        assert.equal("1 2", h.sql(database, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM c"))
        assert.equal("id=3 id=4", h.sql(database, [[SELECT string_agg(key_text, ' ' ORDER BY key) FROM wherry.reject
            WHERE source_table = 'c']]))
    end)

    it("tells of orphans, and rejects none, without it", function()
        local file, database = h.source(ORPHANS), h.database()
        local result = h.run(1, { file, h.url(database) })
        assert.equal("orphan", ledger.finding(result.json, "b").code)
        assert.equal("0", h.sql(database, "SELECT count(*) FROM wherry.reject"))
        assert.equal("7", h.sql(database, "SELECT count(*) FROM c"))
    end)

    it("lets no row of a table go that rejects none", function()
        local file, database = h.source(ORPHANS), h.database()
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, on_bad = "reject", tables = { c = { on_bad = "fail" } } }]]):format(
            file))
        local result = h.run(1, { script, h.url(database) })
        assert.equal("0", h.sql(database, "SELECT count(*) FROM wherry.reject"))
        assert.equal("orphan", ledger.finding(result.json, "b").code)
        assert.equal("orphan", ledger.finding(result.json, "c").code)
    end)

    it("keeps chains and circles consistent, in tables that are there", function()
        local file, database = h.source [[
            CREATE TABLE n(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES n(id));
            CREATE TABLE l(id INTEGER PRIMARY KEY, r INTEGER REFERENCES r(id));
            CREATE TABLE r(id INTEGER PRIMARY KEY, l INTEGER REFERENCES l(id));
            INSERT INTO n VALUES (1, NULL), (2, 1), (3, 9), (4, 3), (5, 4), (6, 6);
            INSERT INTO l VALUES (1, 1), (2, 2), (3, 77);
            INSERT INTO r VALUES (1, 1), (2, 3), (3, NULL);
        ]], h.database()
        h.sql(database, [[
            CREATE TABLE n(id bigint PRIMARY KEY, parent bigint REFERENCES n ON DELETE CASCADE);
            CREATE TABLE l(id bigint PRIMARY KEY, r bigint);
            CREATE TABLE r(id bigint PRIMARY KEY, l bigint REFERENCES l ON DELETE SET NULL);
            ALTER TABLE l ADD FOREIGN KEY (r) REFERENCES r;
            CREATE TABLE gone(t text);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN INSERT INTO public.gone VALUES (TG_TABLE_NAME); RETURN OLD; END';
            CREATE TRIGGER noted BEFORE DELETE ON n FOR EACH ROW EXECUTE FUNCTION note();
        ]])
        local result = h.run(1, { file, h.url(database), "--on-bad=reject", "--indexes=rebuild" })
        assert.is_nil(ledger.check(result.json, 1))
        assert.equal("1 2 6", h.sql(database, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM n"))
        assert.equal("1", h.sql(database, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM l"))
        assert.equal("1 3", h.sql(database, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM r"))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM gone"))
        assert.equal("O", h.sql(database, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'noted'"))
        assert.equal("3 2 1", h.sql(database, [[SELECT concat_ws(' ', sum((source_table = 'n')::int),
            sum((source_table = 'l')::int), sum((source_table = 'r')::int)) FROM wherry.reject]]))
    end)

    it("keeps the lowest source key of duplicates that a conversion makes", function()
        local file, database = h.source [[
            CREATE TABLE k(id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INTEGER);
            CREATE TABLE r(name TEXT, n INTEGER, UNIQUE (name, n));
            CREATE TABLE i(name TEXT, live INTEGER);
            CREATE UNIQUE INDEX i_live ON i(name) WHERE live = 1;
            CREATE TABLE c(id INTEGER PRIMARY KEY, k_id INTEGER REFERENCES k(id));
            INSERT INTO k VALUES (1, 'x', 1), (9, 'abc1', 1), (3, 'abc2', 2), (5, 'abc3', 3), (6, NULL, 1),
                (7, NULL, 1);
            INSERT INTO r VALUES ('abc1', 2), ('abc2', 2), ('abc1', 1), ('x', 2);
            INSERT INTO i VALUES ('abc1', 0), ('abc1', 1), ('abc2', 1), ('abc3', 0);
            INSERT INTO c VALUES (1, 1), (2, 3), (3, 5), (4, 9);
        ]], h.database()
        local script = h.script(([[local w = require "wherry"
            local short = { columns = { name = { type = "varchar(3)", on_bad = { "cut", "reject" } } } }
            return w.plan { from = w.sqlite %q, on_bad = "reject", tables = { k = short, r = short, i = short } }]])
            :format(file))
        local result = h.run(1, { script, h.url(database) })
        assert.is_nil(ledger.check(result.json, 1))
        assert.equal("1 3 6 7", h.sql(database, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM k"))
        assert.equal(table.concat({
            [[c|id=3|k_id|{"class":"integer","text":"5"}|23503]], [[c|id=4|k_id|{"class":"integer","text":"9"}|23503]],
            [[i|rowid=3|name|{"class":"text","text":"abc2"}|23505]],
            [[k|id=5|name|{"class":"text","text":"abc3"}|23505]], [[k|id=9|name|{"class":"text","text":"abc1"}|23505]],
            [[r|rowid=2|\N|\N|23505]] }, "\n"), rejects(database))
        assert.equal("3", h.sql(database, [[SELECT count(*) FROM pg_index WHERE indisunique AND indisvalid
            AND indrelid IN ('k'::regclass, 'r'::regclass, 'i'::regclass) AND NOT indisprimary]]))
        assert.matches("it has the same .*name.* as the row id=3, which is kept",
            h.sql(database, "SELECT reason FROM wherry.reject WHERE key_text = 'id=9'"))
    end)

    it("moves duplicates and orphans of a table that two tables fill, each to its own table's rejects", function()
        local file, database = h.source [[CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1), (2);
            CREATE TABLE new(id INTEGER PRIMARY KEY, p_id INTEGER, code TEXT);
            CREATE TABLE old(id INTEGER PRIMARY KEY, parent INTEGER, code TEXT);
            INSERT INTO new VALUES (1, 1, 'a'), (2, 9, 'b'), (3, 2, 'c'), (4, 2, 'c'), (7, 1, 'f');
            INSERT INTO old VALUES (1, 1, 'a'), (2, 8, 'd'), (3, 2, 'e'), (4, 1, 'e'), (5, 1, 'f');]], h.database()
        h.sql(database, [[CREATE TABLE p(id int PRIMARY KEY);
            CREATE TABLE new(id int PRIMARY KEY, p_id int REFERENCES p, code text UNIQUE)]])
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, on_bad = "reject", collision = "append",
                indexes = "rebuild", order = { "new", "old" }, tables = { old = { into = "new",
                    columns = { id = w.sql "id + 100", p_id = "parent" } } } }]]):format(file, h.url(database)))
        local result = h.run(1, { script })
        assert.equal("1|1|a\n3|2|c\n7|1|f\n103|2|e", h.sql(database, "SELECT * FROM new ORDER BY id"))
        assert.equal(table.concat({ [[new|id=2|p_id|{"class":"integer","text":"9"}|23503]],
            [[new|id=4|code|{"class":"text","text":"c"}|23505]], [[old|id=1|code|{"class":"text","text":"a"}|23505]],
            [[old|id=2|parent|{"class":"integer","text":"8"}|23503]],
            [[old|id=4|code|{"class":"text","text":"e"}|23505]],
            [[old|id=5|code|{"class":"text","text":"f"}|23505]] }, "\n"), rejects(database))
        assert.equal(2, ledger.source(result.json, "new").rejected)
        assert.equal(4, ledger.source(result.json, "old").rejected)
        assert.equal("0", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
    end)

    it("leaves rows alone that share a key with one that the run did not load from a table", function()
        local file, database = h.source [[CREATE TABLE new(id INTEGER PRIMARY KEY, code TEXT);
            CREATE TABLE old(id INTEGER PRIMARY KEY, code TEXT); INSERT INTO new VALUES (1, 'a');
            INSERT INTO old VALUES (1, 'a')]], h.database()
        h.sql(database, "CREATE TABLE new(id int PRIMARY KEY, code text UNIQUE)")
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, on_bad = "reject", collision = "append",
                indexes = "rebuild", before_load = "insert into new values (900, 'a')",
                tables = { old = { into = "new", columns = { id = w.sql "id + 100" } } } }]]):format(file,
            h.url(database)))
        local result = h.run(1, { script })
        assert.equal("", rejects(database))
        assert.equal("1,101,900", h.sql(database, "SELECT string_agg(id::text, ',' ORDER BY id) FROM new"))
        assert.is_truthy(ledger.finding(result.json, "new"), result.said)
    end)
end)
