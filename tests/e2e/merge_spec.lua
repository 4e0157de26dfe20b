-- merge: rows that are one row in the target, and all that refers to the others refers to the one that is kept.
local h = require "tests.support.harness"

describe("merge", function()
    after_each(h.cleanup)

    -- A script over a file with that schema and rows.
    local function script(sql, tables, keys)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, %s tables = { %s } }]]):format(h.source(sql), keys or "", tables))
    end

    -- Runs it into tables that are created, or into those of `target`; returns the database and the result.
    local function loaded(code, plan, target, ...)
        local database = h.database()
        if target then
            h.sql(database, target)
        end
        return database, h.run(code, { plan, h.url(database), ... })
    end

    local function rows(database, name, order)
        return h.sql(database, ("SELECT string_agg(t::text, ' ' ORDER BY %s) FROM %s t"):format(order or "t.*", name))
    end

    local TOPICS = [[CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT, note TEXT);
        CREATE TABLE posts(id INTEGER PRIMARY KEY, topic_id INTEGER REFERENCES topics(id), loose INTEGER);
        INSERT INTO topics VALUES (1, 'a', 'first'), (2, 'b', 'only'), (3, 'a', 'second'), (4, NULL, 'x'),
            (5, NULL, 'y'), (7, 'a', 'third');
        INSERT INTO posts VALUES (1, 1, 1), (2, 2, 3), (3, 3, 7), (4, 7, 99), (5, NULL, NULL), (6, 4, 5);]]

    it("makes one row of those that are equal, and none of NULLs; foreign keys follow", function()
        local plan = script(TOPICS, 'topics = { merge = { by = { "name" } } }')
        local database, result = loaded(0, plan)
        assert.equal("(1,a,first) (2,b,only) (4,,x) (5,,y)", rows(database, "topics"))
        assert.equal("(1,1,1) (2,2,3) (3,1,7) (4,1,99) (5,,) (6,4,5)", rows(database, "posts"))
        local counted = result.json.sources[1].tables[1]
        assert.same({ 6, 2, 4 }, { counted.total, counted.merged, counted.passed })
        local said = h.wherry({ "run", plan, h.url(h.database()) }).stdout
        assert.matches("2 rows are merged into 1, equal in name; the first of them stays", said, 1, true)
        local planned = h.wherry({ "plan", plan }).stdout
        assert.matches("2 rows are merged into 1", planned, 1, true)
        assert.matches("posts.topic_id: changed: refers to the rows that stand for merged ones", planned, 1, true)
    end)

    it("keeps the last one where that is said, and follows references without a foreign key", function()
        local database = loaded(0, script(TOPICS,
            'topics = { merge = { by = { "name" }, keep = "last" }, references = { "posts.loose" } }'))
        assert.equal("(2,b,only) (4,,x) (5,,y) (7,a,third)", rows(database, "topics"))
        assert.equal("(1,7,7) (2,2,7) (3,7,7) (4,7,99) (5,,) (6,4,5)", rows(database, "posts"))
    end)

    it("goes into tables that are there, by their foreign keys, too", function()
        local database = loaded(0, script(TOPICS:gsub("REFERENCES topics%(id%)", ""), [[topics = { into = "topic",
                merge = { by = { w.sql "lower(name)" } } }, posts = { columns = { topic = "topic_id" } }]]), [[
            CREATE TABLE topic(id bigint PRIMARY KEY, name text UNIQUE, note text);
            CREATE TABLE posts(id integer PRIMARY KEY, topic bigint REFERENCES topic, loose bigint)]])
        assert.equal("(1,a,first) (2,b,only) (4,,x) (5,,y)", rows(database, "topic"))
        assert.equal("(1,1,1) (2,2,3) (3,1,7) (4,1,99) (5,,) (6,4,5)", rows(database, "posts"))
    end)

    it("is seen by those that are merged by what they refer to, down a chain", function()
        local database = loaded(0, script([[CREATE TABLE authors(id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE);
            CREATE TABLE books(id INTEGER PRIMARY KEY, author_id REFERENCES authors, title TEXT);
            CREATE TABLE reviews(id INTEGER PRIMARY KEY, book_id INTEGER REFERENCES books, stars INTEGER);
            INSERT INTO authors VALUES (1, 'Ada'), (2, 'ADA'), (3, 'Bob'), (4, 'ada ');
            INSERT INTO books VALUES (10, 2, 'One'), (11, 1, 'One'), (12, '2', 'Two'), (13, 3, 'One'), (14, 4, 'One');
            INSERT INTO reviews VALUES (1, 11, 5), (2, 10, 4), (3, 13, 3), (4, 11, 5), (5, 14, 1);]],
            [[authors = { merge = { by = { "name" } } }, books = { merge = { by = { "author_id", "title" } } },
                reviews = { merge = { by = { "book_id", "stars" }, keep = "last" } }]]))
        assert.equal("(1,Ada) (3,Bob) (4,\"ada \")", rows(database, "authors"))
        assert.equal("(10,1,One) (12,1,Two) (13,3,One) (14,4,One)", rows(database, "books", "id"))
        assert.equal("(2,10,4) (3,13,3) (4,10,5) (5,14,1)", rows(database, "reviews"))
    end)

    it("follows references of a table to itself, level by level", function()
        local database, result = loaded(0, script([[CREATE TABLE t(id INTEGER PRIMARY KEY, up INTEGER REFERENCES t(id),
                name TEXT);
            INSERT INTO t VALUES (1, NULL, 'a'), (2, NULL, 'a'), (3, 1, 'b'), (4, 2, 'b'), (5, 4, 'c'), (6, 3, 'c'),
                (7, 6, 'd'), (8, 5, 'd'), (9, 9, 'e'), (10, 10, 'e');]],
            't = { merge = { by = { w.sql "coalesce(up, 0)", "name" } } }'))
        assert.equal("(1,,a) (3,1,b) (5,3,c) (7,5,d) (9,9,e) (10,10,e)", rows(database, "t"))
        assert.equal(4, result.json.sources[1].tables[1].merged)
    end)

    it("comes to an end where tables are merged by each other", function()
        local database = loaded(0, script([[CREATE TABLE a(id INTEGER PRIMARY KEY, b INTEGER REFERENCES b(id), n TEXT);
            CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER REFERENCES a(id), n TEXT);
            INSERT INTO a VALUES (1, 1, 'x'), (2, 2, 'x'), (3, 4, 'y'), (4, 5, 'y');
            INSERT INTO b VALUES (1, NULL, 'p'), (2, NULL, 'p'), (4, 1, 'q'), (5, 2, 'q');]],
            [[a = { merge = { by = { "b", "n" } } }, b = { merge = { by = { w.sql "coalesce(a, 0)", "n" } } }]]))
        assert.equal("(1,1,x) (3,4,y)", rows(database, "a"))
        assert.equal("(1,,p) (4,1,q)", rows(database, "b"))
    end)

    it("keeps keys of texts, by the parent's collation, and of tables WITHOUT ROWID", function()
        local database, result = loaded(0, script([[
            CREATE TABLE tags(name TEXT PRIMARY KEY COLLATE NOCASE, label TEXT) WITHOUT ROWID;
            CREATE TABLE links(tag TEXT COLLATE NOCASE REFERENCES tags, post INTEGER, PRIMARY KEY (tag, post))
                WITHOUT ROWID;
            INSERT INTO tags VALUES ('Sea', 'water'), ('ocean', 'water'), ('Sky', 'air');
            INSERT INTO links VALUES ('SEA', 1), ('Ocean', 1), ('sea', 2), ('ocean', 3), ('sky', 1);]],
            [[tags = { merge = { by = { "label" } } },
                links = { merge = { by = { "tag", "post" } } }]]))
        assert.equal("(ocean,water) (Sky,air)", rows(database, "tags", "lower(name)"))
        assert.equal("(Ocean,1) (sky,1) (ocean,2) (ocean,3)", rows(database, "links", "post, tag"))
        assert.same({ 1, 1 }, { result.json.sources[1].tables[1].merged, result.json.sources[1].tables[2].merged })
    end)

    it("passes on through keys that are references themselves", function()
        for keep, want in pairs { first = "(1,a) (3,c)|(1,x) (3,z)|(1,1) (2,1) (3,3)",
            last = "(2,b) (3,c)|(2,y) (3,z)|(1,2) (2,2) (3,3)" } do
            local database = loaded(0, script([[CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT, mail TEXT);
                CREATE TABLE profiles(user_id INTEGER PRIMARY KEY REFERENCES users(id), bio TEXT);
                CREATE TABLE photos(id INTEGER PRIMARY KEY, profile INTEGER REFERENCES profiles(user_id));
                INSERT INTO users VALUES (1, 'a', 'm'), (2, 'b', 'm'), (3, 'c', 'n');
                INSERT INTO profiles VALUES (1, 'x'), (2, 'y'), (3, 'z');
                INSERT INTO photos VALUES (1, 1), (2, 2), (3, 3)]],
                (([[users = { merge = { by = { "mail" }, keep = "%s" }, skip = { mail = "no more" } },
                    profiles = { merge = { by = { "user_id" }, keep = "%s" } }]]):gsub("%%s", keep))))
            assert.equal(want, table.concat({ rows(database, "users"), rows(database, "profiles"),
                rows(database, "photos") }, "|"))
        end
    end)

    it("leaves rows alone that the plan leaves out, and says what is rejected beside it", function()
        local plan = script(TOPICS .. "INSERT INTO topics VALUES (8, 'c', 'x'), (9, 'c', 'x');", [[topics = {
            where = "id > 1", merge = { by = { "name" } },
            columns = { note = { type = "varchar(5)", on_bad = "reject" } } }]])
        local database, result = loaded(1, plan)
        assert.equal("(2,b,only) (4,,x) (5,,y) (8,c,x)", rows(database, "topics"))
        local counted = result.json.sources[1].tables[1]
        assert.same({ 8, 1, 2, 1, 4 }, { counted.total, counted.excluded, counted.merged, counted.rejected,
            counted.passed })
        local checked = h.wherry { "check", plan, h.url(h.database()), "--json" }
        assert.equal(1, checked.code)
    end)

    it("makes duplicates of what refers to it, which check foretells", function()
        local sql = [[CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE links(topic INTEGER REFERENCES topics(id), post INTEGER, PRIMARY KEY (topic, post))
                WITHOUT ROWID;
            INSERT INTO topics VALUES (1, 'a'), (2, 'a'), (3, 'b');
            INSERT INTO links VALUES (1, 1), (2, 1), (2, 2), (3, 1);]]
        local plan = script(sql, 'topics = { merge = { by = { "name" } } }', 'on_bad = "reject",')
        local checked = h.wherry { "check", plan, h.url(h.database()), "--json" }
        assert.same({ 1, "duplicate", 1 }, { checked.code, checked.json.problems[1].kind,
            checked.json.problems[1].count })
        local database, result = loaded(1, plan)
        assert.equal("(1,1) (1,2) (3,1)", rows(database, "links"))
        assert.equal(1, result.json.sources[1].tables[2].rejected)
        plan = script(sql, 'topics = { merge = { by = { "name" } } }, links = { merge = { by = { "topic", "post" } } }')
        checked = h.wherry { "check", plan, h.url(h.database()), "--json" }
        assert.same({ 0, 1, 1 }, { checked.code, checked.json.tables[1].merged, checked.json.tables[2].merged })
        loaded(0, plan)
    end)

    it("has its own names beside those of the columns", function()
        local database = loaded(0, script([[CREATE TABLE "or ""der"(kept INTEGER PRIMARY KEY, place TEXT, "k1" TEXT,
                "wherry raw" TEXT, w INTEGER REFERENCES "or ""der"(kept), "order" TEXT);
            INSERT INTO "or ""der" VALUES (1, 'a', 'x', 'r', NULL, 'o'), (2, 'a', 'x', 'r', 1, 'o'),
                (3, 'a', 'y', 'r', 2, 'o'), (4, 'b', 'x', 'r', 2, 'o');]], [[ ['or "der'] = {
                into = "t", merge = { by = { "place", "k1", "wherry raw", "order" } } }]]))
        assert.equal("(1,a,x,r,,o) (3,a,y,r,1,o) (4,b,x,r,1,o)", rows(database, "t"))
    end)

    it("has findings where keys can't be replaced, or there are none", function()
        local composite = [[CREATE TABLE p(a INTEGER, b INTEGER, n TEXT, PRIMARY KEY (a, b));
            CREATE TABLE c(a INTEGER, b INTEGER, FOREIGN KEY (a, b) REFERENCES p(a, b));]]
        for text, code in pairs {
            [composite] = "merge_composite_key",
            ["CREATE TABLE p(n TEXT, rowid, oid, _rowid_);"] = "merge_without_key",
            ["CREATE TABLE p(id INTEGER PRIMARY KEY, nn TEXT);"] = "unknown_column",
        } do
            local _, result = loaded(4, script(text, 'p = { merge = { by = { "n" } } }'))
            assert.equal(code, result.json.findings[1].code)
            assert.equal("p", result.json.findings[1].table)
        end
        for keys, said in pairs {
            ['merge = { by = { w.sql "count(*)" } }'] = "is no expression over a row of it",
            ['merge = { by = { "name" } }, references = { "posts.topik" }'] = 'its references name "posts.topik"',
            ['merge = { by = {} }'] = "a list of source columns and w.sql",
            ['merge = { keep = "first" }'] = "by is missing",
            ['merge = { by = { "name" }, keep = "middle" }'] = '"first" or "last" is expected',
            ['merge = { by = { w.constant(1) } }'] = "a source column or w.sql",
        } do
            local result = h.wherry { "plan", script(TOPICS, ("topics = { %s }"):format(keys)) }
            assert.equal(4, result.code)
            assert.matches(said, result.stdout .. result.stderr, 1, true)
        end
    end)

    it("goes with rows that the target holds", function()
        local target = [[CREATE TABLE topics(id bigint PRIMARY KEY, name text UNIQUE, note text);
            CREATE TABLE posts(id bigint PRIMARY KEY, topic_id bigint REFERENCES topics, loose bigint);
            INSERT INTO topics VALUES (1, 'a', 'mine'), (20, 'z', 'mine')]]
        for how, want in pairs { keep = "(1,a,mine) (2,b,only) (4,,x) (5,,y) (20,z,mine)",
            update = "(1,a,first) (2,b,only) (4,,x) (5,,y) (20,z,mine)" } do
            local database = loaded(0, script(TOPICS, ('topics = { merge = { by = { "name" } }, on_conflict = "%s" }')
                :format(how), 'schema = "existing",'), target)
            assert.equal(want, rows(database, "topics", "id"))
            assert.equal("(1,1,1) (2,2,3) (3,1,7) (4,1,99) (5,,) (6,4,5)", rows(database, "posts", "id"))
        end
    end)

    local MANY = [[CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE posts(id INTEGER PRIMARY KEY, topic_id INTEGER REFERENCES topics(id));
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000)
        INSERT INTO topics SELECT n, 'topic ' || (n % 700) FROM c;
        INSERT INTO posts SELECT id, id FROM topics;]]

    local function whole(database)
        assert.equal("700|700|700", h.sql(database, "SELECT count(*), count(DISTINCT name), max(id) FROM topics"))
        assert.equal("3000|0", h.sql(database, [[SELECT count(*), count(*) FILTER (WHERE topic_id <>
            CASE WHEN id % 700 = 0 THEN 700 ELSE id % 700 END) FROM posts]]))
    end

    it("is the same after a run that was killed", function()
        local plan, database = script(MANY, 'topics = { merge = { by = { "name" } } }', 'schema = "existing",'),
            h.database()
        h.sql(database, [[CREATE TABLE topics(id bigint PRIMARY KEY, name text);
            CREATE TABLE posts(id bigint PRIMARY KEY, topic_id bigint REFERENCES topics);
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$;
            CREATE TRIGGER slow AFTER INSERT ON posts FOR EACH STATEMENT EXECUTE FUNCTION slow();]])
        plan = h.script(h.process.read(plan):gsub("tables = {", 'triggers = "fire", %0'))
        local running = h.start({ "run", plan, h.url(database), "--batch-size=300" }, { keeps = true })
        assert(h.process.wait(20, function()
            return h.sql(database, "SELECT to_regclass('wherry.slice') IS NOT NULL") == "t"
                and tonumber(h.sql(database, "SELECT count(*) FROM posts")) >= 600
        end), "nothing was loaded")
        running:kill "KILL"
        assert(h.process.wait(20, function() return not running:running() end), "it did not die")
        assert.is_true(tonumber(h.sql(database, "SELECT count(*) FROM posts")) < 3000)
        h.run(0, { plan, h.url(database), "--resume", "--batch-size=300" })
        whole(database)
    end)

    it("is refused when the script merges otherwise, or the source has other rows, half-way", function()
        local plan = script(MANY .. "INSERT INTO posts VALUES (4000, 'x')", 'topics = { merge = { by = { "name" } } }',
            'schema = "existing",')
        local text, database = h.process.read(plan), h.database()
        h.sql(database, "CREATE TABLE topics(id bigint, name text); CREATE TABLE posts(id bigint, topic_id bigint)")
        h.run(5, { plan, h.url(database), "--batch-size=300" })
        h.process.write(plan, (text:gsub('{ "name" }', '{ "name" }, keep = "last"')))
        local result = h.run(4, { plan, h.url(database), "--resume", "--accept-changes" })
        assert.equal("changed_plan", result.json.findings[1].code)
        h.process.write(plan, text)
        h.process.shell(("sqlite3 %s %s"):format(text:match 'w.sqlite "([^"]+)"', h.process.quote
            "DELETE FROM posts WHERE id = 4000; INSERT INTO topics VALUES (-1, 'topic 1')"))
        result = h.wherry { "run", plan, h.url(database), "--resume", "--accept-changes", "--json" }
        assert.is_true(result.code == 4 or result.code == 5)
    end)

    it("replaces keys in rows that are loaded later", function()
        local plan, database = script(TOPICS, 'topics = { merge = { by = { "name" } } }',
            'on_bad = "reject", schema = "existing",'), h.database()
        h.sql(database, [[CREATE TABLE topics(id bigint PRIMARY KEY, name text, note text);
            CREATE TABLE posts(id bigint PRIMARY KEY, topic_id bigint, loose bigint CHECK (loose < 5));]])
        h.run(1, { plan, h.url(database) })
        assert.equal("(1,1,1) (2,2,3) (5,,)", rows(database, "posts"))
        h.sql(database, "ALTER TABLE posts DROP CONSTRAINT posts_loose_check")
        local result = h.wherry { "rejects", "retry", plan, h.url(database), "--json" }
        assert.same({ 0, 3 }, { result.code, result.json.loaded })
        assert.equal("(1,1,1) (2,2,3) (3,1,7) (4,1,99) (5,,) (6,4,5)", rows(database, "posts"))
    end)
end)
