-- A PostgreSQL schema as a SQLite model, with a receipt for everything.
local harness = require "tests.support.harness"
local model = require "wherry.schema.model"
local pg = require "wherry.schema.pg"
local pg_query = require "tests.support.pg_query"
local translate_back = require "wherry.schema.translate_back"

describe("translate_back", function()
    after_each(harness.cleanup)

    local function translated(sql, options)
        local database = harness.database()
        harness.sql(database, sql)
        local m = pg.read_entire(pg_query.open(database), options and options.schema or "public")
        local found = translate_back.translate(m, options)
        local receipts = {}
        for _, one in ipairs(found.receipts) do
            receipts[one.kind .. " " .. one.name] = one
        end
        return found, receipts
    end

    it("gives a model, its statements, receipts and the values of sequences", function()
        local found, receipts = translated [[
            CREATE TABLE t (id serial PRIMARY KEY, a text DEFAULT 'x' CHECK (a <> ''), b int);
            CREATE INDEX i ON t (b);
            INSERT INTO t (b) VALUES (1), (2);]]
        assert.equal("sqlite", found.model.dialect)
        assert.equal("id", found.model.tables[1].rowid_alias)
        assert.equal(2, #found.statements)
        assert.same({ { table = "t", last = 2 } }, found.sequences)
        for _, name in ipairs { "table t", "primary key t_pkey", "default t.a", "check t_a_check", "index i" } do
            assert.is_truthy(receipts[name], name)
        end
    end)

    it("tells names apart without regard to case, and keeps those that can be kept", function()
        local found, receipts = translated [[CREATE TABLE "Ab" (x int, "X" int); CREATE TABLE ab (x int);
            CREATE TABLE "ab1" (x int); CREATE TABLE "SQLITE_z" (x int);]]
        assert.same({ "Ab", "_SQLITE_z", "ab2", "ab1" }, (function()
            local names = model.names(found.model.tables)
            return { names[1], names[2], names[3], names[4] }
        end)())
        assert.matches("named ab2", receipts["table ab"].note)
        assert.matches("lower case", receipts["column Ab.X"].note)
    end)

    it("leaves out what it is asked to, and what no file can hold", function()
        local found, receipts = translated([[
            CREATE TABLE a (x int PRIMARY KEY);
            CREATE TABLE b (x int REFERENCES a);
            CREATE EXTENSION postgres_fdw;
            CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw;
            CREATE FOREIGN TABLE far (x int) SERVER s;]], { skip = { a = true } })
        assert.same({ "b" }, model.names(found.model.tables))
        assert.matches("left out", receipts["foreign key b_x_fkey"].note)
        assert.equal("not_carried", receipts["foreign table far"].outcome)
        assert.is_nil(receipts["table a"])
    end)

    it("says that there is no such schema, and which tables SQLite cannot have", function()
        assert.equal("no_schema", translated("SELECT 1", { schema = "missing" }).findings[1].code)
        assert.equal("no_columns", translated("CREATE TABLE empty ()").findings[1].code)
    end)
end)
