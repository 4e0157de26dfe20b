-- How far two numbers may be apart.
local fault_of = require "tests.support.refusal"
local tolerance = require "wherry.verify.tolerance"

describe("a tolerance", function()
    it("is absolute, relative, or one of the two", function()
        assert.is_true(tolerance.of { absolute = 0.5 }(1, 1.5))
        assert.is_false(tolerance.of { absolute = 0.5 }(1, 1.51))
        assert.is_true(tolerance.of { relative = 0.01 }(100, 101))
        assert.is_false(tolerance.of { relative = 0.01 }(100, 102))
        assert.is_true(tolerance.of { absolute = 1, relative = 1e-9 }(0, "1"))
        assert.is_true(tolerance.of { absolute = 0 }(1, "1.00"))
    end)

    it("takes numbers alone, and an infinite one as near to itself alone", function()
        local near = tolerance.of { relative = 0.5, absolute = 5 }
        assert.is_false(near(nil, 0))
        assert.is_false(near("x", 0))
        assert.is_false(near(math.huge, 1))
        assert.is_true(near(math.huge, "Infinity"))
        assert.is_false(near(math.huge, -math.huge))
        assert.is_false(near(0 / 0, 1))
    end)

    it("without one lets nothing pass", function()
        assert.is_false(tolerance.of(nil)(1, 1.0000001))
    end)

    it("refuses what is none", function()
        for _, given in ipairs { 1, {}, { absolut = 1 }, { absolute = -1 }, { relative = "1" } } do
            assert.equal("usage", fault_of(tolerance.of, given).kind)
        end
    end)
end)
