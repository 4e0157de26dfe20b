-- Indexes on the way back.
local harness = require "tests.support.harness"
local pg_query = require "tests.support.pg_query"
local translate_back = require "wherry.schema.translate_back"

describe("indexes on the way back", function()
    after_each(harness.cleanup)

    local function translated(sql, ctype)
        local database = harness.database { ctype = ctype }
        harness.sql(database, sql)
        local found = translate_back.plan(pg_query.open(database), "public")
        local receipts, statements = {}, {}
        for _, one in ipairs(found.receipts) do
            receipts[one.name] = one
        end
        for _, sql_text in ipairs(found.statements) do
            local name = sql_text:match "INDEX (%S+) ON"
            if name then
                statements[name] = sql_text
            end
        end
        return statements, receipts
    end

    local TABLE = "CREATE TABLE t (a int, b text, c jsonb, d char(4), n numeric);"

    it("are carried with expressions, predicates and directions", function()
        local statements, receipts = translated(TABLE .. [[
            CREATE INDEX i1 ON t (lower(b), a DESC);
            CREATE UNIQUE INDEX i2 ON t (a) WHERE b IS NOT NULL AND a > 1;
            CREATE INDEX i3 ON t ((c ->> 'k'));
            CREATE INDEX i4 ON t USING hash (b);
            CREATE INDEX i5 ON t (b text_pattern_ops) INCLUDE (a);
            CREATE UNIQUE INDEX i6 ON t (n);]])
        assert.equal("CREATE INDEX i1 ON t (lower(b), a DESC)", statements.i1)
        assert.equal("CREATE UNIQUE INDEX i2 ON t (a) WHERE b IS NOT NULL AND a > 1", statements.i2)
        assert.equal("changed", receipts.i3.outcome)
        assert.matches("hash", receipts.i4.note)
        assert.matches("included a", receipts.i5.note)
        assert.matches("two spellings", receipts.i6.note)
        assert.same({ "exact", "exact", "exact" }, { receipts.i1.outcome, receipts.i2.outcome, receipts.i5.outcome })
    end)

    it("are left out where they cannot be the same, and never widened", function()
        local statements, receipts = translated(TABLE .. [[
            CREATE INDEX i1 ON t USING gin (c);
            CREATE UNIQUE INDEX i2 ON t (a) WHERE b ~ '(x|y)';
            CREATE INDEX i3 ON t (md5(b));
            CREATE INDEX i4 ON t USING brin (a);]])
        assert.same({}, statements)
        for _, name in ipairs { "i1", "i2", "i3", "i4" } do
            assert.equal("not_carried", receipts[name].outcome)
        end
    end)

    it("take NULLs for equal where PostgreSQL does", function()
        local statements, receipts = translated [[
            CREATE TABLE t (a int NOT NULL, b text, d char(4), UNIQUE NULLS NOT DISTINCT (a, b));
            CREATE UNIQUE INDEX i ON t (d) NULLS NOT DISTINCT;]]
        assert.equal("CREATE UNIQUE INDEX t_a_b_key ON t (a, coalesce(b, 0), b IS NULL)", statements.t_a_b_key)
        assert.equal("CREATE UNIQUE INDEX i ON t (coalesce(d, 0) COLLATE RTRIM, d IS NULL)", statements.i)
        assert.equal("exact", receipts.t_a_b_key.outcome)
    end)

    it("say what a language's letters make of an expression", function()
        local _, receipts = translated(TABLE .. "CREATE UNIQUE INDEX i ON t (lower(b));"
            .. "CREATE UNIQUE INDEX j ON t (lower(b COLLATE \"C\"));", "C.UTF-8")
        assert.matches("ASCII", receipts.i.note)
        assert.equal("exact", receipts.j.outcome)
    end)
end)
