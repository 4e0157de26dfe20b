-- Time and room from what was counted.
local estimate = require "wherry.check.estimate"

local resolved = { tables = { { columns = { { target = "a" }, { target = "b" } } } } }

local function found(rows, bytes)
    return { tables = { { rows = rows, bytes = bytes, columns = { { values = rows, bytes = 8 * rows },
        { values = 0, bytes = 0 } } } } }
end

describe("check.estimate", function()
    it("grows with rows, values, bytes and entries of indexes", function()
        local one = estimate.of(resolved, found(1000000, 14000000), {})
        assert.is_near(0.5 + 0.12 + 14 / 300, one.seconds, 0.001)
        assert.equal(1000000 * 32 + 500000 + 8000000, one.table_bytes)
        assert.equal(0, one.index_bytes)
        local keyed = estimate.of(resolved, found(1000000, 14000000), { { kind = "primary key", index = 1,
            columns = { "a" } }, { kind = "foreign key", index = 1, columns = { "a" } } })
        assert.is_near(one.seconds + 0.6, keyed.seconds, 0.001)
        assert.is_near(24e6 / 0.9, keyed.index_bytes, 1)
    end)

    it("takes an index without known columns for one of a usual width", function()
        assert.is_near(32 / 0.9, estimate.of(resolved, found(1, 14), { { kind = "index", index = 1, columns = {} } })
            .index_bytes, 1)
    end)

    it("is nothing for no rows", function()
        local none = estimate.of(resolved, found(0, 0), { { kind = "index", index = 1, columns = { "a" } } })
        assert.same({ 0, 0, 0 }, { none.seconds, none.table_bytes, none.index_bytes })
    end)
end)
