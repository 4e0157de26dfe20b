-- What a schema's catalog holds beyond what loading needs.
local harness = require "tests.support.harness"
local model = require "wherry.schema.model"
local pg = require "wherry.schema.pg"
local pg_query = require "tests.support.pg_query"

describe("pg.read_entire", function()
    local database

    before_each(function()
        database = harness.database()
    end)
    after_each(harness.cleanup)

    local function read(sql, schema)
        harness.sql(database, sql)
        return pg.read_entire(pg_query.open(database), schema or "public")
    end

    it("reads how the database compares and prints", function()
        local m = read "SELECT 1"
        assert.is_true(m.settings.bytewise and m.settings.ascii_case and m.settings.standard_strings)
        assert.is_true(m.settings.schema_exists)
        assert.is_true(m.settings.version >= 120000)
        assert.is_false(pg.read_entire(pg_query.open(database), "missing").settings.schema_exists)
    end)

    it("reads types to the ground: enums, domains, arrays, collations", function()
        local m = read [[
            CREATE TYPE mood AS ENUM ('sad', 'ok');
            CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
            CREATE DOMAIN small AS positive DEFAULT 3 CHECK (VALUE < 100);
            CREATE COLLATION odd (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            CREATE TABLE t (m mood, ms mood[], s small, ar text[], o text COLLATE odd, p text COLLATE "C", q text);
            COMMENT ON COLUMN t.m IS 'how';
            COMMENT ON TABLE t IS 'all';]]
        local t = m.tables[1]
        local function type_of(name)
            return model.column(t, name).type
        end
        assert.same({ "sad", "ok" }, type_of("m").labels)
        assert.same({ "sad", "ok" }, type_of("ms").element.labels)
        assert.same({ "(VALUE > 0)", "((VALUE)::integer < 100)" },
            { type_of("s").domain_checks[1].expression, type_of("s").domain_checks[2].expression })
        assert.equal("3", type_of("s").domain_default)
        assert.equal("A", type_of("ar").category)
        assert.is_false(model.column(t, "o").deterministic)
        assert.same({ "C", true }, { model.column(t, "p").collation, model.column(t, "p").deterministic })
        assert.is_nil(model.column(t, "q").collation)
        assert.same({ "how", "all" }, { model.column(t, "m").comment, t.comment })
    end)

    it("reads conditions, keys and indexes with their expressions", function()
        local m = read [[
            CREATE TABLE t (a int, b text, c int[], CHECK (a > 0), UNIQUE (a) INCLUDE (b) DEFERRABLE,
                EXCLUDE USING gist (box(point(a, a), point(a, a)) WITH &&));
            ALTER TABLE t ADD CONSTRAINT late CHECK (a < 9) NOT VALID;
            CREATE INDEX i ON t (lower(b), a DESC NULLS LAST) INCLUDE (c) WHERE a > 1;
            CREATE INDEX p ON t (b text_pattern_ops);
            CREATE INDEX g ON t USING gin (c);]]
        local t = m.tables[1]
        assert.same({ "(a < 9)", false }, { t.checks[1].expression, t.checks[1].valid })
        assert.same({ "(a > 0)", true }, { t.checks[2].expression, t.checks[2].valid })
        assert.same({ true, true }, { t.uniques[1].deferrable, t.uniques[1].including })
        assert.equal(1, #t.exclusions)
        local g, i, p = table.unpack(t.indexes)
        assert.same({ "gin", "btree" }, { g.method, i.method })
        assert.same({ "lower(b)", "(a > 1)", "c" }, { i.columns[1].expression, i.predicate, i.included[1] })
        assert.same({ false, true }, { i.columns[2].nulls_first, i.columns[2].desc })
        assert.equal("text_pattern_ops", p.columns[1].operator_class)
    end)

    it("reads sequences with their last values, and what stands beside tables", function()
        local m = read [[
            CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY (INCREMENT BY 2), x serial);
            INSERT INTO t DEFAULT VALUES;
            INSERT INTO t DEFAULT VALUES;
            CREATE SEQUENCE loose;
            CREATE VIEW v AS SELECT id FROM t;
            CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
            ALTER TABLE t ENABLE ROW LEVEL SECURITY;
            CREATE POLICY everybody ON t USING (true);
            CREATE RULE nothing AS ON DELETE TO t DO INSTEAD NOTHING;
            CREATE TABLE p (a int) PARTITION BY LIST (a);
            CREATE TABLE p1 PARTITION OF p DEFAULT;]]
        local t = model.table(m, "t")
        assert.same({ 3, 2, 2 }, { t.columns[1].sequence.last, t.columns[1].sequence.increment,
            t.columns[2].sequence.last })
        assert.same({ "loose" }, m.free_sequences)
        assert.matches("SELECT t.id", m.views[1].sql)
        assert.same({ name = "f", arguments = "a integer", kind = "f", source = "SELECT 1" }, m.functions[1])
        assert.same({ { "everybody" }, { "nothing" } }, { t.policies, t.rules })
        assert.equal(1, model.table(m, "p").children)
    end)

    it("reads the keys of other tables of the same name apart", function()
        local m = read("CREATE SCHEMA other; CREATE TABLE other.t (a int PRIMARY KEY); CREATE TABLE t (b int UNIQUE)")
        assert.equal(1, #m.tables)
        assert.is_nil(m.tables[1].primary_key)
        assert.is_false(m.tables[1].uniques[1].nulls_not_distinct)
    end)
end)
