-- Indexes as PostgreSQL gets them: parts of the rows, expressions, directions, the order of NULL, and what is refused.
local derive = require "wherry.resolve.derive"
local Outcome = require "wherry.resolve.outcome"
local selection = require "wherry.resolve.selection"
local sqlite = require "wherry.schema.sqlite"
local sqlite_query = require "tests.support.sqlite_query"
local translate = require "wherry.schema.translate"
local translated = require "tests.support.translated"
local w = require "wherry"

describe("indexes.add", function()
    local directory

    setup(function()
        directory = translated.directory()
    end)
    teardown(function()
        translated.remove(directory)
    end)

    local TABLE = [[CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL, n INT, f REAL,
        k TEXT COLLATE NOCASE, u BLOB, x);]]

    -- The object or receipt of the index i.
    local function index(sql, options)
        return translated.find(translated.of(directory, TABLE .. sql, options), "index", "i")
    end

    local function definition(sql, outcome)
        local object = index(sql)
        assert.equal(outcome or "exact", object.outcome, object.note)
        return (object.sql:gsub("^CREATE (.*) ON public%.t", "%1"))
    end

    it("sorts NULL as SQLite does", function()
        assert.equal("INDEX i (a NULLS FIRST, n DESC NULLS LAST, b, b DESC)",
            definition "CREATE INDEX i ON t(a, n DESC, b, b DESC)")
    end)

    it("compares each term by its collation", function()
        assert.equal("INDEX i (lower(k) NULLS FIRST, k NULLS FIRST, rtrim(k, ' ') DESC NULLS LAST, lower(b))",
            definition "CREATE INDEX i ON t(k, k COLLATE BINARY, k COLLATE RTRIM DESC, b COLLATE NOCASE)")
    end)

    it("carries a part of the rows", function()
        assert.equal("UNIQUE INDEX i (a NULLS FIRST) WHERE n IS NOT NULL AND b = 'x'",
            definition "CREATE UNIQUE INDEX i ON t(a) WHERE n IS NOT NULL AND b == 'x'")
        assert.equal("INDEX i (a NULLS FIRST) WHERE lower(k) = 'open'",
            definition "CREATE INDEX i ON t(a) WHERE k = 'OPEN'")
    end)

    it("carries expressions, texts of them byte by byte", function()
        assert.equal("UNIQUE INDEX i ((a || '-' || b) NULLS FIRST)",
            definition "CREATE UNIQUE INDEX i ON t(a || '-' || b)")
        assert.equal("INDEX i ((n > 2) DESC NULLS LAST, b)", definition "CREATE INDEX i ON t(n > 2 DESC, b)")
        assert.equal("INDEX i (lower(a || b) NULLS FIRST)", definition "CREATE INDEX i ON t((a || b) COLLATE NOCASE)")
        -- COLLATE inside of an expression is none of the index.
        assert.equal("INDEX i ((a || b) NULLS FIRST)", definition "CREATE INDEX i ON t(a || b COLLATE NOCASE)")
        assert.equal([[INDEX i ((''::text) COLLATE "C", (NULL::text) NULLS FIRST)]],
            definition "CREATE INDEX i ON t(CAST('' AS TEXT), NULL)")
        assert.equal([[INDEX i ((n::text) COLLATE "C" NULLS FIRST)]], definition "CREATE INDEX i ON t(CAST(n AS TEXT))")
    end)

    it("is unique where nothing but an error differs", function()
        assert.equal("UNIQUE INDEX i ((n + 1) NULLS FIRST)", definition("CREATE UNIQUE INDEX i ON t(n + 1)", "changed"))
        local object = index "CREATE UNIQUE INDEX i ON t(x + 1)"
        assert.not_equal("exact", object.outcome)
        assert.is_nil(object.sql and object.sql:find "UNIQUE")
    end)

    it("says what it refuses, with the statement", function()
        local object = index "CREATE INDEX i ON t(a)  WHERE n >\n soundex(a)"
        assert.equal("not_carried", object.outcome)
        assert.matches("soundex.*CREATE INDEX i ON t%(a%) WHERE n > soundex%(a%)", object.note)
    end)

    it("lets a unique index serve foreign keys only where it is whole and exact", function()
        local function key(sql)
            return translated.find(translated.of(directory, sql .. "CREATE TABLE c(a TEXT REFERENCES p(a))"),
                "foreign key", "c_a_fkey").outcome
        end
        assert.equal("exact", key "CREATE TABLE p(a TEXT); CREATE UNIQUE INDEX i ON p(a);")
        assert.equal("not_carried", key "CREATE TABLE p(a TEXT); CREATE UNIQUE INDEX i ON p(a) WHERE a > '';")
        assert.equal("not_carried", key "CREATE TABLE p(a TEXT); CREATE UNIQUE INDEX i ON p(a COLLATE NOCASE);")
    end)

    it("speaks of columns by the names that the plan gives them", function()
        local function derived(sql, entry)
            local m = sqlite.read(sqlite_query.open(sqlite_query.database(directory, TABLE .. sql)))
            local outcome = Outcome.new()
            local selected, virtuals = selection.choose(w.plan { from = w.sqlite "a.db", tables = { t = entry } }, m,
                outcome)
            local created = translate.translate(derive.model(m, selected, virtuals, outcome).model, {})
            return translated.find(created, "index", "i")
        end
        local sql = [[CREATE INDEX i ON t(a, n + 1) WHERE "b" > 'x' AND t.a <> '';]]
        assert.equal("CREATE INDEX i ON public.made (b NULLS FIRST, (n + 1) NULLS FIRST) WHERE c > 'x' AND b <> ''",
            derived(sql, { into = "made", columns = { b = "a", c = "b" } }).sql)
        -- A name in double quotes is a text only where there is no such column.
        assert.matches("its column b is left out", derived(sql, { skip = { b = "not needed" } }).note)
    end)
end)
