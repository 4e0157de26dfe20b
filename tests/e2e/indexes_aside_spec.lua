-- Keys and indexes of empty tables are put aside and built after the load: every definition is afterwards what it was,
-- byte for byte of a dump, and what can't be put aside without harm stays.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"

describe("keys and indexes put aside", function()
    after_each(h.cleanup)

    ---The definitions of everything in the target, without the journal.
    local function definitions(database)
        local dump = h.process.shell(("pg_dump -s -U postgres -h %s -N wherry %s"):format(
            h.url(database):match "host=(.*)$":gsub("%%2F", "/"), database))
        return (dump:gsub("\\restrict [^\n]*\n", ""):gsub("\\unrestrict [^\n]*", ""))
    end

    ---The notes of all objects of a run, by kind and name.
    local function notes(result)
        local by_name = {}
        for _, object in ipairs(result.json.objects) do
            by_name[object.kind .. " " .. object.name] = object.note
        end
        return by_name
    end

    local SOURCE = [[
        CREATE TABLE "it's a ""t"""(id INTEGER PRIMARY KEY, "a;b" TEXT, c TEXT, n INTEGER, d TEXT);
        CREATE TABLE child(id INTEGER PRIMARY KEY, parent INTEGER, other INTEGER, c TEXT);
        CREATE TABLE sibling(id INTEGER PRIMARY KEY, parent INTEGER);
        CREATE TABLE booking(id INTEGER PRIMARY KEY, room INTEGER, span TEXT);
        CREATE TABLE part(id INTEGER, k INTEGER, parent INTEGER, PRIMARY KEY (id, k));
        CREATE TABLE heir(id INTEGER PRIMARY KEY, extra TEXT);
        CREATE TABLE viewed(id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE outside(id INTEGER PRIMARY KEY, name TEXT);
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50)
        INSERT INTO "it's a ""t""" SELECT n, 'v' || n, CASE n WHEN 1 THEN NULL ELSE 'C' || n END, n, 'd' FROM c;
        INSERT INTO child SELECT id, id, 51 - id, c FROM "it's a ""t""";
        INSERT INTO sibling SELECT id, id FROM child;
        INSERT INTO booking SELECT id, id, '[1,5)' FROM child;
        INSERT INTO part SELECT id, id % 3, id FROM child;
        INSERT INTO heir SELECT id + 1000, 'x' FROM child;
        INSERT INTO viewed SELECT id, c FROM child;
        INSERT INTO outside SELECT id, c FROM child;]]

    local TARGET = [[
        CREATE EXTENSION btree_gist; CREATE EXTENSION citext;
        CREATE COLLATION backwards (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE FUNCTION helper(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
        CREATE FUNCTION folded(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
            $$ BEGIN RETURN helper($1) || ';'; END $$;
        CREATE TABLE "it's a ""t""" (id bigint PRIMARY KEY, "a;b" text NOT NULL, c citext, n int, d text);
        COMMENT ON INDEX "it's a ""t""_pkey" IS 'a comment; with ''quotes'' and \ and $$';
        COMMENT ON CONSTRAINT "it's a ""t""_pkey" ON "it's a ""t""" IS 'of the "key"';
        ALTER TABLE "it's a ""t""" ADD CONSTRAINT "the ""unique;"" one's" UNIQUE ("a;b") INCLUDE (n)
            WITH (fillfactor = 70) DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE "it's a ""t""" ADD CONSTRAINT nulls UNIQUE NULLS NOT DISTINCT (c);
        ALTER TABLE "it's a ""t""" ADD CONSTRAINT later UNIQUE (n) USING INDEX TABLESPACE SPACE DEFERRABLE;
        CREATE INDEX "DESC" ON "it's a ""t""" (n DESC NULLS LAST, "a;b" text_pattern_ops) INCLUDE (d)
            WITH (deduplicate_items = off) TABLESPACE SPACE;
        CREATE UNIQUE INDEX partial ON "it's a ""t""" (d, n) WHERE n > 3 AND "a;b" <> ';''"';
        CREATE INDEX expressions ON "it's a ""t""" (folded("a;b"), (n + 1), (c || ';"''$$'));
        ALTER INDEX expressions ALTER COLUMN 2 SET STATISTICS 77;
        COMMENT ON INDEX expressions IS E'two\nlines; -- no comment';
        CREATE INDEX collated ON "it's a ""t""" ("a;b" COLLATE backwards, d COLLATE "C");
        CREATE INDEX hashed ON "it's a ""t""" USING hash (d);
        CREATE INDEX ginned ON "it's a ""t""" USING gin (to_tsvector('simple', d)) WITH (fastupdate = off);
        CREATE INDEX brinned ON "it's a ""t""" USING brin (n) WITH (pages_per_range = 32);
        CREATE STATISTICS extended (dependencies, ndistinct) ON n, d FROM "it's a ""t""";
        CREATE UNIQUE INDEX identity ON "it's a ""t""" ("a;b", id);
        ALTER TABLE "it's a ""t""" REPLICA IDENTITY USING INDEX identity;
        CLUSTER "it's a ""t""" USING "it's a ""t""_pkey";

        CREATE TABLE child (id bigint CONSTRAINT "odd name" PRIMARY KEY, parent bigint, other bigint, c text);
        CREATE TABLE sibling (id bigint PRIMARY KEY, parent bigint);
        ALTER TABLE sibling ADD CONSTRAINT "same name" FOREIGN KEY (parent) REFERENCES child ON DELETE CASCADE;
        ALTER TABLE child ADD CONSTRAINT "same name" FOREIGN KEY (parent) REFERENCES "it's a ""t""" (id)
            DEFERRABLE INITIALLY DEFERRED;
        COMMENT ON CONSTRAINT "same name" ON child IS 'refers; to it';
        ALTER TABLE child ADD CONSTRAINT lazy FOREIGN KEY (other) REFERENCES "it's a ""t""" (id) NOT VALID;
        COMMENT ON CONSTRAINT lazy ON child IS 'not valid';
        ALTER TABLE child ADD CONSTRAINT itself FOREIGN KEY (other) REFERENCES child;
        CREATE TABLE booking (id bigint PRIMARY KEY, room int, span int4range,
            CONSTRAINT "no overlap" EXCLUDE USING gist ((room + 0) WITH =, span WITH &&) WITH (fillfactor = 80)
                WHERE (room > 0) DEFERRABLE);
        COMMENT ON CONSTRAINT "no overlap" ON booking IS 'one by one';
        ALTER INDEX "no overlap" ALTER COLUMN 1 SET STATISTICS 5;

        CREATE TABLE part (id bigint, k int, parent bigint REFERENCES "it's a ""t""", PRIMARY KEY (id, k))
            PARTITION BY LIST (k);
        CREATE TABLE part_0 PARTITION OF part FOR VALUES IN (0, 1);
        CREATE TABLE part_rest PARTITION OF part DEFAULT;
        CREATE INDEX on_all ON part (parent);
        CREATE INDEX on_one ON part_0 (k);

        CREATE TABLE base (id bigint PRIMARY KEY);
        CREATE TABLE heir (extra text, UNIQUE (extra, id)) INHERITS (base);
        ALTER TABLE heir ADD PRIMARY KEY (id);
        CREATE TABLE viewed (id bigint PRIMARY KEY, name text);
        CREATE INDEX viewed_name ON viewed (name);
        CREATE VIEW by_key AS SELECT id, name, count(*) FROM viewed GROUP BY id;
        CREATE MATERIALIZED VIEW stored AS SELECT n FROM "it's a ""t""";
        CREATE UNIQUE INDEX on_stored ON stored (n);
        CREATE TABLE outside (id bigint PRIMARY KEY, name text UNIQUE);
        CREATE TABLE elsewhere (outside bigint REFERENCES outside, named text REFERENCES outside (name));]]

    local function hostile(database)
        local place = h.subdirectory "tablespace" .. "/space"
        h.process.shell(("mkdir %s && chown postgres %s && chmod 711 %s %s"):format(place, place, h.directory(),
            h.subdirectory "tablespace"))
        local space = "space_" .. database
        h.sql(database, ("CREATE TABLESPACE %s LOCATION '%s'"):format(space, place))
        h.sql(database, (TARGET:gsub("SPACE", space):gsub("TABLE" .. space, "TABLESPACE")))
        return space
    end

    it("come back as they were, whatever they are", function()
        local file, database = h.source(SOURCE), h.database()
        hostile(database)
        local before = definitions(database)
        local result = h.run(0, { file, h.url(database), "--indexes=rebuild" })
        assert.is_nil(result.stderr:find "warning", result.said)
        assert.equal(before, definitions(database))
        compare.table(database, file, [["it's a ""t"""]], [[it's a "t"]])
        local told = notes(result)
        assert.equal("off during the load, built after it", told['primary key it\'s a "t"_pkey'])
        assert.matches("partitions share it", told["primary key part_pkey"])
        assert.matches("the view public.by_key depends on it", told["primary key viewed_pkey"], 1, true)
        assert.equal("off during the load, built after it", told["index viewed_name"])
        assert.matches("the foreign key elsewhere_outside_fkey of public.elsewhere refers to it",
            told["primary key outside_pkey"], 1, true)
        assert.matches("refers to it", told["unique outside_name_key"])
        assert.equal("off during the load, built after it", told["exclusion constraint no overlap"])
        assert.equal("0", h.sql(database, "SELECT count(*) FROM wherry.object WHERE state NOT IN ('done', 'receipt')"))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM pg_index WHERE NOT indisvalid"))
    end)

    ---Two tables, and the target's with keys and indexes, one of which takes `seconds` to build while pause has a row.
    local function slow(seconds)
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            CREATE TABLE u(id INTEGER PRIMARY KEY, t INTEGER);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20)
            INSERT INTO t SELECT n, 'v' || n FROM c; INSERT INTO u SELECT id, id FROM t;]], h.database()
        h.sql(database, ([[CREATE TABLE pause AS SELECT %f AS seconds;
            CREATE FUNCTION slow(text) RETURNS text LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS
                $$ BEGIN PERFORM pg_sleep(seconds) FROM pause WHERE $1 = 'v1'; RETURN $1; END $$;
            CREATE TABLE t(id bigint PRIMARY KEY, v text CONSTRAINT one UNIQUE);
            CREATE INDEX slow ON t (slow(v)); CREATE INDEX quick ON t (v DESC); COMMENT ON INDEX slow IS 'slow; one';
            CREATE TABLE u(id bigint PRIMARY KEY, t bigint REFERENCES t)]]):format(seconds))
        return file, database, definitions(database)
    end

    -- Waits until the server is at a statement.
    local function await(database, beginning)
        assert(h.process.wait(30, function()
            return h.sql(database, ([[SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%s%%'
                AND state = 'active' AND wait_event = 'PgSleep' AND datname = current_database()]]):format(
                beginning)) ~= "0"
        end))
    end

    it("come back by --resume and by --restart when the run is killed while one is built", function()
        for _, signal in ipairs { "KILL", "INT", "TERM" } do
            local file, database, before = slow(6)
            local running = h.start { "run", file, h.url(database), "--indexes=rebuild" }
            await(database, "CREATE INDEX slow")
            running:kill(signal)
            local ended = running:finish(15)
            assert.equal(({ INT = 130, TERM = 143 })[signal], signal ~= "KILL" and ended.code or nil, ended.said)
            assert.not_equal(before, definitions(database))
            assert.not_equal("0", h.sql(database, [[SELECT count(*) FROM wherry.object
                WHERE state IN ('aside', 'added') AND sql LIKE '%CREATE%']]))
            h.sql(database, "DELETE FROM pause")
            h.run(0, { file, h.url(database), signal == "INT" and "--restart" or "--resume",
                "--indexes=rebuild" })
            assert.equal(before, definitions(database))
            compare.table(database, file, "t")
            compare.table(database, file, "u")
        end
    end)

    it("are told, kept in the journal and put back when a right is lost in between", function()
        local file, database = slow(3)
        local role, password = h.role()
        h.sql(database, ("ALTER TABLE t OWNER TO %s; ALTER TABLE u OWNER TO %s; GRANT ALL ON SCHEMA public TO %s; "
            .. "GRANT CREATE ON DATABASE %s TO %s; ALTER TABLE t ADD CHECK (slow(v) <> '')"):format(role, role, role,
            database, role))
        local before = definitions(database)
        local running = h.start { "run", file, h.url(database, role, password), "--indexes=rebuild", "--json" }
        await(database, "COPY")
        h.sql(database, ("REVOKE ALL ON SCHEMA public FROM PUBLIC, %s; GRANT USAGE ON SCHEMA public TO %s"):format(role,
            role))
        local result = running:finish(30)
        assert.equal(1, result.code, result.said)
        h.sql(database, "DELETE FROM pause")
        local failed = h.sql(database, "SELECT string_agg(name, ' ' ORDER BY name) FROM wherry.object "
            .. "WHERE state = 'failed'")
        assert.equal("one quick slow t_pkey u_t_fkey", (failed:gsub("u_pkey ", ""))) -- u may have been quicker
        local said = {}
        for _, finding in ipairs(result.json.findings) do
            said[#said + 1] = finding.code .. " " .. finding.reason .. " " .. finding.hint
        end
        assert.matches("object_refused index quick cannot be made: permission denied for schema public [^\n]*"
            .. "the rows are loaded; mend the right, then go on with %-%-resume, or: CREATE INDEX quick",
            table.concat(said, "\n"))
        h.sql(database, ("GRANT CREATE ON SCHEMA public TO %s; GRANT USAGE ON SCHEMA public TO PUBLIC"):format(role))
        h.run(0, { file, h.url(database, role, password), "--resume" })
        assert.equal(before, definitions(database))
    end)

    it("stay where this role could not make them again", function()
        local file, database = slow(0)
        local role, password = h.role()
        h.sql(database, ("ALTER TABLE t OWNER TO %s; ALTER TABLE u OWNER TO %s; REVOKE CREATE ON SCHEMA public FROM "
            .. "PUBLIC; GRANT USAGE ON SCHEMA public TO %s; GRANT CREATE ON DATABASE %s TO %s"):format(role, role, role,
            database, role))
        local before = definitions(database)
        local told = notes(h.run(0, { file, h.url(database, role, password) }))
        assert.matches("this role may create nothing in the schema public", told["primary key t_pkey"])
        assert.equal("off during the load, validated after it", told["foreign key u_t_fkey"])
        assert.equal(before, definitions(database))
    end)

    it("stay with --indexes=keep, where a trigger fires, and where the table is published", function()
        for _, case in ipairs {
            { "SELECT 1", { "--indexes=keep" } },
            { [[CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
                CREATE TRIGGER fires BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION f()]], { "--triggers=fire" },
                "the trigger fires of public.u fires, and may need it" },
            { "CREATE PUBLICATION p FOR TABLE t", {}, "the table is published, and its rows are told apart by it" },
        } do
            local file, database = slow(0)
            h.sql(database, case[1])
            local told = notes(h.run(0, { file, h.url(database), table.unpack(case[2]) }))
            assert.equal(case[3] and "stays in place during the load: " .. case[3] or nil, told["primary key t_pkey"])
        end
    end)

    it("let the row with the lowest key of the source stay where rows are rejected, NULLs alike", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, w TEXT, x INTEGER);
            INSERT INTO t VALUES (1, 'a', 'p', 1), (2, 'A', NULL, 2), (3, 'b', NULL, 3), (4, 'a', 'q', 4),
                (5, 'c', 'r', -5), (6, 'd', 's', -5), (7, 'e', 't', 7),
                (8, 'f', NULL, 8);]], h.database()
        h.sql(database, [[CREATE EXTENSION citext; CREATE TABLE t(id bigint PRIMARY KEY, v citext UNIQUE,
            w text UNIQUE NULLS NOT DISTINCT, x int, EXCLUDE USING btree (x WITH =) WHERE (x < 0))]])
        local before = definitions(database)
        local result = h.run(1, { file, h.url(database), "--on-bad=reject", "--indexes=rebuild" })
        assert.equal("1 a\n3 b\n5 c\n7 e", h.sql(database, "SELECT id || ' ' || v FROM t ORDER BY id"))
        assert.equal(before, definitions(database))
        local told = notes(result)
        assert.equal("off during the load, built after it", told["unique t_v_key"])
        assert.matches("rejected one by one", told["exclusion constraint t_x_excl"])
    end)

    it("stay where a table has few rows and they surely take all of them", function()
        local file, database = h.source [[CREATE TABLE few(id INTEGER PRIMARY KEY, v TEXT, w TEXT);
            CREATE TABLE many(id INTEGER PRIMARY KEY, few INTEGER);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1001)
            INSERT INTO many SELECT n, 1 + n % 1000 FROM c;
            INSERT INTO few SELECT id, 'v' || id, id % 7 FROM many WHERE id <= 1000]], h.database()
        h.sql(database, [[CREATE TABLE few(id bigint PRIMARY KEY, v text UNIQUE, w text);
            CREATE INDEX plain ON few (w, v DESC); CREATE INDEX expression ON few ((w || v));
            CREATE TABLE many(id bigint PRIMARY KEY, few bigint REFERENCES few)]])
        local before = definitions(database)
        local result = h.run(0, { file, h.url(database) })
        assert.equal(before, definitions(database))
        compare.table(database, file, "few")
        compare.table(database, file, "many")
        local told, off = notes(result), "off during the load, built after it"
        for _, name in ipairs { "primary key few_pkey", "unique few_v_key", "index plain" } do
            assert.matches("^stays in place during the load: the table has at most 1,000 rows, ", told[name])
        end
        assert.same({ off, off, "off during the load, validated after it" }, { told["index expression"],
            told["primary key many_pkey"], told["foreign key many_few_fkey"] })
        assert.is_nil(result.stderr:find("in place", 1, true))
    end)

    it("leave duplicates in place where nothing is rejected, and say what is missing", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 'b');]], h.database()
        h.sql(database, "CREATE TABLE t(id bigint PRIMARY KEY, v text UNIQUE)")
        local before = definitions(database)
        local result = h.run(1, { file, h.url(database), "--indexes=rebuild" })
        assert.equal("duplicate", result.json.findings[1].code)
        assert.matches("ALTER TABLE ONLY public.t ADD CONSTRAINT t_v_key UNIQUE USING INDEX t_v_key",
            result.json.findings[1].hint, 1, true)
        assert.equal("failed", h.sql(database, "SELECT state FROM wherry.object WHERE name = 't_v_key'"))
        assert.equal("done", h.sql(database, "SELECT state FROM wherry.object WHERE name = 't_pkey'"))
        h.sql(database, "UPDATE t SET v = 'c' WHERE id = 2")
        result = h.run(1, { file, h.url(database), "--resume" })
        assert.same({ {}, 1 }, { result.json.findings, result.json.comparison.tables[1].different }) -- the mended row
        assert.equal(before, definitions(database))
        h.run(0, { file, h.url(database), "--resume", "--verify=count" })
    end)
end)
