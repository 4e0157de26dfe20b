-- AND, OR and NOT as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.logic", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "a > 1 AND b > 1 OR NOT f", "a > 1 AND b > 1 OR NOT f" },
            { "a AND s", "a <> 0 AND public.sqlite_real(s) <> 0" },
            { "NOT (a > 1 AND f)", "NOT (a > 1 AND f)" },
            { "(a OR b) AND f", "(a <> 0 OR b <> 0) AND f" },
            { "NOT NOT f", "NOT NOT f" },
        }))
    end)
end)
