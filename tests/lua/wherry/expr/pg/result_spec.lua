-- Result columns: names as SQLite gives them, types of their own.
local queries = require "tests.support.queries"

describe("pg.result", function()
    it("writes out *", function()
        assert.same({}, queries.wrong({
            { "SELECT * FROM t JOIN u ON u.t = t.id",
                [[SELECT t.id, t.a, t.b, t.c, t.d, t.f, u.id AS "id:1", u.t, u.b AS "b:1", u.n FROM public.t ]]
                    .. [[JOIN public.u ON u.t = t.id]] },
            { "SELECT u.*, t.b FROM t JOIN u ON u.t = t.id",
                [[SELECT u.id, u.t, u.b, u.n, t.b AS "b:1" FROM public.t JOIN public.u ON u.t = t.id]] },
        }))
    end)

    it("names columns as SQLite does", function()
        assert.same({}, queries.wrong({
            { [[SELECT a AS "true", a, a FROM t]], [[SELECT t.a AS column1, t.a, t.a AS "a:1" FROM public.t]] },
            { [[SELECT count(*), 'x', "A" FROM t GROUP BY 3]],
                [[SELECT count(*) AS "count(*)", 'x' COLLATE "C" AS "'x'", t.a FROM public.t GROUP BY t.a]] },
            { "SELECT t.rowid FROM t", "SELECT t.id FROM public.t" },
        }))
    end)

    it("gives columns a type", function()
        assert.same({}, queries.wrong({
            { "SELECT 1 AS i, 2.5 AS r, NULL AS n, x'00' AS b, 'x' AS s FROM t",
                [[SELECT 1::bigint AS i, 2.5::double precision AS r, NULL::text AS n, '\x00'::bytea AS b, 'x' ]]
                    .. [[COLLATE "C" AS s FROM public.t]] },
            { "SELECT id, a > 1 AS big, f, NOT f AS g FROM t",
                "SELECT t.id, (t.a > 1)::integer::bigint AS big, t.f, (NOT t.f)::integer::bigint AS g FROM "
                    .. "public.t" },
        }))
    end)
end)
