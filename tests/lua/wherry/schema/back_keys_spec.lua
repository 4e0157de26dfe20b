-- Keys and foreign keys on the way back.
local harness = require "tests.support.harness"
local model = require "wherry.schema.model"
local pg_query = require "tests.support.pg_query"
local translate_back = require "wherry.schema.translate_back"

describe("keys on the way back", function()
    after_each(harness.cleanup)

    local function translated(sql)
        local database = harness.database()
        harness.sql(database, sql)
        local found = translate_back.plan(pg_query.open(database), "public")
        local receipts = {}
        for _, one in ipairs(found.receipts) do
            receipts[one.name] = one
        end
        return found.model, receipts, found
    end

    it("number rows where a sequence did", function()
        local m, receipts, found = translated [[
            CREATE TABLE a (id bigserial PRIMARY KEY);
            CREATE TABLE b (id smallint GENERATED ALWAYS AS IDENTITY (START 100) PRIMARY KEY);
            CREATE TABLE c (id int PRIMARY KEY);
            CREATE TABLE d (id numeric(10) PRIMARY KEY, n serial);
            CREATE TABLE e (x int, id serial, PRIMARY KEY (x, id));]]
        assert.is_true(model.table(m, "a").autoincrement and model.table(m, "b").autoincrement)
        assert.equal("INTEGER", model.table(m, "b").columns[1].declared)
        assert.equal("INT", model.table(m, "c").columns[1].declared)
        assert.is_false(model.table(m, "c").autoincrement)
        assert.same({ "x", "id" }, model.table(m, "e").primary_key.columns)
        assert.equal("not_carried", receipts["d.n"].outcome)
        assert.equal("not_carried", receipts["e.id"].outcome)
        assert.same({ { table = "b", last = 99 } }, found.sequences)
    end)

    it("keep names that somebody gave", function()
        local m = translated [[CREATE TABLE t (a int, b int, CONSTRAINT mine PRIMARY KEY (a), UNIQUE (b),
            CONSTRAINT yours UNIQUE (a, b), CHECK (a > b), CONSTRAINT theirs CHECK (a > 0))]]
        local t = m.tables[1]
        assert.equal("mine", t.primary_key.name)
        local names = {}
        for _, key in ipairs(t.uniques) do
            names[#names + 1] = key.name or "none"
        end
        for _, check in ipairs(t.checks) do
            names[#names + 1] = check.name or "none"
        end
        table.sort(names)
        assert.same({ "none", "none", "theirs", "yours" }, names)
    end)

    it("say where equality is another one", function()
        local _, receipts = translated [[CREATE TABLE t (a numeric UNIQUE, c text UNIQUE, d numeric(5,2) UNIQUE,
            e interval UNIQUE, f int UNIQUE DEFERRABLE, g uuid PRIMARY KEY)]]
        assert.matches("two spellings", receipts.t_a_key.note)
        assert.same({ "exact", "exact", "exact" }, { receipts.t_c_key.outcome, receipts.t_d_key.outcome,
            receipts.t_pkey.outcome })
        assert.matches("as it is written", receipts.t_e_key.note)
        assert.matches("at once", receipts.t_f_key.note)
    end)

    it("refer to keys that are carried, in the same form", function()
        local m, receipts = translated [[
            CREATE SCHEMA other;
            CREATE TABLE other.o (id int PRIMARY KEY);
            CREATE TABLE p (id int PRIMARY KEY, n numeric(5) UNIQUE, u int NOT NULL, v int,
                CONSTRAINT loose UNIQUE NULLS NOT DISTINCT (v));
            CREATE UNIQUE INDEX p_u ON p (u);
            CREATE TABLE c (a int REFERENCES p, b bigint REFERENCES p (n), c int REFERENCES p (u) ON UPDATE RESTRICT,
                d int REFERENCES other.o, e int REFERENCES p (v));
            ALTER TABLE c ADD CONSTRAINT late FOREIGN KEY (a) REFERENCES p NOT VALID;]]
        local keys = model.table(m, "c").foreign_keys
        assert.equal(3, #keys)
        assert.matches("different forms", receipts.c_b_fkey.note)
        assert.matches("another schema", receipts.c_d_fkey.note)
        assert.matches("not carried", receipts.c_e_fkey.note)
        assert.matches("NOT VALID", receipts.late.note)
        assert.equal("exact", receipts.c_a_fkey.outcome)
        assert.matches("PRAGMA foreign_keys", receipts.public.note)
    end)
end)
