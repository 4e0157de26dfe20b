-- The private server: run without a target, pg start, url, psql, stop; and the small commands around targets.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"

describe("the private server", function()
    local state = h.process.directory "state"

    local function wherry(args, options)
        options = options or {}
        options.env = options.env or {}
        options.env.XDG_STATE_HOME = state
        options.keeps = true
        return h.wherry(args, options)
    end

    local function succeed(args, options)
        local result = wherry(args, options)
        assert.equal(0, result.code, result.said)
        return result
    end

    after_each(h.cleanup)
    teardown(function()
        wherry { "pg", "stop" }
        h.cleanup()
        os.execute("rm -rf " .. state)
    end)

    ---The processes of a server below `state`, by their command lines.
    local function servers()
        -- The brackets keep grep and the shell from finding themselves.
        return h.process.shell(("grep -alz -- '[/]%s' /proc/[0-9]*/cmdline 2>/dev/null | wc -l"):format(state:sub(2)))
    end

    local function url_of(database)
        return (succeed({ "pg", "url" }).stdout:gsub("%s+$", ""):gsub("/[%w_]*%?", "/" .. database .. "?"))
    end

    local function psql(url, sql)
        return h.process.shell(("psql -XAtq %s -c %s"):format(h.process.quote(url), h.process.quote(sql)))
    end

    ---SQL on the private server, through psql and the URL that wherry gives.
    local function ask(database, sql)
        return psql(url_of(database), sql)
    end

    it("takes a run without a target, into a database named after the file, a new one each time", function()
        local file = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'ü');"
        local first = succeed { "run", file, "--json" }
        assert.equal("app", first.json.target.database)
        assert.equal("private server", first.json.target.origin)
        local second = succeed { "run", file, "--json" }
        assert.equal("app_2", second.json.target.database)
        assert.equal("1|ü", ask("app", "SELECT * FROM t"))
        assert.equal("1|ü", ask("app_2", "SELECT * FROM t"))
        local plain = succeed { "run", file }
        assert.matches("app_3", plain.stdout)
        assert.matches("private server", plain.stdout)
    end)

    it("keeps no database of a run that was refused", function()
        local file = h.source("CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('x');",
            "words.db")
        succeed { "pg", "start" }
        local refused = wherry { "run", file, "--json" }
        assert.equal(4, refused.code, refused.said)
        assert.equal("0", ask("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'words%'"))
        assert.equal(0, wherry({ "run", file, "--skip=words", "--json" }).code)
        assert.equal("1", ask("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'words%'"))
    end)

    it("names a database after a file with an odd name", function()
        local file = h.source("CREATE TABLE t(x); INSERT INTO t VALUES (1);", "My Data (2024).sqlite3")
        local result = succeed { "run", file, "--json" }
        assert.equal("1", ask(result.json.target.database, "SELECT count(*) FROM t"))
    end)

    it("goes on where a run without a target was interrupted, in the same database", function()
        local file = h.source([[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 60000)
            INSERT INTO t SELECT n, 'v' || n FROM c;]], "long.db")
        -- The harness reads the source around each command, which would keep the run from opening it.
        local url = url_of "long"
        local env = { XDG_STATE_HOME = state }
        local running = h.start({ "run", file, "--batch-size=200", "--json" }, { env = env, keeps = true })
        assert(h.process.wait(20, function()
            local found, rows = pcall(psql, url, "SELECT coalesce((SELECT count(*) FROM t), 0)")
            return found and tonumber(rows) > 0
        end), "the run did not begin")
        running:kill "INT"
        local stopped = running:finish(10)
        assert.equal(130, stopped.code, stopped.said)
        local result = succeed { "run", file, "--batch-size=200", "--resume", "--json" }
        assert.equal("long", result.json.target.database)
        assert.equal("60000|1800030000", ask("long", "SELECT count(*), sum(id) FROM t"))
        assert.equal("1", ask("postgres", "SELECT count(*) FROM pg_database WHERE datname ~ '^long'"))
    end)

    it("is not used when there is a script without target, or DATABASE_URL", function()
        local file, database = h.source "CREATE TABLE t(x INTEGER); INSERT INTO t VALUES (1);", h.database()
        local script = h.script(([[local w = require "wherry" return w.plan { from = w.sqlite %q }]]):format(file))
        local result = wherry { "run", script, "--json" }
        assert.is_true(result.code == 2 or result.code == 3 or result.code == 4, result.said)
        succeed({ "run", file }, { env = { DATABASE_URL = h.url(database) } })
        compare.table(database, file, "t")
    end)

    it("listens on a socket only, with its data closed to others", function()
        succeed { "pg", "start" }
        assert.equal("", ask("postgres", "SHOW listen_addresses"))
        assert.equal("0", ask("postgres", "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method = 'trust'"))
        assert.equal("on", ask("postgres", "SHOW fsync"))
        local data = h.process.shell(("dirname $(find %s -name postmaster.pid)"):format(state))
        assert.equal("700", h.process.shell("stat -c %a " .. data))
    end)

    it("is started once, found again, stopped, and keeps what it holds", function()
        local first = succeed { "pg", "start" }
        assert.equal(first.stdout, succeed({ "pg", "start" }).stdout)
        assert.equal("1", servers())
        ask("postgres", "CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS x")
        local told = succeed { "pg", "psql", "postgres", "--", "-XAtc", "SELECT x FROM kept" }
        assert.equal("1", (told.stdout:gsub("%s+$", "")))
        succeed { "pg", "stop" }
        assert.equal("0", servers())
        local stopped = wherry { "pg", "stop" }
        assert.is_true(stopped.code == 0 or stopped.code == 3, stopped.said)
        assert.equal(3, wherry({ "pg", "url" }).code)
        succeed { "pg", "start" }
        assert.equal("1", ask("postgres", "SELECT x FROM kept"))
    end)

    it("survives the kill of its process and starts again", function()
        succeed { "pg", "start" }
        local pid = h.process.read(h.process.shell(("find %s -name postmaster.pid"):format(state))):match "^%d+"
        os.execute("kill -9 " .. pid)
        assert(h.process.wait(10, function()
            return servers() == "0"
        end))
        local file = h.source "CREATE TABLE t(x INTEGER); INSERT INTO t VALUES (1);"
        succeed { "run", file }
    end)

    it("has small commands around it: version, dsn, help", function()
        local version = succeed({ "version" }).stdout
        for _, word in ipairs { "wherry", "SQLite%s+3%.", "libpq%s+%d", "Lua%s+5%.4" } do
            assert.matches(word, version)
        end
        succeed { "pg", "start" }
        assert.matches("15%.%d+", succeed({ "version" }).stdout)
        local dsn = succeed({ "dsn", "postgresql+asyncpg://u@h:5/d?ssl=require" }).stdout:gsub("%s+$", "")
        assert.equal("postgresql://u@h:5/d?sslmode=require", dsn)
        for _, topic in ipairs { "exit-codes", "urls", "private-server" } do
            local help = succeed { "help", topic }
            assert.is_true(#help.stdout > 300, topic)
        end
        assert.equal(2, wherry({ "help", "no-such-topic" }).code)
        assert.matches("run", succeed({ "help" }).stdout)
        assert.matches("%-%-resume", succeed({ "run", "--help" }).stdout)
        assert.equal(2, wherry({ "no-such-command" }).code)
    end)
end)
