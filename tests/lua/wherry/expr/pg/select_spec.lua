-- SELECT: what a subquery's place asks for.
local queries = require "tests.support.queries"

describe("pg.select", function()
    it("takes the first row of several", function()
        assert.same({}, queries.wrong({
            { "SELECT (SELECT b FROM u WHERE u.t = t.id ORDER BY n) AS b FROM t",
                "SELECT (SELECT u.b FROM public.u WHERE u.t = t.id ORDER BY u.n LIMIT 1) AS b FROM public.t" },
            { "SELECT (SELECT b FROM u WHERE u.t = t.id) AS b FROM t",
                "SELECT (SELECT u.b FROM public.u WHERE u.t = t.id LIMIT 1) AS b FROM public.t",
                "where a subquery gives several rows, either may be taken" },
            { "SELECT (SELECT b FROM u ORDER BY n LIMIT 3) AS b FROM t",
                "SELECT (SELECT u.b FROM public.u ORDER BY u.n LIMIT 1) AS b FROM public.t" },
        }))
    end)

    it("leaves it out where there is one row", function()
        assert.same({}, queries.wrong({
            { "SELECT (SELECT b FROM u WHERE u.id = t.a) AS b FROM t",
                "SELECT (SELECT u.b FROM public.u WHERE u.id = t.a) AS b FROM public.t" },
            { "SELECT (SELECT max(n) FROM u) AS b", "SELECT (SELECT max(u.n) FROM public.u) AS b" },
            { "SELECT (SELECT n FROM u WHERE b = 'x') AS n", "SELECT (SELECT u.n FROM public.u WHERE u.b = 'x') AS n" },
        }))
    end)

    it("prints EXISTS and IN", function()
        assert.same({}, queries.wrong({
            { "SELECT id FROM t WHERE NOT EXISTS (SELECT a, b FROM u, bare ORDER BY n)",
                "SELECT t.id FROM public.t WHERE NOT EXISTS (SELECT 1 FROM public.u CROSS JOIN public.bare)" },
            { "SELECT id FROM t WHERE a IN (SELECT n FROM u)",
                "SELECT t.id FROM public.t WHERE t.a IN (SELECT u.n FROM public.u)" },
            { "SELECT id FROM t WHERE a IN u", "refused: a subquery after IN gives several columns" },
        }))
    end)

    it("refuses", function()
        assert.same({}, queries.wrong({
            { "SELECT (SELECT id, b FROM u) AS b",
                "refused: a subquery gives several columns where one value is meant" },
        }))
    end)
end)
