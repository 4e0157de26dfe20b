-- JSON functions as PostgreSQL's text: what is called, what is built in place, what gets a note or is refused.
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"

local KINDS = { j = "text", s = "text", n = "integer", b = "blob", doc = "json" }

local SCOPE = { column = function(_, _, name)
    if not KINDS[name] then
        return nil, "no such column: " .. name
    end
    return { sql = name, kind = KINDS[name], affinity = KINDS[name], collation = "BINARY", not_null = name == "doc" }
end }

local function value(text, use)
    return pg.value(assert(parse.expression(text)), { scope = SCOPE, use = use or "view", schema = "app" })
end

local function sql(text)
    local printed, reason = value(text)
    assert.is_nil(reason)
    return printed.sql, printed.outcome
end

describe("JSON in a CHECK", function()
    it("is valid or not for every text, NULL included", function()
        local printed = pg.condition(assert(parse.expression "json_valid(j)"),
            { scope = SCOPE, use = "check", schema = "app" })
        assert.equal("COALESCE(app.sqlite_json_valid(j), FALSE)", printed.sql)
        assert.same({ "exact", "immutable" }, { printed.outcome, printed.volatility })
        assert.same({ sqlite_json_valid = true }, printed.functions)
    end)

    it("is always valid in a column of type jsonb", function()
        assert.equal("doc IS NOT NULL", sql "json_valid(doc)")
    end)
end)

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

describe("a document that is built", function()
    it("is one literal where all of it is known", function()
        assert.equal([['{"a":1,"b":["x",null,2.5]}']], (sql "json_object('a', 1, 'b', json_array('x', NULL, 2.5))"))
        assert.equal([[E'"a\\"b\\n"']], (sql "json_quote('a\"b\n')"))
    end)

    it("quotes texts and writes numbers", function()
        assert.equal([['{"n":' || COALESCE(n::text, 'null') || ',"s":' || COALESCE(to_json(s)::text, 'null') || '}']],
            (sql "json_object('n', n, 's', s)"))
        assert.equal("'[' || COALESCE(app.sqlite_json_minify(j), 'null') || ']'", (sql "json_array(json(j))"))
    end)

    it("is refused with blobs, with labels that are no texts, and where JSON hides", function()
        for expression, reason in pairs {
            ["json_array(b)"] = "JSON cannot hold BLOB values",
                ["json_object(n, 1)"] = "json_object() labels must be TEXT",
            ["json_object('a')"] = "json_object() requires an even number of arguments",
            ["json_array(coalesce(json(j), '[]'))"]
                = "a value that may be JSON itself or a text inside a document that is built",
        } do
            local _, found = value(expression)
            assert.equal(reason, found)
        end
    end)
end)

describe("a document that is changed", function()
    it("takes one step a path", function()
        assert.equal("app.sqlite_json_edit('remove', app.sqlite_json_edit('remove', j, '$.a'), '$.b')",
            (sql "json_remove(j, '$.a', '$.b')"))
        assert.equal("app.sqlite_json_edit('set', j, '$.a', '5')", (sql "json_set(j, '$.a', 5)"))
    end)

    it("is refused where one path leads through another", function()
        local _, reason = value "json_set(j, '$.a', 1, '$.a.b', 2)"
        assert.equal("the path $.a.b leads through $.a", reason)
    end)
end)
