-- Which runtime functions a schema has already: ours are used again, others are never replaced.
local installed = require "wherry.resolve.installed"
local Outcome = require "wherry.resolve.outcome"
local Target = require "tests.support.target"

local WANTED = {
    { name = "sqlite_a", sql = "CREATE FUNCTION public.sqlite_a(x text) RETURNS text LANGUAGE sql "
        .. "AS $wherry$ SELECT x $wherry$", drop = "DROP FUNCTION public.sqlite_a(x text)" },
    { name = "sqlite_b", sql = "CREATE FUNCTION public.sqlite_b(x text) RETURNS text LANGUAGE sql "
        .. "AS $wherry$ SELECT x || 'b' $wherry$", drop = "DROP FUNCTION public.sqlite_b(x text)" },
}

describe("installed.missing", function()
    local target, session
    setup(function()
        target = Target.start()
    end)
    teardown(function() target:stop() end)
    before_each(function() session = target:session() end)

    local function missing()
        local outcome = Outcome.new()
        local list = installed.missing(WANTED, "public", function(sql, parameters)
            return session:query(sql, parameters)
        end, outcome)
        local found = {}
        for i, one in ipairs(list) do
            found[i] = one.name
        end
        return found, outcome.findings
    end

    it("wants all of them in an empty schema, and without a target", function()
        assert.same({ "sqlite_a", "sqlite_b" }, (missing()))
        assert.equal(2, #installed.missing(WANTED, "public", nil, Outcome.new()))
    end)

    it("leaves out those that an earlier run has made", function()
        session.connection:query(WANTED[1].sql)
        local names, findings = missing()
        assert.same({ "sqlite_b" }, names)
        assert.same({}, findings)
    end)

    it("finds another function of the same name", function()
        session.connection:query "CREATE FUNCTION public.sqlite_b(x text) RETURNS text LANGUAGE sql AS 'SELECT x'"
        local names, findings = missing()
        assert.same({ "sqlite_a" }, names)
        assert.same({ "target_exists", "sqlite_b" }, { findings[1].code, findings[1].key })
    end)
end)
