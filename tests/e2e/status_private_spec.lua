-- wherry status and forget on the private server: the newest database without a word, a file's own by the file; for a
-- look nothing is started and nothing made.
local h = require "tests.support.harness"

describe("on the private server", function()
    local state = h.process.directory "state"

    local function wherry(code, ...)
        local result = h.wherry({ ... }, { env = { XDG_STATE_HOME = state }, keeps = true })
        assert.equal(code, result.code, result.said)
        return result
    end

    after_each(h.cleanup)
    teardown(function()
        wherry(0, "pg", "stop")
        h.cleanup()
        os.execute("rm -rf " .. state)
    end)

    local function databases()
        return wherry(0, "pg", "psql", "postgres", "--", "-XAtc", "SELECT count(*) FROM pg_database").stdout
    end

    it("status finds runs by their file, and the newest database by itself", function()
        local one, two = h.source("CREATE TABLE a(v); INSERT INTO a VALUES (1);", "one.db"),
            h.source("CREATE TABLE b(v);", "two.db")
        assert.matches("no target", wherry(2, "status").stderr)
        assert.matches("holds no run of", wherry(2, "status", one).stderr)
        assert.equal("", h.process.shell("ls -A " .. state)) -- no server was made for that
        wherry(0, "run", one)
        wherry(0, "run", two)
        local there = databases()
        assert.equal(two, wherry(0, "status", "--json").json.runs[1].source.path)
        local found = wherry(0, "status", one, "--json").json
        assert.same({ "one", "private server", one, 1 }, { found.target.database, found.target.origin,
            found.runs[1].source.path, found.runs[1].rows })
        assert.matches("run 1 is done", wherry(0, "status", one, "1").stdout)
        wherry(2, "status", one, "7")
        wherry(2, "status", h.source("CREATE TABLE c(v);", "three.db"))
        wherry(0, "status", one, "--watch")
        wherry(2, "forget", "1")
        wherry(0, "forget", one, "1")
        assert.equal(there, databases())
        wherry(2, "status", one)
        wherry(0, "pg", "stop")
        assert.matches("no target", wherry(2, "status").stderr)
    end)
end)
