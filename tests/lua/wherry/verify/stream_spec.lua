-- Rows of a statement of either database, one at a time.
local fault_of = require "tests.support.refusal"
local stream = require "wherry.verify.stream"
local support = require "tests.support.verify"

describe("a stream", function()
    local ends
    setup(function()
        ends = support.start()
        ends:open("CREATE TABLE t(x); INSERT INTO t VALUES (1), (NULL)",
            "CREATE TABLE t(x int); INSERT INTO t VALUES (1)")
    end)
    teardown(function() ends:stop() end)

    it("gives rows, their number, their columns and the time", function()
        local rows <close> = stream.open(ends.source, "SELECT x AS a, 2 AS b FROM t ORDER BY x DESC")
        assert.same({ "a", "b" }, rows.columns)
        assert.is_nil(rows.types)
        assert.equal(1, rows:next().a)
        assert.is_nil(rows:next().a)
        assert.is_nil(rows:next())
        assert.equal(2, rows.rows)
        assert.is_true(rows.seconds > 0 and rows.seconds < 1)
    end)

    it("knows the types of PostgreSQL's columns", function()
        local rows <close> = stream.open(ends.target, "SELECT x, 'a'::text AS v FROM t")
        assert.same({ "int4", "text" }, { rows.types[1].name, rows.types[2].name })
        rows:drain()
        assert.equal(1, rows.rows)
    end)

    it("ends when it is closed, and leaves its connection free", function()
        do
            local rows <close> = stream.open(ends.target, "SELECT generate_series(1, 100000) AS n")
            rows:next()
        end
        assert.equal(1, ends.target:value "SELECT 1")
    end)

    it("refuses what gives no rows, and two columns of one name, and leaves the connection free", function()
        for _, handle in ipairs { ends.source, ends.target } do
            assert.matches("two columns named", fault_of(stream.open, handle, "SELECT 1 AS a, 2 AS a").message)
        end
        for handle, sql in pairs { [ends.target] = "SET work_mem = '4MB'", [ends.source] = "PRAGMA cache_spill = 0" } do
            assert.equal("the statement gives no rows", fault_of(stream.open, handle, sql).message)
        end
        assert.equal(1, ends.target:value "SELECT 1")
    end)
end)
