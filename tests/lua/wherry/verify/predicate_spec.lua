-- check.rows: a condition over rows.
local support = require "tests.support.verify"

describe("check.rows", function()
    local ends
    setup(function()
        ends = support.start()
        ends:open("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'old')",
            "CREATE TABLE t(id int, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 20) i")
    end)
    teardown(function() ends:stop() end)

    local function line(...)
        local arguments = table.pack(...)
        return ends:one(function(check) check.rows(table.unpack(arguments, 1, arguments.n)) end)
    end

    it("passes when it holds for all rows of the target", function()
        local one = line("all", "SELECT id, v FROM t ORDER BY id", function(row) return row.v == "v" .. row.id end)
        assert.is_true(one.passed)
        assert.same({ "all", "20 rows", "rows" }, { one.name, one.detail, one.kind })
    end)

    it("names the first rows for which it does not hold, and why", function()
        local one = line("odd", "SELECT id FROM t ORDER BY id", function(row)
            return row.id % 2 == 1, row.id == 2 and "two" or nil
        end)
        assert.is_false(one.passed)
        assert.equal("it does not hold for 10 of 20 rows", one.detail)
        assert.same({ "row 2 (id = 2 (integer)): two", "row 4 (id = 4 (integer))" },
            table.move(one.differences, 1, 2, 1, {}))
        assert.equal(5, #one.differences)
    end)

    it("takes the rows of src, too", function()
        local seen
        local list = ends:run(function(check, src)
            check.rows("there", "SELECT v FROM t", function(row) seen = row.v return true end, src)
        end)
        assert.is_true(list[1].passed, list[1].detail)
        assert.equal("old", seen)
    end)

    it("can carry something from row to row", function()
        local last = 0
        assert.is_true(line("chain", "SELECT id FROM t ORDER BY id", function(row)
            local follows = row.id == last + 1
            last = row.id
            return follows
        end).passed)
    end)

    it("fails with the script's line where the function raises, and leaves the connection free", function()
        local list = ends:run(function(check, _, dst)
            check.rows("bad", "SELECT id FROM t", function(row) return row.id.x.y end)
            check.rows("worse", "SELECT id FROM t", function(row) return row.ide end)
            check.ok("free", dst:value "SELECT 1" == 1)
        end)
        assert.same({ false, false, true }, { list[1].passed, list[2].passed, list[3].passed })
        assert.matches("predicate_spec.lua:%d+: attempt to index a", list[1].detail)
        assert.matches('predicate_spec.lua:%d+: the row has no column "ide"', list[2].detail)
        assert.equal('did you mean "id"?', list[2].hint)
    end)

    it("refuses what is neither true nor false, and wrong arguments", function()
        assert.matches("gives true or false, not a string", line("x", "SELECT id FROM t", function() return "yes" end)
            .detail)
        assert.is_false(line("nothing", "SELECT id FROM t", function() end).passed)
        assert.matches("takes a name, a query and a function", line("x", "SELECT 1").detail)
        assert.matches("is src or dst", line("x", "SELECT 1", function() return true end, "src").detail)
    end)

    it("refuses another query on the connection meanwhile", function()
        local list = ends:run(function(check, _, dst)
            check.rows("x", "SELECT id FROM t", function() return dst:value "SELECT 1" == 1 end)
        end)
        assert.matches("the connection is in use for rows of: SELECT id FROM t", list[1].detail)
    end)
end)
