-- Tables that are created with types that the plan declares: the values are those that the server's own arithmetic
-- says, in odd zones; what does not fit is found before anything is written; expressions are right or not there.
local h = require "tests.support.harness"

local ODD = { env = { TZ = "Pacific/Chatham", PGTZ = "America/St_Johns" } }

describe("declared types of created tables", function()
    after_each(h.cleanup)

    local function prepare(source, plan)
        local database = h.database()
        h.sql(database, ("ALTER DATABASE %s SET timezone = 'Asia/Kathmandu'"):format(database))
        local file = h.source(source)
        return database, h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, schema = "create", %s }]]):format(file,
            h.url(database), plan))
    end

    local function types_of(database, name)
        return h.sql(database, ([[SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod)
            || CASE WHEN attnotnull THEN '!' ELSE '' END, ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = 'public.%s'::regclass AND attnum > 0]]):format(name))
    end

    -- Milliseconds since 1970 from 1881 to 2058; SQLite's own functions make the other forms of them.
    local MOMENTS = [[CREATE TABLE seen(id INTEGER PRIMARY KEY, made_at INTEGER NOT NULL, s REAL, us, ns INTEGER,
            day REAL, local_at TEXT, ticks INTEGER, go TEXT, apple REAL, webkit INTEGER, iso TEXT, guid BLOB);
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000),
            m(n, ms) AS (SELECT n, (n - 1000) * 2799999713 FROM c)
        INSERT INTO seen SELECT n, ms, ms / 1000.0, ms * 1000, ms * 1000000, julianday(ms / 1000.0, 'unixepoch'),
            strftime('%Y-%m-%d %H:%M:%f', ms / 1000.0 + 7200, 'unixepoch'), 621355968000000000 + ms * 10000,
            strftime('%Y-%m-%d %H:%M:%f', ms / 1000.0 + 3600, 'unixepoch') || ' +0100 CET m=+0.5',
            ms / 1000.0 - 978307200, (ms + 11644473600000) * 1000, strftime('%Y-%m-%dT%H:%M:%fZ', ms / 1000.0,
            'unixepoch'), x'33221100554477668899aabbccddeeff' FROM m;]]

    it("hold the moments that the forms mean", function()
        local database, script = prepare(MOMENTS, [[columns = { ["*_at"] = { stored = "unix_ms" } },
            tables = { seen = { columns = { s = { stored = "unix", type = "timestamp(3)" }, us = { stored = "unix_us" },
                ns = { stored = "unix_ns", type = "timestamp with time zone" }, day = { stored = "julian" },
                local_at = { stored = "iso", zone = "+02:00" }, ticks = { stored = "ticks", type = "timestamp" },
                go = { stored = "go" }, apple = { stored = "core_data" }, webkit = { stored = "webkit" },
                iso = { type = "timestamptz" }, guid = { stored = "uuid_net" } } } }]])
        local shown = h.wherry({ "plan", script }, ODD)
        assert.equal(0, shown.code, shown.said)
        for _, words in ipairs { "    made_at timestamp with time zone NOT NULL,\n", "    guid uuid\n",
            "--     made_at timestamp with time zone <- made_at, stored as unix_ms\n",
            "declared INTEGER, timestamp with time zone by the plan, stored as unix_ms (2,000 integers from -2.8e12 to "
                .. "2.8e12 (unix_ms: 1881-05-12 to 2058-09-23))",
            "stored as go (2,000 texts in Go's form, first", "stored as uuid_net (2,000 blobs)" } do
            assert.is_truthy(shown.stdout:find(words, 1, true), words .. "\n" .. shown.stdout)
        end
        h.run(0, { script }, ODD)
        assert.equal("2000|0", h.sql(database, [[SELECT count(*), count(*) FILTER (WHERE made_at <> at OR us <> at
                OR s AT TIME ZONE 'UTC' <> at OR ns <> at OR day <> at OR local_at <> at
                OR ticks AT TIME ZONE 'UTC' <> at OR go <> at OR apple <> at OR webkit <> at OR iso <> at
                OR guid <> '00112233-4455-6677-8899-aabbccddeeff') FROM (SELECT *, timestamptz '1970-01-01 00:00:00+00'
            + (id::bigint - 1000) * 2799999713 * interval '1 millisecond' AS at FROM seen) AS t]]))
        assert.matches("^id bigint!, made_at timestamp with time zone!, s timestamp%(3%) without time zone, us",
            types_of(database, "seen"))
    end)

    it("are those that are written, with what their codecs read", function()
        local database, script = prepare([=[CREATE TABLE t(id INTEGER PRIMARY KEY, ok INTEGER, yes TEXT, n INTEGER,
                small TEXT, name TEXT, price REAL, exact TEXT, dur TEXT, list TEXT, deep TEXT, doc TEXT, ip TEXT,
                day TEXT, clock TEXT, bytes TEXT, span TEXT);
            INSERT INTO t VALUES (1, 1, 't', 2147483647, '7', 'abc', 12.25, '0.1000', 'P1DT2H', '[1,null,3]',
                '[["a","b"],["c\"",null]]', '{"b": 1, "a": 2}', '10.0.0.1/8', '2024-02-29', '23:59:59.5', 'x',
                '[1,5)'), (2, NULL, 'no', -1, '-7', '', -0.5, '-1', '-1 -02:00:00', '[]', NULL, '[]', '::1', NULL,
                '00:00', '', 'empty');]=], [[tables = { t = { columns = { ok = { type = "boolean" },
                yes = { type = "bool" }, n = { type = "integer" }, small = { type = "smallint" },
                name = { type = "varchar(3)" }, price = { type = "numeric(10,2)" }, exact = { type = "numeric" },
                dur = { type = "interval" }, list = { type = "integer[]" }, deep = { type = "varchar(2)[]" },
                doc = { type = "json" }, ip = { type = "inet" }, day = { type = "date" }, clock = { type = "time" },
                bytes = { type = "bytea" }, span = { type = "int4range" } } } }]])
        h.run(0, { script }, ODD)
        assert.equal("id bigint!, ok boolean, yes boolean, n integer, small smallint, name character varying(3), "
            .. "price numeric(10,2), exact numeric, dur interval, list integer[], deep character varying(2)[], "
            .. "doc json, ip inet, day date, clock time without time zone, bytes bytea, span int4range",
            types_of(database, "t"))
        assert.equal([[1|t|t|2147483647|7|abc|12.25|0.1000|1 day 02:00:00|{1,NULL,3}|{{a,b},{"c\"",NULL}}|{"b": 1, ]]
            .. [["a": 2}|10.0.0.1/8|2024-02-29|23:59:59.5|\x78|[1,5)
2|\N|f|-1|-7||-0.50|-1|-1 days -02:00:00|{}|\N|[]|::1|\N|00:00:00|\x|empty]],
            (h.sql(database, "SELECT * FROM t ORDER BY id")))
    end)

    it("take durations as numbers of their unit", function()
        local database, script = prepare([[CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER DEFAULT 1500, b INTEGER,
                c REAL, d INTEGER, e INTEGER, f TEXT);
            INSERT INTO t VALUES (1, 90000, 90000000, 90.5, 1000, 864000000000, 'PT1H');]],
            [[columns = { a = { stored = "ms" }, b = { stored = "us" }, c = { stored = "s", type = "interval(1)" },
                d = { stored = "ns" }, e = { stored = "ticks", type = "interval" }, f = { type = "interval" } } ]])
        h.run(0, { script }, ODD)
        h.sql(database, "INSERT INTO t(id) VALUES (2)")
        assert.equal("00:01:30|00:01:30|00:01:30.5|00:00:00.000001|24:00:00|01:00:00\n00:00:01.5|\\N|\\N|\\N|\\N|\\N",
            h.sql(database, "SELECT a, b, c, d, e, f FROM t ORDER BY id"))
    end)

    it("are the server's own, every one of them", function()
        local names = { "boolean", "bytea", "name", "bigint", "smallint", "integer", "text", "oid", "json", "xml",
            "point", "lseg", "path", "box", "polygon", "line", "cidr", "real", "double precision", "circle", "macaddr8",
            "money", "macaddr", "inet", "char(7)", "bpchar", "varchar", "varchar(7)", "date", "time", "time(2)",
            "timestamp", "timestamp(0)", "timestamptz", "timestamptz(6)", "interval", "interval(3)", "timetz",
            "bit(5)", "varbit", "varbit(5)", "numeric", "numeric(7,3)", "numeric(7)", "uuid", "pg_lsn", "tsvector",
            "jsonb", "int4range", "numrange", "tsrange", "tstzrange", "daterange", "int8range", "int4multirange",
            "nummultirange", "tsmultirange", "tstzmultirange", "datemultirange", "int8multirange", "citext", "hstore" }
        local columns, declared, expected = { "id INTEGER PRIMARY KEY" }, {}, {}
        for i, name in ipairs(names) do
            for k, text in ipairs { name, name .. "[]" } do
                local column = ("c%d_%d"):format(i, k)
                columns[#columns + 1] = column .. " TEXT"
                declared[#declared + 1] = ("%s = { type = %q }"):format(column, text)
                expected[#expected + 1] = ("%s %s"):format(column, text)
            end
        end
        local database, script = prepare(("CREATE TABLE t(%s); INSERT INTO t(id) VALUES (1);"):format(
            table.concat(columns, ", ")), ("tables = { t = { columns = { %s } } }"):format(
            table.concat(declared, ", ")))
        local findings = h.run(4, { script }).json.findings
        assert.same({ 4, "declared_type" }, { #findings, findings[1].code })
        h.sql(database, "CREATE EXTENSION citext; CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext")
        h.run(0, { script })
        h.sql(database, ("SET search_path = public, ext; CREATE TABLE public.wanted(%s)"):format(
            table.concat(expected, ", ")))
        assert.equal("0", h.sql(database, [[SELECT count(*) FROM pg_attribute a FULL JOIN pg_attribute b
            ON b.attname = a.attname AND b.attrelid = 'public.t'::regclass
            WHERE a.attrelid = 'public.wanted'::regclass AND a.attnum > 0
                AND (a.atttypid, a.atttypmod) IS DISTINCT FROM (b.atttypid, b.atttypmod)]]))
        assert.equal(tostring(#expected), h.sql(database,
            "SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.wanted'::regclass AND attnum > 0"))
    end)

    it("take keys, unique where their values stay apart, and foreign keys of one type", function()
        local database, script = prepare([[CREATE TABLE p(id INTEGER PRIMARY KEY, at TEXT UNIQUE, code TEXT UNIQUE,
                guid TEXT UNIQUE, doc TEXT UNIQUE, n INTEGER UNIQUE);
            CREATE TABLE c(at TEXT REFERENCES p(at), guid TEXT REFERENCES p(guid), n INTEGER REFERENCES p(n),
                code TEXT REFERENCES p(code), p INTEGER REFERENCES p(id), PRIMARY KEY (at, guid));
            CREATE INDEX by_doc ON p(doc);
            INSERT INTO p VALUES (1, '2024-01-01', 'a', '00112233-4455-6677-8899-aabbccddeeff', '{}', 1),
                (2, '2024-01-01 00:00:00', 'b', '00112233-4455-6677-8899-AABBCCDDEE00', '[]', 2);
            INSERT INTO c VALUES ('2024-01-01', '00112233-4455-6677-8899-aabbccddeeff', 1, 'a', 1);]],
            [[columns = { at = { type = "timestamptz" }, guid = { type = "uuid" }, doc = { type = "json" },
                n = { type = "smallint" }, p = { type = "integer" } },
                tables = { p = { columns = { code = { type = "varchar(9)" } } },
                    c = { columns = { n = { type = "bigint" } } } }]])
        local result = h.run(0, { script }, ODD)
        local found = {}
        for _, object in ipairs(result.json.objects) do
            found[object.kind .. " " .. object.name] = object.outcome .. ": " .. tostring(object.note)
        end
        assert.matches("what its declared type takes for equal is equal; one key is held by several rows then",
            found["unique p_at_key"], 1, true)
        assert.matches("not_carried: doc is json by the plan, which has no order", found["unique p_doc_key"], 1, true)
        assert.matches("not_carried", found["index by_doc"])
        assert.matches("not_carried", found["foreign key c_at_fkey"])
        assert.equal("c_code_fkey c_guid_fkey c_n_fkey c_p_fkey c_pkey p_code_key p_guid_key p_n_key p_pkey",
            h.sql(database, [[SELECT string_agg(conname, ' ' ORDER BY conname COLLATE "C") FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace]]))
        assert.equal("1", h.sql(database,
            "SELECT count(*) FROM p JOIN c ON c.guid = p.guid AND c.p = p.id AND c.n = p.n"))
    end)

    it("are findings where they can't be: on an identity, or a column that is there", function()
        local _, wrong = prepare("CREATE TABLE t(id INTEGER PRIMARY KEY)", [[columns = { id = { type = "uuid" } }]])
        assert.same("declared_type", h.run(4, { wrong }).json.findings[1].code)
        local database, script = prepare([[CREATE TABLE t(id INTEGER PRIMARY KEY, at TEXT, name TEXT);]],
            [[tables = { t = { columns = { at = { type = "timestamptz" }, name = { type = "text" } } } }]])
        h.sql(database, "CREATE TABLE t(id bigint PRIMARY KEY, at timestamp, name text)")
        local plan = h.process.read(script):gsub('"create"', '"existing"')
        local findings = h.run(4, { h.script(plan) }).json.findings
        assert.same({ 1, "declared_type", "at" }, { #findings, findings[1].code, findings[1].column })
    end)

    it("are found to be wrong before anything is written: every value is counted", function()
        local database, script = prepare([[CREATE TABLE t(id INTEGER PRIMARY KEY, made_at, n, name TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000)
            INSERT INTO t SELECT n, CASE WHEN n % 1000 = 7 THEN '2024-01-0' || n WHEN n = 2999 THEN x'00'
                ELSE 1700000000000 + n END, 2147483640 + n, 'n' || n FROM c;]],
            [[columns = { ["*_at"] = { stored = "unix_ms" } }, tables = { t = { columns = { n = { type = "integer" },
                name = { type = "varchar(4)" } } } }]])
        local result = h.run(4, { script })
        local found = {}
        for _, finding in ipairs(result.json.findings) do
            assert.equal("declared_values", finding.code)
            found[finding.column] = finding.reason
        end
        assert.matches("4 of its values do not fit: 3 texts: a text that is no decimal number, where the column is "
            .. "declared to hold unix_ms (milliseconds since 1970) (id=7: 2024-01-07; id=1007: 2024-01-01007; id=2007: "
            .. "2024-01-02007); 1 blob: a blob", found.made_at, 1, true)
        assert.matches("2,993 of its values do not fit: 2,993 integers: ", found.n, 1, true)
        assert.matches("2,001 of its values do not fit: 2,001 texts: ", found.name, 1, true)
        assert.equal("", h.objects(database))
    end)

    it("are no findings where the plan says what happens to bad values", function()
        local database, script = prepare([[CREATE TABLE t(id INTEGER PRIMARY KEY, made_at);
            INSERT INTO t VALUES (1, 1700000000000), (2, '2024-01-01'), (3, 1700000000001);]],
            [[tables = { t = { columns = { made_at = { stored = "unix_ms", on_bad = "null" } } } }]])
        h.run(1, { script })
        assert.equal("1|2023-11-14 22:13:20+00\n2|\\N\n3|2023-11-14 22:13:20.001+00",
            h.sql(database, "SELECT * FROM t ORDER BY id"))
    end)

    it("refuse expressions that would read other values, and keep the others", function()
        local database, script = prepare([[CREATE TABLE t(id INTEGER PRIMARY KEY, made_at INTEGER DEFAULT
                    (strftime('%s', 'now') * 1000) CHECK (made_at > 0), gone_at INTEGER DEFAULT 1700000000000,
                n INTEGER CHECK (n BETWEEN 1 AND 9)
                    CHECK (n * 1000000000 > 0), stamp TEXT DEFAULT CURRENT_TIMESTAMP,
                thrice AS (n * 3), name TEXT DEFAULT 'ab' CHECK (length(name) < 9), zoned TEXT DEFAULT
                    '2024-01-01 00:00:00', year AS (made_at / 31556952000), twice AS (n * 2), UNIQUE (gone_at),
                CHECK (gone_at IS NULL OR n > 0));
            CREATE INDEX by_made ON t(made_at DESC, n); CREATE INDEX live ON t(n) WHERE gone_at IS NULL;
            CREATE INDEX late ON t(n) WHERE made_at > 1; CREATE INDEX hour ON t(made_at / 3600000);
            CREATE VIEW plain AS SELECT id, n FROM t; CREATE VIEW latest AS SELECT max(made_at) AS at FROM t;
            CREATE VIEW shown AS SELECT id, made_at AS at FROM t WHERE gone_at IS NOT NULL ORDER BY made_at DESC;
            CREATE VIEW again AS SELECT * FROM shown; CREATE VIEW days AS SELECT at / 86400000 AS day FROM shown;
            CREATE VIEW latest_of AS SELECT made_at, max(n) AS n FROM t;
            CREATE VIEW once AS SELECT DISTINCT made_at FROM t;
            CREATE VIEW both AS SELECT made_at FROM t UNION SELECT gone_at FROM t;
            CREATE TRIGGER touch AFTER UPDATE OF n ON t BEGIN UPDATE t SET made_at = 5 WHERE id = new.id; END;
            INSERT INTO t(id, made_at, gone_at, n, name) VALUES (1, 1700000000000, 1700000000001, 5, 'x'),
                (2, 1700000000002, NULL, 6, 'y');]],
            [[zone = "+02:00", columns = { ["*_at"] = { stored = "unix_ms" }, zoned = { type = "timestamptz" } },
                tables = { t = { columns = { n = { type = "integer" }, name = { type = "varchar(20)" },
                    stamp = { type = "timestamptz" }, thrice = { type = "bigint" } } } }]])
        local result = h.run(0, { script }, ODD)
        local receipts = {}
        for _, object in ipairs(result.json.objects) do
            receipts[object.kind .. " " .. object.name] = object.outcome .. ": " .. tostring(object.note)
        end
        for name, words in pairs {
            ["check t_made_at_check"] = "not_carried: made_at is timestamp with time zone by the plan",
            ["index late"] = "not_carried: ", ["index hour"] = "not_carried: ", ["view latest"] = "not_carried: ",
            ["view shown"] = "changed: ", ["view again"] = "changed: ", ["view days"] = "not_carried: shown.at is",
            ["view once"] = "not_carried: ", ["view both"] = "not_carried: ", ["view latest_of"] = "not_carried: ",
            ["trigger touch"] = "not_carried: a value for made_at, which is timestamp with time zone by the plan",
            ["generated column t.thrice"] = "changed: a plain column with its values, the expression is not carried: "
                .. "the plan declares its type", ["default t.stamp"] = "changed: stamp: the moment now",
            ["generated column t.year"] = "changed: a plain column with its "
                .. "values, the expression is not carried: made_at is", ["default t.gone_at"] = "exact",
            ["default t.made_at"] = "exact", ["index live"] = "exact", ["index by_made"] = "changed: ",
            ["view plain"] = "exact", ["check t_n_check"] = "exact",
        } do
            assert.equal(1, (receipts[name] or ""):find(words, 1, true), name .. " " .. tostring(receipts[name]))
        end
        h.sql(database, "INSERT INTO t(id, n, year) VALUES (9, 3, 1)")
        assert.equal("t|2023-11-14 22:13:20+00|ab|2023-12-31 22:00:00+00|6", h.sql(database, [[SELECT
            made_at > now() - interval '1 minute' AND made_at <= now() AND stamp <= now(), gone_at, name, zoned, twice
            FROM t WHERE id = 9]]))
        assert.equal("53|5|2023-11-14 22:13:20.001+00\n53|6|\\N",
            h.sql(database, "SELECT year, n, gone_at FROM t WHERE id < 3 ORDER BY id"))
        assert.equal("9|1", h.sql(database, "SELECT string_agg(id::text, '|') FROM again WHERE at > '2020-01-01'"))
        for _, bad in ipairs { "(10, 0)", "(10, 10)" } do
            assert.has_error(function()
                h.sql(database, "INSERT INTO t(id, n) VALUES " .. bad)
            end)
        end
    end)
end)
