-- Columns on the way back: defaults, generated expressions, conditions of domains.
local harness = require "tests.support.harness"
local model = require "wherry.schema.model"
local pg = require "wherry.schema.pg"
local pg_query = require "tests.support.pg_query"
local translate_back = require "wherry.schema.translate_back"

describe("columns on the way back", function()
    after_each(harness.cleanup)

    local function translated(sql, refused)
        local database = harness.database()
        harness.sql(database, sql)
        local found = translate_back.translate(pg.read_entire(pg_query.open(database), "public"), { refused = refused })
        local receipts = {}
        for _, one in ipairs(found.receipts) do
            receipts[one.kind .. " " .. one.name] = one
        end
        return found.model.tables[1], receipts
    end

    it("have defaults in their stored form, or a receipt", function()
        local t, receipts = translated [[CREATE TABLE t (a numeric(5,2) DEFAULT 1, b boolean DEFAULT false,
            c text DEFAULT md5('x'), d text DEFAULT NULL, e int DEFAULT nextval('pg_catalog.pg_class'::regclass))]]
        assert.same({ "'1.00'", "0" }, { t.columns[1].default, t.columns[2].default })
        assert.is_nil(t.columns[3].default)
        assert.matches("md5", receipts["default t.c"].note)
        assert.is_nil(t.columns[4].default)
        assert.matches("application has to give", receipts["default t.e"].note)
    end)

    it("are generated where SQLite can, plain elsewhere", function()
        local t, receipts = translated [[CREATE TABLE t (a int, b text,
            c text GENERATED ALWAYS AS (b || '!') STORED, d text GENERATED ALWAYS AS (md5(b)) STORED,
            e int GENERATED ALWAYS AS (a + 1) STORED PRIMARY KEY)]]
        assert.same({ "stored", "b || '!'" }, { model.column(t, "c").generated, model.column(t, "c").expression })
        assert.is_nil(model.column(t, "d").generated)
        assert.matches("plain column", receipts["generated column t.d"].note)
        assert.matches("primary key", receipts["generated column t.e"].note)
    end)

    it("keep the values that PostgreSQL computed where SQLite would compute others", function()
        local t, receipts = translated [[CREATE TABLE t (a int, n numeric(5, 2),
            d numeric(5, 1) GENERATED ALWAYS AS (n) STORED,
            e int GENERATED ALWAYS AS (a * 2) STORED, f int GENERATED ALWAYS AS (7 / a) STORED)]]
        assert.is_nil(model.column(t, "d").generated)
        assert.matches("plain column with its values.*as a double", receipts["generated column t.d"].note)
        assert.same({ "stored", "stored" }, { model.column(t, "e").generated, model.column(t, "f").generated })
    end)

    it("leave out a type's condition that SQLite finds rows against", function()
        local t, receipts = translated([[CREATE TABLE t (id int, a boolean, b jsonb)]],
            { t = { ["b IS NULL OR json_valid(b)"] = "id=7" } })
        assert.same({ 1, 0 }, { #model.column(t, "a").checks, #model.column(t, "b").checks })
        assert.matches("json_valid.*row against it.*id=7", receipts["check t.b"].note)
    end)

    it("keep what domains demand", function()
        local t, receipts = translated [[
            CREATE DOMAIN positive AS integer NOT NULL DEFAULT 5 CHECK (VALUE > 0) CHECK (VALUE <> ALL ('{7,8}'));
            CREATE DOMAIN code AS text CHECK (md5(VALUE) <> '');
            CREATE TABLE t (p positive, q positive DEFAULT 6, c code);]]
        assert.same({ "p > 0", "p NOT IN (7, 8)" }, t.columns[1].checks)
        assert.same({ "5", "6", true }, { t.columns[1].default, t.columns[2].default, t.columns[1].not_null })
        assert.equal("not_carried", receipts["check code_check of t.c"].outcome)
    end)

    it("keep comments", function()
        local t, receipts = translated [[CREATE TABLE t (a int, b int); COMMENT ON COLUMN t.a IS 'one';
            COMMENT ON COLUMN t.b IS E'two\nlines']]
        assert.equal("one", t.columns[1].comment)
        assert.equal("exact", receipts["comment t.a"].outcome)
        assert.equal("in one line", receipts["comment t.b"].note)
    end)
end)
