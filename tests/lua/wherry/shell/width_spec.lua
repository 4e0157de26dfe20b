-- How many columns of a terminal texts take.
local width = require "wherry.shell.width"

describe("the width of a text", function()
    it("counts what is seen", function()
        assert.same({ 3, 4, 1, 2, 0 }, { width.of "abc", width.of "日本", width.of "e\204\129", width.of "🙂",
            width.of "" })
    end)

    it("is cut with a sign, between two letters", function()
        assert.equal("ab…", width.cut("abcd", 3))
        assert.equal("abc", width.cut("abc", 3))
        assert.equal("日…", width.cut("日本語", 4))
        assert.equal("日…", width.cut("日本", 3))
    end)

    it("is filled on one side", function()
        assert.equal("é  |", width.fill("é", 3) .. "|")
        assert.equal("  é|", width.fill("é", 3, true) .. "|")
        assert.equal("abc", width.fill("abc", 2))
    end)
end)
