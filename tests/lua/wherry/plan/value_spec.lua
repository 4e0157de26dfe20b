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

describe("w.fold and w.json", function()
    it("take columns, values and tables of them", function()
        local made = value.fold { b = "x", a = { c = value.json "y" } }
        assert.same({ "a", "b" }, { made.members[1].key, made.members[2].key })
        assert.is_true(value.is(made) and value.is(made.members[1].value) and value.is(value.json "y"))
        assert.equal('w.fold { a = { c = w.json "y" }, b = "x" }', value.text(made))
        assert.equal('w.fold { ["a b"] = w.sql "x + 1", n = {} }', value.text(value.fold { ["a b"] =
            value.sql " x\n + 1", n = {} }))
        assert.equal('w.json "y"', value.text(value.json "y"))
        assert.equal('w.fold { a = w.json(w.sql "y + 1") }', value.text(value.fold { a =
            value.json(value.sql "y\n + 1") }))
    end)

    it("say where what they do not take stands", function()
        for words, given in pairs { ["w.fold takes members"] = {}, ["the document: keys are texts"] = { "x" },
            ["w.fold: a.b: a source column"] = { a = { b = 1 } },
            ["w.fold: a: a source column, w.json"] = { a = " " }, ["a: keys are texts"] = { a = { "x" } },
            ["w.fold: x: JSON takes a number that is not infinite"] = { x = value.constant(math.huge) },
            ["w.fold: x: JSON takes a text in UTF-8"] = { x = value.constant "\xFF" },
            ["U+0000"] = { x = value.constant "\0" }, ["keys are texts in UTF-8"] = { ["\xFF"] = "x" } } do
            assert.matches(words, refused(value.fold, given), 1, true)
        end
        assert.matches("not nil", refused(value.fold), 1, true)
        for _, given in ipairs { "", 1, {}, value.constant "{}", value.fold { a = "x" } } do
            assert.matches("w.json takes the name", refused(value.json, given), 1, true)
        end
    end)
end)
