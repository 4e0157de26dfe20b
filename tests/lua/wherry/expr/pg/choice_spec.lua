-- Functions that choose as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.choice", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "coalesce(s, '')", "COALESCE(s, '')" },
            { "coalesce(a, 0)", "COALESCE(a, 0)" },
            { "coalesce(id, a)", "id" },
            { "ifnull(r, 0)", "changed: COALESCE(r, 0.0)" },
            { "ifnull(r, 0.0)", "COALESCE(r, 0.0)" },
            { "nullif(s, '')", "NULLIF(s, '')" },
            { "nullif(a, 0)", "NULLIF(a, 0)" },
            { "iif(f, 'y', 'n')", "CASE WHEN f THEN 'y' ELSE 'n' END" },
            { "likely(a > 1)", "a > 1" },
            { "like('a%', s)", "s ILIKE 'a%'" },
            { "glob('a*', s)", "s LIKE 'a%'" },
        }))
    end)
end)
