-- wherry run: after the move the same statements do the same on both sides through triggers: what they write, what they
-- refuse and with which words.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"

describe("triggers", function()
    after_each(h.cleanup)

    local function receipt(result, name)
        for _, object in ipairs(result.json.objects) do
            if object.kind == "trigger" and object.name == name then
                return object
            end
        end
    end

    -- Moves the schema; the statements then run on a copy of the source and in PostgreSQL.
    local function moved(sql)
        local file, database = h.source(sql), h.database()
        local result = h.run(0, { file, h.url(database) })
        local copy = h.path "copy.db"
        h.process.shell(("cp %s %s"):format(h.process.quote(file), h.process.quote(copy)))
        return { file = file, copy = copy, database = database, result = result }
    end

    local function on_sqlite(side, statement)
        local done = h.process.run({ "sqlite3", "-batch", "-bail", side.copy }, { directory = h.directory(),
            env = { PATH = os.getenv "PATH", HOME = h.directory() }, stdin = statement .. ";", timeout = 30 })
        return done.stderr:match "stepping, (.-) %(%d+%)" or done.stderr:match "near line %d+: (.-) %(%d+%)"
            or (done.code ~= 0 and done.stderr or nil)
    end

    local function on_pg(side, statement)
        local ok, message = pcall(h.sql, side.database, statement)
        return not ok and (message:match "ERROR:%s+([^\n]+)" or message) or nil
    end

    -- Runs statements on both sides, then holds the tables against each other; `skip`: columns by table, ids that
    -- follow the order in which PostgreSQL finds the rows of a statement.
    local function both(side, statements, tables, skip)
        local problems = {}
        for _, statement in ipairs(statements) do
            local one, other = on_sqlite(side, statement), on_pg(side, statement)
            if one ~= other then
                problems[#problems + 1] = ("%s: SQLite: %s, PostgreSQL: %s"):format(statement, tostring(one),
                    tostring(other))
            end
        end
        for _, name in ipairs(tables) do
            local ok, message = pcall(compare.table, side.database, side.copy, name, name,
                { skip = skip and skip[name] })
            if not ok then
                problems[#problems + 1] = ("%s: %s"):format(name, tostring(message))
            end
        end
        assert.equal("", table.concat(problems, "\n"))
    end

    local function outcomes(side, expected)
        local found = {}
        for name in pairs(expected) do
            local object = receipt(side.result, name)
            found[name] = object and object.outcome or "no receipt"
        end
        assert.same(expected, found, side.result.said)
    end

    it("write into other tables", function()
        local side = moved [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, n INTEGER, done BOOLEAN NOT NULL DEFAULT 0, r REAL);
            CREATE TABLE log(id INTEGER PRIMARY KEY, what TEXT, t INTEGER, old TEXT, new TEXT);
            CREATE TABLE counter(name TEXT PRIMARY KEY, n INTEGER NOT NULL DEFAULT 0);
            INSERT INTO t VALUES (1, 'one', 1, 0, 0.5), (2, NULL, NULL, 1, NULL);
            INSERT INTO counter VALUES ('t', 2);
            CREATE TRIGGER t_insert AFTER INSERT ON t BEGIN
                INSERT INTO log(what, t, new) VALUES ('insert', new.id, new.name);
                UPDATE counter SET n = n + 1 WHERE name = 't';
            END;
            CREATE TRIGGER t_update AFTER UPDATE OF name, n ON t WHEN old.name IS NOT new.name OR old.n <> new.n BEGIN
                INSERT INTO log(what, t, old, new) SELECT 'name', old.id, old.name, new.name
                    WHERE old.name IS NOT new.name;
                INSERT INTO log(what, t, old, new) VALUES ('both', new.id, old.n || '->' || new.n,
                    CASE WHEN new.done THEN 'done' ELSE 'open' END);
            END;
            CREATE TRIGGER t_delete BEFORE DELETE ON t BEGIN
                INSERT INTO log(what, t, old) VALUES ('delete', old.id, coalesce(old.name, 'it''s
nothing'));
                DELETE FROM counter WHERE name = old.name;
                UPDATE counter SET n = n - 1 WHERE name = 't';
            END;
            CREATE TRIGGER t_done AFTER UPDATE OF done ON t WHEN new.done AND NOT old.done BEGIN
                INSERT OR REPLACE INTO counter(name, n) VALUES ('done', new.id);
                INSERT INTO counter(name) VALUES (new.name) ON CONFLICT(name) DO UPDATE SET n = counter.n + 10
                    WHERE counter.n < 15;
                INSERT OR IGNORE INTO counter(name, n) VALUES ('t', 1000);
                REPLACE INTO counter VALUES (upper(new.name), (SELECT count(*) FROM log));
            END;
        ]]
        both(side, {
            "INSERT INTO t(name, n) VALUES ('next', 11)", "INSERT INTO t(name, n) VALUES (NULL, 12)",
            "INSERT INTO t(id, name, n) VALUES (10, 'ten', 10)",
            "UPDATE t SET name = 'uno' WHERE id = 1", "UPDATE t SET n = n + 1", "UPDATE t SET r = 2.5",
            "UPDATE t SET name = name", "UPDATE t SET done = true WHERE id = 10",
            "UPDATE t SET done = false WHERE id = 10", "UPDATE t SET done = true WHERE id IN (10)",
            "UPDATE t SET done = true, name = 'x' WHERE id = 1", "DELETE FROM t WHERE id IN (1, 2)",
            "DELETE FROM t WHERE id > 10",
        }, { "t", "log", "counter" }, { log = { id = true } })
        outcomes(side, { t_insert = "changed", t_update = "exact", t_delete = "changed", t_done = "changed" })
    end)

    it("refuse with the same words", function()
        local side = moved [[
            CREATE TABLE a(id INTEGER PRIMARY KEY, n INTEGER, s TEXT);
            CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER);
            INSERT INTO a VALUES (1, 1, 'x'), (2, 2, NULL);
            INSERT INTO b VALUES (1, 1);
            CREATE TRIGGER a_abort BEFORE INSERT ON a WHEN new.n < 0 BEGIN
                SELECT RAISE(ABORT, 'n is negative');
            END;
            CREATE TRIGGER a_case BEFORE UPDATE ON a BEGIN
                SELECT CASE WHEN new.n > 100 THEN RAISE(ABORT, 'too much: 100% is enough')
                    WHEN new.n IS NULL THEN RAISE(ROLLBACK, 'it''s nothing') ELSE 1 END;
                SELECT RAISE(ABORT, 'same') WHERE new.s = 'same';
            END;
            CREATE TRIGGER a_used BEFORE DELETE ON a WHEN EXISTS (SELECT 1 FROM b WHERE a = old.id) BEGIN
                SELECT RAISE(ABORT, 'a is used');
            END;
            CREATE TRIGGER b_parent BEFORE INSERT ON b BEGIN
                SELECT RAISE(ABORT, 'no such a') WHERE (SELECT id FROM a WHERE id = new.a) IS NULL;
                SELECT RAISE(ABORT, 'too big') FROM a WHERE a.id = new.a AND a.n > 50;
                SELECT CASE WHEN n = 7 THEN RAISE(ABORT, 'seven') END FROM a WHERE id = new.a;
                SELECT iif(new.id = 13, RAISE(FAIL, 'unlucky'), 0);
            END;
            CREATE TRIGGER b_quiet BEFORE UPDATE ON b WHEN new.a IS NULL BEGIN
                SELECT RAISE(IGNORE);
            END;
            CREATE TRIGGER b_fixed BEFORE DELETE ON b BEGIN
                INSERT INTO a(id, n) VALUES (1000 + old.id, 3);
                SELECT CASE WHEN old.id = 1 THEN RAISE(IGNORE) END;
                DELETE FROM a WHERE id = 1000 + old.id;
            END;
        ]]
        both(side, {
            "INSERT INTO a VALUES (3, -1, 'y')", "INSERT INTO a VALUES (4, NULL, 'y')",
            "INSERT INTO a VALUES (5, 5, 'y'), (6, -6, 'y')", "UPDATE a SET n = 101 WHERE id = 1",
            "UPDATE a SET n = NULL WHERE id = 1", "UPDATE a SET s = 'same' WHERE id = 2",
            "UPDATE a SET s = 'other' WHERE id = 2", "DELETE FROM a WHERE id = 1", "DELETE FROM a WHERE id = 2",
            "INSERT INTO b VALUES (2, 99)", "INSERT INTO b VALUES (2, NULL)", "INSERT INTO b VALUES (3, 1)",
            "INSERT INTO a VALUES (51, 51, NULL), (7, 7, NULL)", "INSERT INTO b VALUES (4, 51)",
            "INSERT INTO b VALUES (4, 7)", "INSERT INTO b VALUES (13, 1)", "UPDATE b SET a = NULL",
            "UPDATE b SET a = CASE id WHEN 1 THEN NULL ELSE 51 END", "DELETE FROM b",
        }, { "a", "b" })
        outcomes(side, { a_abort = "exact", a_case = "exact", a_used = "exact", b_parent = "changed",
            b_quiet = "exact", b_fixed = "changed" })
    end)

    it("do not fire themselves again", function()
        local side = moved [[
            CREATE TABLE doc(id INTEGER PRIMARY KEY, body TEXT, changes INTEGER DEFAULT 0);
            CREATE TABLE ping(id INTEGER PRIMARY KEY, n INTEGER);
            CREATE TABLE pong(id INTEGER PRIMARY KEY, n INTEGER);
            INSERT INTO doc(id, body) VALUES (1, 'a'), (2, 'b');
            INSERT INTO ping VALUES (1, 0), (2, 0);
            INSERT INTO pong VALUES (1, 0), (2, 0);
            CREATE TRIGGER doc_touch AFTER UPDATE ON doc BEGIN
                UPDATE doc SET changes = changes + 1 WHERE id = new.id;
            END;
            CREATE TRIGGER doc_copy AFTER INSERT ON doc WHEN new.id < 100 BEGIN
                INSERT INTO doc(id, body) VALUES (new.id + 100, new.body);
            END;
            CREATE TRIGGER ping_pong AFTER UPDATE ON ping BEGIN
                UPDATE pong SET n = n + 1 WHERE id = new.id;
            END;
            CREATE TRIGGER pong_ping AFTER UPDATE ON pong BEGIN
                UPDATE ping SET n = n + 1 WHERE id = new.id;
            END;
            CREATE TRIGGER pong_refuse BEFORE UPDATE ON pong WHEN new.n > 2 BEGIN
                SELECT RAISE(ABORT, 'enough');
            END;
        ]]
        both(side, {
            "UPDATE doc SET body = 'c' WHERE id = 1", "UPDATE doc SET body = upper(body)",
            "INSERT INTO doc(id, body) VALUES (3, 'x'), (4, 'y')", "INSERT INTO doc(id, body) VALUES (200, 'z')",
            "UPDATE ping SET n = 10", "UPDATE pong SET n = 1 WHERE id = 1", "UPDATE ping SET n = 20",
            "UPDATE ping SET n = 30", "UPDATE pong SET n = 0", "UPDATE ping SET n = 0",
        }, { "doc", "ping", "pong" })
        -- An error takes the mark back with everything else.
        assert.equal("5|2", h.sql(side.database, [[
            BEGIN;
            SAVEPOINT before;
            UPDATE pong SET n = 1;
            \set ON_ERROR_STOP off
            UPDATE ping SET n = 40;
            ROLLBACK TO before;
            UPDATE pong SET n = 0;
            UPDATE ping SET n = 5 WHERE id = 1;
            SELECT ping.n - 1, pong.n FROM ping JOIN pong USING (id) WHERE id = 1;
            ROLLBACK;]]))
        outcomes(side, { doc_touch = "changed", doc_copy = "changed", ping_pong = "changed", pong_ping = "changed",
            pong_refuse = "exact" })
    end)

    it("make views writable", function()
        local side = moved [[
            CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'X', city INTEGER);
            CREATE TABLE city(id INTEGER, name TEXT PRIMARY KEY);
            INSERT INTO city VALUES (1, 'Rome'), (2, 'Oslo');
            INSERT INTO person VALUES (1, 'Ann', 1), (2, 'Bob', NULL);
            CREATE VIEW resident AS SELECT p.id, p.name, c.name AS city, p.city IS NULL AS homeless
                FROM person p LEFT JOIN city c ON c.id = p.city;
            CREATE TRIGGER resident_insert INSTEAD OF INSERT ON resident BEGIN
                INSERT INTO city SELECT (SELECT max(id) + 1 FROM city), new.city WHERE new.city IS NOT NULL
                    ON CONFLICT(name) DO NOTHING;
                INSERT INTO person(id, name, city)
                    VALUES (new.id, new.name, (SELECT id FROM city WHERE name = new.city));
            END;
            CREATE TRIGGER resident_rename INSTEAD OF UPDATE OF name ON resident BEGIN
                UPDATE person SET name = new.name WHERE id = old.id;
            END;
            CREATE TRIGGER resident_move INSTEAD OF UPDATE OF city ON resident WHEN new.city IS NOT NULL BEGIN
                UPDATE person SET city = c.id FROM city c WHERE c.name = new.city AND person.id = old.id;
            END;
            CREATE TRIGGER resident_delete INSTEAD OF DELETE ON resident BEGIN
                SELECT RAISE(ABORT, 'Ann stays') WHERE old.name = 'Ann';
                DELETE FROM person WHERE id = old.id;
            END;
        ]]
        both(side, {
            "INSERT INTO resident(name) VALUES ('Eve')",
            "INSERT INTO resident(id, name, city) VALUES (13, 'Cid', 'Rome'), (4, 'Dan', 'Bonn')",
            "UPDATE resident SET name = name || '!' WHERE city = 'Rome'",
            "UPDATE resident SET city = 'Oslo' WHERE id = 3",
            "UPDATE resident SET name = 'Bo', city = 'Rome' WHERE id = 2", "DELETE FROM resident WHERE id = 4",
            "UPDATE resident SET name = 'Ann' WHERE id = 1", "DELETE FROM resident WHERE id = 1",
        }, { "person", "city", "resident" })
    end)

    it("fire in SQLite's order", function()
        local side = moved [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER);
            CREATE TABLE log(id INTEGER PRIMARY KEY, what TEXT);
            CREATE TABLE other(n INTEGER);
            CREATE TRIGGER a_first AFTER INSERT ON t BEGIN INSERT INTO log(what) VALUES ('first made'); END;
            CREATE TRIGGER b_second AFTER INSERT ON t BEGIN INSERT INTO log(what) VALUES ('second'); END;
            CREATE TRIGGER c_third AFTER INSERT ON t BEGIN INSERT INTO log(what) VALUES ('third'); END;
            CREATE TRIGGER z_early BEFORE INSERT ON t BEGIN INSERT INTO log(what) VALUES ('early z'); END;
            CREATE TRIGGER y_early BEFORE INSERT ON t BEGIN INSERT INTO log(what) VALUES ('early y'); END;
            CREATE TRIGGER d_alone AFTER UPDATE ON t BEGIN INSERT INTO log(what) VALUES ('alone'); END;
            CREATE TRIGGER e_apart AFTER UPDATE ON t BEGIN INSERT INTO other VALUES (new.n); END;
        ]]
        both(side, { "INSERT INTO t VALUES (1, 1)", "INSERT INTO t VALUES (2, 2)", "UPDATE t SET n = 3 WHERE id = 1" },
            { "t", "log", "other" })
        -- A name is changed only where the order of the names is another one and something depends on it.
        outcomes(side, { a_first = "changed", b_second = "changed", c_third = "changed", z_early = "exact",
            y_early = "exact", d_alone = "exact", e_apart = "exact" })
    end)

    it("that are not carried say why", function()
        local side = moved [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT, n INTEGER UNIQUE, twice INTEGER AS (n * 2) STORED);
            CREATE TABLE r(a INTEGER UNIQUE, b INTEGER UNIQUE);
            CREATE VIRTUAL TABLE words USING fts5(body, content='t', content_rowid='id');
            CREATE TRIGGER words_ai AFTER INSERT ON t BEGIN
                INSERT INTO words(rowid, body) VALUES (new.id, new.body);
            END;
            CREATE TRIGGER words_ad AFTER DELETE ON t BEGIN
                INSERT INTO words(words, rowid, body) VALUES ('delete', old.id, old.body);
            END;
            CREATE TRIGGER words_au AFTER UPDATE ON t BEGIN
                INSERT INTO words(words, rowid, body) VALUES ('delete', old.id, old.body);
                INSERT INTO words(rowid, body) VALUES (new.id, new.body);
            END;
            CREATE TRIGGER words_and AFTER UPDATE ON t BEGIN
                INSERT INTO words(rowid, body) VALUES (new.id, new.body);
                DELETE FROM r;
            END;
            CREATE TRIGGER late_ignore AFTER INSERT ON t BEGIN SELECT RAISE(IGNORE); END;
            CREATE TRIGGER own_row BEFORE UPDATE ON t BEGIN UPDATE t SET body = 'x' WHERE id = new.id; END;
            CREATE TRIGGER last_id AFTER INSERT ON t BEGIN UPDATE r SET a = last_insert_rowid(); END;
            CREATE TRIGGER replaces AFTER INSERT ON t BEGIN REPLACE INTO r VALUES (new.id, new.n); END;
            CREATE TRIGGER or_ignore AFTER INSERT ON t BEGIN UPDATE OR IGNORE r SET a = 1; END;
            CREATE TRIGGER computed BEFORE INSERT ON t WHEN new.twice > 10 BEGIN SELECT RAISE(ABORT, 'x'); END;
            CREATE TRIGGER mixed AFTER INSERT ON t BEGIN INSERT INTO never_made VALUES (1); END;
        ]]
        local expected = {
            words_ai = "keeps the full-text table words in step", words_ad = "keeps the full-text table words in step",
            words_au = "keeps the full-text table words in step", words_and = "it uses words, a virtual table (fts5)",
            late_ignore = "RAISE(IGNORE) after the row was written",
            own_row = "it may change the row of t that is about to be changed",
            last_id = "last_insert_rowid", replaces = "REPLACE into r, which has several keys",
            or_ignore = "UPDATE OR IGNORE", computed = "it reads NEW.twice before PostgreSQL has computed it",
            mixed = "it uses never_made, which is not carried; its text: CREATE TRIGGER mixed AFTER INSERT",
        }
        for name, words in pairs(expected) do
            local object = receipt(side.result, name)
            assert.equal("not_carried", object and object.outcome, name .. side.result.said)
            assert.is_truthy(object.note:find(words, 1, true), name .. ": " .. object.note)
        end
        assert.equal("0", h.sql(side.database, "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"))
    end)
end)
