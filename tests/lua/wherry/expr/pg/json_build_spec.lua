-- Documents that are built: one literal where all is known, texts quoted, blobs refused.
local kinds_scope = require "tests.support.kinds_scope"

local columns = kinds_scope.new { j = "text", s = "text", n = "integer", b = "blob", DOC = "json" }
local value, sql = columns.value, columns.sql

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
