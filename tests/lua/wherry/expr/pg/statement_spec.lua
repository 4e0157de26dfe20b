-- INSERT, UPDATE and DELETE in triggers.
local queries = require "tests.support.queries"

describe("pg.statement", function()
    it("writes values as columns store them", function()
        assert.equal([[
    INSERT INTO public.bare (q)
    VALUES ('5');]], (queries.body("INSERT INTO bare(q) VALUES (5);")))
        assert.equal([[
    INSERT INTO public.t (id, f, d)
    VALUES (nextval('public.t_id_seq'), NEW.a > 1, 2.0);]],
            (queries.body("INSERT INTO t(id, f, d) VALUES (NULL, new.a > 1, 2);")))
        assert.equal([[
    INSERT INTO public.pair (x, y, v)
    SELECT u.n, u.b, NULL FROM public.u WHERE u.t = NEW.id;]],
            (queries.body("INSERT INTO pair SELECT n, b, NULL FROM u WHERE t = new.id;")))
        assert.equal([[
    INSERT INTO public.pair (x, y)
    SELECT rows.n, rows.b FROM (SELECT u.n, u.b FROM public.u UNION SELECT 1::bigint, 'x' COLLATE "C") AS rows;]],
            (queries.body("INSERT INTO pair(x, y) SELECT n, b FROM u UNION SELECT 1, 'x';")))
        assert.equal([[
    INSERT INTO public.pair (x, y, v)
    SELECT u.n, u.b, NULL::bytea FROM public.u UNION ALL SELECT 1, NEW.b, NULL::bytea;]],
            (queries.body("INSERT INTO pair SELECT n, b, NULL FROM u UNION ALL SELECT 1, new.b, NULL;")))
    end)

    it("updates and deletes", function()
        assert.equal([[
    UPDATE public.u
    SET n = u.n % 5, b = OLD.b
    WHERE u.t = NEW.id;]], (queries.body("UPDATE u SET n = n % 5, b = old.b WHERE t = new.id;")))
        assert.equal([[
    UPDATE public.u
    SET (n, b) = (SELECT pair.x, pair.y FROM public.pair WHERE pair.x = u.n ORDER BY pair.y LIMIT 1);]],
            (queries.body("UPDATE u SET (n, b) = (SELECT x, y FROM pair WHERE x = u.n ORDER BY y);")))
        assert.equal([[
    UPDATE public.u
    SET n = 1, b = NEW.b;]], (queries.body("UPDATE u SET (n, b) = (1, new.b);")))
        assert.equal([[
    UPDATE public.u
    SET n = p.x
    FROM public.pair AS p
    WHERE p.y = u.b;]], (queries.body("UPDATE u SET n = p.x FROM pair p WHERE p.y = u.b;")))
        assert.equal([[
    DELETE FROM public.pair
    WHERE pair.x IN (SELECT u.n FROM public.u WHERE u.t = OLD.id);]],
            (queries.body("DELETE FROM pair WHERE x IN (SELECT n FROM u WHERE t = old.id);")))
        assert.equal("    DELETE FROM public.bare;", (queries.body("DELETE FROM bare;")))
    end)

    it("refuses", function()
        assert.equal("refused: no such column: never", (queries.body("INSERT INTO t(never) VALUES (1);")))
        assert.equal("refused: the column n is set twice", (queries.body("UPDATE u SET n = 1, n = 2;")))
        assert.equal("refused: it uses the rowid of bare, which is not carried",
            (queries.body("UPDATE bare SET q = 1 WHERE rowid = new.id;")))
        assert.matches("^refused: last_insert_rowid%(%)", (queries.body("UPDATE t SET a = last_insert_rowid();")))
        assert.equal("refused: it uses never_made, which is not carried", (queries.body("DELETE FROM never_made;")))
    end)
end)
