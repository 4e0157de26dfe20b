-- Operators that calculate as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.arithmetic", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "a + 1", "changed: a + 1" },
            { "a / 2", "a / 2" },
            { "a / b", "changed: a / NULLIF(b, 0)" },
            { "a % 3", "a % 3" },
            { "r / 2", "changed: r / 2" },
            { "a * 1.5", "a * 1.5::double precision" },
            { "s + 1", "changed: public.sqlite_real(s) + 1" },
            { "'3abc' + 4", "7" },
            { "5 / 2", "2" },
            { "5 / 0", "NULL" },
            { "5 % -3", "5 % -3" },
            { "n + 1", "changed: n + 1" },
            { "n / 2", "refused: a division of a column that holds integers and reals, cut or not by its value" },
            { "-a", "changed: -a" },
            { "-(-5)", "5" },
            { "~a", "~a" },
            { "+s = 5", "CASE WHEN s IS NOT NULL THEN FALSE END" },
            { "a << 2", "a << 2" },
            { "a << b", "public.sqlite_shift_left(a, b)" },
            { "a >> -1", "a << 1" },
            { "length(u) * 100000000", "length(u)::bigint * 100000000" },
            { "length(u) + 1", "length(u) + 1" },
            { "a || s", "a::text || s" },
            { "r || ''", "public.sqlite_text(r) || ''" },
            { "f || ''", "f::integer::text || ''" },
            { "'a' || 'b' || s", "'ab' || s" },
            { "(a + 1) * 2", "changed: (a + 1) * 2" },
            { "a - (b - 1)", "changed: a - (b - 1)" },
        }))
    end)
end)
