local cjson = require "cjson"
local cli = require "wherry.cli"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

local function version(options, environment, ...)
    local out = stream.new()
    local core, log = stand_in.core(options)
    if options.unreachable then
        core.pg.connect = function() error { kind = "connection", message = "refused" } end
    end
    local code = cli.main({ "version", ... }, { stdout = out, stderr = stream.new(), core = core,
        isatty = function() return false end, getenv = function(name) return environment[name] end })
    return code, out:text(), log
end

describe("wherry version", function()
    it("names everything that is at work, and starts nothing", function()
        local code, out, log = version({}, { HOME = "/h" })
        assert.are.equal(0, code)
        assert.are.equal(("wherry %s\nSQLite 3.40.1\nlibpq 15.9\nLua 5.4.4\nxxHash 0.8.1\n"):format(
            (require "wherry.version")), out:match "^.*\n%f[P]")
        assert.matches("\nPostgreSQL: no server to ask", out)
        assert.is_nil(log.started)
    end)

    it("asks the server that a run would meet", function()
        local _, out = version({}, { HOME = "/h", DATABASE_URL = "postgresql://h/d" })
        assert.matches("PostgreSQL 16.1 %(DATABASE_URL%)", out)
        _, out = version({ running = true, files = { ["/h/.local/state/wherry/pg"] = {} } }, { HOME = "/h" })
        assert.matches("PostgreSQL 15.9 %(private server%)", out)
    end)

    it("does not fail when the server can't be reached", function()
        local code, out = version({ unreachable = true }, { HOME = "/h", PGHOST = "nowhere" }, "--json")
        assert.are.equal(0, code)
        assert.are.equal(cjson.null, cjson.decode(out).server)
        assert.are.equal("3.40.1", cjson.decode(out).sqlite)
    end)
end)
