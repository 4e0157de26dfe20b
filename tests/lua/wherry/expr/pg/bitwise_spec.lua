-- Operators over bits as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.bitwise", function()
    it("casts operands to integers and keeps shifts within PostgreSQL's", function()
        assert.same({}, printing.wrong({
            { "a & 4", "a & 4" }, { "a | b & 1", "a | b & 1" }, { "~a & 1", "~a & 1" }, { "~5", "-6" },
            { "1 << 40", "1::bigint << 40" }, { "a << -2", "a >> 2" },
            { "a >> 64", "public.sqlite_shift_right(a, 64)" },
            { "a << b", "public.sqlite_shift_left(a, b)" }, { "r & 1", "public.sqlite_integer(r) & 1" },
            { "s | 1", "public.sqlite_integer(s) | 1" }, { "f | 2", "f::integer | 2" }, { "NULL & a", "NULL" },
        }))
    end)
end)
