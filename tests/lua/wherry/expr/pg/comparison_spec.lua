-- BETWEEN and IN as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.comparison", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "a BETWEEN 1 AND 10", "a BETWEEN 1 AND 10" },
            { "s BETWEEN 1 AND 5", "s BETWEEN '1' AND '5'" },
            { "f BETWEEN 0 AND 1", "f::integer BETWEEN 0 AND 1" },
            { "a IN (1, '2', 'x')", "a IN (1, 2)" },
            { "a NOT IN (1, 2)", "a NOT IN (1, 2)" },
            { "f IN (0, 1)", "f IN (FALSE, TRUE)" },
            { "c IN ('A', 'b')", "lower(c) IN ('a', 'b')" },
            { "a IN ()", "FALSE" },
            { "a IN (SELECT 1)", "refused: a subquery in a CHECK" },
        }))
    end)
end)
