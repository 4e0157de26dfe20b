-- How the results of both databases are compared, added up and told.
local compare = require "wherry.witness.compare"
local failure = require "wherry.failure"

describe("results of the witness", function()
    local COUNT = { column = "c", what = "count", like = "integer", names = { "n" } }
    local READ = { column = "c", what = "read", of = "value", like = "integer", names = { "r" } }

    -- What is told of one number of a column that both sides read as a whole.
    local function one(cell, sqlite, pg)
        cell.column, cell.of = "c", "value"
        sqlite.n, sqlite.r, pg.n, pg.r = 2, 2, "2", "2"
        local result = compare({ tables = { { table = "t", loads = { { source = "t", from = "main", sql = "S" } },
            pg = "P", cells = { COUNT, READ, cell } } }, left_out = {} }, function() return { sqlite } end,
            function() return { pg } end)
        local entry = result.list[#result.list]
        return entry.same, entry.sqlite, entry.pg
    end

    it("tells large sums as one number", function()
        local function sum(a, b, c, d)
            return { one({ what = "sum", like = "integer", names = { "a", "b" } }, { a = a, b = b }, { a = c, b = d }) }
        end
        assert.same({ true, "18446744073709551614", "18446744073709551614" },
            sum(18446744072, 1709551614, "18446744073", "709551614"))
        assert.same({ true, "-9223372036854775808", "-9223372036854775808" }, sum(-9223372036, -854775808,
            "-9223372037", "145224192"))
        assert.same({ false, "0", "-1" }, sum(0, 0, "0", "-1"))
        assert.same({ true, "-999999999", "-999999999" }, sum(-1, 1, "0", "-999999999"))
        assert.same({ false, "NULL", "0" }, sum(nil, nil, "0", "0"))
    end)

    it("compares reals to the last bit, single ones as such, decimals as two readers may see them", function()
        local function reals(like, a, b)
            return (one({ what = "max", like = like, names = { "m" } }, { m = a }, { m = b }))
        end
        assert.is_true(reals("exact", 0.1, "0.1"))
        assert.is_false(reals("exact", 0.1, "0.10000000000000002"))
        assert.is_true(reals("exact", math.huge, "Infinity"))
        assert.is_true(reals("exact", -math.huge, "-Infinity"))
        assert.is_true(reals("single", 0.1, "0.1"))
        assert.is_true(reals("single", 0.1, "0.100000001490116"))
        assert.is_false(reals("single", 0.1, "0.10000001"))
        assert.is_true(reals("near", 0.1, "0.10000000000000002"))
        assert.is_false(reals("near", 0.1, "0.1000000000001"))
        assert.is_true(reals("near", 0.0, "0"))
    end)

    it("adds up what fills one table, whichever part has rows", function()
        local cells = { { what = "rows", like = "integer", names = { "rows" } }, COUNT, READ,
            { column = "c", what = "min", like = "integer", names = { "min" } },
            { column = "c", what = "max", like = "text", names = { "max" } } }
        local answers = { a = { rows = 3, n = 2, r = 2, min = 5, max = "b" }, b = { rows = 1, n = 0, r = 0 },
            c = { rows = 1, n = 1, r = 1, min = -2, max = "a" } }
        local asked = {}
        local result = compare({ tables = { { table = "t", pg = "P", cells = cells, loads = {
            { source = "b", from = "two", sql = "b" }, { source = "a", from = "one", sql = "a" },
            { source = "c", from = "one", sql = "c" } } } }, left_out = {} }, function(sql, from)
            asked[#asked + 1] = from .. "." .. sql
            return { answers[sql] }
        end, function() return { { rows = "5", n = "3", r = "3", min = "-2", max = "b" } } end)
        assert.same({ "two.b", "one.a", "one.c" }, asked)
        assert.same({ "same", 1, 1, 0 }, { result.state, result.tables, result.columns, #result.differences })
    end)

    it("leaves a table out that SQLite can't compute, and raises what else goes wrong", function()
        local pairs_of = { tables = { { table = "t", loads = { { source = "t", from = "main", sql = "S" } }, pg = "P",
            cells = { COUNT } } }, left_out = { { table = "u", why = "it is so" } } }
        local function raising(kind)
            return function() failure.raise(kind, "integer overflow") end
        end
        local result = compare(pairs_of, raising "source", function() error "not asked" end)
        assert.same({ "skipped", { { table = "u", why = "it is so" },
            { table = "t", why = "SQLite can't compute it: integer overflow" } } }, { result.state, result.left_out })
        assert.equal(1, #pairs_of.left_out) -- as it was given
        local ok, fault = pcall(compare, pairs_of, raising "interrupted", function() end)
        assert.same({ false, "interrupted" }, { ok, fault.kind })
    end)

    it("says of a column that is not read as a whole how many values it has, and no more", function()
        local result = compare({ tables = { { table = "t", loads = { { source = "t", from = "main", sql = "S" } },
            pg = "P", cells = { COUNT, READ, { column = "c", what = "max", like = "integer", names = { "m" } } } } },
            left_out = {} }, function() return { { n = 3, r = 1, m = 7 } } end,
            function() return { { n = "3", r = "3", m = "9" } } end)
        assert.same({ "same", 1 }, { result.state, #result.list })
        assert.equal("2 of its values are stored in a form that plain SQL does not read", result.left_out[1].why)
    end)
end)
