-- Values of Lua as the shell prints them.
local pretty = require "wherry.shell.pretty"
local w = require "wherry"

describe("a value", function()
    it("is printed as Lua writes it, a text by itself as it is", function()
        assert.equal("it's", pretty.value "it's")
        assert.equal('"\\x1b[2J"', pretty.value "\27[2J")
        assert.equal("0.1", pretty.value(0.1))
        assert.equal("0.30000000000000004", pretty.value(0.1 + 0.2))
        assert.equal("3.0", pretty.value(3.0))
        assert.equal("9007199254740993", pretty.value(9007199254740993))
        assert.equal("nil", pretty.value(nil))
        assert.equal("x'00ff'", pretty.value(w.blob "\0\xff"))
        assert.matches("^x'%x+'%.%.%. %(1000 bytes%)$", pretty.value(w.blob(("a"):rep(1000))))
    end)

    it("is a table in one line where it fits", function()
        assert.equal('{ 1, "a", x = { y = true } }', pretty.value { 1, "a", x = { y = true } })
        assert.equal("{}", pretty.value {})
        assert.equal('{ [2.5] = 2, ["a b"] = 1 }', pretty.value { ["a b"] = 1, [2.5] = 2 })
        assert.equal("{\n  a = \"" .. ("x"):rep(60) .. "\",\n  b = \"" .. ("y"):rep(60) .. "\",\n}",
            pretty.value { a = ("x"):rep(60), b = ("y"):rep(60) })
    end)

    it("ends, whatever a table holds", function()
        local list = {}
        for i = 1, 500 do
            list[i] = i
        end
        list.own = list
        assert.matches("... 401 more", pretty.value(list), 1, true)
        local ring = {}
        ring.ring = ring
        assert.equal("{ ring = { ... the same again } }", pretty.value(ring))
    end)

    it("does not open handles", function()
        assert.matches("^<sqlite handle, ", pretty.value(setmetatable({},
            require("wherry.library.handle").class "sqlite")))
    end)
end)
