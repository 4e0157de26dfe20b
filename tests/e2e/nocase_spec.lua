-- COLLATE NOCASE as the plan wants it: folded in keys and indexes, or as a type or a collation of the columns.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"

local SQL = [[
    CREATE TABLE person(id INTEGER PRIMARY KEY, email TEXT COLLATE NOCASE UNIQUE, name TEXT COLLATE NOCASE,
        code TEXT COLLATE NOCASE, UNIQUE(code COLLATE BINARY), CHECK (name <> 'nobody'));
    INSERT INTO person VALUES (1, 'Ann@Example.org', 'Ann', 'x'), (2, 'ÉMILE', 'Émile', 'X'), (3, 'émile', NULL, NULL);
    CREATE TABLE letter(id INTEGER PRIMARY KEY, receiver TEXT REFERENCES person(email));
    INSERT INTO letter VALUES (1, 'ann@example.ORG'), (2, NULL);
    CREATE INDEX person_name ON person(name);
]]

describe("--nocase", function()
    after_each(h.cleanup)

    local function run(how, ctype, more)
        local file, database = h.source(SQL), h.database { ctype = ctype }
        if more then
            h.sql(database, more)
        end
        return h.run(0, { file, h.url(database), "--nocase=" .. how }), database, file
    end

    local function outcome(result, name)
        for _, object in ipairs(result.json.objects) do
            if object.name == name then
                return object.outcome, object.note
            end
        end
    end

    local function refused(database, sql)
        return not pcall(h.sql, database, sql)
    end

    it("folds keys and indexes, and leaves the foreign key that it cannot keep", function()
        local result, database, file = run("fold", "C.UTF-8")
        compare.table(database, file, "person")
        assert.equal("exact", (outcome(result, "person_email_key")))
        assert.matches("nocase=citext", select(2, outcome(result, "letter_receiver_fkey")))
        assert.is_true(refused(database, "INSERT INTO person(email) VALUES ('ANN@example.org')"))
        assert.is_true(refused(database, "INSERT INTO person(name) VALUES ('NOBODY')"))
        assert.is_false(refused(database, "INSERT INTO person(code) VALUES ('y'), ('Y')"))
        assert.matches("INDEX person_name .*lower%(name%) NULLS FIRST",
            h.sql(database, "SELECT indexdef FROM pg_indexes WHERE indexname = 'person_name'"))
    end)

    it("makes the columns citext, with the foreign key", function()
        local result, database, file = run("citext", "C")
        compare.table(database, file, "person")
        compare.table(database, file, "letter")
        assert.equal("changed", (outcome(result, "person_email_key")))
        assert.equal("changed", (outcome(result, "letter_receiver_fkey")))
        assert.equal("citext", h.sql(database, "SELECT format_type(atttypid, -1) FROM pg_attribute WHERE attrelid = "
            .. "'letter'::regclass AND attname = 'receiver'"))
        assert.is_true(refused(database, "INSERT INTO letter VALUES (3, 'bob')"))
        assert.is_false(refused(database, "INSERT INTO letter VALUES (3, 'ANN@EXAMPLE.ORG')"))
        assert.is_true(refused(database, "INSERT INTO person(name) VALUES ('NOBODY')"))
        assert.is_false(refused(database, "INSERT INTO person(code) VALUES ('y'), ('Y')"))
        assert.equal("1", h.sql(database, "SELECT id FROM person WHERE name = 'ANN'"))
    end)

    it("takes citext from where the database has it", function()
        local _, database = run("citext", "C", "CREATE SCHEMA extensions; CREATE EXTENSION citext SCHEMA extensions")
        assert.equal("extensions.citext", h.sql(database, "SELECT format_type(atttypid, -1) FROM pg_attribute WHERE "
            .. "attrelid = 'person'::regclass AND attname = 'name'"))
    end)

    it("compares by an ICU collation", function()
        local file = h.source((SQL:gsub("'émile'", "'emile'")))
        local database = h.database()
        local result = h.run(0, { file, h.url(database), "--nocase=icu" })
        compare.table(database, file, "person")
        assert.equal("changed", (outcome(result, "person_email_key")))
        assert.equal("changed", (outcome(result, "letter_receiver_fkey")))
        assert.is_true(refused(database, "INSERT INTO person(email) VALUES ('ann@example.org')"))
        assert.is_true(refused(database, "INSERT INTO person(name) VALUES ('NOBODY')"))
        assert.equal("1", h.sql(database, "SELECT id FROM person WHERE name = 'ANN'"))
    end)
end)
