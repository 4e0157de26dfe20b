-- The two ends of a plan: values, environment variables, paths.
local ends = require "wherry.plan.ends"

local function environment(values)
    return function(name)
        return values[name]
    end
end

local function failure_of(run, ...)
    local fine, problem = pcall(run, ...)
    assert.is_false(fine)
    return problem
end

describe("ends.expand", function()
    it("replaces $NAME and ${NAME}, and takes $$ as a dollar sign", function()
        local getenv = environment { URL = "postgresql://h/db", A1 = "x" }
        assert.equal("postgresql://h/db", ends.expand("$URL", getenv))
        assert.equal("axb-x}", ends.expand("a${A1}b-$A1}", getenv))
        assert.equal("pa$URL", ends.expand("pa$$URL", getenv))
        assert.equal("5$ and $1 and ${", ends.expand("5$ and $1 and ${", getenv))
    end)

    it("names a variable that is not set, or empty", function()
        for _, values in ipairs { {}, { DATABASE_URL = "" } } do
            local problem = failure_of(ends.expand, "$DATABASE_URL", environment(values))
            assert.equal("environment", problem.kind)
            assert.matches("DATABASE_URL", problem.message)
            assert.matches("DATABASE_URL", problem.hint)
        end
    end)
end)

describe("ends.path", function()
    local none = environment {}

    it("puts a relative path behind the script's folder, an absolute one stays", function()
        assert.equal("migrations/var/app.db", ends.path(ends.sqlite "var/app.db", none, "migrations"))
        assert.equal("migrations/var/app.db", ends.path(ends.sqlite "var/app.db", none, "migrations/"))
        assert.equal("/var/app.db", ends.path(ends.sqlite "/var/app.db", none, "migrations"))
        assert.equal("app.db", ends.path(ends.sqlite "app.db", none))
        assert.equal("a$b.db", ends.path(ends.here "a$b.db", none, "migrations"))
    end)

    it("understands SQLAlchemy's URLs", function()
        assert.equal("d/app.db", ends.path(ends.sqlite "sqlite:///app.db", none, "d"))
        assert.equal("/srv/app.db", ends.path(ends.sqlite "sqlite:////srv/app.db", none, "d"))
        assert.equal("/srv/app.db", ends.path(ends.sqlite "sqlite+aiosqlite:////srv/app.db", none, "d"))
    end)

    it("expands variables first", function()
        assert.equal("/data/app.db", ends.path(ends.sqlite "$DATA/app.db", environment { DATA = "/data" }, "d"))
    end)
end)

describe("ends", function()
    it("refuses what is no path or URL", function()
        assert.equal("plan", failure_of(ends.sqlite, nil).kind)
        assert.equal("plan", failure_of(ends.sqlite, "").kind)
        assert.equal("plan", failure_of(ends.pg, 5).kind)
    end)

    it("never shows a password", function()
        assert.not_matches("secret", ends.describe "postgresql://u:secret@h/db")
    end)
end)
