-- check.query: a query of both sides, compared and timed.
local core = require "wherry.core"
local support = require "tests.support.verify"

describe("check.query", function()
    local ends
    setup(function()
        ends = support.start()
        ends:open([[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, n REAL);
            INSERT INTO t VALUES (1, 'b', 1.5), (2, 'A', 2), (3, NULL, NULL)]],
            [[CREATE TABLE t(id int, v text, n numeric);
            INSERT INTO t VALUES (1, 'b', 1.50), (2, 'A', 2), (3, NULL, NULL)]])
    end)
    teardown(function() ends:stop() end)

    local function line(given, more)
        return ends:one(function(check) check.query(given) end, more)
    end

    it("compares rows, and says how long both took", function()
        local one = line { "all", sqlite = "SELECT * FROM t ORDER BY id", pg = "SELECT * FROM t ORDER BY id" }
        assert.is_true(one.passed, one.detail)
        assert.same({ "all", "query" }, { one.name, one.kind })
        assert.matches("^3 rows; SQLite %d+%.%d ms; PostgreSQL %d+%.%d ms$", one.detail)
        assert.equal(1, one.timing.pg.runs)
        assert.is_true(one.timing.sqlite.median > 0 and one.timing.pg.p95 == one.timing.pg.median)
    end)

    it("names the first row that differs", function()
        local one = line { "x", sqlite = "SELECT v FROM t ORDER BY id", pg = "SELECT lower(v) AS v FROM t ORDER BY id" }
        assert.is_false(one.passed)
        assert.equal('row 2, column v: SQLite has "A" (text), PostgreSQL "a" (text)', one.detail)
        assert.is_nil(one.hint)
        assert.is_nil(one.timing)
    end)

    it("knows the same rows in another order, and a query without an order", function()
        local one = line { "x", sqlite = "SELECT v FROM t ORDER BY v", pg = "SELECT v FROM t ORDER BY v" }
        assert.matches("^row 1, column v: SQLite has NULL", one.detail)
        assert.matches("the same rows come in another order.*NULLS FIRST", one.hint)
        local without = line { "x", sqlite = "SELECT v FROM t ORDER BY v", pg = "SELECT v FROM t" }
        assert.matches("without ORDER BY", without.hint)
        assert.is_nil(line({ "x", sqlite = "SELECT count(*) AS n, 1 AS a FROM t",
            pg = "SELECT count(*) AS n, 2 AS a FROM t" }).hint)
        local fixed = line { "x", sqlite = "SELECT v FROM t ORDER BY v",
            pg = 'SELECT v FROM t ORDER BY v COLLATE "C" NULLS FIRST' }
        assert.is_true(fixed.passed, fixed.detail)
    end)

    it("compares sets", function()
        local one = line { "x", sqlite = "SELECT v, n FROM t", pg = "SELECT v, n FROM t ORDER BY id DESC",
            same = "set" }
        assert.is_true(one.passed, one.detail)
        local other = line { "x", sqlite = "SELECT v FROM t", pg = "SELECT 'q'::text AS v FROM t", same = "set" }
        assert.equal("the rows are not the same", other.detail)
        assert.equal(4, #other.differences)
    end)

    it("compares the first value, and tells NULL from no row", function()
        local one = line { "x", sqlite = "SELECT sum(n) FROM t", pg = "SELECT sum(n) FROM t", same = "value" }
        assert.is_true(one.passed)
        assert.matches('^"3.50" %(text%); SQLite', one.detail)
        assert.equal('SQLite has 3.5 (real), PostgreSQL "4.50" (text)', line { "x", sqlite = "SELECT sum(n) FROM t",
            pg = "SELECT sum(n) + 1 FROM t", same = "value" }.detail)
        assert.equal("PostgreSQL gives no row, SQLite has NULL", line { "x", sqlite = "SELECT NULL",
            pg = "SELECT 1 WHERE false", same = "value" }.detail)
        assert.is_true(line { "x", sqlite = "SELECT 1 WHERE 0", pg = "SELECT 1 WHERE false", same = "value" }.passed)
        assert.is_true(line({ "x", sqlite = "SELECT 1.1", pg = "SELECT 1.2", same = "value",
            within = { absolute = 0.11 } }).passed)
    end)

    it("tells no value of what is secret", function()
        local here, there = "SELECT id, v FROM t ORDER BY id", "SELECT id, upper(v) AS v FROM t ORDER BY id"
        for _, same in ipairs { "rows", "value", "set" } do
            for _, pg in ipairs { there, there .. " LIMIT 0", there:gsub("id,", "7 AS id,") } do
                local one = line { "x", sqlite = here, pg = pg, same = same, secret = true }
                local said = table.concat(one.differences, " ") .. one.detail
                assert.is_nil(said:find '"' or said:find "integer", said)
            end
        end
        assert.equal("row 1, column v: the two values are not the same, and are not shown",
            line { "x", sqlite = here, pg = there, secret = true }.detail)
        assert.matches("^1 row; ", line { "x", sqlite = "SELECT 'token'", pg = "SELECT 'token'", same = "value",
            secret = true }.detail)
        assert.matches("secret is true or false", line { "x", sqlite = here, pg = there, secret = "yes" }.detail)
    end)

    it("takes times without an offset in the plan's zone", function()
        local query = { "x", sqlite = "SELECT '2024-01-01 10:00'", pg = "SELECT '2024-01-01 08:00Z'::timestamptz",
            same = "value" }
        assert.is_true(line(query, { zone = 7200 }).passed)
        assert.is_false(line(query).passed)
    end)

    it("times both, and fails where PostgreSQL takes too long", function()
        local one = line { "x", sqlite = "SELECT 1", pg = "SELECT 1 FROM pg_sleep(0.02)", p95 = 5, runs = 3 }
        assert.is_false(one.passed)
        assert.matches("^PostgreSQL takes %d+%.%d ms %(p95%), more than 5 ms: SQLite .* p95 .* %(3 runs%)$", one.detail)
        assert.is_true(one.timing.pg.median >= 20 and one.timing.sqlite.p95 < 20)
        local fast = line { "x", sqlite = "SELECT 1", pg = "SELECT 1 AS x", p95 = 60000 }
        assert.is_true(fast.passed, fast.detail)
        assert.equal(20, fast.timing.pg.runs)
        local slow = [[WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000000)
            SELECT max(n) FROM c]]
        local timing = line({ "x", sqlite = slow, pg = "SELECT 2000000", p95 = 60000 }).timing
        assert.is_true(timing.sqlite.runs < 20, timing.sqlite.runs)
        assert.equal(20, timing.pg.runs)
        local alone = line { "x", pg = "SELECT 1", p95 = 60000, runs = 2 }
        assert.is_true(alone.passed, alone.detail)
        assert.is_nil(alone.timing.sqlite)
        assert.matches("^PostgreSQL %d", alone.detail)
    end)

    it("gives the time that half of the runs took at most, and 95 of 100", function()
        local clock, now, step = core.sys.clock, 0, 0
        finally(function() core.sys.clock = clock end)
        core.sys.clock = function() -- each call takes longer than the one before
            step = step + 1
            now = now + step
            return now
        end
        local one = line({ "x", pg = "SELECT 1", p95 = 1e9, runs = 20 }).timing.pg
        assert.is_true(one.p95 / one.median > 1.85 and one.p95 / one.median < 1.95, one.p95 / one.median)
    end)

    it("fails by itself where a database refuses its query", function()
        local one = line { "x", sqlite = "SELECT nowhere FROM t", pg = "SELECT 1" }
        assert.is_false(one.passed)
        assert.matches("no such column: nowhere", one.detail)
        local other = line { "x", sqlite = "SELECT 1", pg = "SELECT nowhere FROM t" }
        assert.matches('query_spec.lua:%d+: column "nowhere" does not exist', other.detail)
        assert.matches("division by zero", line { "x", sqlite = "SELECT id FROM t", pg = "SELECT 1 / (2 - id) FROM t" }
            .detail)
        assert.matches("readonly", line { "x", sqlite = "DELETE FROM t RETURNING id", pg = "SELECT 1" }.detail)
        assert.matches("read%-only", line { "x", sqlite = "SELECT 1", pg = "DELETE FROM t RETURNING id" }.detail)
    end)

    it("refuses keys that it does not know, and values that make no sense", function()
        for _, given in ipairs {
            { "x", sqlite = "SELECT 1", pg = "SELECT 1", saem = "rows" }, { sqlite = "SELECT 1", pg = "SELECT 1" },
            { "x", sqlite = "SELECT 1" }, { "x", pg = "SELECT 1" }, { "x", sqlite = 1, pg = "SELECT 1" },
            { "x", sqlite = "SELECT 1", pg = "SELECT 1", same = "row" },
            { "x", sqlite = "SELECT 1", pg = "SELECT 1", p95 = "fast" },
            { "x", sqlite = "SELECT 1", pg = "SELECT 1", runs = 1.5 },
            { "x", sqlite = "SELECT 1", pg = "SELECT 1", same = "set", within = { absolute = 1 } },
            { "x", sqlite = "SELECT 1", pg = "SELECT 1", within = {} },
            { "x", sqlite = "SELECT 1", pg = "SELECT 1", from = "other" },
        } do
            local one = line(given)
            assert.is_false(one.passed)
            assert.matches("query_spec.lua:%d+: ", one.detail)
        end
        assert.equal('did you mean "same"?', line { "x", sqlite = "SELECT 1", pg = "SELECT 1", saem = "rows" }.hint)
        assert.matches("a table is expected", ends:one(function(check) check.query "x" end).detail)
    end)
end)
