-- wherry run into tables that exist: what it loads, how a script bends it, and what a plain owner can do.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("run into existing tables", function()
    after_each(h.cleanup)

    local function plan(file, database, body, role, password)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, %s }]]):format(file,
            h.url(database, role, password), body))
    end

    it("goes by name into the catalog's types", function()
        local file, database = h.source [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, small INT, plain INT, big INT, f REAL, d REAL, n, t TEXT, v TEXT,
                c TEXT, b BLOB, flag BOOLEAN, day TEXT, at DATETIME, zoned TEXT, u TEXT, j TEXT, jb TEXT);
            INSERT INTO t VALUES
                (1, -32768, 2147483647, 9223372036854775807, 0.5, 0.1 + 0.2, '12345678901234567890.123456789', 'ş',
                'abc', 'de', x'00ff10', 1, '2024-02-29', '2024-02-29 12:34:56.123456', '2024-02-29T12:34:56+05:30',
                '6F9619FF-8B86-D011-B42D-00C04FC964FF', '{"a": 1.0, "a": 2}', '{"b": 1e2, "a": [null]}'),
                (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                NULL),
                (3, 32767, -2147483648, -9223372036854775808, -1.5, 1e308, 42, '', '', '', x'', 'false', '0001-01-01',
                '1969-12-31 23:59:59', '2024-02-29 12:34:56Z', '6f9619ff8b86d011b42d00c04fc964ff', 'null', '"x"');
        ]], h.database()
        h.sql(database, [[CREATE TABLE t(jb jsonb, j json, u uuid, zoned timestamptz, at timestamp, day date, flag bool,
            b bytea, c char(4), v varchar(3), t text, n numeric, d float8, f float4, big int8, plain int4, small int2,
            id int4 PRIMARY KEY)]])
        h.run(0, { file, h.url(database) })
        compare.table(database, file, "t", "t", { skip = { c = true } })
        assert.equal([[de|\N|]], h.sql(database,
            "SELECT string_agg(coalesce(rtrim(c), '\\N'), '|' ORDER BY id) FROM t"))
    end)

    it("passes types without a codec through the server's own input", function()
        local file, database = h.source [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, search TEXT, path TEXT, place TEXT, snapshot TEXT, number TEXT);
            INSERT INTO t VALUES (1, '''a'' & !''b c''', '$."a"[*]', '(0,1)', '10:20:10,14', '7'),
                (2, NULL, NULL, NULL, NULL, NULL), (3, '', '$', '(42,7)', '1:1:', '4294967295');
        ]], h.database()
        h.sql(database, [[CREATE TABLE t(id int PRIMARY KEY, search tsquery, path jsonpath, place tid,
            snapshot txid_snapshot, number xid)]])
        h.run(0, { file, h.url(database) })
        assert.equal([['a' & !'b c'|$."a"[*]|(0,1)|10:20:10,14|7]]
            .. "\n\\N|\\N|\\N|\\N|\\N\n|$|(42,7)|1:1:|4294967295",
            h.sql(database, "SELECT search, path, place, snapshot, number FROM t ORDER BY id"))
    end)

    it("brings addresses, bits, money and other small types over in binary", function()
        local file, database = h.source [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, ip TEXT, net TEXT, mac TEXT, flags TEXT, price TEXT, place TEXT,
                doc TEXT, letter TEXT);
            INSERT INTO t VALUES (1, '::FFFF:10.0.0.1/100', '10.0.0.0/8', '08-00-2B-01-02-AF', '0101', '-12.30',
                '16/b3', '<a>é</a>', 'x'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        ]], h.database()
        h.sql(database, [[CREATE TABLE t(id int PRIMARY KEY, ip inet, net cidr, mac macaddr, flags bit(4), price money,
            place pg_lsn, doc xml, letter "char")]])
        local result = h.run(0, { file, h.url(database) })
        assert.is_nil(result.said:find("text COPY", 1, true))
        assert.equal("::ffff:10.0.0.1/100|10.0.0.0/8|08:00:2b:01:02:af|0101|-12.30|16/B3|<a>é</a>|x\n"
            .. "\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N",
            h.sql(database, "SELECT ip, net, mac, flags, price::numeric, place, doc, letter FROM t ORDER BY id"))
    end)

    it("follows a script: into, renames, skip, where, w.skip, order", function()
        local file, database = h.source [[
            CREATE TABLE artifacts(id INTEGER PRIMARY KEY, source_id TEXT, body TEXT, legacy TEXT, deleted_at TEXT);
            INSERT INTO artifacts VALUES (1, 's1', 'ü', 'x', NULL), (2, 's2', NULL, NULL, '2024-01-01'),
                (3, 's3', '', 'y', NULL);
            CREATE TABLE scores(x INTEGER); INSERT INTO scores VALUES (1), (2);
            CREATE TABLE topics(id INTEGER PRIMARY KEY); INSERT INTO topics VALUES (1);
        ]], h.database()
        h.sql(database, [[CREATE TABLE artifact(external_id text NOT NULL, content text, id bigint PRIMARY KEY);
            CREATE TABLE topics(id int PRIMARY KEY)]])
        local result = h.run(0, { plan(file, database, [[
            order = { "topics", "artifacts" },
            tables = {
                artifacts = {
                    into = "artifact",
                    columns = { external_id = "source_id", content = "body" },
                    skip = { legacy = "unused since 2023", deleted_at = "only live rows go over" },
                    where = "deleted_at IS NULL",
                },
                scores = w.skip "superseded by artifact_scores",
            }]]) })
        compare.table(database, file, "artifact", "artifacts", {
            columns = { source_id = "external_id", body = "content" }, skip = { legacy = true, deleted_at = true },
            where = "deleted_at IS NULL",
        })
        local counts = ledger.source(result.json, "artifacts")
        assert.same({ 3, 1, 2 }, { counts.total, counts.excluded, counts.passed })
        assert.equal("public.topics", result.json.targets[1].table)
        local receipt = ledger.objects(result.json, "legacy")[1]
        assert.is_truthy(receipt, "no receipt for the skipped column" .. result.said)
        assert.matches("unused since 2023", receipt.note)
        local skipped = ledger.objects(result.json, "scores")[1]
        assert.is_truthy(skipped and skipped.note:find("superseded", 1, true), "no receipt for scores" .. result.said)
    end)

    it("does cycles and self references as a plain owner, and leaves the keys as they were", function()
        local role, password = h.role()
        local file, database = h.source [[
            CREATE TABLE users(id TEXT PRIMARY KEY, org TEXT REFERENCES orgs(id), boss TEXT REFERENCES users(id));
            CREATE TABLE orgs(id TEXT PRIMARY KEY, owner TEXT NOT NULL REFERENCES users(id));
            INSERT INTO users VALUES ('u1', 'o1', 'u3'), ('u2', 'o2', 'u1'), ('u3', NULL, 'u3');
            INSERT INTO orgs VALUES ('o1', 'u2'), ('o2', 'u1');
        ]], h.database { owner = role }
        local url = h.url(database, role, password)
        h.process.run({ "psql", "-Xq", url, "-c", [[
            CREATE SCHEMA app;
            CREATE TABLE app.users(id text PRIMARY KEY, org text,
                boss text CONSTRAINT has_boss REFERENCES app.users(id));
            CREATE TABLE app.orgs(id text PRIMARY KEY, owner text NOT NULL REFERENCES app.users(id) ON DELETE CASCADE);
            ALTER TABLE app.users ADD CONSTRAINT "in org" FOREIGN KEY (org) REFERENCES app.orgs(id) DEFERRABLE;]] },
            { directory = h.directory(), env = { PATH = os.getenv "PATH" } })
        local keys = [[SELECT conname, conrelid::regclass, pg_get_constraintdef(oid), convalidated FROM pg_constraint
            WHERE contype = 'f' AND connamespace = 'app'::regnamespace ORDER BY 1]]
        local before = h.sql(database, keys)
        assert.matches("in org|app.users|FOREIGN KEY %(org%)", before)
        local result = h.run(0, { file, url, "--target-schema=app" })
        assert.equal(before, h.sql(database, keys))
        compare.table(database, file, "app.users")
        compare.table(database, file, "app.orgs")
        assert.equal(3, ledger.target(result.json, "app.users").inserted)
    end)

    it("sets sequences and identities from the data and from sqlite_sequence, and proves them", function()
        local file, database = h.source [[
            CREATE TABLE a(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO a VALUES (3, 'x'), (90, 'y');
            CREATE TABLE b(id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT);
            INSERT INTO b VALUES (5, 'x'), (400, 'gone'); DELETE FROM b WHERE id = 400;
            CREATE TABLE c(id INTEGER PRIMARY KEY, v TEXT);
            CREATE TABLE "Odd Name"(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO "Odd Name" VALUES (7, 'z');
        ]], h.database()
        h.sql(database, [[CREATE TABLE a(id serial PRIMARY KEY, v text);
            CREATE TABLE b(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);
            CREATE TABLE c(id bigserial PRIMARY KEY, v text);
            CREATE SEQUENCE shared; CREATE TABLE "Odd Name"(id bigint PRIMARY KEY DEFAULT nextval('shared'), v text)]])
        h.run(0, { file, h.url(database) })
        for name, expected in pairs { a = "91", b = "401", c = "1", ['"Odd Name"'] = "8" } do
            assert.equal(expected, h.sql(database, ("INSERT INTO %s (v) VALUES ('n') RETURNING id"):format(name)), name)
        end
    end)

    it("takes the tables that --only and --skip name by globs", function()
        local file = h.source [[
            CREATE TABLE log_a(x INTEGER); CREATE TABLE log_b(x INTEGER); CREATE TABLE users(x INTEGER);
            INSERT INTO log_a VALUES (1); INSERT INTO log_b VALUES (2); INSERT INTO users VALUES (3);]]
        local sum = [[SELECT (SELECT count(*) FROM log_a), (SELECT count(*) FROM log_b), (SELECT count(*) FROM users)]]
        local cases = { ["--only=log_*"] = "1|1|0", ["--skip=log_*"] = "0|0|1", ["--skip=*_b"] = "1|0|1" }
        for args, expected in pairs(cases) do
            local database = h.database()
            h.sql(database, "CREATE TABLE log_a(x int); CREATE TABLE log_b(x int); CREATE TABLE users(x int)")
            local result = h.run(0, { file, h.url(database), args })
            assert.equal(expected, h.sql(database, sum), args .. result.said)
        end
        local database = h.database()
        h.sql(database, "CREATE TABLE log_a(x int); CREATE TABLE log_b(x int); CREATE TABLE users(x int)")
        local result = h.run(0, { file, h.url(database), "--only=log_*", "--skip=log_b" })
        assert.equal("1|0|0", h.sql(database, sum))
        for _, name in ipairs { "log_b", "users" } do
            assert.is_truthy(ledger.objects(result.json, name)[1], "no receipt for " .. name .. result.said)
        end
        -- A glob that names nothing is a mistake of the caller, not an empty run.
        local wrong = h.wherry { "run", file, h.url(database), "--only=nothing*", "--json" }
        assert.is_true(wrong.code == 2 or wrong.code == 4, wrong.said)
    end)

    it("finds the target in the order that the manual gives", function()
        local file = h.source "CREATE TABLE t(x INTEGER); INSERT INTO t VALUES (1);"
        local given, variable = h.database(), h.database()
        local env = { DATABASE_URL = h.url(variable):gsub("^postgresql:", "postgresql+psycopg:") }
        h.run(0, { file, h.url(given) }, { env = env })
        assert.equal("1|0", h.sql(given, "SELECT count(*) FROM t") .. "|" .. h.sql(variable,
            "SELECT count(*) FROM pg_class WHERE relname = 't'"))
        local result = h.run(0, { file }, { env = env })
        assert.equal("1", h.sql(variable, "SELECT count(*) FROM t"))
        assert.equal("DATABASE_URL", result.json.target.origin)
        local third = h.database()
        local socket = h.url(third):match "host=(.*)$":gsub("%%2F", "/")
        local last = h.run(0, { file }, { env = { PGHOST = socket, PGUSER = "postgres", PGDATABASE = third } })
        assert.equal("1", h.sql(third, "SELECT count(*) FROM t"))
        assert.equal(third, last.json.target.database)
        local plain = h.wherry({ "run", file }, { env = { DATABASE_URL = h.url(h.database()) } })
        assert.equal(0, plain.code, plain.said)
        assert.matches("DATABASE_URL", plain.stdout .. plain.stderr)
    end)
end)
