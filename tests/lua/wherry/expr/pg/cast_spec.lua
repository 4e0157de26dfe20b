-- CAST as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.cast", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "CAST(s AS INTEGER)", "public.sqlite_integer(s)" },
            { "CAST(r AS INTEGER)", "public.sqlite_integer(r)" },
            { "CAST(a AS REAL)", "a::double precision" },
            { "CAST(a AS TEXT)", "a::text" },
            { "CAST(s AS BLOB)", "public.sqlite_blob(s)" },
            { "CAST(s AS NUMERIC)", "changed: public.sqlite_real(s)" },
            { "CAST('12x' AS INTEGER)", "12" },
            { "CAST(1e300 AS INTEGER)", "9223372036854775807" },
            { "CAST(x AS TEXT)", "refused: a CHECK must always give the same result" },
            { "CAST(m AS TEXT)", "refused: m holds integers and texts as text" },
        }))
    end)
end)
