-- CASE and subqueries as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.branch", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "CASE WHEN a > 0 THEN 'p' ELSE 'n' END", "CASE WHEN a > 0 THEN 'p' ELSE 'n' END" },
            { "CASE a WHEN 1 THEN 'one' WHEN 2 THEN 'two' END", "CASE a WHEN 1 THEN 'one' WHEN 2 THEN 'two' END" },
            { "CASE f WHEN 1 THEN 'y' END", "CASE WHEN f THEN 'y' END" },
            { "CASE WHEN f THEN 1 ELSE 1.5 END",
                "changed: CASE WHEN f THEN 1.0::double precision ELSE 1.5::double precision END" },
            { "CASE WHEN f THEN 1 ELSE 'x' END",
                "refused: one expression gives values of several classes (integer, text)" },
            { "CASE WHEN f THEN NULL ELSE a END", "CASE WHEN f THEN NULL ELSE a END" },
            { "EXISTS (SELECT 1)", "refused: a subquery in a CHECK" },
        }))
    end)
end)
