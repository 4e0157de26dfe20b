local ends = require "wherry.plan.ends"
local private = require "wherry.target.private"
local stand_in = require "tests.support.private"
local target = require "wherry.target"

local function choose(request, environment)
    local lines = {}
    request.getenv = function(name) return (environment or {})[name] end
    request.log = function(_, text) lines[#lines + 1] = text end
    return target.choose(request), lines
end

local function refused(request, environment)
    local ok, fault = pcall(choose, request, environment)
    assert.is_false(ok)
    return fault
end

local everything = { DATABASE_URL = "postgresql://e:geheim@env/d", PGHOST = "pghost", PGDATABASE = "pgdb" }

describe("target.choose", function()
    it("takes what is given before everything else", function()
        local chosen, lines = choose({ given = "postgresql+psycopg://u:pw1@h/d", script = ends.pg "postgresql://s/d",
            file = "app.db" }, everything)
        assert.are.equal("postgresql://u:pw1@h/d", chosen.conninfo)
        assert.are.equal("postgresql://u:****@h/d", chosen.url_masked)
        assert.are.equal("given", chosen.origin)
        assert.are.same({ "target: postgresql://u:****@h/d (as given)" }, lines)
    end)

    it("then the script's, with its variables", function()
        local chosen = choose({ script = ends.pg "$MY_URL" }, { MY_URL = "postgresql://s/d", DATABASE_URL = "x" })
        assert.are.equal("script", chosen.origin)
        assert.are.equal("postgresql://s/d", chosen.conninfo)
        assert.are.equal("environment", refused({ script = ends.pg "$MY_URL" }, everything).kind)
        assert.matches("MY_URL", refused({ script = ends.pg "$MY_URL" }, everything).message)
    end)

    it("then DATABASE_URL", function()
        local chosen, lines = choose({ file = "app.db" }, everything)
        assert.are.equal("DATABASE_URL", chosen.origin)
        assert.are.equal("target: postgresql://e:****@env/d (from DATABASE_URL)", lines[1])
    end)

    it("names DATABASE_URL when it is no PostgreSQL URL, and does not look further", function()
        for _, value in ipairs { "sqlite:///app.db", "mysql://r:geheim@h/d", "postgresql://u:a@geheim@h/d" } do
            local fault = refused({ file = "app.db" }, { DATABASE_URL = value, PGHOST = "x" })
            assert.are.equal("usage", fault.kind)
            assert.matches("DATABASE_URL", fault.message)
            assert.is_nil(fault.message:find("geheim", 1, true))
        end
    end)

    it("then libpq's own variables, which libpq reads itself", function()
        local chosen = choose({ file = "app.db" }, { DATABASE_URL = "", PGHOST = "h", PGDATABASE = "d" })
        assert.are.equal("", chosen.conninfo)
        assert.are.equal("PG*", chosen.origin)
        assert.are.equal("host=h dbname=d", chosen.url_masked)
        assert.are.equal("PG*", choose({}, { PGSERVICE = "s" }).origin)
    end)

    it("then, for a file only, a new database of the private server", function()
        local core = stand_in.core { databases = { "app" } }
        local chosen = choose { file = "/x/app.db", private = private.new(core, function() return "/h" end) }
        assert.are.equal("private server", chosen.origin)
        assert.are.equal("app_2", chosen.database)
        assert.are.equal("host=/state/wherry/pg/socket user=wherry dbname=app_2", chosen.conninfo)
        assert.are.equal("postgresql:///app_2?host=/state/wherry/pg/socket&user=wherry", chosen.url_masked)
    end)

    it("never takes the private server for a script that does not ask for it", function()
        local core, log = stand_in.core {}
        local server = private.new(core, function() return "/h" end)
        local fault = refused { private = server }
        assert.are.equal("usage", fault.kind)
        assert.is_nil(log.started)
        assert.are.equal("app", choose({ script = ends.private(), source = "app.db", private = server }).database)
    end)

    it("goes on in the private database that holds the unfinished run", function()
        local core, _, databases = stand_in.core { databases = { "app", "app_2" },
            unfinished = { app = "/real/app.db" } }
        local server = private.new(core, function() return "/h" end)
        assert.are.equal("app", choose({ file = "app.db", resume = true, private = server }).database)
        assert.are.equal("app", choose({ file = "app.db", restart = true, private = server }).database)
        assert.are.equal(2, #databases)
        assert.are.equal("usage", refused({ file = "new.db", resume = "7", private = server }).kind)
        assert.are.equal("new", choose({ file = "new.db", resume = true, private = server }).database)
    end)

    it("passes on what was chosen already", function()
        local chosen = { conninfo = "dbname=x", url_masked = "dbname=x", origin = "private server" }
        assert.are.equal(chosen, (choose({ given = chosen }, everything)))
    end)
end)

describe("target.kind", function()
    it("tells targets from what is none", function()
        assert.are.equal("environment", target.kind(nil))
        assert.are.equal("dump", target.kind "-")
        assert.are.equal("dump", target.kind "x/out.sql")
        assert.are.equal("postgresql", target.kind "host=h dbname=d")
        for _, text in ipairs { "out.db", "sqlite:///x", "folder/thing", "mysql://h/d", "" } do
            local ok, fault = pcall(target.kind, text)
            assert.is_false(ok)
            assert.are.equal("usage", fault.kind)
        end
    end)
end)
