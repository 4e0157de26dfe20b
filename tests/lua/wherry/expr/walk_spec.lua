-- Walking trees; the order of the walk is in parse_spec.
local parse = require "wherry.expr.parse"
local walk = require "wherry.expr.walk"

describe("walk.height", function()
    it("counts what lies above each other, parts of nodes included", function()
        assert.equal(1, walk.height(parse.expression "a", 100))
        assert.equal(2, walk.height(parse.expression "-a", 100))
        assert.equal(4, walk.height(parse.expression "a + b + c + d", 100))
        assert.equal(3, walk.height(parse.expression "f(a, -b)", 100) - 1)
    end)

    it("stops behind its limit", function()
        assert.equal(11, walk.height(parse.expression("a" .. (" + a"):rep(500)), 10))
    end)
end)

describe("walk.walk", function()
    it("visits a node whose every part is a node of its own", function()
        local count = 0
        walk.walk(parse.expression "CASE a WHEN b THEN c END", function() count = count + 1 end)
        assert.equal(4, count)
    end)
end)
