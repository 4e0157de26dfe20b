-- Values whose class only a document tells: cast and compared exactly, shown as text with a note.
local kinds_scope = require "tests.support.kinds_scope"

local columns = kinds_scope.new { j = "text", s = "text", n = "integer", b = "blob", DOC = "json" }
local value, sql = columns.value, columns.sql

describe("what json_extract gives", function()
    it("is text with a note where it is shown", function()
        local text, outcome = sql "json_extract(j, '$.a')"
        assert.equal("app.sqlite_json_text(j, '$.a')", text)
        assert.equal("changed", outcome)
        assert.equal(text, (sql "j ->> 'a'"))
    end)

    it("is cast and tested exactly", function()
        for expression, expected in pairs {
            ["CAST(json_extract(j, '$.a') AS TEXT)"] = "app.sqlite_json_text(j, '$.a')",
            ["CAST(j ->> '$.a' AS INTEGER)"] = "app.sqlite_json_integer(j, '$.a')",
            ["CAST(j ->> '$.a' AS REAL)"] = "app.sqlite_json_number(j, '$.a')",
            ["j ->> 'a' IS NOT NULL"] = "app.sqlite_json_text(j, '$.a') IS NOT NULL",
            ["j ->> 'a' || 'x'"] = "app.sqlite_json_text(j, '$.a') || 'x'",
        } do
            local text, outcome = sql(expression)
            assert.equal(expected, text)
            assert.equal("exact", outcome)
        end
    end)

    it("is compared as a number or a text", function()
        assert.equal([[app.sqlite_json_value(j, '$.a') = '"x"'::jsonb]], (sql "j ->> 'a' = 'x'"))
        assert.equal("app.sqlite_json_value(j, '$.a') IN ('1'::jsonb, '2'::jsonb)", (sql "j ->> 'a' IN (1, 2)"))
        assert.equal("app.sqlite_json_compare(app.sqlite_json_value(j, '$.a'), '5'::jsonb) > 0",
            (sql "json_extract(j, '$.a') > 5"))
        assert.equal([[app.sqlite_json_value(j, '$.a') = to_jsonb(E'a\\b'::text)]], (sql "j ->> 'a' = 'a\\b'"))
    end)

    it("is not given to what asks for its class", function()
        for _, expression in ipairs { "typeof(j ->> 'a')", "abs(j ->> 'a')", "json_array(j ->> 'a')" } do
            local printed, reason = value(expression)
            assert.is_nil(printed)
            assert.is_string(reason)
        end
    end)

    it("is read from jsonb with a note", function()
        local printed = value "CAST(doc ->> 'a' AS TEXT)"
        assert.equal("app.sqlite_json_text(doc::text, '$.a')", printed.sql)
        assert.matches("jsonb keeps neither", printed.notes[1])
    end)
end)
