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
        assert.matches("2 rows are merged into 1", h.wherry({ "plan", plan }).stdout, 1, true)
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
end)
