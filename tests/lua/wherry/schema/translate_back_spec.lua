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

    it("gives tables and columns what a journal knows of their origin", function()
        local found, receipts = translated([[
            CREATE TABLE "order" (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now(),
                note text, b bool CHECK (b), "by" text, CHECK (at > '2020-01-01'));
            CREATE TABLE orders (id int);
            CREATE TABLE texts (id bigserial PRIMARY KEY, "order" uuid);]], { known = {
            order = { name = "Orders", columns = {
                id = { name = "ID", declared = "INTEGER", affinity = "integer" },
                at = { name = "when", declared = "BIGINT", affinity = "integer", form = "unix_ms" },
                note = { declared = "VARCHAR(9)", affinity = "text", collation = "NOCASE" },
                b = { declared = "bool", affinity = "numeric" },
            } },
            texts = { columns = { id = { declared = "TEXT", affinity = "text" },
                order = { declared = "CHAR(36)", affinity = "text" } } },
        } })
        assert.same({ "Orders", "orders1", "texts" }, model.names(found.model.tables))
        local t = found.model.tables[1]
        assert.same({ "ID", "when", "note", "b", "by" }, model.names(t.columns))
        assert.equal("ID", t.rowid_alias)
        assert.same({ "BIGINT", "VARCHAR(9)", "bool", "TEXT" },
            { t.columns[2].declared, t.columns[3].declared, t.columns[4].declared, t.columns[5].declared })
        assert.equal("NOCASE", t.columns[3].collation)
        assert.equal("named Orders, id named ID, at named when, as in the file that was loaded",
            (receipts["table order"].note:gsub("; .*", "")))
        assert.is_nil(t.columns[2].default)
        assert.matches("stored as unix_ms", receipts["default order.at"].note)
        assert.equal("not_carried", receipts["check order_at_check"].outcome)
        assert.equal("exact", receipts["check order_b_check"].outcome)
        assert.is_nil(found.model.tables[3].rowid_alias)
        assert.matches("application has to give", receipts["default texts.id"].note)
        assert.same({ "order", "orders", "texts" },
            { found.tables[1].source.name, found.tables[2].source.name, found.tables[3].source.name })
    end)

    it("refuses a foreign key between columns that are stored in different forms", function()
        local sql = "CREATE TABLE a (id uuid PRIMARY KEY); CREATE TABLE b (id uuid REFERENCES a);"
        local function known(of_a, of_b)
            return { known = { a = { columns = { id = { declared = "TEXT", affinity = "text", form = of_a } } },
                b = { columns = { id = { declared = "TEXT", affinity = "text", form = of_b } } } } }
        end
        local found = translated(sql, known("upper", "upper"))
        assert.equal(1, #found.model.tables[2].foreign_keys)
        local _, receipts = translated(sql, known("upper", "braces"))
        assert.matches("different forms", receipts["foreign key b_id_fkey"].note)
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
