-- A SQLite model as statements.
local model = require "wherry.schema.model"
local sqlite_ddl = require "wherry.schema.sqlite_ddl"

describe("sqlite_ddl", function()
    it("prints a table with everything that it may have", function()
        local t = model.new_table {
            name = "order", comment = "all\nof it", without_rowid = true,
            columns = {
                { name = "id", declared = "INT", not_null = true, comment = "the key" },
                { name = "a b", declared = "", not_null = false, collation = "NOCASE", default = "1 + 1" },
                { name = "c", declared = "TEXT", not_null = true, default = "'x'", checks = { "length(c) < 5" } },
                { name = "d", declared = "INTEGER", not_null = false, generated = "virtual", expression = "id * 2" },
            },
            primary_key = { columns = { "id" } }, uniques = { { name = "one", columns = { "a b", "c" } } },
            checks = { { name = "odd", sql = "id > 0" }, { sql = "c <> ''" } },
            foreign_keys = { { columns = { "c" }, parent = "select", parent_columns = { "x" }, on_delete = "CASCADE",
                on_update = "NO ACTION", deferrable = true, initially_deferred = true } },
        }
        assert.equal([[
CREATE TABLE "order" ( -- all of it
    id INT NOT NULL PRIMARY KEY, -- the key
    "a b" COLLATE NOCASE DEFAULT (1 + 1),
    c TEXT NOT NULL DEFAULT 'x' CHECK (length(c) < 5),
    d INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL,
    CONSTRAINT one UNIQUE ("a b", c),
    CONSTRAINT odd CHECK (id > 0),
    CHECK (c <> ''),
    FOREIGN KEY (c) REFERENCES "select" (x) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID]], sqlite_ddl.table(t))
    end)

    it("prints the rowid's column and keys of several columns", function()
        local t = model.new_table { name = "t", autoincrement = true, rowid_alias = "id", primary_key =
            { columns = { "id" } }, columns = { { name = "id", declared = "INTEGER", not_null = false } } }
        assert.equal("CREATE TABLE t (\n    id INTEGER PRIMARY KEY AUTOINCREMENT\n)", sqlite_ddl.table(t))
        t = model.new_table { name = "t", primary_key = { columns = { "b", "a" }, name = "k" }, columns =
            { { name = "a", declared = "TEXT", not_null = true, default = "CURRENT_TIMESTAMP" },
                { name = "b", declared = "INT", not_null = true, default = "-1" } } }
        assert.equal([[
CREATE TABLE t (
    a TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    b INT NOT NULL DEFAULT -1,
    CONSTRAINT k PRIMARY KEY (b, a)
)]], sqlite_ddl.table(t))
    end)

    it("prints indexes", function()
        local t = { name = "t" }
        local index = { name = "i", unique = true, predicate = "a > 1", columns = { { name = "a", desc = true },
            { expression = "lower(b)" }, { name = "c", collation = "NOCASE" } } }
        assert.equal("CREATE UNIQUE INDEX i ON t (a DESC, lower(b), c COLLATE NOCASE) WHERE a > 1",
            sqlite_ddl.index(t, index))
    end)

    it("gives names that SQLite tells apart", function()
        local taken = {}
        assert.equal("Id", (sqlite_ddl.take_name(taken, "Id")))
        local name, note = sqlite_ddl.take_name(taken, "id")
        assert.equal("id1", name)
        assert.matches("lower case", note)
        assert.equal("_sqlite_x", (sqlite_ddl.take_name(taken, "sqlite_x")))
        assert.equal("SQLITE_y", (sqlite_ddl.take_name(taken, "SQLITE_y", true)))
    end)
end)
