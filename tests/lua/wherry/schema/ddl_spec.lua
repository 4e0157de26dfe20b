-- The text of CREATE TABLE: what SQLite's pragmas leave out.
local ddl = require "wherry.schema.ddl"
local model = require "wherry.schema.model"

local function parse(sql)
    return assert(ddl.table(sql))
end

describe("ddl.table", function()
    it("reads names in all quoting forms, with quotes, newlines and SQL inside", function()
        local found = parse [==[CREATE TABLE "a""b; DROP TABLE x; --
"("x""y" int, [a b] text, `q``r` real, 's''t' blob, größe, "a,b)" int)]==]
        assert.equal('a"b; DROP TABLE x; --\n', found.name)
        assert.same({ 'x"y', "a b", "q`r", "s't", "größe", "a,b)" }, model.names(found.columns))
    end)

    it("reads types of every shape", function()
        local found = parse [[CREATE TABLE t(a, b INTEGER, c varchar(10), d decimal ( 10 , 2 ), e UNSIGNED BIG INT,
            f 'quoted type', g "double" precision, h double precision not null, i numeric(+5,-2),
                j int generated always as (1),
            k generated always as (2), l date default 'x')]]
        local types = {}
        for i, column in ipairs(found.columns) do
            types[i] = column.declared
        end
        assert.same({ "", "INTEGER", "varchar(10)", "decimal ( 10 , 2 )", "UNSIGNED BIG INT", "'quoted type'",
            '"double" precision', "double precision", "numeric(+5,-2)", "int", "", "date" }, types)
        assert.equal("2", found.columns[11].expression)
    end)

    it("reads column constraints with their names", function()
        local found = parse [[CREATE TABLE t(
            a INTEGER CONSTRAINT pk PRIMARY KEY DESC ON CONFLICT ROLLBACK AUTOINCREMENT,
            b TEXT CONSTRAINT nn NOT NULL ON CONFLICT IGNORE CONSTRAINT un UNIQUE ON CONFLICT REPLACE COLLATE "nocase",
            c NULL CHECK (c > ')' -- )
                ) CONSTRAINT ck CHECK (c /* ) */ IN (1, (2))),
            d CONSTRAINT fk REFERENCES [other] (id) ON DELETE SET NULL ON UPDATE NO ACTION MATCH full
                NOT DEFERRABLE INITIALLY DEFERRED,
            e REFERENCES p ON DELETE CASCADE NOT NULL DEFERRABLE INITIALLY DEFERRED)]]
        assert.is_true(found.autoincrement)
        assert.same({ name = "pk", columns = { "a" }, desc = { true }, conflict = "ROLLBACK" }, found.primary_key)
        assert.same({ name = "nn", conflict = "IGNORE" }, found.columns[2].not_null)
        assert.equal("NOCASE", found.columns[2].collation)
        assert.same({ { name = "un", columns = { "b" }, desc = { false }, conflict = "REPLACE" } }, found.uniques)
        assert.equal(2, #found.checks)
        assert.same({ name = "ck", sql = "c /* ) */ IN (1, (2))", column = "c" }, found.checks[2])
        local first, second = table.unpack(found.foreign_keys)
        assert.same({ name = "fk", columns = { "d" }, parent = "other", parent_columns = { "id" }, match = "full",
            deferrable = false, initially_deferred = false }, first)
        assert.same({ columns = { "e" }, parent = "p", deferrable = true, initially_deferred = true }, second)
    end)

    it("reads table constraints, with and without commas between", function()
        local found = parse [[CREATE TABLE t(a, b, c,
            CONSTRAINT one PRIMARY KEY (a DESC, "b" COLLATE nocase ASC) ON CONFLICT FAIL
            CONSTRAINT two UNIQUE (c), UNIQUE ('b', a) CHECK (a <> b) CONSTRAINT three CHECK (1) ON CONFLICT ABORT,
            CONSTRAINT four FOREIGN KEY (a, [b]) REFERENCES t (b, c) ON UPDATE RESTRICT DEFERRABLE)]]
        assert.same({ name = "one", columns = { "a", "b" }, desc = { true, false }, conflict = "FAIL" },
            found.primary_key)
        assert.same({ "two" }, { found.uniques[1].name })
        assert.same({ "b", "a" }, found.uniques[2].columns)
        assert.same({ { sql = "a <> b" }, { name = "three", sql = "1" } }, found.checks)
        assert.same({ name = "four", columns = { "a", "b" }, parent = "t", parent_columns = { "b", "c" },
            deferrable = true,
            initially_deferred = false }, found.foreign_keys[1])
    end)

    it("tells defaults apart: literal, bare or quoted name, expression", function()
        local found = parse [[CREATE TABLE t(a DEFAULT -1.5, b DEFAULT word, c DEFAULT "quoted",
            d DEFAULT ( f(1, ')') ),
            e DEFAULT 'text' NOT NULL, f DEFAULT CURRENT_TIMESTAMP, g DEFAULT x'00', h DEFAULT + 3)]]
        local kinds = {}
        for i, column in ipairs(found.columns) do
            kinds[i] = column.default.kind .. " " .. column.default.text
        end
        assert.same({ "literal -1.5", "name word", 'name "quoted"', "expression f(1, ')')", "literal 'text'",
            "name CURRENT_TIMESTAMP", "literal x'00'", "literal + 3" }, kinds)
        assert.truthy(found.columns[5].not_null)
    end)

    it("reads generated columns", function()
        local found = parse [[CREATE TABLE t(a, b AS (a + 1), c INT GENERATED ALWAYS AS (a) STORED,
            d AS (b) VIRTUAL UNIQUE)]]
        assert.same({ "a + 1", "virtual" }, { found.columns[2].expression, found.columns[2].generated })
        assert.same({ "a", "stored" }, { found.columns[3].expression, found.columns[3].generated })
        assert.equal("virtual", found.columns[4].generated)
        assert.same({ "d" }, found.uniques[1].columns)
    end)

    it("reads table options in any case and order", function()
        local found = parse "CREATE TABLE t(a INT PRIMARY KEY) strict, without RowId"
        assert.same({ true, true }, { found.strict, found.without_rowid })
        found = parse "CREATE TEMP TABLE IF NOT EXISTS main.t(a);"
        assert.same({ "t", false, false }, { found.name, found.strict, found.without_rowid })
    end)

    it("takes keywords that may be names for names", function()
        local found = parse [[CREATE TABLE t(key TEXT, desc, action INT, temp, virtual, rowid, generated,
            always INT, stored)]]
        assert.same({ "key", "desc", "action", "temp", "virtual", "rowid", "generated", "always", "stored" },
            model.names(found.columns))
        assert.equal("INT", found.columns[8].declared)
    end)

    it("gives nil and a message for what it does not understand", function()
        for _, sql in ipairs({ "", "CREATE TABLE t", "CREATE TABLE t(a", "CREATE TABLE t(a) nonsense",
            "CREATE TABLE t(a 'x)",
            "CREATE VIEW v AS SELECT 1", "CREATE TABLE t(a CHECK (1)" }) do
            local found, message = ddl.table(sql)
            assert.is_nil(found, sql)
            assert.is_string(message)
        end
    end)
end)

describe("ddl.virtual", function()
    it("splits arguments at top-level commas", function()
        local found = assert(ddl.virtual [[CREATE VIRTUAL TABLE "my fts" USING FTS5(a, "b,c" UNINDEXED,
            tokenize = "x 'y'",
            content='t', f(1, 2))]])
        assert.same({ "my fts", "fts5" }, { found.name, found.module })
        assert.same({ "a", '"b,c" UNINDEXED', [[tokenize = "x 'y'"]], "content='t'", "f(1, 2)" }, found.arguments)
    end)

    it("takes a module without arguments", function()
        assert.same({}, ddl.virtual("CREATE VIRTUAL TABLE v USING dbstat").arguments)
        assert.same({}, ddl.virtual("CREATE VIRTUAL TABLE v USING dbstat()").arguments)
    end)
end)
