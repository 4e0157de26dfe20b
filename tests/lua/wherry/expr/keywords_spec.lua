-- Keywords and names.
local keywords = require "wherry.expr.keywords"

describe("keywords", function()
    it("belong to one class each", function()
        local classes = { "reserved", "join", "fallback" }
        local seen = {}
        for _, class in ipairs(classes) do
            for word in pairs(keywords[class]) do
                assert.is_nil(seen[word], word)
                seen[word] = class
            end
        end
        assert.equal("reserved", seen.SELECT)
        assert.equal("join", seen.LEFT)
        assert.equal("fallback", seen.KEY)
    end)

    it("need quotes as names, as does what is no word", function()
        for _, name in ipairs({ "select", "Left", "KEY", "true", "cast", "", "1a", "a b", "a$", "a-b", 'a"b' }) do
            assert.is_false(keywords.is_plain(name), name)
        end
        for _, name in ipairs({ "a", "_a1", "users", "é", "selects" }) do
            assert.is_true(keywords.is_plain(name), name)
        end
    end)
end)
