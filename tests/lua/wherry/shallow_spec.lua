-- A copy of a table's fields.
local shallow = require "wherry.shallow"

describe("shallow.copy", function()
    it("gives the fields in a new table, and leaves the given ones alone", function()
        local inner = {}
        local given = setmetatable({ a = 1, b = inner, "x" }, { __name = "given" })
        local copy = shallow.copy(given)
        copy.a = 2
        assert.equal(1, given.a)
        assert.same({ a = 2, b = inner, "x" }, copy)
        assert.equal(inner, copy.b)
        assert.is_nil(getmetatable(copy))
    end)

    it("puts changes over them", function()
        local given, changes = { a = 1, b = 2 }, { b = 3, c = false }
        assert.same({ a = 1, b = 3, c = false }, shallow.copy(given, changes))
        assert.same({ a = 1, b = 2 }, given)
        assert.same({ b = 3, c = false }, changes)
    end)

    it("gives keys in one order", function()
        assert.same({ 1, 2, "a", "b" }, shallow.keys { b = 1, a = 1, [2] = 1, [1] = 1 })
    end)
end)
