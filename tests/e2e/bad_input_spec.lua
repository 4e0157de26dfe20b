-- Sources that are no database, or a broken one: one clear message, the right exit code, nothing written.
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

describe("a source that cannot be taken", function()
    after_each(h.cleanup)

    ---Runs, expects the exit code, words in the message, and a target as empty as before.
    local function refused(code, file, ...)
        local database = h.database()
        local result = h.run(code, { h.track(file), h.url(database) })
        for _, word in ipairs { ... } do
            assert.matches(word, result.json.error.message .. tostring(result.json.error.hint), 1, false)
        end
        assert.equal("", h.objects(database), "something was written" .. result.said)
        local plain = h.wherry { "run", file, h.url(database) }
        assert.equal(code, plain.code)
        assert.is_true(#plain.stderr > 0 and #plain.stderr < 1500, plain.said)
        assert.is_nil(plain.stderr:find("stack traceback", 1, true), plain.said)
        return result
    end

    local function filled()
        return h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 4000)
            INSERT INTO t SELECT n, 'value number ' || n FROM c; CREATE INDEX t_v ON t(v);]]
    end

    local function written(name, bytes)
        local file = h.subdirectory "source" .. "/" .. name
        h.process.write(file, bytes)
        return file
    end

    it("missing", function()
        refused(3, h.path "not there.db", "not there.db")
        assert.is_nil(h.process.read(h.path "not there.db"), "the file was made")
    end)

    it("a directory", function()
        refused(3, h.subdirectory "source", "directory")
    end)

    it("empty", function()
        refused(3, written("empty.db", ""), "empty")
    end)

    it("not a database", function()
        refused(3, written("notes.db", ("Dear diary, today I was no database. "):rep(200)), "not a.*database")
    end)

    it("encrypted: no header, bytes without any order", function()
        local bytes, random = {}, require "tests.support.values".random(7)
        for i = 1, 8192 do
            bytes[i] = string.char(random(256) - 1)
        end
        refused(3, written("secret.db", table.concat(bytes)), "encrypted")
    end)

    it("a PostgreSQL dump or other known file", function()
        refused(3, written("dump.db", "PGDMP" .. ("\0"):rep(5000)))
    end)

    it("truncated", function()
        local file = filled()
        local bytes = h.process.read(file)
        refused(3, written("cut.db", bytes:sub(1, #bytes // 2)), "truncated")
        refused(3, written("header.db", bytes:sub(1, 60)))
    end)

    it("in UTF-16", function()
        local file = h.source "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(v TEXT); INSERT INTO t VALUES ('ü');"
        refused(3, file, "UTF%-16")
    end)

    -- The file with noise in the place of `count` pages behind the first `at`.
    local function with_broken_pages(file, name, at, count)
        local bytes = h.process.read(file)
        local page = tonumber(h.sqlite(file, "PRAGMA page_size;"))
        return written(name, bytes:sub(1, at * page) .. ("\xAA"):rep(page * count)
            .. bytes:sub((at + count) * page + 1))
    end

    it("with a damaged table", function()
        local broken = with_broken_pages(filled(), "broken.db", 12, 3) -- leaves of the table
        local database = h.database()
        local result = h.wherry { "run", h.track(broken), h.url(database), "--json" }
        assert.is_true(result.code == 3 or result.code == 5, result.said)
        assert.equal("t", result.json.error.table, result.said)
        local message = result.json.error.message:lower()
        assert.is_truthy(message:find "malformed" or message:find "damage" or message:find "corrupt", result.said)
    end)

    it("with a damaged table that nothing has read before the load, while another one is loaded", function()
        local file = h.source [[CREATE TABLE a(id INTEGER PRIMARY KEY, v TEXT);
            CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 4000)
            INSERT INTO a SELECT n, 'value number ' || n FROM c;
            INSERT INTO t SELECT id, v FROM a;]]
        local last = tonumber(h.sqlite(file, "PRAGMA page_count;"))
        local broken, database = with_broken_pages(file, "later.db", last - 4, 3), h.database()
        h.sql(database, [[CREATE TABLE a(id int PRIMARY KEY, v text); CREATE TABLE t(id int PRIMARY KEY, v text);
            CREATE SCHEMA aux; CREATE FUNCTION aux.slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.005); RETURN new; END $$;
            CREATE TRIGGER slow BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION aux.slow()]])
        local result = h.run(5, { broken, h.url(database), "--no-check", "--triggers=fire", "--batch-size=50",
            "--jobs=1" })
        assert.same({ "source", "t" }, { result.json.error.kind, result.json.error.table }, result.said)
        assert.matches("^cannot read the source: .*malformed", result.json.error.message)
        local there = tonumber(h.sql(database, "SELECT count(*) FROM a"))
        assert.is_true(there < 4000, there)
        local source = ledger.source(result.json, "a")
        assert.same({ 4000, there }, { source.total, source.passed })
    end)

    it("with a damaged index, which only the check sees", function()
        local file = filled()
        local root = tonumber(h.sqlite(file, "SELECT rootpage FROM sqlite_schema WHERE name = 't_v';"))
        local broken = with_broken_pages(file, "index.db", root - 1, 1)
        local result = h.wherry { "run", h.track(broken), h.url(h.database()), "--json" }
        assert.is_true(result.code == 3 or result.code == 5, result.said)
        local unchecked = h.run(0, { broken, h.url(h.database()), "--no-check" })
        assert.equal(4000, ledger.source(unchecked.json, "t").passed)
    end)

    it("with a schema that no longer parses", function()
        local file = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE TABLE t(id INTEGER PRIMARY' WHERE name = 't';]]
        local database = h.database()
        local result = h.wherry { "run", file, h.url(database), "--json" }
        assert.is_true(result.code == 3 or result.code == 4, result.said)
        assert.equal("", h.objects(database))
    end)

    it("but not for a view that no longer compiles", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);
            CREATE TABLE gone(x); CREATE VIEW v AS SELECT x FROM gone; DROP TABLE gone;
            CREATE VIEW w AS SELECT no_such_function(id) FROM t;]], h.database()
        local result = h.run(0, { file, h.url(database) })
        assert.equal("1", h.sql(database, "SELECT count(*) FROM t"))
        for _, name in ipairs { "v", "w" } do
            assert.equal("not_carried", ledger.objects(result.json, name, "view")[1].outcome)
        end
    end)

    it("a table with more columns than PostgreSQL has", function()
        local columns = {}
        for i = 1, 1700 do
            columns[i] = "c" .. i .. " INTEGER"
        end
        local file, database = h.source("CREATE TABLE wide(" .. table.concat(columns, ", ") .. "); "
            .. "INSERT INTO wide (c1) VALUES (1);"), h.database()
        local result = h.run(4, { file, h.url(database) })
        local finding = ledger.finding(result.json, "wide")
        assert.is_truthy(finding, result.said)
        assert.matches("1600", (finding.reason .. finding.hint):gsub(",", ""))
        assert.equal("", h.objects(database))
    end)

    it("a value that no text of PostgreSQL can hold names its row", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (1, 'good'), (2, 'bad' || char(0) || 'nul'), (3, CAST(x'ff41' AS TEXT));]],
            h.database()
        local result = h.run(5, { file, h.url(database) })
        local fault = result.json.error
        assert.same({ "t", "v" }, { fault.table, fault.column }, result.said)
        assert.matches("2", fault.key)
        assert.equal("text", fault.value.class)
        assert.is_true(fault.hint ~= nil and fault.hint ~= "", result.said)
    end)

    it("the same file as source and target", function()
        local file = h.source "CREATE TABLE t(x);"
        for _, target in ipairs { file, "sqlite:///" .. file } do
            local result = h.wherry { "run", file, target, "--json" }
            assert.is_true(result.code == 2 or result.code == 4, result.said)
        end
        local result = h.run(2, { file, file })
        assert.matches("same file", result.json.error.message)
    end)
end)
