-- Patterns of LIKE and regular expressions as patterns of GLOB.
local patterns = require "wherry.expr.back.patterns"

describe("patterns", function()
    it("translates LIKE", function()
        assert.equal("a*b?c", patterns.of_like "a%b_c")
        assert.equal("[*][?][[]]%_", patterns.of_like "*?[]\\%\\_")
        assert.equal("é?", patterns.of_like "é_")
        assert.is_nil(patterns.of_like "a\\")
        assert.equal("[[]x[*]", patterns.literal "[x*")
        assert.is_true(patterns.caseless "%-1_")
        assert.is_false(patterns.caseless "%a")
        assert.is_false(patterns.caseless "é")
    end)

    it("translates regular expressions of fixed parts", function()
        for regex, glob in pairs { ["^abc$"] = "abc", ["abc"] = "*abc*", ["^a"] = "a*", ["c$"] = "*c", ["^$"] = "",
            [""] = "*", ["^a.*b$"] = "a*b", ["^.+$"] = "?*", ["^[0-9]{2}-[0-9]$"] = "[0-9][0-9]-[0-9]",
            ["\\."] = "*.*", ["^\\[$"] = "[[]", ["^[^ab]$"] = "[^ab]", ["^[-a]$"] = "[a-]" } do
            assert.same({ glob = glob }, patterns.of_regex(regex), regex)
        end
    end)

    it("translates a class that may be repeated", function()
        assert.same({ none = "*[^a-z]*", least = 1 }, patterns.of_regex "^[a-z]+$")
        assert.same({ none = "*[a-z]*", least = 0 }, patterns.of_regex "^[^a-z]*$")
        assert.same({ none = "*[^a]*", least = 2, most = 5 }, patterns.of_regex "^[a]{2,5}$")
    end)

    it("takes nothing that it does not know", function()
        for _, regex in ipairs { "a|b", "(a)", "^a+$", "a+?", "[[:alpha:]]", "\\w", "^[]a]$", "***=a", "(?i)a", "[a-z",
            "a{2", "^[a\\]]$", "a^b", "a$b", "\\mabc", "^a{2}{3}$", "[b-a]", "^a{1000}$" } do
            assert.is_nil(patterns.of_regex(regex), regex)
        end
    end)
end)
