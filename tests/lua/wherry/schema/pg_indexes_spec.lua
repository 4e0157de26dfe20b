-- What it takes to make an index again: dropped and made from its own definition, the catalog says the same of it.
local pg_indexes = require "wherry.schema.pg_indexes"
local statements = require "wherry.statements"
local Target = require "tests.support.target"

describe("pg_indexes.read", function()
    local target, session
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function() session = target:session { retry = 0 } end)

    local function read(name)
        local oid = session:query("SELECT $1::regclass::oid AS oid", { name })[1].oid
        return pg_indexes.read(function(sql, parameters) return session:query(sql, parameters) end, { oid })[oid] or {}
    end

    -- What the catalog says of a table's indexes, but the numbers that it gave them.
    local CATALOG = [[SELECT x.relname, x.reloptions, x.reltablespace, pg_get_indexdef(i.indexrelid) AS definition,
            i.indisunique, i.indisprimary, i.indisexclusion, i.indimmediate, i.indisclustered, i.indisreplident,
            i.indisvalid, i.indoption, i.indcollation, i.indclass, k.conname, k.contype, k.condeferrable,
            k.condeferred, k.conkey, k.conexclop, obj_description(i.indexrelid, 'pg_class') AS comment,
            obj_description(k.oid, 'pg_constraint') AS of_constraint, t.relreplident,
            (SELECT string_agg(a.attnum || ' ' || a.attstattarget, ',' ORDER BY a.attnum) FROM pg_attribute a
                WHERE a.attrelid = i.indexrelid) AS targets
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
        LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid
        WHERE i.indrelid = 'public.t'::regclass ORDER BY x.relname]]

    it("gives statements that make all of them again as they are", function()
        for _, sql in ipairs {
            [[CREATE TABLE public.t (id bigint, a text NOT NULL, "b c" text, n int, r int4range,
                CONSTRAINT "the key;" PRIMARY KEY (id) INCLUDE (n) WITH (fillfactor = 66) DEFERRABLE)]],
            "ALTER TABLE public.t ADD CONSTRAINT late UNIQUE NULLS NOT DISTINCT (a, n) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE public.t ADD CONSTRAINT apart EXCLUDE USING gist (r WITH &&) WHERE (n > 0) DEFERRABLE",
            [[CREATE INDEX mixed ON public.t (n DESC NULLS LAST, lower("b c") COLLATE "C" text_pattern_ops, (n + 1))
                INCLUDE (id) WITH (fillfactor = 50) WHERE "b c" <> 'it''s; \']],
            "ALTER INDEX public.mixed ALTER COLUMN 3 SET STATISTICS 0",
            "CREATE UNIQUE INDEX told ON public.t (a)", "ALTER TABLE public.t REPLICA IDENTITY USING INDEX told",
            "ALTER TABLE public.t CLUSTER ON told", [[COMMENT ON INDEX public."the key;" IS E'one\n''two''; \\']],
            [[COMMENT ON CONSTRAINT "the key;" ON public.t IS 'of the key']],
        } do
            session:query(sql)
        end
        local before, standing = session:query(CATALOG), read "public.t"
        local kinds = {}
        for i = #standing, 1, -1 do
            session:query(standing[i].drop_sql)
            kinds[i] = standing[i].kind .. " " .. standing[i].name
        end
        assert.same({ "primary key the key;", "exclusion constraint apart", "unique late", "index mixed",
            "index told" }, kinds)
        assert.same({}, session:query(CATALOG))
        for _, index in ipairs(standing) do
            for _, sql in ipairs(statements.split(index.create_sql)) do
                session:query(sql)
            end
        end
        assert.same(before, session:query(CATALOG))
    end)

    it("tells what is unique, of which rows, and what is in the way", function()
        session:query "CREATE TABLE public.p (id int PRIMARY KEY, v text UNIQUE NULLS NOT DISTINCT)"
        session:query "CREATE UNIQUE INDEX i ON public.p (lower(v), id) WHERE id > 3"
        session:query "CREATE TABLE public.c (p int CONSTRAINT f REFERENCES public.p)"
        session:query "CREATE MATERIALIZED VIEW public.m AS SELECT id, v FROM public.p GROUP BY id"
        session:query "CREATE PUBLICATION all_of_it FOR ALL TABLES"
        local key, index, unique = table.unpack(read "public.p")
        assert.same({ "public.c", "m" }, { key.dependents[1].text:match "of (%S+) refers",
            key.dependents[2].text:match "view public%.(%S+) depends" })
        assert.equal(session:query("SELECT oid FROM pg_constraint WHERE conname = 'f'")[1].oid, key.dependents[1].key)
        assert.is_nil(key.dependents[2].key)
        assert.is_true(key.tells_apart)
        assert.same({ true, true, false }, { unique.unique, unique.nulls_equal, unique.expression })
        assert.same({ "lower(v)", "id" }, index.terms)
        assert.same({ "id" }, index.columns)
        assert.same({ "(id > 3)", true, false }, { index.where, index.expression, index.tells_apart })
        assert.same({}, read "public.c")
    end)

    it("tells which are by columns alone, whose bytes tell them apart", function()
        session:query [[CREATE COLLATION public.folds
            (provider = icu, locale = 'und-u-ks-level2', deterministic = false)]]
        session:query "CREATE EXTENSION citext SCHEMA public"
        session:query [[CREATE TABLE public.t (id int PRIMARY KEY, a text COLLATE "C", f text COLLATE public.folds,
            c public.citext)]]
        local list = { several = "(a DESC NULLS LAST, id)", pattern = "(a text_pattern_ops)", more = "(id) INCLUDE (a)",
            expression = "((id + 1))", partial = "(id) WHERE id > 3", hashed = "USING hash (id)", folding = "(f)",
            custom = "(c)" }
        for name, columns in pairs(list) do
            session:query(("CREATE INDEX %s ON public.t %s"):format(name, columns))
        end
        local plain = {}
        for _, index in ipairs(read "public.t") do
            plain[#plain + 1] = index.plain and index.name or nil
        end
        assert.same({ "t_pkey", "pattern", "several" }, plain)
    end)
end)
