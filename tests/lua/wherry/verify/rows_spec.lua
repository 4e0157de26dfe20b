-- Rows of both databases compared: in their order, and as sets.
local rows = require "wherry.verify.rows"
local support = require "tests.support.verify"
local tolerance = require "wherry.verify.tolerance"

describe("rows", function()
    local ends
    setup(function() ends = support.start() end)
    teardown(function() ends:stop() end)

    local NONE = tolerance.of(nil)

    -- 1000 rows of each side, in opposite orders.
    local function filled()
        ends:open([[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, n REAL, at TEXT);
            WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 1000)
            INSERT INTO t SELECT i, CASE WHEN i % 7 THEN 'v' || i END, i / 4.0, datetime(i, 'unixepoch') FROM s]],
            [[CREATE TABLE t(id bigint, v text, n numeric, at timestamptz);
            INSERT INTO t SELECT i, CASE WHEN i % 7 > 0 THEN 'v' || i END, i / 4.0, to_timestamp(i)
                FROM generate_series(1000, 1, -1) i]])
    end

    local function sides(sqlite, pg, zone, close)
        return { source = ends.source, target = ends.target, source_sql = sqlite, target_sql = pg or sqlite,
            zone = zone or 0, close = close or NONE }
    end

    it("are the same by their values, whatever form they have on each side", function()
        filled()
        local found = rows.ordered(sides "SELECT * FROM t ORDER BY id")
        assert.is_nil(found.difference)
        assert.equal(1000, found.rows)
        assert.is_true(found.source_seconds > 0 and found.target_seconds > 0)
    end)

    it("differ by the first value that is another one", function()
        filled()
        assert.equal('row 3 (id = 3), column v: SQLite has "v3" (text), PostgreSQL "x" (text)', rows.ordered(sides(
            "SELECT id, v FROM t ORDER BY id",
            "SELECT id, CASE WHEN id = 3 THEN 'x' ELSE v END AS v FROM t ORDER BY id")).difference)
        assert.equal('row 7, column v: SQLite has NULL, PostgreSQL "" (text)', rows.ordered(sides(
            "SELECT v FROM t ORDER BY id", "SELECT coalesce(v, '') AS v FROM t ORDER BY id")).difference)
        assert.matches('column id: SQLite has "v1" %(text%), PostgreSQL 1 %(integer%): as int8, it is no number',
            rows.ordered(sides("SELECT v AS id FROM t ORDER BY t.id", "SELECT id FROM t ORDER BY id")).difference)
        assert.equal('row 1, column id: SQLite has "x" (text), PostgreSQL NULL: as int8, it is no number', rows.ordered(
            sides("SELECT 'x' AS id", "SELECT NULL::bigint AS id")).difference)
        assert.is_truthy(rows.ordered(sides("SELECT at FROM t", "SELECT at FROM t ORDER BY id", 3600))
            .difference)
    end)

    it("differ where one side has more of them, or other columns", function()
        filled()
        assert.equal("row 1000 is in SQLite only: (id = 1000 (integer))", rows.ordered(sides(
            "SELECT id FROM t ORDER BY id", "SELECT id FROM t WHERE id < 1000 ORDER BY id")).difference)
        assert.equal("row 1 is in PostgreSQL only: (id = 5 (integer))", rows.ordered(sides(
            "SELECT id FROM t WHERE 0", "SELECT id FROM t WHERE id = 5")).difference)
        assert.equal("SQLite gives 2 columns and PostgreSQL 1", rows.ordered(sides("SELECT 1, 2", "SELECT 1"))
            .difference)
        assert.equal("SQLite gives 1 columns and PostgreSQL 2", rows.as_set(sides("SELECT 1", "SELECT 1 AS a, 2 AS b"))
            .difference)
    end)

    it("may be a little apart", function()
        filled()
        local here, there = "SELECT n FROM t ORDER BY id", "SELECT n + 0.001 AS n FROM t ORDER BY id"
        assert.is_nil(rows.ordered(sides(here, there, 0, tolerance.of { absolute = 0.002 })).difference)
        assert.matches("row 1, column n", rows.ordered(sides(here, there)).difference)
    end)

    it("as a set have no order", function()
        filled()
        local found = rows.as_set(sides("SELECT * FROM t ORDER BY id", "SELECT * FROM t ORDER BY id DESC"))
        assert.is_nil(found.difference)
        assert.equal(1000, found.rows)
    end)

    it("as a set are named that one side has alone", function()
        filled()
        local found = rows.as_set(sides("SELECT id, v FROM t",
            "SELECT id, CASE WHEN id = 500 THEN 'x' ELSE v END AS v FROM t WHERE id <> 7 OR v = 'x'"))
        assert.equal("SQLite gives 1000 rows and PostgreSQL 999", found.difference)
        table.sort(found.others)
        assert.same({ 'in PostgreSQL only: (id = 500 (integer), v = "x" (text))',
            'in SQLite only: (id = 500 (integer), v = "v500" (text))', "in SQLite only: (id = 7 (integer), v = NULL)" },
            found.others)
    end)

    it("as a set count how often each is there", function()
        ends:open("CREATE TABLE t(x); INSERT INTO t VALUES ('a'), ('a'), ('b'), (NULL), (NULL)",
            "CREATE TABLE t(x text); INSERT INTO t VALUES ('b'), ('a'), ('b'), (NULL), (NULL)")
        local found = rows.as_set(sides "SELECT x FROM t")
        assert.equal("the rows are not the same", found.difference)
        table.sort(found.others)
        assert.same({ 'in PostgreSQL only: (x = "b" (text))', 'in SQLite only: (x = "a" (text))' }, found.others)
        ends:open("CREATE TABLE t(x); INSERT INTO t VALUES ('a'), ('a'), ('a')", "CREATE TABLE t(x text)")
        assert.same({ 'in SQLite only: (x = "a" (text)), 3 times' }, rows.as_set(sides "SELECT x FROM t").others)
    end)

    it("as a set take a numeric for SQLite's float that is nearest to it, and others exactly", function()
        ends:open("CREATE TABLE t(x); INSERT INTO t VALUES (2.3333333333333335), (1), (NULL), (0.1)",
            "CREATE TABLE t(x numeric); INSERT INTO t VALUES (0.10), (2.3333333333333333), (1.0), (NULL)")
        assert.is_nil(rows.as_set(sides "SELECT x FROM t").difference)
        ends:open("CREATE TABLE t(x TEXT); INSERT INTO t VALUES ('0.12345678901234567891')",
            "CREATE TABLE t(x numeric); INSERT INTO t VALUES (0.12345678901234567892)")
        assert.is_truthy(rows.as_set(sides "SELECT x FROM t").difference)
        ends:open("CREATE TABLE t(x); INSERT INTO t VALUES (9007199254740993)",
            "CREATE TABLE t(x bigint); INSERT INTO t VALUES (9007199254740992)")
        assert.is_truthy(rows.as_set(sides "SELECT x FROM t").difference)
    end)

    it("as a set do not run into each other", function()
        ends:open("CREATE TABLE t(a, b); INSERT INTO t VALUES ('a;1:b', 'c')",
            "CREATE TABLE t(a text, b text); INSERT INTO t VALUES ('a', 'b;1:c')")
        assert.is_truthy(rows.as_set(sides "SELECT a, b FROM t").difference)
        ends:open("CREATE TABLE t(a, b); INSERT INTO t VALUES ('-', NULL)",
            "CREATE TABLE t(a text, b text); INSERT INTO t VALUES (NULL, '-')")
        assert.is_truthy(rows.as_set(sides "SELECT a, b FROM t").difference)
        ends:open("CREATE TABLE t(a); INSERT INTO t VALUES ('x')", "CREATE TABLE t(a int); INSERT INTO t VALUES (1)")
        assert.is_truthy(rows.as_set(sides "SELECT a FROM t").difference)
    end)

    -- The Lua heap that a comparison of many rows needs, in kilobytes.
    local function heap_of(compare)
        collectgarbage()
        local before, most = collectgarbage "count", 0
        local hook = function() most = math.max(most, collectgarbage "count") end
        debug.sethook(hook, "", 10000)
        compare()
        debug.sethook()
        return most - before
    end

    it("need no more memory when there are more of them", function()
        ends:open("CREATE TABLE t(x)", "CREATE TABLE t(x int)")
        local count = 60000
        local sqlite = ([[WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < %d)
            SELECT i, printf('%%.200d', i) AS v FROM s]]):format(count)
        local pg = ("SELECT i, lpad(i::text, 200, '0') AS v FROM generate_series(1, %d) i"):format(count)
        local all = sides(sqlite, pg)
        local ordered = heap_of(function() assert.is_nil(rows.ordered(all).difference) end)
        local set = heap_of(function() assert.is_nil(rows.as_set(all).difference) end)
        local unlike = heap_of(function()
            assert.equal(5, #rows.as_set(sides(sqlite, pg:gsub("lpad", "rpad"))).others)
        end)
        assert.is_true(ordered < 4000, ordered) -- the rows together are 24 MB
        assert.is_true(set < 14000, set) -- and the sums 65536 numbers, twice
        assert.is_true(unlike < 16000, unlike)
    end)
end)
