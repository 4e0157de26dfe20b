local cjson = require "cjson"
local cli = require "wherry.cli"
local failure = require "wherry.failure"
local make = require "tests.support.result"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

-- Runs a command line against stand-ins of core and engine; `run` is the engine's.
local function wherry(argv, run, environment)
    local out, err = stream.new(), stream.new()
    local core = stand_in.core {}
    local code = cli.main(argv, { stdout = out, stderr = err, core = core, isatty = function() return false end,
        getenv = function(name) return (environment or {})[name] end, engine = { run = run } })
    return code, out:text(), err:text()
end

describe("the command line", function()
    it("shows help without a command", function()
        local code, out, err = wherry {}
        assert.are.equal(0, code)
        assert.matches("^Usage: wherry", out)
        assert.are.equal("", err)
    end)

    it("says a usage error on stderr and nothing on stdout", function()
        local code, out, err = wherry { "run" }
        assert.are.equal(2, code)
        assert.are.equal("", out)
        assert.matches("^wherry: no source", err)
    end)

    for _, argv in ipairs { { "run", "--json" }, { "rnu", "--json" }, { "--json" }, { "run", "a.db", "--nope",
        "--json" },
        { "help", "nothing", "--json" }, { "pg", "psql", "--json" }, { "verify", "--json" }, { "dsn", "--json" } } do
        it("gives exactly one document: " .. table.concat(argv, " "), function()
            local code, out = wherry(argv)
            assert.are.equal(argv[1] == "--json" and 0 or 2, code)
            assert.are.equal(1, cjson.decode(out).schema)
            assert.matches("^[^\n]+\n$", out)
        end)
    end

    it("gives the engine's exit code and keeps result and log apart", function()
        local code, out, err = wherry({ "run", "app.db", "dbname=x" }, function(options)
            options.log("info", "said")
            options.progress { table = "topics", rows = 1, total = 1, done = true }
            return make { exit = 1, status = "differs" }
        end)
        assert.are.equal(1, code)
        assert.matches("^Target: ", out)
        assert.is_nil(out:find("said", 1, true))
        assert.matches("said\ntopics: 1 of 1 rows, done\n", err)
    end)

    it("puts an error's block on stderr and the verdict on stdout", function()
        local code, out, err = wherry({ "run", "app.db", "dbname=x" }, function()
            return { status = "failed", exit = 3, error = { kind = "source", message = "not a database" } }
        end)
        assert.are.equal(3, code)
        assert.matches("why:        not a database", err)
        assert.are.equal("FAILED: nothing was written (not a database).\n", out)
    end)

    it("shows no password, wherever it comes from", function()
        local code, out, err = wherry({ "run", "app.db", "postgresql://u:secret-1@h/d" }, function(options)
            assert.are.equal("postgresql://u:secret-1@h/d", options.target)
            assert.is_nil(options.command:find("secret", 1, true))
            options.log("info", "libpq said secret-1")
            return { status = "failed", exit = 3, error = { kind = "server", message = "password secret-1 is wrong" } }
        end, { PGPASSWORD = "secret-2" })
        assert.are.equal(3, code)
        assert.is_nil((out .. err):find("secret", 1, true))
        assert.matches("warning: a password on the command line", err)
    end)

    it("shows no password of the environment", function()
        local _, out, err = wherry({ "run", "app.db" }, function(options)
            options.log("info", "libpq said secret-3")
            local message = "secret-3 and secret-4 are wrong"
            return { status = "failed", exit = 3, error = { kind = "server", message = message } }
        end, { DATABASE_URL = "postgresql://u:secret-3@h/d", PGPASSWORD = "secret-4" })
        assert.matches("%*%*%*%* and %*%*%*%* are wrong", err)
        assert.is_nil((out .. err):find("secret", 1, true))
    end)

    it("shows no password in a document", function()
        local _, out = wherry({ "run", "app.db", "host=h password=geheim12", "--json" }, function()
            return { status = "failed", exit = 3, error = { kind = "server", message = "geheim12 is wrong" } }
        end)
        assert.matches("%*%*%*%* is wrong", cjson.decode(out).error.message)
        assert.is_nil(out:find("geheim12", 1, true))
    end)

    it("ends with 5 when something breaks while a run writes, and shows the place with --verbose only", function()
        local function broken() error "broken" end
        local code, _, err = wherry({ "run", "app.db", "dbname=x" }, broken)
        assert.are.equal(5, code)
        assert.matches("internal error", err)
        assert.is_nil(err:find("traceback", 1, true))
        _, _, err = wherry({ "run", "app.db", "dbname=x", "--verbose" }, broken)
        assert.matches("traceback", err)
    end)

    it("ends with 3 when something breaks before", function()
        local out, err = stream.new(), stream.new()
        local code = cli.main({ "version" }, { stdout = out, stderr = err, core = { versions = error },
            isatty = function() return false end, getenv = function() end })
        assert.are.equal(3, code)
    end)

    it("ends with 3 when stdout can't be written", function()
        local err = stream.new()
        local code = cli.main({ "help" }, { stdout = stream.new "No space left on device", stderr = err,
            core = stand_in.core {}, isatty = function() return false end, getenv = function() end })
        assert.are.equal(3, code)
        assert.matches("No space left", err:text())
    end)

    it("tells SIGTERM from SIGINT", function()
        for signal, wanted in pairs { [2] = 130, [15] = 143 } do
            local core = stand_in.core {}
            core.sys.stopped = function() return signal end
            core.snapshot.copy = function() failure.raise("interrupted", "interrupted") end
            local code = cli.main({ "snapshot", "a.db", "b.db" }, { stdout = stream.new(), stderr = stream.new(),
                core = core, isatty = function() return false end, getenv = function() end })
            assert.are.equal(wanted, code)
        end
    end)
end)
