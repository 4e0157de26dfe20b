-- A SQLite file's schema as the model sees it, read from real files under the engine's own settings.
local model = require "wherry.schema.model"
local process = require "tests.support.process"
local sqlite = require "wherry.schema.sqlite"
local sqlite_query = require "tests.support.sqlite_query"

describe("sqlite.read", function()
    local directory

    setup(function()
        directory = process.directory "schema"
    end)
    teardown(function()
        os.execute("rm -rf " .. process.quote(directory))
    end)

    local function read(sql)
        return sqlite.read(sqlite_query.open(sqlite_query.database(directory, sql)))
    end

    -- The one table of a schema.
    local function read_table(sql)
        local m = read(sql)
        assert.equal(1, #m.tables)
        assert.is_nil(m.tables[1].problem)
        return m.tables[1]
    end

    it("reads an empty database", function()
        local m = read "VACUUM;"
        assert.equal("sqlite", m.dialect)
        assert.same({}, m.tables)
    end)

    it("gives every column its affinity", function()
        local t = read_table [[CREATE TABLE t(a INT, b "floating point", c CHARINT, d VARCHAR(9), e CLOB, f BLOB, g,
            h REAL,
            i DOUBLE PRECISION, j FLOAT, k DATETIME, l STRING, m DECIMAL(10,2), n BOOLEAN, o BLOBREAL, p ANY)]]
        local affinities = {}
        for i, column in ipairs(t.columns) do
            affinities[i] = column.affinity
        end
        assert.same({ "integer", "integer", "integer", "text", "text", "blob", "blob", "real", "real", "real",
            "numeric",
            "numeric", "numeric", "numeric", "blob", "numeric" }, affinities)
        assert.equal("blob", read_table("CREATE TABLE t(a ANY) STRICT").columns[1].affinity)
    end)

    it("knows which primary keys are the rowid", function()
        local function alias(sql)
            local t = read_table(sql)
            return t.rowid_alias or false
        end
        assert.equal("id", alias "CREATE TABLE t(id INTEGER PRIMARY KEY)")
        assert.equal("id", alias "CREATE TABLE t(id integer, PRIMARY KEY(id DESC))")
        assert.equal("id", alias "CREATE TABLE t(id INTEGER PRIMARY KEY UNIQUE) STRICT")
        assert.is_false(alias "CREATE TABLE t(id INTEGER PRIMARY KEY DESC)")
        assert.is_false(alias "CREATE TABLE t(id INT PRIMARY KEY)")
        assert.is_false(alias "CREATE TABLE t(id INTEGER, b, PRIMARY KEY(id, b))")
        assert.is_false(alias "CREATE TABLE t(id INTEGER PRIMARY KEY) WITHOUT ROWID")
        assert.is_false(alias "CREATE TABLE t(id)")
    end)

    it("finds the first spelling of the rowid that no column shadows", function()
        local function spelling(sql)
            return read_table(sql).rowid_name or false
        end
        assert.equal("rowid", spelling "CREATE TABLE t(a)")
        assert.equal("_rowid_", spelling "CREATE TABLE t(RowId)")
        assert.equal("oid", spelling "CREATE TABLE t(rowid, _rowid_)")
        assert.is_false(spelling "CREATE TABLE t(rowid, _rowid_, OID)")
        assert.is_false(spelling "CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWID")
    end)

    it("keeps the conflict action of a UNIQUE clause that has no index beside the key's", function()
        local t = read_table [[CREATE TABLE t(a TEXT UNIQUE ON CONFLICT REPLACE PRIMARY KEY, b UNIQUE,
            UNIQUE (b) ON CONFLICT IGNORE)]]
        assert.equal("REPLACE", t.primary_key.conflict)
        assert.equal("IGNORE", t.uniques[1].conflict)
        assert.equal(1, #t.uniques)
        assert.equal("FAIL", read_table "CREATE TABLE t(b UNIQUE, UNIQUE (b) ON CONFLICT FAIL)".uniques[1].conflict)
    end)

    it("reads keys and unique constraints with names, collations and conflict actions", function()
        local t = read_table [[CREATE TABLE t(a TEXT COLLATE nocase CONSTRAINT ua UNIQUE ON CONFLICT IGNORE, b, c,
            UNIQUE (c, b), CONSTRAINT key PRIMARY KEY (b DESC, a) ON CONFLICT REPLACE)]]
        assert.same({ name = "key", columns = { "b", "a" }, desc = { true, false }, collations = { "BINARY", "NOCASE" },
            conflict = "REPLACE" }, t.primary_key)
        assert.same({ name = "ua", columns = { "a" }, desc = { false }, collations = { "NOCASE" },
            conflict = "IGNORE" },
            t.uniques[1])
        assert.same({ "c", "b" }, t.uniques[2].columns)
        assert.equal("NOCASE", t.columns[1].collation)
        assert.is_false(t.without_rowid)
    end)

    it("reads WITHOUT ROWID and STRICT", function()
        local t = read_table "CREATE TABLE t(a, b, PRIMARY KEY(b, a)) WITHOUT ROWID"
        assert.same({ true, false }, { t.without_rowid, t.strict })
        assert.same({ "b", "a" }, t.primary_key.columns)
        assert.is_true(t.columns[1].not_null)
        t = read_table "CREATE TABLE t(a INT) STRICT"
        assert.same({ false, true }, { t.without_rowid, t.strict })
    end)

    it("reads indexes: directions, collations, partial, expression, in catalog order", function()
        local t = read_table [[CREATE TABLE t(a, b TEXT COLLATE rtrim);
            CREATE INDEX z ON t(b, a DESC); CREATE UNIQUE INDEX y ON t(a COLLATE nocase) WHERE a > 1;
            CREATE INDEX x ON t(a + 1, b);]]
        local z, y, x = table.unpack(t.indexes)
        assert.same({ name = "z", unique = false, partial = false, expression = false,
            columns = { { name = "b", desc = false, collation = "RTRIM" }, { name = "a", desc = true,
                collation = "BINARY" } },
            sql = "CREATE INDEX z ON t(b, a DESC)" }, z)
        assert.same({ true, true, false, "NOCASE" }, { y.unique, y.partial, y.expression, y.columns[1].collation })
        assert.same({ false, true }, { x.partial, x.expression })
        assert.is_nil(x.columns[1].name)
    end)

    it("makes defaults stand by themselves", function()
        local t = read_table [[CREATE TABLE t(a DEFAULT word, b DEFAULT "true", c DEFAULT true, d DEFAULT (1 + 2),
            e DEFAULT 'it''s', f DEFAULT current_date, g DEFAULT null, h, i DEFAULT (CURRENT_TIMESTAMP))]]
        local defaults = {}
        for i, column in ipairs(t.columns) do
            defaults[i] = column.default or false
        end
        assert.same({ "'word'", "'true'", "true", "1 + 2", "'it''s'", "current_date", "null", false,
            "CURRENT_TIMESTAMP" },
            defaults)
    end)

    it("reads generated columns, checks and ON CONFLICT", function()
        local t = read_table [[CREATE TABLE t(a INT NOT NULL ON CONFLICT FAIL, b AS (a + 1), c TEXT AS (a || 'x') STORED
            CONSTRAINT ck CHECK (c <> ''), CHECK (a > 0))]]
        assert.same({ "FAIL" }, { t.columns[1].conflict })
        assert.same({ "virtual", "a + 1" }, { t.columns[2].generated, t.columns[2].expression })
        assert.same({ "stored", "a || 'x'" }, { t.columns[3].generated, t.columns[3].expression })
        assert.same({ { name = "ck", sql = "c <> ''", column = "c" }, { sql = "a > 0" } }, t.checks)
    end)

    it("resolves parents by SQLite's rules for names and implicit keys", function()
        local m = read [[
            CREATE TABLE "Parent"("Id" INTEGER PRIMARY KEY, a, b TEXT COLLATE nocase, UNIQUE(b, a));
            CREATE TABLE pair(x, y, PRIMARY KEY(y, x)) WITHOUT ROWID;
            CREATE TABLE child(p REFERENCES parent, q REFERENCES PARENT(ID), r, s,
                CONSTRAINT fk FOREIGN KEY (r, s) REFERENCES pair ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
                FOREIGN KEY (r, s) REFERENCES parent(A, B), FOREIGN KEY (p) REFERENCES child(P), UNIQUE(p));]]
        local keys = model.table(m, "child").foreign_keys
        assert.equal(5, #keys)
        for _, key in ipairs(keys) do
            assert.is_false(key.parent_missing)
        end
        assert.same({ "Parent", { "Id" } }, { keys[1].parent, keys[1].parent_columns })
        assert.same({ "Parent", { "Id" } }, { keys[2].parent, keys[2].parent_columns })
        assert.same({ "fk", "pair", { "y", "x" }, "CASCADE", true, true }, { keys[3].name, keys[3].parent,
            keys[3].parent_columns, keys[3].on_delete, keys[3].deferrable, keys[3].initially_deferred })
        assert.same({ "a", "b" }, keys[4].parent_columns)
        assert.same({ "child", { "p" } }, { keys[5].parent, keys[5].parent_columns })
    end)

    it("tells what is missing at a parent", function()
        local m = read [[
            CREATE TABLE p(a, b TEXT COLLATE nocase, c, PRIMARY KEY(a, c));
            CREATE UNIQUE INDEX partial ON p(b) WHERE a > 1; CREATE UNIQUE INDEX other ON p(b COLLATE binary);
            CREATE TABLE nokey(a); CREATE VIEW v AS SELECT 1 AS x;
            CREATE TABLE t(a REFERENCES gone, b REFERENCES v(x), c REFERENCES p(z), d REFERENCES p(b), e REFERENCES p,
                f REFERENCES nokey);]]
        local reasons = {}
        for i, key in ipairs(model.table(m, "t").foreign_keys) do
            assert.is_true(key.parent_missing)
            reasons[i] = key.parent_reason
        end
        assert.same({ "there is no table gone", "there is no table v", "p has no column z",
            "p has no unique key on (b)",
            "the primary key of p has another number of columns", "nokey has no primary key" }, reasons)
    end)

    it("reads sequences and leaves SQLite's own tables out", function()
        local m = read [[CREATE TABLE "Auto"(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO Auto VALUES(41);
            INSERT INTO sqlite_sequence VALUES('gone', 7), ('auto', 'x'); ANALYZE;]]
        assert.equal(1, #m.tables)
        assert.is_true(m.tables[1].autoincrement)
        assert.same({ Auto = 41 }, m.sequences)
    end)

    it("does not touch a view that does not compile or a module that is missing", function()
        local m = read [[CREATE TABLE t(a); CREATE VIEW v AS SELECT gone FROM nowhere;
            CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT missing_function(new.a); END;
            PRAGMA writable_schema = ON;
            INSERT INTO sqlite_schema VALUES('table', 'odd', 'odd', 0,
                'CREATE VIRTUAL TABLE odd USING no_such_module(a, b)');]]
        assert.equal(1, #m.tables)
        assert.same({ "v" }, { m.views[1].name })
        assert.same({ "r", "t" }, { m.triggers[1].name, m.triggers[1].table })
        assert.same({ "odd", "no_such_module", true }, { m.virtuals[1].name, m.virtuals[1].module,
            m.virtuals[1].owns_rows })
        assert.matches("missing", m.virtuals[1].reason)
    end)

    it("hides shadow tables, but not tables that only look like them", function()
        local m = read [[
            CREATE VIRTUAL TABLE own USING fts5(a); CREATE TABLE other_data(a); CREATE TABLE own_other(a);
            CREATE TABLE ext_content(a); CREATE VIRTUAL TABLE ext USING fts5(a, content=ext_content);
            CREATE VIRTUAL TABLE box USING rtree(id, x0, x1, +label TEXT);]]
        local tables = {}
        for i, t in ipairs(m.tables) do
            tables[i] = t.name
        end
        assert.same({ "other_data", "own_other", "ext_content", "box" }, tables)
        assert.same({ "own_config", "own_content", "own_data", "own_docsize", "own_idx" }, m.virtuals[1].shadows)
        assert.equal("rtree", m.tables[4].module)
    end)

    it("reads hostile names", function()
        local m = read [==[CREATE TABLE "a""b'c; DROP TABLE x; --
]"("order" INT, "x""); --" TEXT UNIQUE, 'quo''ted' INT REFERENCES "A""B'C; DROP TABLE X; --
]"("X""); --"));
            CREATE INDEX "i""
" ON "a""b'c; DROP TABLE x; --
]"("x""); --");]==]
        local t = m.tables[1]
        assert.is_nil(t.problem)
        assert.equal("a\"b'c; DROP TABLE x; --\n]", t.name)
        assert.same({ "order", 'x"); --', "quo'ted" }, { t.columns[1].name, t.columns[2].name, t.columns[3].name })
        assert.equal('i"\n', t.indexes[1].name)
        assert.same({ t.name, { 'x"); --' } }, { t.foreign_keys[1].parent, t.foreign_keys[1].parent_columns })
    end)

    it("agrees with SQLite about the columns of the four projects' schemas", function()
        for _, name in ipairs({ "piyasa", "signal_harvester", "neo_alexandria" }) do
            local m = read(process.read("tests/support/schemas/" .. name .. ".sqlite.sql"))
            assert.truthy(#m.tables > 10)
            for _, t in ipairs(m.tables) do
                assert.is_nil(t.problem)
                for _, key in ipairs(t.foreign_keys) do
                    assert.is_false(key.parent_missing)
                end
            end
        end
    end)
end)
