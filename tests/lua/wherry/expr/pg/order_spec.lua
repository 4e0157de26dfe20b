-- ORDER BY and LIMIT: SQLite's order written out.
local queries = require "tests.support.queries"

describe("pg.order", function()
    it("places NULLs and folds texts", function()
        assert.same({}, queries.wrong({
            { "SELECT id FROM t ORDER BY a, b DESC, c, id",
                "SELECT t.id FROM public.t ORDER BY t.a NULLS FIRST, t.b DESC NULLS LAST, lower(t.c) NULLS "
                    .. "FIRST, t.id" },
            { "SELECT id, a AS k FROM t ORDER BY k NULLS LAST, 1",
                "SELECT t.id, t.a AS k FROM public.t ORDER BY t.a NULLS LAST, t.id" },
            { "SELECT id, a & 3 AS k FROM t ORDER BY k",
                "SELECT t.id, t.a & 3 AS k FROM public.t ORDER BY k NULLS FIRST" },
            { "SELECT b COLLATE NOCASE AS k FROM t ORDER BY k",
                "SELECT t.b AS k FROM public.t ORDER BY lower(t.b) NULLS FIRST" },
            { "SELECT id FROM t ORDER BY 'x', 3 - 2", "SELECT t.id FROM public.t" },
        }))
    end)

    it("orders results", function()
        assert.same({}, queries.wrong({
            { "SELECT a AS k FROM t UNION ALL SELECT n FROM u ORDER BY k DESC LIMIT 2",
                "SELECT t.a AS k FROM public.t UNION ALL SELECT u.n FROM public.u ORDER BY k DESC NULLS LAST "
                    .. "LIMIT 2" },
            { "SELECT DISTINCT a, b FROM t ORDER BY b COLLATE NOCASE",
                "SELECT * FROM (SELECT DISTINCT t.a, t.b FROM public.t) AS result ORDER BY lower(result.b) "
                    .. "NULLS FIRST" },
            { "SELECT id AS k FROM t UNION SELECT n FROM u ORDER BY 1",
                "SELECT t.id AS k FROM public.t UNION SELECT u.n FROM public.u ORDER BY k" },
        }))
    end)

    it("limits", function()
        assert.same({}, queries.wrong({
            { "SELECT id FROM t ORDER BY id LIMIT -1 OFFSET 3", "SELECT t.id FROM public.t ORDER BY t.id OFFSET 3" },
            { "SELECT id FROM t ORDER BY id LIMIT 2", "SELECT t.id FROM public.t ORDER BY t.id LIMIT 2" },
            { "SELECT id FROM t ORDER BY id LIMIT (SELECT n FROM u WHERE id = 1)",
                "SELECT t.id FROM public.t ORDER BY t.id LIMIT CASE WHEN (SELECT u.n FROM public.u WHERE "
                    .. "u.id = 1) >= 0 THEN (SELECT u.n FROM public.u WHERE u.id = 1) END" },
            { "SELECT id FROM t LIMIT 2",
                "SELECT t.id FROM public.t LIMIT 2",
                "LIMIT without ORDER BY: any of the rows may be taken" },
        }))
    end)

    it("refuses", function()
        assert.same({}, queries.wrong({
            { "SELECT id FROM t ORDER BY 2", "refused: term 2 is out of range" },
            { "SELECT a FROM t UNION SELECT n FROM u ORDER BY d",
                "refused: an ORDER BY term does not match any column in the result set" },
            { "SELECT id FROM t ORDER BY id LIMIT 'x'", "refused: LIMIT is not an integer" },
        }))
    end)
end)
