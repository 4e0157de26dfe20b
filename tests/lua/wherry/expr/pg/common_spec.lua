-- WITH: common table expressions.
local queries = require "tests.support.queries"

describe("pg.common", function()
    it("comes in an order that PostgreSQL takes", function()
        assert.same({}, queries.wrong({
            { "WITH x AS (SELECT a FROM t) SELECT a FROM x",
                "WITH x (a) AS (SELECT t.a FROM public.t) SELECT x.a FROM x" },
            { "WITH x AS (SELECT a FROM y), y AS (SELECT a FROM t) SELECT a FROM x",
                "WITH y (a) AS (SELECT t.a FROM public.t), x (a) AS (SELECT y.a FROM y) SELECT x.a FROM x" },
            { "WITH unused AS (SELECT 1) SELECT id FROM t", "SELECT t.id FROM public.t" },
            { "WITH x AS MATERIALIZED (SELECT id FROM t) SELECT id FROM x",
                "WITH x (id) AS MATERIALIZED (SELECT t.id FROM public.t) SELECT x.id FROM x" },
            { "WITH u AS (SELECT id FROM t) SELECT id FROM u",
                "WITH u (id) AS (SELECT t.id FROM public.t) SELECT u.id FROM u" },
        }))
    end)

    it("recurs", function()
        assert.same({}, queries.wrong({
            { "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i % 7 FROM n WHERE i < 3) SELECT i FROM n",
                "WITH RECURSIVE n (i) AS (SELECT 1::bigint UNION ALL SELECT n.i % 7 FROM n WHERE n.i < 3) "
                    .. "SELECT n.i FROM n" },
            { "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i % 7 FROM n LIMIT 3) SELECT i FROM n",
                "WITH RECURSIVE n (i) AS (SELECT 1::bigint UNION ALL SELECT n.i % 7 FROM n) SELECT n.i FROM "
                    .. "(SELECT * FROM n LIMIT 3) AS n",
                "LIMIT without ORDER BY: any of the rows may be taken" },
            { "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i % 7 FROM n WHERE i < 3 ORDER BY 1) SELECT "
                    .. "i FROM n",
                [[WITH RECURSIVE n (i) AS (SELECT 1::bigint AS "1" UNION ALL SELECT n.i % 7 FROM n WHERE n.i ]]
                    .. [[< 3) SELECT n.i FROM n]],
                "the order in which a recursive table finds its rows is not kept" },
        }))
    end)

    it("refuses", function()
        assert.same({}, queries.wrong({
            { "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 'x' FROM n) SELECT i FROM n",
                "refused: the column 1 holds values of several kinds (integer, text)" },
            { "WITH x(p, q) AS (SELECT id FROM t) SELECT p FROM x", "refused: table x has 1 values for 2 columns" },
            { "WITH x AS (SELECT * FROM x) SELECT * FROM x", "refused: circular reference: x" },
            { "WITH n AS (SELECT 1 AS i UNION ALL SELECT i FROM n UNION ALL SELECT i FROM n) SELECT * FROM n",
                "refused: a recursive table with several recursive parts" },
        }))
    end)
end)
