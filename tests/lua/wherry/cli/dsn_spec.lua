local cli = require "wherry.cli"
local stream = require "tests.support.stream"

local function dsn(environment, ...)
    local out, err = stream.new(), stream.new()
    local code = cli.main({ "dsn", ... }, { stdout = out, stderr = err, core = {}, isatty = function() return false end,
        getenv = function(name) return environment[name] end })
    return code, out:text(), err:text()
end

describe("wherry dsn", function()
    it("prints what psql takes, without the password", function()
        local code, out, err = dsn({}, "postgresql+asyncpg://u:geheim@h/d?ssl=require")
        assert.are.equal(0, code)
        assert.are.equal("postgresql://u@h/d?sslmode=require\n", out)
        assert.is_nil(err:find("geheim", 1, true))
        assert.matches("left out", err)
    end)

    it("prints the password when asked to", function()
        local _, out = dsn({}, "--with-password", "postgresql+psycopg://u:ge%40heim@h/d")
        assert.are.equal("postgresql://u:ge%40heim@h/d\n", out)
    end)

    it("takes DATABASE_URL without an argument", function()
        local _, out = dsn({ DATABASE_URL = "postgres://h/d" })
        assert.are.equal("postgresql://h/d\n", out)
        assert.are.equal(2, (dsn({})))
        assert.are.equal(2, (dsn({}, "mysql://h/d")))
    end)
end)
