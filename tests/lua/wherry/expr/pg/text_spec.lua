-- Functions of texts as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.text", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "length(s)", "length(s)" },
            { "length(a)", "length(a::text)" },
            { "lower(s)", "lower(s)" },
            { "upper('é')", "'é'" },
            { "trim(s)", "trim(s)" },
            { "trim(s, 'x')", "btrim(s, 'x')" },
            { "substr(s, 1, 3)", "substr(s, 1, 3)" },
            { "substr(s, 2)", "substr(s, 2)" },
            { "substr(s, 0, 2)", "public.sqlite_substr(s, 0, 2)" },
            { "substr(s, -2)", "right(s, 2)" },
            { "substr(s, a, b)", "public.sqlite_substr(s, a, b)" },
            { "substr(s, instr(s, '@') + 1)", "substr(s, strpos(s, '@') + 1)" },
            { "instr(s, 'x')", "strpos(s, 'x')" },
            { "replace(s, 'a', 'b')", "replace(s, 'a', 'b')" },
            { "hex(x)", "COALESCE(upper(encode(x, 'hex')), '')" },
            { "hex(s)", "COALESCE(upper(encode(public.sqlite_blob(s), 'hex')), '')" },
            { "unicode(s)", "NULLIF(ascii(s), 0)" },
            { "char(65, 66)", "'AB'" },
            { "quote(u)", "'''' || replace(u, '''', '''''') || ''''" },
            { "typeof(s)", "CASE WHEN s IS NULL THEN 'null' ELSE 'text' END" },
            { "typeof(id)", "'integer'" },
        }))
    end)
end)
