-- LIKE and GLOB as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.like", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "s LIKE 'a%'", "s ILIKE 'a%'" },
            { "s LIKE '5%'", "s LIKE '5%'" },
            { [[s NOT LIKE 'a\_']], [[s NOT ILIKE E'a\\_' ESCAPE '']] },
            { "s LIKE 'a!%' ESCAPE '!'", "s ILIKE 'a!%' ESCAPE '!'" },
            { "s LIKE u", "s ILIKE u ESCAPE ''" },
            { "a LIKE '1%'", "a::text LIKE '1%'" },
            { "s GLOB 'a*'", "s LIKE 'a%'" },
            { "s GLOB '*[^0-9]*'", "s ~ '[^0-9]'" },
            { "s NOT GLOB '[A-Z]?'", "s !~ '^[A-Z].$'" },
            { "s GLOB 'abc'", "s = 'abc'" },
            { "s GLOB '[a'", "CASE WHEN s IS NOT NULL THEN FALSE END" },
            { "s GLOB u", "public.sqlite_glob(u, s)" },
            { "s REGEXP 'a'", "refused: REGEXP is a function that the application brings" },
            { "x LIKE 'a'", "refused: LIKE of a blob depends on how SQLite was built" },
        }))
    end)
end)
