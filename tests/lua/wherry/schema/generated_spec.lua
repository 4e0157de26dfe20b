-- Generated columns: computed by PostgreSQL where it gives the same values, plain columns with the source's elsewhere.
local harness = require "tests.support.harness"
local translated = require "tests.support.translated"

describe("generated.translate", function()
    local directory
    setup(function()
        directory = translated.directory()
    end)
    teardown(function()
        translated.remove(directory)
    end)
    after_each(harness.cleanup)

    local function of(sql, options)
        return translated.of(directory, sql, options)
    end

    it("makes STORED and VIRTUAL columns stored ones, with their constraints", function()
        local created = of [[CREATE TABLE t(a TEXT NOT NULL, b TEXT AS (a || '!') STORED,
            c TEXT NOT NULL GENERATED ALWAYS AS (upper(a)) VIRTUAL UNIQUE CHECK (c <> 'X'));
            CREATE INDEX i ON t(b);]]
        local columns = created.tables[1].columns
        assert.is_nil(columns[1].generated_sql)
        assert.equal("a || '!'", columns[2].generated_sql)
        assert.same({ "generated column", "exact", nil }, { "generated column",
            translated.find(created, "generated column", "t.b").outcome,
            translated.find(created, "generated column", "t.b").note })
        assert.equal("VIRTUAL in the source, STORED in PostgreSQL",
            translated.find(created, "generated column", "t.c").note)
        local database = translated.build(created)
        assert.equal("y!|Y", harness.sql(database, "INSERT INTO t(a) VALUES('y') RETURNING b, c"))
        assert.equal("ss", harness.sql(database,
            "SELECT string_agg(attgenerated, '') FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 1"))
    end)

    it("puts the expressions of other generated columns in their place, as values of the column", function()
        local created = of [[CREATE TABLE t(z TEXT AS (y || x), y TEXT AS (x || '-'), a TEXT,
            x TEXT AS (length(a)) STORED)]]
        local database = translated.build(created)
        assert.equal("3-3|3-|3", harness.sql(database, "INSERT INTO t(a) VALUES('abc') RETURNING z, y, x"))
    end)

    it("leaves a plain column where the expression is not carried, and says why", function()
        local created = of "CREATE TABLE t(a INT, b INT AS (sha3(a)), c AS (a + 1))"
        local receipt = translated.find(created, "generated column", "t.b")
        assert.is_nil(created.tables[1].columns[2].generated_sql)
        assert.equal("changed", receipt.outcome)
        assert.matches("a plain column with its values", receipt.note)
        assert.matches("sha3%(a%)$", receipt.note)
    end)

    it("gives a column without a declared type that of its expression, where there are no values", function()
        local created = of [[CREATE TABLE t(a INT, p REAL, n TEXT, b AS (a / 2), c AS (p * 2), d AS (n || 'x'),
            e AS (a > 0), f AS (b + 1))]]
        local seen = {}
        for i, column in ipairs(created.tables[1].columns) do
            seen[i] = column.type.display .. (column.generated_sql and " generated" or "")
        end
        assert.same({ "bigint", "double precision", "text", "bigint generated", "double precision generated",
            "text generated", "bigint generated", "bigint generated" }, seen)
        translated.build(created)
    end)

    it("leaves a plain column where a foreign key writes it", function()
        local created = of [[CREATE TABLE p(id INTEGER PRIMARY KEY);
            CREATE TABLE c(a INT, b INT AS (a + 1) REFERENCES p ON DELETE SET NULL, d INT AS (a) REFERENCES p)]]
        assert.is_nil(created.tables[2].columns[2].generated_sql)
        assert.matches("a foreign key writes it", translated.find(created, "generated column", "c.b").note)
        assert.equal("a", created.tables[2].columns[3].generated_sql)
        translated.build(created)
    end)

    it("leaves a plain column where a value is not of the column's class", function()
        local created = of([[CREATE TABLE t(a TEXT, b INT AS (a) STORED); INSERT INTO t(a) VALUES('5'), ('x')]])
        assert.is_nil(created.tables[1].columns[2].generated_sql)
        assert.equal("changed", translated.find(created, "generated column", "t.b").outcome)
    end)
end)
