-- wherry run of files whose declarations say one thing and whose values another, as real files do (PROJ's proj.db
-- declares its codes INTEGER_OR_TEXT).
local compare = require "tests.support.compare"
local h = require "tests.support.harness"

describe("run of odd declarations", function()
    after_each(h.cleanup)

    local function receipt(document, name)
        for _, object in ipairs(document.objects) do
            if object.kind == "column" and object.name == name then
                return object
            end
        end
    end

    it("carries codes that are numbers in one row and words in another, with the foreign keys between them", function()
        local database = h.database()
        local file = h.source [[
            CREATE TABLE unit(auth TEXT, code INTEGER_OR_TEXT, name TEXT, PRIMARY KEY (auth, code));
            INSERT INTO unit VALUES ('EPSG', 9001, 'metre'), ('EPSG', '9102', 'degree'), ('X', 'FOOT', 'foot');
            CREATE TABLE axis(id INTEGER PRIMARY KEY, unit_auth TEXT, unit_code INTEGER_OR_TEXT, place POINT,
                FOREIGN KEY (unit_auth, unit_code) REFERENCES unit(auth, code));
            INSERT INTO axis VALUES (1, 'EPSG', 9001, 0.5), (2, 'EPSG', '9102', 2), (3, NULL, NULL, NULL);]]
        local document = h.run(0, { file, h.url(database) }).json
        compare.table(database, file, "unit")
        compare.table(database, file, "axis")
        assert.equal("text text", h.sql(database, [[SELECT string_agg(format_type(atttypid, atttypmod), ' ')
            FROM pg_attribute WHERE attname IN ('code', 'unit_code')
            AND attrelid IN ('unit'::regclass, 'axis'::regclass)]]))
        assert.equal("1", h.sql(database, [[SELECT count(*) FROM pg_constraint
            WHERE contype = 'f' AND convalidated AND conrelid = 'axis'::regclass]]))
        assert.equal("changed", receipt(document, "axis.unit_code").outcome)
        assert.matches("foreign key", receipt(document, "axis.unit_code").note)
        assert.matches("1 integer, 1 real", receipt(document, "axis.place").note)
    end)

    it("stops at the first value that the target does not take, and says where", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER);
            INSERT INTO t VALUES (1, 5), (2, 'many');]], h.database()
        h.sql(database, "CREATE TABLE t(id bigint PRIMARY KEY, n bigint)")
        local fault = h.run(5, { file, h.url(database) }).json.error
        assert.same({ "t", "n", "id=2" }, { fault.table, fault.column, fault.key })
        assert.equal("many", fault.value.text)
    end)

    it("stops at a text that no text of PostgreSQL holds", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, n TEXT);
            INSERT INTO t VALUES (1, 'a'), (2, 'b' || char(0) || 'c');]], h.database()
        local fault = h.run(5, { file, h.url(database) }).json.error
        assert.same({ "t", "n", "id=2" }, { fault.table, fault.column, fault.key })
    end)

    it("names a row by the primary key that people know, beside the rowid", function()
        local file, database = h.source [[CREATE TABLE t(code TEXT PRIMARY KEY, n TEXT);
            INSERT INTO t VALUES ('a', '5'), ('b', 'x' || char(0));]], h.database()
        assert.equal("code='b', rowid=2", h.run(5, { file, h.url(database) }).json.error.key)
        file = h.source [[CREATE TABLE t(code TEXT PRIMARY KEY, n INTEGER);
            INSERT INTO t VALUES ('a', 5), ('b', 'many');]]
        h.sql(database, "DROP SCHEMA wherry CASCADE; DROP TABLE t; CREATE TABLE t(code text, n text CHECK (n = '5'))")
        assert.equal("code='b', rowid=2", h.run(5, { file, h.url(database) }).json.error.key)
    end)

    it("writes the integers of a column of doubles as the integers that they were", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER);
            INSERT INTO t(n) VALUES (0), (5), (-7), (2.5), (1e300), (NULL), (9007199254740992);
            CREATE VIEW v AS SELECT id, n || ' x' AS shown, length(n) AS digits FROM t;]], h.database()
        local document = h.run(0, { file, h.url(database) }).json
        assert.equal("double precision", h.sql(database, "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
            .. "WHERE attname = 'n' AND attrelid = 't'::regclass"))
        for _, object in ipairs(document.objects) do
            if object.kind == "view" then
                assert.equal("exact", object.outcome)
            end
        end
        assert.equal(h.sqlite(file, ".nullvalue '\\N'\nSELECT * FROM v ORDER BY id"),
            h.sql(database, "SELECT * FROM v ORDER BY id"))
    end)

    it("looks at generated columns of STRICT tables, whose class SQLite does not enforce", function()
        local file, database = h.source [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, g INTEGER AS (a || 'x')) STRICT;
            INSERT INTO t(a) VALUES ('5'), ('6');]], h.database()
        h.run(0, { file, h.url(database), "--no-check" })
        assert.equal("5x 6x", h.sql(database, "SELECT string_agg(g::text, ' ' ORDER BY id) FROM t"))
    end)
end)
