-- json_each and json_tree in FROM: functions of the same rows; columns of any class, id and parent refused.
local kinds_scope = require "tests.support.kinds_scope"

local columns = kinds_scope.new { j = "text", n = "integer" }
local value, sql = columns.value, columns.sql

describe("json_each", function()
    it("is a function in FROM", function()
        local text, outcome = sql "(SELECT count(*) FROM json_each(j, '$.tags'))"
        assert.matches("FROM app.sqlite_json_each(j, '$.tags') AS json_each", text, 1, true)
        assert.equal("exact", outcome)
    end)

    it("compares its values as JSON", function()
        local text, outcome = sql "EXISTS (SELECT 1 FROM json_each(j) AS e WHERE e.value = 'x')"
        assert.matches([[app.sqlite_json_value(e.json, '$') = '"x"'::jsonb]], text, 1, true)
        assert.equal("exact", outcome)
        assert.matches("app.sqlite_json_numeric(app.sqlite_json_value(e.json, '$')) = to_jsonb(n)",
            (sql "EXISTS (SELECT 1 FROM json_each(j) AS e WHERE e.value = n)"), 1, true)
    end)

    it("shows its values as text, with a note", function()
        local printed = value "(SELECT max(e.fullkey) FROM json_tree(j) AS e)"
        assert.equal("exact", printed.outcome)
        printed = value "n IN (SELECT value FROM json_each(j))"
        assert.is_true(printed == nil or printed.outcome == "changed")
    end)

    it("has no id and no parent", function()
        for _, column in ipairs { "id", "parent" } do
            local printed, reason = value(("(SELECT max(%s) FROM json_each(j))"):format(column))
            assert.is_nil(printed)
            assert.equal("no such column: " .. column, reason)
        end
    end)
end)
