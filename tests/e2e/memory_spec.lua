-- Memory stays flat: rows of a megabyte, and very many narrow ones, in under 64 MB of the engine's own, over several
-- lanes, and on the way back, too.
local h = require "tests.support.harness"

describe("memory", function()
    after_each(h.cleanup)

    -- Under the sanitizers nobody asks for memory: a tenth of the rows has to do.
    local sanitized = os.getenv "ASAN_OPTIONS" ~= nil
    local PART = sanitized and 10 or 1

    local function source(text, rows)
        return h.source((text:gsub("ROWS", rows // PART)))
    end

    ---The largest resident memory of a run, in MB, asked while it works; and its result.
    local function peak_of(arguments)
        local running = h.start(arguments)
        local most = 0
        while running:running() do
            most = math.max(most, running:memory() or 0)
            h.process.sleep(0.02)
        end
        local result = running:finish(90)
        assert.equal(0, result.code, result.said)
        assert.is_true(most > 1000, "no figure was read")
        return most / 1024, result
    end

    local function stays_under(limit, arguments)
        local most = peak_of(arguments)
        if not sanitized then
            assert.is_true(most < limit, ("%.1f MB"):format(most))
        end
    end

    local function under_64(file, database)
        stays_under(64, { "run", file, h.url(database), "--json" })
    end

    it("stays under 64 MB for 200 rows of 1 MB each", function()
        local file, database = source([[CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ROWS)
            INSERT INTO t SELECT n, randomblob(500000), hex(randomblob(250000)) FROM c;]], 200), h.database()
        under_64(file, database)
        assert.equal(("%d|%d"):format(200 // PART, 200000000 // PART), h.sql(database,
            "SELECT count(*), sum(length(b) + length(v)) FROM t"))
    end)

    it("stays under 64 MB for rows of 900 KB on 4 lanes", function()
        local file, database = h.source [[CREATE TABLE a(id INTEGER PRIMARY KEY, b BLOB);
            CREATE TABLE b(id INTEGER PRIMARY KEY, b BLOB); CREATE TABLE c(id INTEGER PRIMARY KEY, b BLOB);
            CREATE TABLE d(id INTEGER PRIMARY KEY, b BLOB);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80)
            INSERT INTO a SELECT i, randomblob(900000) FROM n;
            INSERT INTO b SELECT * FROM a; INSERT INTO c SELECT * FROM a; INSERT INTO d SELECT * FROM a]], h.database()
        stays_under(64, { "run", file, h.url(database), "--json", "--jobs=4" })
        assert.equal("80|72000000", h.sql(database, "SELECT count(*), sum(length(b)) FROM d"))
    end)

    -- About 65 MB of table and as much of index: more than the run may take.
    it("stays under 48 MB for a table that goes back, with indexes and keys in no order", function()
        local database, file = h.database(), h.directory() .. "/back.db"
        h.sql(database, [[CREATE TABLE t(id bigint PRIMARY KEY, word text UNIQUE, v text);
            CREATE INDEX ON t(v);
            INSERT INTO t SELECT n, md5(n::text), repeat(md5((-n)::text), 20) FROM generate_series(1, 90000) AS n]])
        stays_under(48, { "run", h.url(database), file, "--json" })
        assert.equal("90000", h.sqlite(file, "SELECT count(*) FROM t WHERE length(v) = 640"))
    end)

    it("stays under 64 MB for 300,000 narrow rows", function()
        local file, database = source([[CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ROWS)
            INSERT INTO t SELECT n, n * 3, 'row ' || n FROM c;]], 300000), h.database()
        under_64(file, database)
        assert.equal("" .. 300000 // PART, h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("stays under 64 MB for a table without any key", function()
        local file, database = h.source [[CREATE TABLE t(rowid TEXT, oid INTEGER, _rowid_ TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200000)
            INSERT INTO t SELECT 'row ' || n, n, hex(randomblob(30)) FROM c;]], h.database()
        under_64(file, database)
        assert.equal("200000|20000100000", h.sql(database, "SELECT count(*), sum(oid) FROM t"))
    end)
end)
