-- wherry inspect: what a file holds, where it is damaged, and that nothing is written.
local cjson = require "cjson"
local h = require "tests.support.harness"

local ODD = [[
    CREATE TABLE parent(id INTEGER PRIMARY KEY, name TEXT UNIQUE, at DATETIME, uid TEXT, n INTEGER, raw);
    CREATE TABLE child(a INTEGER REFERENCES parent(id), b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
    CREATE TABLE "odd""name"(x REFERENCES nowhere(y));
    CREATE TABLE alembic_version(version_num VARCHAR(32) NOT NULL);
    INSERT INTO parent VALUES
        (1, 'Ann', '2024-01-01 10:00:00', '0f0e0d0c-0b0a-4908-8706-050403020100', 9007199254740993, x'00ff'),
        (2, 'ANN', '2024-01-02 10:00:00', '1f0e0d0c-0b0a-4908-8706-050403020100', 'seven', 1.5),
        (3, CAST(x'61FF62' AS TEXT), NULL, NULL, 3, 'a' || char(0) || 'b'),
        (4, CAST(x'6100FF' AS TEXT), NULL, NULL, 4, NULL);
    INSERT INTO child VALUES (1, 'fine'), (77, CAST(x'C080' AS TEXT)), (78, 'x');
    INSERT INTO alembic_version VALUES ('aaa'), ('bbb');]]

describe("wherry inspect", function()
    after_each(h.cleanup)

    local function inspect(arguments, code)
        local result = h.wherry { "inspect", table.unpack(arguments) }
        assert.equal(code, result.code, result.said)
        return result
    end

    local function content(path)
        local file <close> = assert(io.open(path, "rb"))
        return file:read "a"
    end

    local function all(document)
        local list = {}
        for i, one in ipairs(document.findings) do
            list[i] = ("%s %s %s"):format(one.code, one.column, one.key)
        end
        return table.concat(list, "\n")
    end

    local function finding(document, code, about)
        for _, one in ipairs(document.findings) do
            if one.code == code and (not about or one.table == about) then
                return one
            end
        end
        error("no finding " .. code)
    end

    it("tells rows, bytes and classes", function()
        local file = h.source(ODD .. "CREATE TABLE stray(x REFERENCES child(b)); INSERT INTO stray VALUES (1);")
        local before = content(file)
        local document = cjson.decode(inspect({ "--json", file }, 1).stdout)
        assert.equal("findings", document.status)
        assert.equal("ok", document.integrity[1])
        assert.matches("id=3 at byte 1; id=4 at byte 2", finding(document, "text_not_utf8", "parent").reason, 1, true)
        assert.matches("id=4 at byte 1", finding(document, "text_with_nul").reason, 1, true)
        assert.matches("text_with_nul raw id=3", all(document), 1, true)
        assert.matches("a=77, b=", finding(document, "text_not_utf8", "child").reason, 1, true)
        local orphan = finding(document, "orphan", "child")
        assert.matches("2 rows refer to rows of parent", orphan.reason, 1, true)
        local unchecked = finding(document, "foreign_key", "stray")
        assert.matches("^its foreign keys can't be checked: foreign key mismatch", unchecked.reason)
        assert.matches("2 heads: aaa, bbb", finding(document, "alembic_heads").reason, 1, true)
        local parent = document.tables[1]
        assert.equal(4, parent.rows)
        local columns = {}
        for _, column in ipairs(parent.columns) do
            columns[column.name] = column
        end
        assert.equal(1, columns.name.same_under_nocase)
        assert.is_true(columns.n.mixed)
        assert.equal("9007199254740993", columns.n.integer_max)
        assert.same({ integer = 3, text = 1, real = 0, blob = 0, null = 0 }, columns.n.classes)
        assert.equal("2 texts: all UUIDs (36 characters); 2 NULL", columns.uid.found)
        assert.is_false(columns.at.mixed)
        assert.is_true(columns.raw.mixed)
        assert.equal(before, content(file))
    end)

    it("prints them for people, and nothing that steers a terminal", function()
        local file = h.source(ODD .. [[CREATE TABLE "bad]] .. "\27" .. [["(a); PRAGMA writable_schema = ON;
            INSERT INTO sqlite_schema VALUES ('table', 'vt', 'vt', 0, 'CREATE VIRTUAL TABLE vt USING "m]] .. "\27\255"
            .. [["(a)');]])
        local text = inspect({ file }, 1).stdout
        assert.matches("parent: 4 records, key id (rowid)", text, 1, true)
        assert.matches("alembic_version: aaa, bbb", text, 1, true)
        assert.matches('odd"name: 0 records', text, 1, true)
        assert.is_nil(text:find "\27")
        assert.matches("virtual: vt (m\\x1b", text, 1, true)
        local document = inspect({ "--json", file }, 1).stdout
        assert.truthy(utf8.len(document))
    end)

    it("says 0 and nothing of findings where there is nothing to say", function()
        local result = inspect({ h.source [[CREATE TABLE t(a INTEGER PRIMARY KEY, b REAL); CREATE TABLE e(a);
            CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO t VALUES (1, 2.5), (2, 3.0)]] }, 0)
        assert.matches("2 reals: 2.5 to 3", result.stdout, 1, true)
        assert.matches("virtual: f (fts5)", result.stdout, 1, true)
        assert.is_nil(result.stdout:find "Findings")
    end)

    it("finds the first faults behind many good rows, by a rowid and without one", function()
        local file = h.source [[CREATE TABLE t(k TEXT PRIMARY KEY, x TEXT) WITHOUT ROWID; CREATE TABLE r(x TEXT);
            WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3500)
            INSERT INTO t SELECT printf('%05d', i), iif(i = 3400, CAST(x'41FE' AS TEXT), 'fine') FROM n;
            INSERT INTO r SELECT x FROM t]]
        local document = cjson.decode(inspect({ "--json", file }, 1).stdout)
        assert.equal("k='03400'", finding(document, "text_not_utf8", "t").key)
        assert.equal("rowid=3400", finding(document, "text_not_utf8", "r").key)
    end)

    it("tells damage", function()
        local file = h.source [[CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); CREATE INDEX i ON t(b);
            WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500)
            INSERT INTO t SELECT i, 'value ' || i FROM n]]
        h.sqlite(file, [[PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON t(b DESC)' WHERE name = 'i']])
        local document = cjson.decode(inspect({ "--json", file }, 1).stdout)
        assert.matches("integrity_check: ", finding(document, "integrity").reason, 1, true)
    end)

    it("refuses what is no file of SQLite", function()
        inspect({ h.path "missing.db" }, 3)
        inspect({ "script.lua" }, 2)
        inspect({ "postgresql://localhost/x" }, 2)
        inspect({ h.script "return 1" }, 2)
    end)
end)
