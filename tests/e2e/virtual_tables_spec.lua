-- Virtual tables: recognised with their shadow tables, never copied as such, never lost without a word.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("virtual tables", function()
    after_each(h.cleanup)

    local NOTES = "CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT); "
        .. "INSERT INTO notes VALUES (1, 'first'), (2, 'second');"

    ---The tables in the target's public schema.
    local function tables(database)
        return h.sql(database, [[SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace]])
    end

    local owners = {
        ["FTS5 with own content"] = "CREATE VIRTUAL TABLE search USING fts5(body);",
        ["contentless FTS5"] = "CREATE VIRTUAL TABLE search USING fts5(body, content='');",
        ["FTS4 with own content"] = "CREATE VIRTUAL TABLE search USING fts4(body);",
    }
    for what, sql in pairs(owners) do
        owners[what] = sql .. "INSERT INTO search(rowid, body) VALUES (1, 'text');"
    end
    for what, sql in pairs(owners) do
        it(what .. " is refused until somebody names it", function()
            local file, database = h.source(NOTES .. sql), h.database()
            local result = h.run(4, { file, h.url(database) })
            local finding = ledger.finding(result.json, "search")
            assert.is_truthy(finding, result.said)
            assert.matches("skip", finding.hint)
            assert.equal("", h.objects(database))

            local done = h.run(0, { file, h.url(database), "--skip=search" })
            assert.equal("notes", tables(database))
            compare.table(database, file, "notes")
            local receipt = ledger.objects(done.json, "search")[1]
            assert.is_truthy(receipt and receipt.outcome == "not_carried", done.said)
            for _, shadow in ipairs { "search_data", "search_content", "search_docsize", "search_segments" } do
                assert.is_nil(ledger.source(done.json, shadow))
            end
        end)
    end

    it("named by w.skip is a receipt with the reason", function()
        local file, database = h.source(NOTES .. owners["FTS5 with own content"]), h.database()
        local result = h.run(0, { h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q,
                tables = { search = w.skip "rebuilt by the application" } }]]):format(file, h.url(database))) })
        assert.equal("notes", tables(database))
        local receipt = ledger.objects(result.json, "search")[1]
        assert.is_truthy(receipt, result.said)
        assert.matches("rebuilt by the application", receipt.note)
    end)

    it("FTS5 over another table's content is a receipt, and no obstacle", function()
        local file, database = h.source(NOTES .. [[
            CREATE VIRTUAL TABLE search USING fts5(body, content='notes', content_rowid='id');
            INSERT INTO search(search) VALUES ('rebuild');
            CREATE VIRTUAL TABLE old USING fts4(content="notes", body);
            CREATE TRIGGER notes_ai AFTER INSERT ON notes BEGIN
                INSERT INTO search(rowid, body) VALUES (new.id, new.body); END;]]), h.database()
        local result = h.run(0, { file, h.url(database) })
        assert.equal("notes", tables(database))
        compare.table(database, file, "notes")
        for _, name in ipairs { "search", "old" } do
            local receipt = ledger.objects(result.json, name)[1]
            assert.is_truthy(receipt and receipt.outcome == "not_carried", name .. result.said)
        end
    end)

    it("R-Tree is carried as a plain table", function()
        local file, database = h.source(NOTES .. [[
            CREATE VIRTUAL TABLE box USING rtree(id, x0, x1, y0, y1, +label TEXT);
            INSERT INTO box VALUES (1, 0.5, 1.5, -2, 2, 'ü'), (7, 1, 2, 3, 4, NULL);]]), h.database()
        h.run(0, { file, h.url(database) })
        assert.equal("box notes", tables(database))
        assert.equal("1|0.5|1.5|-2|2|ü\n7|1|2|3|4|\\N", h.sql(database,
            "SELECT id, x0, x1, y0, y1, label FROM box ORDER BY id"))
    end)

    it("an ordinary table that only looks like a shadow table is copied", function()
        local file, database = h.source(NOTES .. "CREATE TABLE notes_content(id INTEGER PRIMARY KEY, c TEXT); "
            .. "INSERT INTO notes_content VALUES (1, 'mine'); CREATE TABLE search_data(x INTEGER); "
            .. "INSERT INTO search_data VALUES (5);"), h.database()
        h.run(0, { file, h.url(database) })
        assert.equal("notes notes_content search_data", tables(database))
        compare.table(database, file, "notes_content")
    end)

    it("whose module is missing is told by name, with nothing written", function()
        local file, database = h.source(NOTES .. [[PRAGMA writable_schema = ON;
            INSERT INTO sqlite_schema
            VALUES ('table', 'geo', 'geo', 0, 'CREATE VIRTUAL TABLE geo USING nosuchmodule(a, b)');]]), h.database()
        local result = h.run(4, { file, h.url(database) })
        local finding = ledger.finding(result.json, "geo")
        assert.is_truthy(finding, result.said)
        assert.matches("nosuchmodule", finding.reason)
        assert.equal("", h.objects(database))
        local done = h.run(0, { file, h.url(database), "--skip=geo" })
        assert.equal("notes", tables(database))
        assert.is_truthy(ledger.objects(done.json, "geo")[1], done.said)
    end)

    it("refused with existing tables too, and never written into a table of the same name", function()
        local file, database = h.source(NOTES .. owners["FTS5 with own content"]), h.database()
        h.sql(database, "CREATE TABLE notes(id int PRIMARY KEY, body text); CREATE TABLE search(body text)")
        local result = h.run(4, { file, h.url(database) })
        assert.is_truthy(ledger.finding(result.json, "search"), result.said)
        h.run(0, { file, h.url(database), "--skip=search" })
        assert.equal("2|0", h.sql(database, "SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM search)"))
    end)
end)
