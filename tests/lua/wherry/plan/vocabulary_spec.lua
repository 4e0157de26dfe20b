-- The keys of a plan: each has a type, a text and a default, and the same tables check and explain.
local ends = require "wherry.plan.ends"
local value = require "wherry.plan.value"
local vocabulary = require "wherry.plan.vocabulary"

local function refused(fields)
    fields.from = fields.from or ends.sqlite "a.db"
    local fine, problem = pcall(vocabulary.check, vocabulary.plan, fields, "")
    assert.is_false(fine)
    assert.equal("plan", problem.kind)
    return problem
end

describe("the vocabulary", function()
    it("gives every key a known type, a text and a default or words for it", function()
        for _, keys in ipairs { vocabulary.plan, vocabulary.table } do
            for _, entry in ipairs(keys) do
                assert.is_truthy(vocabulary.types[entry.type], entry.key)
                assert.matches("%.$", entry.text)
                assert.is_true(entry.required or entry.default ~= nil or entry.default_text ~= nil, entry.key)
            end
        end
    end)

    it("fills in defaults that are nobody else's", function()
        local a = vocabulary.check(vocabulary.plan, { from = ends.sqlite "a.db" }, "")
        local b = vocabulary.check(vocabulary.plan, { from = ends.sqlite "a.db" }, "")
        assert.equal("public", a.target_schema)
        assert.same({}, a.tables)
        a.tables.x = true
        assert.same({}, b.tables)
    end)

    it("takes what computes a column with and without the table form", function()
        local a, b = value.sql "x + 1", value.sql "x"
        local columns = vocabulary.check(vocabulary.plan, { from = ends.sqlite "a.db", tables = { t = {
            columns = { y = a, z = { from = b, type = "text" } } } } }, "").tables.t.columns
        assert.same({ { from = a }, { from = b, type = "text" } }, { columns.y, columns.z })
        assert.equal("tables.t.columns.y.from: the name of a source column is expected, not 1",
            refused({ tables = { t = { columns = { y = { from = 1 } } } } }).message)
    end)

    it("names an unknown key, where it stands, and what was meant", function()
        local problem = refused { shcema = "create" }
        assert.matches('unknown key "shcema"', problem.message, 1, true)
        assert.equal('did you mean "schema"?', problem.hint)
        problem = refused { tables = { t = { colums = {} } } }
        assert.equal('tables.t: unknown key "colums"', problem.message)
        assert.equal('did you mean "columns"?', problem.hint)
        assert.equal('did you mean "analyze"?', refused({ analyse = false }).hint)
        assert.matches("the keys are", refused({ zebra = 1 }).hint)
    end)

    it("says what is expected of a value", function()
        assert.equal('schema: "existing" or "create" is expected, not "new"', refused({ schema = "new" }).message)
        assert.equal("analyze: true or false is expected, not \"no\"", refused({ analyze = "no" }).message)
        assert.equal('tables.t.triggers: "fire" or "off" is expected, not true',
            refused({ tables = { t = { triggers = true } } }).message)
        assert.equal("tables.t.columns.a: the name of a source column is expected, not 5",
            refused({ tables = { t = { columns = { a = 5 } } } }).message)
        assert.equal("tables.t: a table of keys is expected, not false", refused({ tables = { t = false } }).message)
        assert.equal("order[2]: a text is expected, not nil", refused({ order = { "a", nil, "c" } }).message)
        assert.equal("order[1]: a text is expected, not nil", refused({ order = { a = "b" } }).message)
        assert.matches("names are expected as keys, not 1", refused({ tables = { { into = "x" } } }).message)
        assert.matches("w.sqlite", refused({ from = "app.db" }).message)
    end)

    it("wants a reason for leaving a table out", function()
        for _, reason in ipairs { "", "  ", 5, false } do
            assert.is_false((pcall(vocabulary.skip, reason)))
        end
        assert.is_true(vocabulary.is_skip(vocabulary.skip "unused"))
    end)

    it("wants the source", function()
        local fine, problem = pcall(vocabulary.check, vocabulary.plan, {}, "")
        assert.is_false(fine)
        assert.equal("the plan: from is missing", problem.message)
    end)
end)
