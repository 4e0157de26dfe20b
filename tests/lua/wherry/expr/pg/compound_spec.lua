-- UNION and its like, and VALUES: one kind a column.
local queries = require "tests.support.queries"

describe("pg.compound", function()
    it("brings columns to one kind", function()
        assert.same({}, queries.wrong({
            { "SELECT a FROM t UNION SELECT id FROM u", "SELECT t.a FROM public.t UNION SELECT u.id FROM public.u" },
            { "SELECT f FROM t UNION ALL SELECT f FROM t",
                "SELECT t.f FROM public.t UNION ALL SELECT t.f FROM public.t" },
            { "SELECT f FROM t UNION ALL SELECT a FROM t",
                "SELECT t.f::integer::bigint AS f FROM public.t UNION ALL SELECT t.a FROM public.t" },
            { "SELECT NULL AS x UNION ALL SELECT a FROM t",
                "SELECT NULL::bigint AS x UNION ALL SELECT t.a FROM public.t" },
            { "VALUES (1, 'x'), (NULL, 'y')",
                [[VALUES (1::bigint, 'x' COLLATE "C"), (NULL::bigint, 'y' COLLATE "C")]] },
            { "SELECT a FROM t UNION ALL SELECT d FROM t",
                "SELECT t.a::double precision AS a FROM public.t UNION ALL SELECT t.d FROM public.t",
                "whole numbers of the column a come as reals" },
        }))
    end)

    it("goes from left to right", function()
        assert.same({}, queries.wrong({
            { "SELECT a FROM t UNION SELECT n FROM u INTERSECT SELECT 1",
                "(SELECT t.a FROM public.t UNION SELECT u.n FROM public.u) INTERSECT SELECT 1::bigint" },
            { "SELECT a FROM t INTERSECT SELECT n FROM u UNION ALL SELECT 1",
                "SELECT t.a FROM public.t INTERSECT SELECT u.n FROM public.u UNION ALL SELECT 1::bigint" },
        }))
    end)

    it("refuses what would compare otherwise", function()
        assert.same({}, queries.wrong({
            { "SELECT a FROM t UNION ALL SELECT b FROM t",
                "refused: the column a holds values of several kinds (integer, text)" },
            { "SELECT c FROM t EXCEPT SELECT b FROM u", "refused: EXCEPT goes by the collation NOCASE" },
            { "SELECT a, b FROM t UNION SELECT n FROM u",
                "refused: SELECTs of a compound do not have the same number of result columns" },
            { "VALUES (1), (1, 2)", "refused: all VALUES must have the same number of terms" },
        }))
    end)
end)
