local private = require "wherry.target.private"
local stand_in = require "tests.support.private"

local function new(options, environment)
    local core, log, databases = stand_in.core(options or {})
    environment = environment or { HOME = "/home/ann" }
    return private.new(core, function(name) return environment[name] end), log, databases
end

describe("the private server's directory", function()
    it("follows XDG_STATE_HOME, else lies in the home directory", function()
        assert.are.equal("/home/ann/.local/state/wherry/pg", new():directory())
        assert.are.equal("/s/wherry/pg", new({}, { HOME = "/home/ann", XDG_STATE_HOME = "/s" }):directory())
        assert.are.equal("/home/ann/.local/state/wherry/pg",
            new({}, { HOME = "/home/ann", XDG_STATE_HOME = "relative" }):directory())
    end)

    it("is never below root's home", function()
        assert.are.equal("/var/lib/wherry/pg", new({ euid = 0 }, { HOME = "/root" }):directory())
        assert.are.equal("/var/lib/wherry/pg",
            new({ euid = 0 }, { HOME = "/root", XDG_STATE_HOME = "/root/.state" }):directory())
        assert.are.equal("/s/wherry/pg", new({ euid = 0 }, { HOME = "/root", XDG_STATE_HOME = "/s" }):directory())
    end)

    it("needs one of the two variables", function()
        local ok, fault = pcall(function() return new({}, {}):directory() end)
        assert.is_false(ok)
        assert.are.equal("environment", fault.kind)
    end)

    it("is closed to others, but root's can be entered by the server's user", function()
        local self, log = new()
        self:start()
        assert.are.same({ "/home/ann/.local/state/wherry", tonumber("700", 8) }, log.made[1])
        self, log = new({ euid = 0 })
        self:start()
        assert.are.same({ "/var/lib/wherry", tonumber("755", 8) }, log.made[1])
    end)
end)

describe("private.base_name", function()
    for file, name in pairs {
        ["/x/App.db"] = "app", ["my data-2024.sqlite3"] = "my_data_2024", ["2024.db"] = "db_2024", [".db"] = "db",
        ["Größe.db"] = "gr_e", ["postgres.db"] = "db_postgres", ["template1.db"] = "db_template1", ["日本"] = "db",
        ["a.b.db"] = "a_b",
    } do
        it("of " .. file, function()
            assert.are.equal(name, private.base_name(file))
        end)
    end

    it("is at most 48 characters long", function()
        assert.are.equal(48, #private.base_name(("x"):rep(300) .. ".db"))
    end)
end)

describe("a file's private database", function()
    it("is new for each run", function()
        local self, _, databases = new { databases = { "postgres", "app", "app_2", "app_x", "application" } }
        assert.are.equal("app_3", self:database_for(self:start(), "/x/app.db"))
        assert.are.equal("other", self:database_for(self:start(), "other.db"))
        assert.are.equal("other", databases[#databases])
    end)

    it("is found again by the unfinished run of this very file, the newest first", function()
        local self = new { databases = { "app", "app_2", "app_3" },
            unfinished = { app = "/real/app.db", app_2 = "/real/app.db", app_3 = "/elsewhere/app.db" } }
        assert.are.equal("app_2", self:database_of(self:start(), "app.db"))
        assert.is_nil(self:database_of(self:start(), "other.db"))
    end)

    it("is that of a finished run when no unfinished one is there, and that was asked for", function()
        local self = new { databases = { "app", "app_2", "app_3" },
            unfinished = { app = "/real/app.db", app_2 = "/real/app.db done", app_3 = "/real/b.db done" } }
        assert.are.equal("app", self:database_of(self:start(), "app.db", { finished = true }))
        self = new { databases = { "app", "app_2" }, unfinished = { app = "/real/app.db done" } }
        assert.are.equal("app", self:database_of(self:start(), "app.db", { finished = true }))
        assert.is_nil(self:database_of(self:start(), "app.db"))
    end)

    it("gets into the connection string in place of another", function()
        assert.are.equal("host=/s user=w dbname=app",
            private.conninfo({ conninfo = "host=/s user=w dbname=postgres" }, "app"))
        assert.are.equal("host=/s user=w dbname=app",
            private.conninfo({ conninfo = "host=/s dbname=postgres user=w" }, "app"))
    end)
end)

describe("asking for the server", function()
    it("starts nothing", function()
        local self, log = new { running = false }
        assert.is_nil(self:running())
        assert.is_false(self:stop())
        assert.is_nil(log.started)
    end)
end)
