-- Documents that are changed: one step a path, paths that lead through each other refused.
local kinds_scope = require "tests.support.kinds_scope"

local columns = kinds_scope.new { j = "text", s = "text", n = "integer", b = "blob", DOC = "json" }
local value, sql = columns.value, columns.sql

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
