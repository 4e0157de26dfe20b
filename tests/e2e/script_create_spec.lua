-- A script over a schema that is created: what it renames and leaves out is renamed and gone in keys and indexes, too.
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

describe("a script that creates the schema", function()
    after_each(h.cleanup)

    local SOURCE = [[
        CREATE TABLE authors(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, legacy TEXT,
            active BOOLEAN);
        CREATE TABLE books(isbn TEXT, edition INT, author INTEGER REFERENCES authors(id), title TEXT, notes TEXT,
            PRIMARY KEY(isbn, edition)) WITHOUT ROWID;
        CREATE TABLE drafts(author INTEGER REFERENCES authors(id), body TEXT);
        CREATE TABLE reviews(book TEXT, edition INT, draft INTEGER REFERENCES drafts(rowid), stars INT,
            FOREIGN KEY(book, edition) REFERENCES books(isbn, edition) ON DELETE CASCADE);
        CREATE INDEX by_title ON books(title DESC); CREATE INDEX by_notes ON books(notes);
        INSERT INTO authors VALUES (1, 'Ö', 'x', 1), (5, 'b', NULL, 0), (40, 'gone', NULL, 7);
        INSERT INTO books VALUES ('i1', 1, 1, 't', 'n'), ('i1', 2, 5, NULL, NULL), ('i2', 1, NULL, 'z', NULL);
        INSERT INTO drafts VALUES (1, 'never');
        INSERT INTO reviews(book, edition, stars) VALUES ('i1', 2, 5), ('i2', 1, NULL);
    ]]

    local BODY = [[
        order = { "reviews" },
        tables = {
            authors = { into = "writer", columns = { ["full name"] = "name" }, skip = { legacy = "unused" },
                where = "active IN (0, 1)" },
            books = { into = "Book", columns = { no = "edition" }, skip = { notes = "private" } },
            drafts = w.skip "not published",
        } ]]

    local function script_of(file, database)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, schema = "create", %s }]]):format(file,
            h.url(database), BODY))
    end

    it("carries rows, keys and sequences under the new names", function()
        local file, database = h.source(SOURCE), h.database()
        local script = script_of(file, database)
        local result = h.run(0, { script })
        assert.equal("1|Ö|t\n5|b|f", h.sql(database, 'SELECT id, "full name", active FROM writer ORDER BY id'))
        assert.equal("i1|1|1|t\ni1|2|5|\\N\ni2|1|\\N|z",
            h.sql(database, 'SELECT isbn, no, author, title FROM "Book" ORDER BY 1, 2'))
        assert.equal("i1|2|\\N|5\ni2|1|\\N|\\N", h.sql(database, "SELECT * FROM reviews ORDER BY book"))
        assert.equal("FOREIGN KEY (author) REFERENCES writer(id)\n"
            .. 'FOREIGN KEY (book, edition) REFERENCES "Book"(isbn, no) ON DELETE CASCADE', h.sql(database,
            "SELECT pg_get_constraintdef(oid) AS d FROM pg_constraint WHERE contype = 'f' AND connamespace = "
            .. "'public'::regnamespace ORDER BY d"))
        assert.equal("41", h.sql(database, 'INSERT INTO writer("full name") VALUES (\'new\') RETURNING id'))
        assert.equal("1", h.sql(database, "SELECT count(*) FROM pg_indexes WHERE indexname = 'by_title'"))
        assert.equal("", h.sql(database, "SELECT indexname FROM pg_indexes WHERE indexname = 'by_notes'"))
        local counts = ledger.source(result.json, "authors")
        assert.same({ 3, 1, 2 }, { counts.total, counts.excluded, counts.passed })
        for _, name in ipairs { "drafts", "by_notes", "legacy" } do
            local receipt = ledger.objects(result.json, name)[1]
            assert.is_truthy(receipt, name .. result.said)
            assert.equal("not_carried", receipt.outcome, name .. result.said)
        end
    end)

    it("refuses a schema whose tables are there", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, "CREATE TABLE writer(x int)")
        local script = script_of(file, database)
        local result = h.run(4, { script })
        assert.is_truthy(ledger.finding(result.json, "authors"), result.said)
    end)
end)
