-- Targets that cannot be used, or are named wrongly: one clear message, exit 3, nothing written, no password.
local h = require "tests.support.harness"

describe("a target that cannot be used", function()
    after_each(h.cleanup)

    local function source()
        return h.source "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'ü');"
    end

    local function refused(code, target, ...)
        local result = h.run(code, { source(), target, "--retry=0" })
        local message = result.json.error.message .. "\n" .. tostring(result.json.error.hint)
        for _, word in ipairs { ... } do
            assert.is_truthy(message:lower():find(word), ("%q is not told"):format(word) .. result.said)
        end
        return result
    end

    it("not reachable", function()
        local begun = h.process.clock()
        refused(3, "postgresql://postgres@localhost:1/app", "localhost")
        refused(3, "postgresql://postgres@/app?host=" .. h.escape(h.directory()), "connect")
        refused(3, "postgresql://postgres@no-such-host.invalid/app", "no%-such%-host")
        assert.is_true(h.process.clock() - begun < 90)
    end)

    it("a database that does not exist", function()
        refused(3, h.url "nobody_made_this", "nobody_made_this")
    end)

    it("a wrong password", function()
        local role = h.role()
        h.secret "wr0ng"
        refused(3, h.url(h.database(), role, "wr0ng"), "password", role)
    end)

    it("an @ in the password that is not escaped", function()
        local role, password = h.role()
        h.secret(password)
        local url = ("postgresql://%s:%s@localhost/app"):format(role, "p@ssw0rd")
        h.secret "ssw0rd"
        local result = h.wherry { "run", source(), url, "--json", "--retry=0" }
        assert.is_true(result.code == 2 or result.code == 3, result.said)
        local told = result.json.error.message .. tostring(result.json.error.hint)
        assert.is_truthy(told:find("%40", 1, true), result.said)
    end)

    it("an unknown sslmode", function()
        refused(3, h.url(h.database()) .. "&sslmode=sometimes", "sslmode")
    end)

    it("a database in another encoding", function()
        for _, encoding in ipairs { "SQL_ASCII", "LATIN1" } do
            local database = h.database { encoding = encoding }
            refused(3, h.url(database), encoding:lower(), "utf8")
            assert.equal("", h.objects(database))
        end
    end)

    it("no right to create anything", function()
        local role, password = h.role()
        local database = h.database()
        h.sql(database, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        local result = h.wherry { "run", source(), h.url(database, role, password), "--json" }
        assert.is_true(result.code == 3 or result.code == 4, result.said)
        assert.matches("GRANT", result.stdout)
        assert.equal("", h.objects(database))
    end)

    it("no right to create the journal prints the GRANT, and another name by --journal is used", function()
        local role, password = h.role()
        local database = h.database()
        h.sql(database, ("CREATE TABLE t(id int PRIMARY KEY, v text); ALTER TABLE t OWNER TO %s"):format(role))
        local result = h.wherry { "run", source(), h.url(database, role, password), "--json" }
        assert.is_true(result.code == 3 or result.code == 4, result.said)
        assert.matches("GRANT CREATE ON DATABASE", result.stdout)
        assert.equal("relation t\nrelation t_pkey", h.objects(database))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM t"))
        h.sql(database, ("CREATE SCHEMA books AUTHORIZATION %s"):format(role))
        h.run(0, { source(), h.url(database, role, password), "--journal=books" })
        assert.equal("1", h.sql(database, "SELECT count(*) FROM t"))
        assert.equal("t", h.sql(database, "SELECT to_regclass('books.run') IS NOT NULL"))
    end)

    it("an URL that is none", function()
        local targets = { "postgres:/broken", "postgresql://[::1", "mysql://localhost/app", "postgresql://h:abc/db" }
        for _, target in ipairs(targets) do
            local result = h.wherry { "run", source(), target, "--json", "--retry=0" }
            assert.is_true(result.code == 2 or result.code == 3, result.said)
        end
    end)

    it("an URL in SQLAlchemy's form is understood", function()
        local file, database = source(), h.database()
        h.run(0, { "sqlite:///" .. file, (h.url(database):gsub("^postgresql", "postgresql+asyncpg")) })
        assert.equal("1", h.sql(database, "SELECT count(*) FROM t"))
        local second = h.database()
        local url = h.url(second):gsub("^postgresql", "postgresql+psycopg")
        h.run(0, { "--sqlite-path=" .. file, "--database-url=" .. url })
        assert.equal("1", h.sql(second, "SELECT count(*) FROM t"))
    end)

    it("two sources or none", function()
        h.run(2, { source(), h.url(h.database()), "a third word" })
        h.run(2, {})
    end)
end)
