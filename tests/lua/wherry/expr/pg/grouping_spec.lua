-- GROUP BY: what may stand beside aggregates.
local queries = require "tests.support.queries"

describe("pg.grouping", function()
    it("groups by columns, names, positions and expressions", function()
        assert.same({}, queries.wrong({
            { "SELECT a, count(*) AS n FROM t GROUP BY a", "SELECT t.a, count(*) AS n FROM public.t GROUP BY t.a" },
            { "SELECT a % 3 AS k, (a % 3) & 1 AS j FROM t GROUP BY k",
                "SELECT t.a % 3 AS k, t.a % 3 & 1 AS j FROM public.t GROUP BY t.a % 3" },
            { "SELECT b, count(*) AS n FROM t GROUP BY 1", "SELECT t.b, count(*) AS n FROM public.t GROUP BY t.b" },
            { "SELECT 1 AS one, count(*) AS n FROM t GROUP BY one",
                "SELECT 1::bigint AS one, count(*) AS n FROM public.t GROUP BY 1::bigint" },
        }))
    end)

    it("takes columns that the groups decide", function()
        assert.same({}, queries.wrong({
            { "SELECT t.id, t.b, count(u.id) AS n FROM t LEFT JOIN u ON u.t = t.id GROUP BY t.id",
                "SELECT t.id, t.b, count(u.id) AS n FROM public.t LEFT JOIN public.u ON u.t = t.id GROUP BY "
                    .. "t.id, t.b" },
            { "SELECT u.id, t.b FROM u JOIN t ON t.id = u.t GROUP BY u.id",
                "SELECT u.id, t.b FROM public.u JOIN public.t ON t.id = u.t GROUP BY u.id, t.b" },
            { "SELECT x, y, v FROM pair GROUP BY x, y",
                "SELECT pair.x, pair.y, pair.v FROM public.pair GROUP BY pair.x, pair.y, pair.v" },
            { "SELECT t.b, count(*) AS n FROM t WHERE t.id = 1 GROUP BY t.a",
                "SELECT t.b, count(*) AS n FROM public.t WHERE t.id = 1 GROUP BY t.a, t.b" },
        }))
    end)

    it("groups by the collation", function()
        assert.same({}, queries.wrong({
            { "SELECT c, count(*) AS n FROM t GROUP BY c",
                "SELECT min(t.c) AS c, count(*) AS n FROM public.t GROUP BY lower(t.c)",
                "shows one spelling of t.c a group, SQLite may show another" },
            { "SELECT DISTINCT c FROM t",
                "SELECT min(t.c) AS c FROM public.t GROUP BY lower(t.c)",
                "shows one spelling of t.c a group, SQLite may show another" },
        }))
    end)

    it("refuses columns of any row", function()
        assert.same({}, queries.wrong({
            { "SELECT x, v, count(*) FROM pair GROUP BY x", "refused: SQLite takes pair.v from any row of the group" },
            { "SELECT b, max(a) FROM t", "refused: SQLite takes t.b from any row of the group" },
            { "SELECT t.id, u.b FROM t LEFT JOIN u ON u.t = t.id GROUP BY t.id",
                "refused: SQLite takes u.b from any row of the group" },
            { "SELECT (SELECT max(t.a) FROM u) AS m FROM t", "refused: an aggregate of columns of the query around" },
            { "SELECT a FROM t WHERE count(*) > 1", "refused: an aggregate stands in WHERE" },
        }))
    end)
end)
