-- Values and schemas at the edges of what each side can hold: they arrive, or somebody is told; nothing in between.
local cjson = require "cjson"
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("at the edges", function()
    after_each(h.cleanup)

    ---Runs, and expects either the very same content or a message that names table and column and a code other than 0.
    local function same_or_told(sql, args, target, column)
        local file, database = h.source(sql), h.database()
        if target then
            h.sql(database, target)
        end
        local result = h.wherry { "run", file, h.url(database), "--json", table.unpack(args or {}) }
        if result.code == 0 then
            compare.table(database, file, "t")
        else
            assert.is_true(result.code == 4 or result.code == 5, result.said)
            local fault = result.json.error
            if fault == cjson.null then
                fault = ledger.finding(result.json, "t", column)
            end
            assert.is_truthy(fault, result.said)
            assert.same({ "t", column }, { fault.table, fault.column }, result.said)
        end
        return result, database
    end

    it("columns whose values are not of their affinity", function()
        for _, case in ipairs {
            { "c INTEGER", "(1, 5), (2, 'five')" }, { "c INTEGER", "(1, 5), (2, 5.5)" },
            { "c TEXT", "(1, 'a'), (2, x'00ff')" }, { "c BLOB", "(1, x'00'), (2, 'text')" },
            { "c REAL", "(1, 1.5), (2, 'n/a')" }, { "c REAL", "(1, 9e999), (2, -9e999)" },
            { "c DATETIME", "(1, '2024-01-01'), (2, 17)" }, { "c BOOLEAN", "(1, 1), (2, 'true'), (3, 'maybe')" },
            { "c", "(1, 1), (2, 'x'), (3, 1.5), (4, x'00')" },
        } do
            local sql = "CREATE TABLE t(id INTEGER PRIMARY KEY, %s); INSERT INTO t VALUES %s;"
            same_or_told(sql:format(case[1], case[2]), nil, nil, "c")
        end
        same_or_told([[CREATE TABLE t(id INTEGER PRIMARY KEY, c ANY) STRICT;
            INSERT INTO t VALUES (1, 1), (2, 'x'), (3, 1.5);]], nil, nil, "c")
    end)

    it("numbers of a NUMERIC column keep their value: whole, broken, great", function()
        same_or_told([[CREATE TABLE t(id INTEGER PRIMARY KEY, n DECIMAL(10,2));
            INSERT INTO t VALUES (1, 1.5), (2, 12345678.25), (3, -0.5), (4, 7), (5, NULL);]], nil, nil, "n")
        local result, database = same_or_told([[CREATE TABLE t(id INTEGER PRIMARY KEY, n NUMERIC);
            INSERT INTO t VALUES (1, 9007199254740993), (2, 0.5), (3, -9223372036854775808);]], nil, nil, "n")
        if result.code == 0 then
            assert.equal("9007199254740993", h.sql(database, "SELECT n FROM t WHERE id = 1"))
        end
    end)

    it("doubles that a real column would cut", function()
        local file = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY, r REAL); INSERT INTO t VALUES (1, 1e300);"
        local database = h.database()
        h.sql(database, "CREATE TABLE t(id int PRIMARY KEY, r real)")
        local result = h.run(5, { file, h.url(database) })
        assert.same({ "t", "r" }, { result.json.error.table, result.json.error.column })
    end)

    it("an identity that has no next value", function()
        ---Whether the run said so: by its exit code, a receipt, or a warning.
        local function told(result)
            for _, object in ipairs(result.json.objects) do
                if object.outcome ~= "exact" then
                    return true
                end
            end
            return result.code ~= 0 or result.stderr:find "sequence" or result.stderr:find "identity"
        end
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (9223372036854775807, 'last');]], h.database()
        local result = h.wherry { "run", file, h.url(database), "--json" }
        assert.equal("9223372036854775807", h.sql(database, "SELECT id FROM t"))
        assert.is_truthy(told(result), result.said)
        local small = h.database()
        h.sql(small, "CREATE TABLE t(id serial PRIMARY KEY, v text)")
        local full = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (2147483647, 'last');]]
        local second = h.wherry { "run", full, h.url(small), "--json" }
        assert.is_truthy(told(second), second.said)
        assert.equal("1", h.sql(small, "SELECT count(*) FROM t"))
    end)

    it("unique keys that compare without regard to case", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT COLLATE NOCASE UNIQUE);
            INSERT INTO t VALUES (1, 'Ab'), (2, 'c');]], h.database()
        local result = h.run(0, { file, h.url(database) })
        compare.table(database, file, "t")
        local told = false
        for _, object in ipairs(result.json.objects) do
            told = told or (object.outcome ~= "exact" and object.note:upper():find("NOCASE", 1, true) ~= nil)
        end
        assert.is_true(told, "that 'AB' may stand beside 'Ab' now is not told" .. result.said)
    end)

    it("a target schema that cannot be: PostgreSQL's own, or the journal's", function()
        local file = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);"
        local database = h.database()
        for _, name in ipairs { "pg_catalog", "pg_mine", "information_schema" } do
            local result = h.wherry { "run", file, h.url(database), "--target-schema=" .. name, "--json" }
            assert.is_true(result.code == 2 or result.code == 3 or result.code == 4, result.said)
            assert.equal("", h.objects(database))
        end
        local result = h.wherry { "run", file, h.url(database), "--target-schema=wherry", "--json" }
        assert.is_true(result.code == 2 or result.code == 4, result.said)
        assert.equal("", h.objects(database))
    end)

    it("targets of other kinds than plain tables", function()
        local file, database = h.source [[
            CREATE TABLE parted(id INTEGER, day TEXT); CREATE TABLE t(id INTEGER, d TEXT, e INT);
            INSERT INTO parted VALUES (1, '2024-01-01'), (2, '2025-01-01');
            INSERT INTO t VALUES (1, 'ab', 5);]], h.database()
        h.sql(database, [[CREATE TABLE parted(id int, day date) PARTITION BY RANGE (day);
            CREATE TABLE p24 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
            CREATE TABLE p25 PARTITION OF parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
            CREATE DOMAIN short AS varchar(3) CHECK (VALUE <> 'bad'); CREATE DOMAIN small AS int CHECK (VALUE < 10);
            CREATE TABLE t(id int, d short, e small)]])
        h.run(0, { file, h.url(database) })
        assert.equal("1|1", h.sql(database, "SELECT (SELECT count(*) FROM p24), (SELECT count(*) FROM p25)"))
        assert.equal("1|ab|5", h.sql(database, "SELECT * FROM t"))
        local other = h.database()
        h.sql(other, [[CREATE TABLE below(id int, d text, e int); CREATE VIEW t AS SELECT * FROM below;
            CREATE TABLE parted(id int, day text)]])
        local result = h.run(4, { file, h.url(other) })
        assert.is_truthy(ledger.finding(result.json, "t"), result.said)
    end)

    it("a domain's CHECK in the middle of a table", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, e INT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50)
            INSERT INTO t SELECT n, n FROM c;]], h.database()
        h.sql(database, "CREATE DOMAIN small AS int CHECK (VALUE < 37); CREATE TABLE t(id int PRIMARY KEY, e small)")
        local result = h.run(5, { file, h.url(database) })
        assert.equal("t", result.json.error.table)
        assert.matches("37", tostring(result.json.error.key))
    end)

    it("output that nobody reads any more ends the command quietly", function()
        local file = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);"
        local database = h.database()
        local command = os.getenv "WHERRY" or h.process.shell "pwd" .. "/build/wherry"
        local said = h.process.shell(("cd %s && { %s run %s %s 2>errors | true; }; cat errors"):format(h.directory(),
            command, file, h.process.quote(h.url(database))))
        assert.is_nil(said:find("traceback", 1, true), said)
        assert.is_nil(said:find("internal error", 1, true), said)
        assert.equal("1", h.sql(database, "SELECT count(*) FROM t"))
    end)
end)
