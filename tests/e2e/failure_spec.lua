-- A run that cannot go on: what it says, what it leaves, and how --resume and --restart go on from there.
local cjson = require "cjson"
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("a run that fails", function()
    after_each(h.cleanup)

    ---A table of n rows, with a value that does not fit an integer column in row `bad`.
    local function source(n, bad)
        return h.source(([[CREATE TABLE big(id INTEGER PRIMARY KEY, n INTEGER, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)
            INSERT INTO big SELECT n, n, 'value ' || n FROM c;
            UPDATE big SET n = 3000000000 WHERE id = %d;]]):format(n, bad or 0))
    end

    local function target()
        local database = h.database()
        h.sql(database, "CREATE TABLE big(id int PRIMARY KEY, n int, v text)")
        return database
    end

    local function count(database)
        return tonumber(h.sql(database, "SELECT count(*) FROM big"))
    end

    it("at a value names table, key, column, value, class, why, and what was committed", function()
        local file, database = source(5000, 3456), target()
        local result = h.run(5, { file, h.url(database), "--batch-size=1000" })
        local fault = result.json.error
        assert.same({ "big", "n" }, { fault.table, fault.column })
        assert.same({ class = "integer", text = "3000000000" }, fault.value)
        assert.matches("3456", fault.key)
        assert.matches("integer", fault.message)
        assert.equal("value", fault.kind)
        assert.equal(3000, count(database))
        assert.equal(3000, ledger.target(result.json, "public.big").inserted)
        assert.equal("failed", result.json.status)
        assert.matches("^%S+$", tostring(result.json.run))

        local plain = h.wherry { "run", file, h.url(database), "--batch-size=1000", "--restart" }
        assert.equal(5, plain.code, plain.said)
        local output = plain.stdout .. plain.stderr
        for _, word in ipairs { "big", "3456", "3000000000", "3,?000", "%-%-resume", "%-%-restart" } do
            assert.is_truthy(output:find(word), ("%q is not told"):format(word) .. plain.said)
        end
    end)

    it("says the next commands with the options that make it the same run", function()
        local file, database = source(3000, 2000), target()
        local options = { "--journal=my journal", "--only=big,b*", "--triggers=off" }
        local result = h.run(5, { file, h.url(database), "--batch-size=1000", table.unpack(options) })
        local hint = result.json.error.hint
        for _, word in ipairs { "--triggers=off", "--only='big,b*'", "--journal='my journal'", "--accept-changes" } do
            assert.is_truthy(hint:find(word, 1, true), hint)
        end
        h.sqlite(file, "UPDATE big SET n = 3 WHERE id = 2000;")
        local command = hint:match "\nwherry ([^\n]-) +#":gsub("%-%-resume", "--restart")
        local again = h.process.shell(("%s %s --json 2>/dev/null; true"):format(os.getenv "WHERRY" or "build/wherry",
            command))
        assert.equal("verified", cjson.decode(again).status, again)
        assert.equal(3000, count(database))
        assert.equal("2", h.sql(database, 'SELECT count(*) FROM "my journal".run'))
    end)

    it("refuses to go on from a source that changed, and says that it did", function()
        local file, database = source(5000, 3456), target()
        h.run(5, { file, h.url(database), "--batch-size=1000" })
        h.sqlite(file, "UPDATE big SET n = 3 WHERE id = 3456;")
        local result = h.wherry { "run", file, h.url(database), "--batch-size=1000", "--resume", "--json" }
        assert.is_true(result.code == 4 or result.code == 5, result.said)
        assert.matches("changed", result.stdout)
        assert.matches("%-%-restart", result.stdout .. result.stderr)
        assert.equal(3000, count(database))
    end)

    it("is begun anew by --restart, which removes what was loaded and nothing else", function()
        local file, database = source(5000, 3456), target()
        h.run(5, { file, h.url(database), "--batch-size=1000" })
        h.sqlite(file, "UPDATE big SET n = 3 WHERE id = 3456;")
        h.run(0, { file, h.url(database), "--batch-size=1000", "--restart" })
        compare.table(database, file, "big")
    end)

    it("leaves rows that others wrote meanwhile alone when it is begun anew", function()
        local file, database = source(5000, 3456), target()
        h.run(5, { file, h.url(database), "--batch-size=1000" })
        h.sql(database, "INSERT INTO big VALUES (-1, 1, 'theirs'), (900000, 2, 'theirs')")
        h.sqlite(file, "UPDATE big SET n = 3 WHERE id = 3456;")
        local result = h.wherry { "run", file, h.url(database), "--batch-size=1000", "--restart", "--json" }
        assert.equal("-1|theirs\n900000|theirs", h.sql(database, "SELECT id, v FROM big WHERE v = 'theirs' ORDER BY 1"))
        assert.is_true(result.code == 0 or result.code == 4, result.said)
        assert.equal(result.code == 0 and 5002 or 2, count(database), result.said)
    end)

    it("forgets nothing: a second run without a word is refused with both ways to go on", function()
        local file, database = source(3000, 2500), target()
        h.run(5, { file, h.url(database), "--batch-size=1000" })
        local result = h.run(4, { file, h.url(database), "--batch-size=1000" })
        assert.matches("%-%-resume", result.stdout)
        assert.matches("%-%-restart", result.stdout)
        assert.equal(2000, count(database))
    end)

    it("at a row that the target's CHECK refuses names the source key, and goes on when the check is gone", function()
        local file, database = source(5000), target()
        h.sql(database, "ALTER TABLE big ADD CONSTRAINT small_enough CHECK (n < 3456)")
        local result = h.run(5, { file, h.url(database), "--batch-size=1000" })
        local fault = result.json.error
        assert.equal("big", fault.table)
        assert.matches("3456", fault.key)
        assert.matches("small_enough", fault.message)
        assert.equal("23514", fault.sqlstate)
        assert.equal(3000, count(database))
        h.sql(database, "ALTER TABLE big DROP CONSTRAINT small_enough")
        local changed = h.run(4, { file, h.url(database), "--batch-size=1000", "--resume" })
        assert.matches("public.big has no constraint small_enough any more", changed.json.error.message, 1, true)
        local done = h.run(0, { file, h.url(database), "--batch-size=1000", "--resume", "--accept-changes" })
        compare.table(database, file, "big")
        assert.equal(5000, ledger.target(done.json, "public.big").inserted)
        assert.equal(5000, ledger.source(done.json, "big").passed)
    end)

    it("with keys in place at a unique key of the target names the source key", function()
        local file, database = source(3000), target()
        h.sqlite(file, "UPDATE big SET v = 'value 7' WHERE id = 2345;")
        h.sql(database, "ALTER TABLE big ADD CONSTRAINT once UNIQUE (v)")
        local result = h.run(5, { file, h.url(database), "--batch-size=1000", "--jobs=1", "--indexes=keep" })
        assert.matches("2345", result.json.error.key)
        assert.matches("once", result.json.error.message)
        assert.equal(2000, count(database))
    end)

    it("with keys put aside at a unique key of the target names the rows that share it", function()
        local file, database = source(3000), target()
        h.sqlite(file, "UPDATE big SET v = 'value 7' WHERE id IN (2345, 2346);")
        h.sql(database, "ALTER TABLE big ADD CONSTRAINT once UNIQUE (v)")
        local finding = h.run(1, { file, h.url(database) }).json.findings[1]
        assert.same({ "duplicate", "big", "v", "value 7" }, { finding.code, finding.table, finding.column,
            finding.value.text })
        assert.matches('"id": 234[56]', finding.key)
        assert.matches("2 rows of public.big have the same v as another one (unique once cannot be made), here that of "
            .. '{"n": 7, "v": "value 7", "id": 7}', finding.reason, 1, true)
        assert.matches("ADD CONSTRAINT once UNIQUE USING INDEX once", finding.hint, 1, true)
        assert.equal(3000, count(database))
    end)

    it("at an orphan names the table and the key that points nowhere", function()
        local database = h.database()
        local file = h.source [[CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER); INSERT INTO c VALUES (10, 1), (11, 777), (12, NULL);]]
        h.sql(database, [[CREATE TABLE p(id int PRIMARY KEY);
            CREATE TABLE c(id int PRIMARY KEY, p int REFERENCES p(id))]])
        local result = h.wherry { "run", file, h.url(database), "--json" }
        assert.is_true(result.code == 1 or result.code == 4 or result.code == 5, result.said)
        assert.matches("777", result.stdout)
        -- The key stands again, whatever state the run ended in.
        assert.equal("c_p_fkey", h.sql(database,
            "SELECT conname FROM pg_constraint WHERE conrelid = 'c'::regclass AND contype = 'f'"), result.said)
    end)

    it("at a NULL that the target does not take names the row", function()
        local database = h.database()
        local file = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (1, 'a'), (2, NULL);]]
        h.sql(database, "CREATE TABLE t(id int PRIMARY KEY, v text NOT NULL)")
        local result = h.run(5, { file, h.url(database) })
        assert.same({ "t", "v" }, { result.json.error.table, result.json.error.column })
        assert.matches("2", result.json.error.key)
        assert.equal("0", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("says that there is nothing to resume where there is nothing", function()
        local file, database = source(10), target()
        local result = h.wherry { "run", file, h.url(database), "--resume", "--json" }
        assert.is_true(result.code == 4 or result.code == 0, result.said)
        assert.equal(result.code == 0 and 10 or 0, count(database))
        local said = result.json.error ~= cjson.null and result.json.error.message or result.stderr
        assert.is_truthy(said:find "resume" or said:find "new run", result.said)
    end)

    it("whose target lost a table meanwhile says so on --resume", function()
        local file, database = source(3000, 2500), target()
        h.run(5, { file, h.url(database), "--batch-size=1000" })
        h.sql(database, "DROP TABLE big")
        local result = h.wherry { "run", file, h.url(database), "--resume", "--json" }
        assert.is_true(result.code == 4 or result.code == 5, result.said)
        assert.matches("big", result.stdout)
    end)

    it("in a created target stops and resumes in the same way", function()
        local file, database = h.source [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000)
            INSERT INTO t SELECT n, 'value ' || n FROM c;
            UPDATE t SET v = 'nul' || char(0) WHERE id = 2222;
            CREATE INDEX t_v ON t(v);]], h.database()
        local result = h.run(5, { file, h.url(database), "--batch-size=1000" })
        assert.matches("2222", result.json.error.key)
        assert.equal("2000", h.sql(database, "SELECT count(*) FROM t"))
        h.sqlite(file, "UPDATE t SET v = 'good' WHERE id = 2222;")
        h.run(0, { file, h.url(database), "--restart" })
        compare.table(database, file, "t")
        assert.equal("1", h.sql(database, "SELECT count(*) FROM pg_indexes WHERE indexname = 't_v'"))
    end)
end)
