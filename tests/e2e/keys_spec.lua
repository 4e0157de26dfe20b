-- Keys that PostgreSQL cannot hold as SQLite did: found before the load, carried in another form, and told.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"

describe("keys of a created target", function()
    after_each(h.cleanup)

    local function run(sql, script)
        local file, database = h.source(sql), h.database()
        local result = h.run(0, { script and h.script(script:format(file)) or file, h.url(database) })
        return result, database, file
    end

    local function object(result, name)
        for _, one in ipairs(result.json.objects) do
            if one.name == name then
                return one
            end
        end
    end

    local function definition(database, name)
        return h.sql(database, ("SELECT indexdef FROM pg_indexes WHERE indexname = '%s'"):format(name))
    end

    local function refused(database, sql)
        return not pcall(h.sql, database, sql)
    end

    it("are plain indexes where 1 and '1' are one value", function()
        local result, database = run [[
            CREATE TABLE merged(id INTEGER PRIMARY KEY, a UNIQUE); INSERT INTO merged VALUES (1, 1), (2, '1'), (3, 'x');
            CREATE TABLE apart(id INTEGER PRIMARY KEY, a UNIQUE); INSERT INTO apart VALUES (1, 1), (2, '2'), (3, 'x');
            CREATE TABLE child(a REFERENCES merged(a)); INSERT INTO child VALUES (1);
        ]]
        assert.equal("3", h.sql(database, "SELECT count(*) FROM merged"))
        assert.same({ "changed", true }, { object(result, "merged_a_key").outcome,
            object(result, "merged_a_key").note:find("one key is held by several rows", 1, true) ~= nil })
        assert.matches("^CREATE INDEX", definition(database, "merged_a_key"))
        assert.matches("^CREATE UNIQUE INDEX", definition(database, "apart_a_key"))
        assert.equal("changed", object(result, "apart_a_key").outcome)
        assert.equal("not_carried", object(result, "child_a_fkey").outcome)
    end)

    it("are named by ON CONFLICT in triggers as they are carried", function()
        local result, database = run [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE UNIQUE, n INT DEFAULT 0);
            CREATE TABLE merged(a UNIQUE); INSERT INTO merged VALUES (1), ('1'), ('x');
            CREATE TABLE word(w TEXT);
            CREATE TRIGGER known AFTER INSERT ON word BEGIN
                INSERT INTO t(name) VALUES (new.w) ON CONFLICT(name) DO UPDATE SET n = 7; END;
            CREATE TRIGGER lost AFTER DELETE ON word BEGIN INSERT OR IGNORE INTO merged VALUES (old.w); END;
        ]]
        h.sql(database, "INSERT INTO word VALUES ('Ann'), ('ANN'), ('Bob')")
        assert.equal("Ann|7\nBob|0", h.sql(database, "SELECT name, n FROM t ORDER BY id"))
        assert.equal("not_carried", object(result, "lost").outcome)
        assert.matches("a key of merged is not unique", object(result, "lost").note)
    end)

    it("are digests where values are too long for an index", function()
        local result, database, file = run [[
            CREATE TABLE page(id INTEGER PRIMARY KEY, url TEXT UNIQUE, body TEXT COLLATE NOCASE, hash BLOB, n INT);
            INSERT INTO page VALUES (1, hex(randomblob(2000)), hex(randomblob(3000)), randomblob(5000), 1),
                (2, 'short', 'short', x'00', 2), (3, NULL, NULL, NULL, 3);
            CREATE UNIQUE INDEX page_body ON page(n, body);
            CREATE UNIQUE INDEX page_lower ON page(n, lower(url) || 'x'); CREATE INDEX page_upper ON page(upper(url));
            CREATE INDEX page_start ON page(substr(url, 1, 20));
            CREATE INDEX page_hash ON page(hash); CREATE INDEX page_two ON page(hash, n);
            CREATE TABLE word(w TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO word VALUES (hex(randomblob(1500))), ('a');
            CREATE TABLE link(w TEXT REFERENCES word); INSERT INTO link VALUES ('a');
        ]]
        for _, name in ipairs(compare.tables(file)) do
            compare.table(database, file, name)
        end
        assert.matches("UNIQUE INDEX page_url_key .*%(md5%(url%)%)", definition(database, "page_url_key"))
        assert.matches("UNIQUE INDEX page_body .*%(n, md5%(lower%(body%)%)%)", definition(database, "page_body"))
        assert.matches("USING hash %(hash%)", definition(database, "page_hash"))
        assert.matches("UNIQUE INDEX page_lower .*%(n, md5%(%(lower%(url%) || 'x'::text%)%)%)",
            definition(database, "page_lower"))
        assert.matches("USING hash %(upper%(url%)%)", definition(database, "page_upper"))
        assert.matches("USING btree %(substr", definition(database, "page_start"))
        assert.matches("longest key has 500%d bytes", object(result, "page_two").note)
        assert.equal("not_carried", object(result, "page_two").outcome)
        assert.matches("UNIQUE INDEX word_w_key .*%(md5%(w%)%)", definition(database, "word_w_key"))
        assert.matches("no PRIMARY KEY", object(result, "word_w_key").note)
        assert.equal("not_carried", object(result, "link_w_fkey").outcome)
        assert.is_true(refused(database, "INSERT INTO page(url) VALUES ('short')"))
        assert.is_true(refused(database, "INSERT INTO page(n, body) VALUES (2, 'SHORT')"))
        assert.is_true(refused(database, "INSERT INTO word VALUES (NULL)"))
        assert.is_false(refused(database, "INSERT INTO page(url) VALUES (repeat('x', 100000))"))
    end)

    it("speak of columns and tables by the plan's names", function()
        local _, database = run([[
            CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE UNIQUE, "b c" INT, gone TEXT);
            INSERT INTO t VALUES (1, 'x', 2, 'y');
            CREATE UNIQUE INDEX i ON t(lower(a), "b c" + 1) WHERE t.a <> 'z' AND [b c] > 0;
        ]], [[
            local w = require "wherry"
            return w.plan { from = w.sqlite "%s", tables = { t = { into = "things",
                columns = { b = "a", a = "b c" }, skip = { gone = "not needed" } } } }
        ]])
        assert.equal("CREATE UNIQUE INDEX i ON public.things USING btree (lower(b) NULLS FIRST, ((a + 1)) NULLS FIRST) "
            .. "WHERE ((lower(b) <> 'z'::text) AND (a > 0))", definition(database, "i"))
        assert.matches("%(lower%(b%)%)", definition(database, "things_b_key"))
    end)
end)
