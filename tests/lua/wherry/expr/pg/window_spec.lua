-- Window functions as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.window", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "row_number() OVER (PARTITION BY f ORDER BY a DESC, id)",
                "row_number() OVER (PARTITION BY f ORDER BY a DESC NULLS LAST, id)" },
            { "lag(a, 1, 0) OVER (ORDER BY id)", "lag(a, 1, 0::bigint) OVER (ORDER BY id)" },
            { "sum(a) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
                "sum(a) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)::bigint" },
            { "rank()", "refused: rank() without OVER" },
            { "ntile(a) OVER (ORDER BY id)", "refused: ntile() with a number of rows that is not known" },
        }, { use = "view" }))
    end)
end)
