-- OR IGNORE, OR REPLACE and ON CONFLICT.
local queries = require "tests.support.queries"

describe("pg.conflict", function()
    it("writes ON CONFLICT", function()
        assert.equal([[
    INSERT INTO public.u (id, t)
    VALUES (1, NEW.id)
    ON CONFLICT DO NOTHING;]], (queries.body("INSERT OR IGNORE INTO u(id, t) VALUES (1, new.id);")))
        assert.equal([[
    INSERT INTO public.u (id, t)
    VALUES (1, NEW.id)
    ON CONFLICT DO NOTHING;]], (queries.body("INSERT INTO u(id, t) VALUES (1, new.id) ON CONFLICT DO NOTHING;")))
        assert.equal([[
    INSERT INTO public.u (id, t, n)
    VALUES (1, NEW.id, 2)
    ON CONFLICT (id) DO UPDATE SET n = u.n & EXCLUDED.n WHERE u.n <> 5;]],
            (queries.body([[INSERT INTO u(id, t, n) VALUES (1, new.id, 2) ON CONFLICT(id)
            DO UPDATE SET n = n & excluded.n WHERE u.n <> 5;]])))
        assert.equal([[
    INSERT INTO public.pair (x, y, v)
    VALUES (1, 'x', NULL)
    ON CONFLICT (x, y) DO UPDATE SET x = EXCLUDED.x, y = EXCLUDED.y, v = EXCLUDED.v;]],
            (queries.body("REPLACE INTO pair VALUES (1, 'x', NULL);")))
        assert.equal([[
    INSERT INTO public.u (t, b)
    VALUES (NEW.id, 'x')
    ON CONFLICT (b) DO UPDATE SET id = EXCLUDED.id, t = EXCLUDED.t, b = EXCLUDED.b, n = EXCLUDED.n;]],
            (queries.body("INSERT OR REPLACE INTO u(t, b) VALUES (new.id, 'x');")))
    end)

    it("refuses", function()
        assert.equal("refused: REPLACE into u, which has several keys",
            (queries.body("INSERT OR REPLACE INTO u(id, t, b) VALUES (1, new.id, 'x');")))
        assert.equal("refused: UPDATE OR REPLACE", (queries.body("UPDATE OR REPLACE u SET b = 'x';")))
        assert.equal("refused: several ON CONFLICT clauses",
            (queries.body([[INSERT INTO u(id, t) VALUES (1, 2) ON CONFLICT(id) DO NOTHING
            ON CONFLICT(b)
            DO UPDATE SET n = 2;]])))
    end)
end)
