local cli = require "wherry.cli"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

local function pg(options, ...)
    local out, err = stream.new(), stream.new()
    options.files = { ["/h/.local/state/wherry/pg"] = { type = "directory" } }
    local core, log = stand_in.core(options)
    local code = cli.main({ "pg", ... }, { stdout = out, stderr = err, core = core,
        isatty = function() return false end,
        getenv = function(name) return name == "HOME" and "/h" or nil end })
    return code, out:text(), err:text(), log
end

describe("wherry pg", function()
    it("starts and names the server", function()
        local code, out, _, log = pg({}, "start")
        assert.are.equal(0, code)
        assert.is_true(log.started)
        assert.matches("postgresql:///postgres%?host=/state/wherry/pg/socket&user=wherry\n$", out)
    end)

    it("gives the URL of the newest database or of a named one", function()
        local _, out = pg({ running = true, databases = { "a", "b" } }, "url")
        assert.matches("^postgresql:///b%?", out)
        _, out = pg({ running = true, databases = { "a", "b" } }, "url", "a")
        assert.matches("^postgresql:///a%?", out)
        assert.are.equal(2, (pg({ running = true, databases = { "a" } }, "url", "c")))
    end)

    it("says that the server does not run", function()
        local code, _, err, log = pg({}, "url")
        assert.are.equal(3, code)
        assert.matches("wherry pg start", err)
        assert.is_nil(log.started)
    end)

    it("stops", function()
        local code, out, _, log = pg({ running = true }, "stop")
        assert.are.equal(0, code)
        assert.is_true(log.stopped)
        assert.are.equal("stopped\n", out)
        _, out = pg({}, "stop")
        assert.are.equal("it did not run\n", out)
    end)

    it("hands words to psql and its exit code back", function()
        local code, _, _, log = pg({ running = true, databases = { "a", "b" }, status = 7 }, "psql", "a", "--",
            "-c", "x")
        assert.are.equal(7, code)
        assert.are.same({ "psql", "-d", "host=/state/wherry/pg/socket user=wherry dbname=a", "-c", "x" },
            log.spawned[1])
        _, _, _, log = pg({ running = true, databases = { "a", "b" } }, "psql", "--", "-c", "x")
        assert.are.same({ "psql", "-d", "host=/state/wherry/pg/socket user=wherry dbname=b", "-c", "x" },
            log.spawned[1])
    end)

    it("refuses other words", function()
        assert.are.equal(2, (pg({}, "restart")))
        assert.are.equal(2, (pg({}, "stop", "a", "b")))
        assert.are.equal(2, (pg({})))
    end)
end)
