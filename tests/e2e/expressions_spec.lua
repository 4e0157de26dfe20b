-- Expressions in SQLite and in PostgreSQL, over the same rows: what is called exact is equal in every row.
local differential = require "tests.support.differential"
local lists = require "tests.support.expressions"

describe("an expression that is translated", function()
    local side

    setup(function()
        side = differential.open(lists.columns)
    end)

    teardown(function()
        side:close()
    end)

    for _, list in ipairs(lists.lists) do
        it(("gives the same: %s"):format(list.name), function()
            assert.same({}, (side:problems(list.exact, "exact", list.form)))
        end)
    end

    it("says what is not the same", function()
        assert.same({}, (side:problems(lists.changed, "changed")))
    end)

    it("is refused where its class depends on the value", function()
        assert.same({}, (side:problems(lists.refused, "refused")))
    end)

    it("is never wrong without a word, whatever the expression", function()
        local texts = lists.random(20240229, 1200)
        local problems, counts = side:problems(texts, "any")
        assert.same({}, problems)
        assert.is_true(counts.exact > 400, "too few exact ones to mean much: " .. counts.exact)
        problems = side:problems(lists.random(31, 400), "any", "condition")
        assert.same({}, problems)
    end)
end)
