-- How columns and key terms compare.
local collations = require "wherry.schema.collations"
local translated = require "tests.support.translated"

describe("collations", function()
    local directory

    setup(function()
        directory = translated.directory()
    end)
    teardown(function()
        translated.remove(directory)
    end)

    local text = { oid = 25, name = "text", display = "text" }
    local bigint = { oid = 20, name = "int8", display = "bigint" }

    it("fold a column by the key's collation, not by its own", function()
        local column = { name = "A", type = text, kind = "text", collation = "NOCASE" }
        assert.same({ sql = '"A"', plain = true, stricter = false }, collations.term(column, "BINARY"))
        assert.same({ sql = 'lower("A")', plain = false, stricter = false }, collations.term(column, "NOCASE"))
        assert.same({ sql = "rtrim(\"A\", ' ')", plain = false, stricter = false }, collations.term(column, "RTRIM"))
        assert.same({ sql = "n", plain = true }, collations.term({ name = "n", type = bigint, kind = "integer" },
            "NOCASE"))
    end)

    it("leave no unknown collation untold", function()
        local term = collations.term({ name = "a", type = text, kind = "text" }, "GERMAN")
        assert.is_true(term.plain)
        assert.matches("GERMAN", term.note)
    end)

    it("tell what an application has to say itself", function()
        local created = translated.of(directory, [[CREATE TABLE t(a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM,
            c INT COLLATE NOCASE, d TEXT COLLATE uint)]])
        assert.matches("lower%(a%)", translated.find(created, "column", "t.a").note)
        assert.matches("rtrim%(b, ' '%)", translated.find(created, "column", "t.b").note)
        assert.is_nil(translated.find(created, "column", "t.c"))
        assert.matches("UINT is not carried", translated.find(created, "column", "t.d").note)
        assert.same({}, created.prerequisites)
    end)

    it("need an extension or a collation first, once", function()
        local sql = [[CREATE TABLE t(a TEXT COLLATE NOCASE PRIMARY KEY, b TEXT COLLATE NOCASE);
            CREATE TABLE c(a TEXT REFERENCES t)]]
        local created = translated.of(directory, sql, { nocase = "citext", schema = "app" })
        assert.same({ "CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA app" }, created.prerequisites)
        assert.matches('a app%.citext COLLATE "C" NOT NULL', created.tables[1].create_sql)
        assert.matches("refers to t%.a", translated.find(created, "column", "c.a").note)
        assert.equal("exact", translated.find(created, "extension", "citext").outcome)
        created = translated.of(directory, sql, { nocase = "citext", citext_schema = "public" })
        assert.same({}, created.prerequisites)
        assert.matches("a public%.citext", created.tables[1].create_sql)
        created = translated.of(directory, sql, { nocase = "icu" })
        assert.same({ "CREATE COLLATION IF NOT EXISTS public.nocase (provider = icu, locale = 'und-u-ks-level2', "
            .. "deterministic = false)" }, created.prerequisites)
        assert.matches("a text COLLATE public%.nocase", created.tables[1].create_sql)
    end)
end)
