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

describe("w.constant", function()
    it("takes what a cell can hold and Lua has a value for", function()
        for _, given in ipairs { true, false, 0, math.mininteger, 0.5, math.huge, "", "a\0b\xFF" } do
            assert.equal(given, value.constant(given).value)
        end
        assert.is_true(value.is(value.constant(nil)))
        for _, given in ipairs { {}, print } do
            assert.matches("w.constant takes nil, a boolean", refused(value.constant, given), 1, true)
        end
        assert.matches("NaN", refused(value.constant, 0 / 0), 1, true)
    end)

    it("is shown as Lua has it", function()
        local shown = {}
        for i, given in ipairs { true, 1, 0.1, "a\n\"b\xFF" } do
            shown[i] = value.text(value.constant(given))
        end
        assert.same({ "w.constant(true)", "w.constant(1)", "w.constant(0.10000000000000001)",
            'w.constant("a\\n\\"b\\\\xff")' }, shown)
        assert.equal("w.constant(nil)", value.text(value.constant(nil)))
    end)
end)
