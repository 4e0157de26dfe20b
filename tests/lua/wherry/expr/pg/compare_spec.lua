-- Comparisons of two values as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.compare", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "a = 5", "a = 5" },
            { "a = '5'", "a = 5" },
            { "s = 5", "s = '5'" },
            { "a < 'abc'", "CASE WHEN a IS NOT NULL THEN TRUE END" },
            { "a = s", "public.sqlite_compare(a, s) = 0" },
            { "s < u", "s < u" },
            { "'a' < 'b'", [['a' COLLATE "C" < 'b']] },
            { "f = 1", "f" },
            { "f <> 1", "NOT f" },
            { "f >= 1", "f" },
            { "f = 5", "f::integer = 5" },
            { "f IS 1", "f IS TRUE" },
            { "a IS NULL", "a IS NULL" },
            { "a IS 5", "a IS NOT DISTINCT FROM 5" },
            { "id IS 5", "id = 5" },
            { "a IS NOT NULL", "a IS NOT NULL" },
            { "NOT a", "NOT a <> 0" },
            { "a IS TRUE", "(a <> 0) IS TRUE" },
            { "c = 'ABC'", "lower(c) = 'abc'" },
            { "s = 'ABC' COLLATE NOCASE", "lower(s) = 'abc'" },
            { "d = 'abc '", "rtrim(d, ' ') = 'abc'" },
            { "day > '2024-01-01'", "day > '2024-01-01'" },
            { "m = 'auto'", "changed: m = 'auto'" },
            { "m > 5", "refused: m holds integers and texts as text" },
            { "m IS NULL", "m IS NULL" },
            { "typeof(a) = 'integer'", "a IS NOT NULL" },
            { "typeof(a) = 'text'", "FALSE" },
            { "a < 9223372036854775808", "a < 9.223372036854776e+18" },
            { "a = 1.0", "a = 1" },
            { "a > 1.5", "a > 1.5" },
            { "(a, b) = (1, 2)", "a = 1 AND b = 2" },
            { "(a, b) < (1, 2)", "(a, b) < (1, 2)" },
            { "a = NULL", "NULL" },
        }))
    end)
end)
