-- A PostgreSQL schema as SQLite tables: real schemas and one of every kind of object are taken by sqlite3 as they are
-- printed, refuse and accept the same rows, and fill in the same defaults.
local fill = require "tests.support.fill"
local h = require "tests.support.harness"
local pg_query = require "tests.support.pg_query"
local translate_back = require "wherry.schema.translate_back"

describe("the way back of a schema", function()
    after_each(h.cleanup)

    local function planned(sql, schema)
        local database = h.database()
        h.sql(database, sql)
        local found = translate_back.plan(pg_query.open(database), schema or "public")
        assert.same({}, found.findings)
        return found, database
    end

    local function created(found)
        return h.source(table.concat(found.statements, ";\n") .. ";")
    end

    local function receipt(found, kind, name)
        for _, one in ipairs(found.receipts) do
            if one.kind == kind and one.name == name then
                return one
            end
        end
        error(("no receipt for the %s %s"):format(kind, name))
    end

    for _, case in ipairs { { "piyasa", "public", 11 }, { "signal_harvester", "public", 17 },
        { "neo_alexandria", "public", 33 }, { "aragora", "public", 22 }, { "aragora", "aragora", 15 },
        { "aragora", "server", 1 } } do
        it(("takes %s's schema %s"):format(case[1], case[2]), function()
            local found, database = planned(fill.schema(case[1] .. ".pg"), case[2])
            local file = created(found)
            local count = tonumber(h.sqlite(file, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
                .. "AND name NOT LIKE 'sqlite%';"))
            assert.equal(tonumber(h.sql(database, ("SELECT count(*) FROM pg_tables WHERE schemaname = '%s'"):format(
                case[2]))), count)
            assert.is_true(count >= case[3])
            assert.equal("", h.sqlite(file, "PRAGMA foreign_key_check;"))
            local again = translate_back.plan(pg_query.open(database), case[2])
            assert.same(found.statements, again.statements)
            assert.same(found.receipts, again.receipts)
        end)
    end

    it("takes every kind of object, or says why not", function()
        local found = planned(fill.schema "every_kind.pg")
        local file = created(found)
        for _, name in ipairs { "parent", "numbered", "given", "everything", "Case", "case1", "_sqlite_like",
            "measured", "full_match", "child", "referring" } do
            assert.equal("1", h.sqlite(file, ("SELECT count(*) FROM sqlite_schema WHERE name = '%s';"):format(name)),
                name)
        end
        for name, kind in pairs { quiet = "rule", all_rows = "policy", everything_rng_excl = "exclusion constraint",
            readable = "view", kept = "materialized view", loose = "sequence", touched = "trigger",
            ["touch()"] = "function", i3 = "index", i5 = "index", i6 = "index", i7 = "index",
            ["numbered.other"] = "default", referring_far_id_fkey = "foreign key" } do
            local one = receipt(found, kind, name)
            assert.equal("not_carried", one.outcome, name)
            assert.is_truthy(one.note and one.note ~= "", name)
        end
        assert.matches("steps of 5", receipt(found, "primary key", "numbered_pkey").note)
        assert.matches("GENERATED ALWAYS", receipt(found, "column", "numbered.id").note)
        assert.matches("1 partitions", receipt(found, "table", "measured").note)
        assert.matches("inheritance", receipt(found, "table", "parent").note)
        assert.matches("MATCH FULL", receipt(found, "foreign key", "full_match_a_b_fkey").note)
        assert.equal("exact", receipt(found, "comment", "everything.v").outcome)
        assert.matches("%-%- a short one", h.sqlite(file, "SELECT sql FROM sqlite_schema WHERE name = 'everything';"))
    end)

    it("gives every object one receipt", function()
        local found = planned(fill.schema "every_kind.pg")
        local seen = {}
        for _, one in ipairs(found.receipts) do
            local key = one.kind .. " " .. (one.table or "") .. " " .. one.name
            assert.is_nil(seen[key], key)
            seen[key] = true
            assert.is_truthy(one.outcome == "exact" or one.note, key)
        end
    end)

    -- Which rows are taken, one after the other.
    local function taken_by_pg(database, rows)
        local statements = { [[CREATE FUNCTION taken(statement text) RETURNS boolean LANGUAGE plpgsql AS $f$
            BEGIN EXECUTE statement; RETURN true; EXCEPTION WHEN OTHERS THEN RETURN false; END $f$;]] }
        for _, row in ipairs(rows) do
            statements[#statements + 1] = ("SELECT taken($r$INSERT INTO %s$r$);"):format(row)
        end
        local taken = {}
        for line in (h.sql(database, table.concat(statements, "\n")) .. "\n"):gmatch "(.-)\n" do
            taken[#taken + 1] = line == "t"
        end
        return taken
    end

    local function taken_by_sqlite(file, rows)
        local statements = { "PRAGMA foreign_keys = ON;" }
        for _, row in ipairs(rows) do
            statements[#statements + 1] = ("INSERT INTO %s;\nSELECT total_changes();"):format(row)
        end
        local result = h.process.run({ "sqlite3", "-batch", file }, { directory = h.subdirectory "parity",
            env = { PATH = os.getenv "PATH" }, stdin = table.concat(statements, "\n") })
        local taken, before = {}, 0
        for line in result.stdout:gmatch "(.-)\n" do
            taken[#taken + 1] = tonumber(line) > before
            before = tonumber(line)
        end
        return taken
    end

    it("refuses and accepts the same rows", function()
        local found, database = planned [[
            CREATE TYPE mood AS ENUM ('sad', 'ok');
            CREATE DOMAIN small AS integer CHECK (VALUE < 100);
            CREATE TABLE k (id integer PRIMARY KEY, name text UNIQUE, code varchar(3) NOT NULL, c char(2) UNIQUE,
                m mood, s small, b boolean, n numeric(6,2) CHECK (n > 1.5), j jsonb, a integer, z integer,
                t text CHECK (t ~ '^[a-z]+$' OR t = ''), w text CHECK (w LIKE 'A_%'), d date CHECK (d >= '2000-01-01'),
                UNIQUE NULLS NOT DISTINCT (a, z), CHECK (a IS NULL OR z IS NULL OR a < z));
            CREATE UNIQUE INDEX lowered ON k (lower(w)) WHERE b;
            CREATE TABLE f (k_id integer REFERENCES k ON DELETE CASCADE, k_name text REFERENCES k (name));]]
        local file = created(found)
        local rows = {
            "k (id, code) VALUES (1, 'abc')", "k (id, code) VALUES (1, 'abc')", "k (code) VALUES ('abc')",
            "k (id, code, a, z) VALUES (2, 'abcd', 1, 2)", "k (id, code, a, z) VALUES (3, 'äöü', 1, 2)",
            "k (id, code, a, z) VALUES (4, NULL, 3, 4)", "k (id, code, a, z) VALUES (4, 'x', 1, 2)",
            "k (id, code, a, z) VALUES (4, 'x', NULL, NULL)", "k (id, code, a, z) VALUES (5, 'x', NULL, 1)",
            "k (id, code, a, z) VALUES (6, 'x', NULL, 1)", "k (id, code, a, z) VALUES (6, 'x', 5, 4)",
            "k (id, code, a, name) VALUES (7, 'x', 7, 'n')", "k (id, code, a, name) VALUES (8, 'x', 8, 'n')",
            "k (id, code, a, name) VALUES (8, 'x', 8, 'N')", "k (id, code, a, m) VALUES (9, 'x', 9, 'ok')",
            "k (id, code, a, m) VALUES (10, 'x', 10, 'OK')", "k (id, code, a, s) VALUES (11, 'x', 11, 99)",
            "k (id, code, a, s) VALUES (12, 'x', 12, 100)", "k (id, code, a, n) VALUES (13, 'x', 13, '1.51')",
            "k (id, code, a, n) VALUES (14, 'x', 14, '1.50')", "k (id, code, a, n) VALUES (15, 'x', 15, '10.00')",
            "k (id, code, a, j) VALUES (16, 'x', 16, '{\"a\": 1}')", "k (id, code, a, j) VALUES (17, 'x', 17, '{a}')",
            "k (id, code, a, j) VALUES (18, 'x', 18, '')", "k (id, code, a, j) VALUES (19, 'x', 19, NULL)",
            "k (id, code, a, t) VALUES (20, 'x', 20, 'abc')", "k (id, code, a, t) VALUES (21, 'x', 21, 'aBc')",
            "k (id, code, a, t) VALUES (22, 'x', 22, '')", "k (id, code, a, t) VALUES (23, 'x', 23, 'é')",
            "k (id, code, a, w) VALUES (24, 'x', 24, 'Ab')", "k (id, code, a, w) VALUES (25, 'x', 25, 'ab')",
            "k (id, code, a, w) VALUES (26, 'x', 26, 'A')", "k (id, code, a, w, b) VALUES (27, 'x', 27, 'Abc', true)",
            "k (id, code, a, w, b) VALUES (28, 'x', 28, 'ABC', true)",
            "k (id, code, a, w, b) VALUES (29, 'x', 29, 'ABC', false)",
            "k (id, code, a, d) VALUES (30, 'x', 30, '1999-12-31')",
            "k (id, code, a, d) VALUES (31, 'x', 31, '2000-01-01')", "k (id, code, a, c) VALUES (32, 'x', 32, 'a')",
            "k (id, code, a, c) VALUES (33, 'x', 33, 'a ')", "k (id, code, a, c) VALUES (34, 'x', 34, 'abc')",
            "k (id, code, a, b) VALUES (35, 'x', 35, NULL)", "f VALUES (1, 'n')", "f VALUES (99, 'n')",
            "f VALUES (1, 'm')", "f VALUES (NULL, NULL)",
        }
        local by_pg, by_sqlite, accepted = taken_by_pg(database, rows), taken_by_sqlite(file, rows), 0
        for i, row in ipairs(rows) do
            assert.equal(by_pg[i], by_sqlite[i], row)
            accepted = accepted + (by_pg[i] and 1 or 0)
        end
        assert.is_true(accepted > 15 and accepted < #rows - 12)
        h.sql(database, "DELETE FROM k WHERE id = 1")
        h.sqlite(file, "PRAGMA foreign_keys = ON; DELETE FROM k WHERE id = 1;")
        assert.equal(h.sql(database, "SELECT count(*) FROM f"), h.sqlite(file, "SELECT count(*) FROM f;"))
    end)

    it("fills in the same defaults", function()
        local found, database = planned(fill.schema "every_kind.pg")
        local file = created(found)
        h.sql(database, "INSERT INTO parent (code) VALUES ('p'); INSERT INTO everything (i4, parent_id) VALUES (3, 1)")
        h.sqlite(file, "INSERT INTO parent (code) VALUES ('p'); INSERT INTO everything (i4, parent_id) VALUES (3, 1);")
        local same = [[id, b, i2, i4, i8, r, f, n, n0, nn, t, v, c, d, u_c, j, m, s, e, g, g_t, "select"]]
        local plain = same:gsub(" b,", " b::int,", 1)
        local padded = same:gsub(" c,", " substr(c || '     ', 1, 5),", 1)
        assert.equal(h.sql(database, ("SELECT %s FROM everything"):format(plain)),
            h.sqlite(file, ("SELECT %s FROM everything;"):format(padded)))
        assert.equal("00ff|2024-02-29 10:00:00.000000+00:00|12:30:00.000000|P1Y2M3DT4H5M6.5S|"
            .. '["a","b c",null]|[1,2]|["sad"]|{"a": 1}', h.sqlite(file,
            "SELECT lower(hex(by)), tz_c, ti, iv, ar, ia, ma, jb FROM everything;"))
        local times = h.sqlite(file, [[SELECT d_now GLOB '????-??-??', ts GLOB '????-??-?? ??:??:??.???000',
            tz GLOB '????-??-?? ??:??:??.???000+00:00', abs(julianday(expires) - julianday(tz) - 30) < 0.001,
            u GLOB '????????-????-4???-[89ab]???-????????????' FROM everything;]])
        assert.equal("1|1|1|1|1", times)
    end)
end)
