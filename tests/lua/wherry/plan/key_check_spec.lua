-- Checks of a plan's values: they give copies, and name the place of what they refuse.
local key_check = require "wherry.plan.key_check"

local function refused(check, value)
    local fine, problem = pcall(check, value, "here")
    assert.is_false(fine)
    assert.equal("plan", problem.kind)
    return problem.message
end

describe("key_check", function()
    it("takes texts that are not blank, and no other value than the choices", function()
        assert.equal("a", key_check.text "a word"("a", "here"))
        assert.equal('here: a word is expected, not "  "', refused(key_check.text "a word", "  "))
        local choice = key_check.choice("a", true)
        assert.is_true(choice(true, "here"))
        assert.equal('here: "a" or true is expected, not false', refused(choice, false))
    end)

    it("gives copies of lists and maps", function()
        local list, map = { "a", "b" }, { a = "x" }
        local copied = key_check.list "texts"(list, "here")
        assert.same(list, copied)
        assert.not_equal(list, copied)
        assert.equal("here[2]: a text is expected, not nil", refused(key_check.list "texts", { "a", nil, "c" }))
        local check = key_check.map("words", key_check.text "a word")
        assert.same(map, check(map, "here"))
        assert.equal("here.b: a word is expected, not 1", refused(check, { a = "x", b = 1, c = 2 }))
        assert.equal("here: words is expected, not 5", refused(check, 5))
    end)
end)
