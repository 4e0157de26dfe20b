-- A dump as target: what pg_dump wrote goes back in through psql and pg_restore, and holds what the source holds.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("a dump as target", function()
    -- A kept server does the work; one for the whole file, stopped at its end.
    local state = h.process.directory "state"

    local function wherry(args, options)
        options = options or {}
        options.env = { XDG_STATE_HOME = state }
        options.keeps = true
        return h.wherry(args, options)
    end

    after_each(h.cleanup)
    teardown(function()
        wherry { "pg", "stop" }
        h.cleanup()
        os.execute("rm -rf " .. state)
    end)

    local function source()
        return h.source [[
            CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT NOT NULL DEFAULT 'ü', b BLOB, r REAL,
                flag BOOLEAN);
            INSERT INTO p VALUES (1, 'zażółć', x'00ff', 0.1 + 0.2, 1), (5, 'tab' || char(9) || '\', NULL, NULL, 0);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id) ON DELETE CASCADE);
            INSERT INTO c VALUES (1, 5), (2, NULL);
            CREATE INDEX c_p ON c(p);]]
    end

    local function same(database, file)
        compare.table(database, file, "p")
        compare.table(database, file, "c")
        assert.equal("FOREIGN KEY (p) REFERENCES p(id) ON DELETE CASCADE", h.sql(database,
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"))
        assert.equal("6", h.sql(database, "INSERT INTO p (flag) VALUES (true) RETURNING id"))
        assert.equal("", h.sql(database, "SELECT nspname FROM pg_namespace WHERE nspname = 'wherry'"),
            "the journal is in the dump")
    end

    local function environment(database)
        local socket = h.url(database):match "host=(.*)$":gsub("%%2F", "/")
        return { PATH = os.getenv "PATH", PGHOST = socket, PGUSER = "postgres", PGDATABASE = database }
    end

    it("as SQL goes into a fresh database by psql", function()
        local file, database, out = source(), h.database(), h.path "out.sql"
        local result = wherry { "run", file, out, "--json" }
        assert.equal(0, result.code, result.said)
        assert.equal(2, ledger.source(result.json, "p").passed)
        local restored = h.process.run({ "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", out }, {
            directory = h.directory(), env = environment(database) })
        assert.equal(0, restored.code, restored.stderr)
        same(database, file)
    end)

    it("in pg_dump's own format goes into a fresh database by pg_restore", function()
        local file, database, out = source(), h.database(), h.path "out.dump"
        assert.equal(0, wherry({ "run", file, out }).code)
        local restored = h.process.run({ "pg_restore", "--exit-on-error", "--no-owner", "-d", database, out }, {
            directory = h.directory(), env = environment(database) })
        assert.equal(0, restored.code, restored.stderr)
        same(database, file)
    end)

    it("goes to standard output alone with -, the summary to standard error", function()
        local file, database = source(), h.database()
        local result = wherry { "run", file, "-" }
        assert.equal(0, result.code, result.said)
        h.sql(database, result.stdout)
        same(database, file)
        assert.matches("p", result.stderr)
    end)

    it("that standard output does not take is no success", function()
        for _, rows in ipairs { 1, 50000 } do
            local file = h.source(([[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
                WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)
                INSERT INTO t SELECT n, 'row ' || n FROM c;]]):format(rows))
            local command = ("%s run %s - 2>&1 >/dev/full; echo $?"):format(os.getenv "WHERRY" or "build/wherry", file)
            local said = h.process.shell("XDG_STATE_HOME=" .. state .. " " .. command)
            assert.matches("\n3$", said)
            assert.matches("No space left on device", said)
            assert.is_nil(said:find("verified:", 1, true), said)
        end
        assert.equal("", h.process.shell("ls -d " .. state .. "/wherry/dump-* 2>/dev/null; true"))
    end)

    it("is not left half-written, and not written over one that is there, when the run fails", function()
        local file = h.source "CREATE TABLE t(v TEXT); INSERT INTO t VALUES ('nul' || char(0));"
        local out = h.path "out.sql"
        local result = wherry { "run", file, out, "--source-mode=copy", "--json" }
        assert.is_true(result.code == 4 or result.code == 5, result.said)
        assert.equal("value", result.json.error.kind)
        assert.is_nil(h.process.read(out))
        assert.equal("string", type(result.json.sources[1].copy.path))
        assert.equal("", h.process.shell(("ls %s/wherry/copies"):format(state)), "nobody could go on with it")
        h.process.write(out, "precious")
        assert.is_true(wherry({ "run", file, out }).code ~= 0)
        assert.equal("precious", h.process.read(out))
        local left = wherry { "pg", "psql", "--", "-XAtc", "SELECT datname FROM pg_database WHERE datname ~ 'app'" }
        assert.equal("", left.stdout, "a database was left behind")
    end)

    it("with a search index in the way is refused like any other target", function()
        local file = h.source "CREATE VIRTUAL TABLE s USING fts5(b); INSERT INTO s VALUES ('x');"
        local result = wherry { "run", file, h.path "out.sql", "--json" }
        assert.equal(4, result.code, result.said)
        assert.is_nil(h.process.read(h.path "out.sql"))
        local piped = wherry { "run", file, "-" }
        assert.equal(4, piped.code)
        assert.equal("", piped.stdout)
    end)

    it("in a directory that is not there is an error of the environment", function()
        local result = wherry { "run", source(), h.path "no/such/out.sql", "--json" }
        assert.equal(3, result.code, result.said)
    end)
end)
