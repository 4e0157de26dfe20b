-- Aggregates as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.aggregate", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "count(*)", "count(*)" },
            { "count(DISTINCT c)", "count(DISTINCT lower(c))" },
            { "sum(a)", "sum(a)::bigint" },
            { "sum(f)", "sum(f::integer)" },
            { "total(r)", "changed: COALESCE(sum(r), 0)" },
            { "avg(r)", "changed: avg(r)" },
            { "min(a)", "min(a)" },
            { "max(c)", "refused: max() of texts under the collation NOCASE" },
            { "group_concat(s, '; ')", "changed: string_agg(s, '; ')" },
            { "count(*) FILTER (WHERE f)", "count(*) FILTER (WHERE f)" },
        }, { use = "view" }))
    end)
end)
