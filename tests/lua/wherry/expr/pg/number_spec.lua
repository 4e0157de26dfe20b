-- Functions of numbers as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.number", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "abs(a)", "abs(a)" },
            { "round(r)", "public.sqlite_round(r)" },
            { "round(r, 2)", "changed: public.sqlite_round(r, 2)" },
            { "round(a)", "a::double precision" },
            { "min(a, b)", "CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN LEAST(a, b) END" },
            { "max(id, 5)", "GREATEST(id, 5)" },
            { "max(s, 'x')", "CASE WHEN s IS NOT NULL THEN GREATEST(s, 'x') END" },
            { "min(c, 'x')", "refused: min() of texts under the collation NOCASE" },
            { "sqrt(r)", "CASE WHEN r >= 0 THEN sqrt(r) END" },
            { "ceil(a)", "a" },
            { "floor(r)", "floor(r)" },
            { "log10(r)", "CASE WHEN r > 0 THEN ln(r) END / 2.302585092994046::double precision" },
            { "sign(a)", "sign(a)::integer" },
            { "pow(a, 2)", "changed: power(a::double precision, 2.0::double precision)" },
        }))
    end)
end)
