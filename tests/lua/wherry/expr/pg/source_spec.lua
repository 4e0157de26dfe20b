-- FROM clauses and joins: which columns they give, and how they are written.
local queries = require "tests.support.queries"

describe("pg.source", function()
    it("writes each kind of join", function()
        assert.same({}, queries.wrong({
            { "SELECT t.id FROM t, u WHERE u.t = t.id",
                "SELECT t.id FROM public.t CROSS JOIN public.u WHERE u.t = t.id" },
            { "SELECT t.id FROM t JOIN t AS t2 ON t2.a = t.id LEFT JOIN u t3",
                "SELECT t.id FROM public.t JOIN public.t AS t2 ON t2.a = t.id LEFT JOIN public.u AS t3 ON true" },
            { "SELECT t.id, w.id FROM t LEFT JOIN (u AS w JOIN pair ON pair.x = w.id) ON w.t = t.id",
                [[SELECT t.id, w.id AS "id:1" FROM public.t LEFT JOIN (public.u AS w JOIN public.pair ON ]]
                    .. [[pair.x = w.id) ON w.t = t.id]] },
            { "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u t WHERE t.n = 1)",
                "SELECT t.id FROM public.t WHERE EXISTS (SELECT 1 FROM public.u AS t2 WHERE t2.n = 1)" },
        }))
    end)

    it("writes out NATURAL and USING", function()
        assert.same({}, queries.wrong({
            { "SELECT * FROM (SELECT id, b FROM t) NATURAL JOIN (SELECT id, n FROM u)",
                "SELECT subquery.id, subquery.b, subquery2.n FROM (SELECT t.id, t.b FROM public.t) AS "
                    .. "subquery JOIN (SELECT u.id, u.n FROM public.u) AS subquery2 ON subquery.id = subquery2.id" },
            { "SELECT id FROM t RIGHT JOIN u USING (id)",
                "SELECT u.id FROM public.t RIGHT JOIN public.u ON t.id = u.id" },
            { "SELECT id FROM t FULL JOIN u USING (id)",
                "SELECT coalesce(t.id, u.id) AS id FROM public.t FULL JOIN public.u ON t.id = u.id" },
        }))
    end)

    it("refuses what it cannot join or find", function()
        assert.same({}, queries.wrong({
            { "SELECT t.id FROM t FULL JOIN u ON t.id > u.id",
                "refused: a FULL JOIN without an equality between its sides" },
            { "SELECT x FROM generate_series(1, 3)",
                "refused: the table-valued function generate_series is not translated" },
            { "SELECT id FROM t JOIN u USING (never)", "refused: cannot join using column never" },
            { "SELECT b FROM t JOIN u", "refused: ambiguous column name: b" },
            { "SELECT q FROM bare WHERE rowid = 1", "refused: it uses the rowid of bare, which is not carried" },
            { "SELECT x.id FROM t", "refused: no such column: x.id" },
        }))
    end)
end)
