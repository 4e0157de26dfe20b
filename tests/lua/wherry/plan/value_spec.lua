-- What fills a column where it is not a source column.
local value = require "wherry.plan.value"

local function refused(...)
    local fine, problem = pcall(...)
    assert.is_false(fine)
    assert.equal("plan", problem.kind)
    return problem.message
end

describe("w.sql", function()
    it("is a value of its own, which no table looks like", function()
        assert.is_true(value.is(value.sql "a + 1"))
        for _, other in ipairs { "a", { kind = "sql", sql = "a" }, 1 } do
            assert.is_false(value.is(other))
        end
    end)

    it("takes text in UTF-8 that is not blank", function()
        for _, given in ipairs { "", " \n", 1, {}, "\0", "a\xFF" } do
            assert.matches("w.sql takes", refused(value.sql, given), 1, true)
        end
        assert.matches("not nil", refused(value.sql), 1, true)
    end)

    it("is shown in one line", function()
        assert.equal("coalesce(a, b)", value.text(value.sql "\n  coalesce(a,\n     b)  \r\n"))
    end)
end)
