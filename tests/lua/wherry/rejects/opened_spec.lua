-- Which target, journal and run the commands about rejects take.
local opened = require "wherry.rejects.opened"
local opening = require "wherry.engine.opening"
local result_of = require "wherry.engine.result"
local run_case = require "tests.support.run_case"
local Target = require "tests.support.target"

describe("opened.all", function()
    local case, a, b, conninfo
    setup(function()
        case = run_case.start()
        a, b = case:source "CREATE TABLE a(v); INSERT INTO a VALUES (1)", case:source "CREATE TABLE b(v)"
        conninfo = case.target:database()
        assert.equal(1, case:run({ source = a, target = conninfo }).run)
        assert.equal(2, case:run({ source = b, target = conninfo }).run)
    end)
    teardown(function() case:stop() end)

    local function open(changes)
        local state = { options = case.options(changes), result = result_of.new "rejects" }
        local ok, fault = pcall(opened.all, state)
        opening.close(state)
        return ok and state or nil, fault
    end

    local function refused(changes)
        local state, fault = open(changes)
        assert.is_nil(state)
        assert.equal("usage", fault.kind)
        return fault.message
    end

    it("finds the run of the source, by the target alone the newest one, else the one that is named", function()
        for _, expected in ipairs {
            { 1, { source = a, target = conninfo } }, { 2, { source = b, target = conninfo } },
            { 2, { target = conninfo } }, { 1, { target = conninfo, run = 1 } },
            { 1, { target = conninfo, run = 1, source = a } },
        } do
            local state = assert(open(expected[2]))
            assert.same({ expected[1], expected[1] }, { state.run.id, state.result.run })
            assert.equal(expected[2].source ~= nil, state.plan ~= nil)
            assert.equal(expected[2].source, state.info and state.info.path)
        end
    end)

    it("says in the result what it looks at", function()
        local state = assert(open { source = a, target = conninfo })
        assert.equal(a, state.result.sources[1].path)
        assert.equal("given", state.result.target.origin)
        assert.matches("^%d+", state.result.target.server_version)
    end)

    it("says which run is not there", function()
        assert.equal("the target's journal holds no run", refused { target = case.target:database() })
        assert.equal("the target's journal holds no run of this file",
            refused { target = case.target:database(), source = a })
        assert.equal("the target's journal holds no run 9", refused { target = conninfo, run = 9 })
        assert.equal("run 1 loads another file, " .. a, refused { target = conninfo, run = 1, source = b })
    end)

    it("takes no run that was taken back", function()
        local fresh = case.target:database()
        case:run { source = a, target = fresh }
        case.target:session({ conninfo = fresh }):query "UPDATE wherry.run SET state = 'removed'"
        assert.equal("the target's journal holds no run", refused { target = fresh })
        assert.matches("run 1 was taken back", refused { target = fresh, run = 1 }, 1, true)
    end)

    it("wants a target, and a journal beside the tables", function()
        assert.equal("no target", refused {})
        assert.matches("is the schema of the tables", refused { source = a, target = conninfo, journal = "public" })
    end)

    it("takes the target of the environment where none is given", function()
        local names = { DATABASE_URL = conninfo }
        local state = assert(open { getenv = function(name) return names[name] end })
        assert.same({ 2, "DATABASE_URL" }, { state.run.id, state.target.origin })
    end)

    it("passes on what the server says", function()
        assert.equal("connection", Target.fault(function()
            error(select(2, open { target = "host=/nowhere user=u dbname=d" }), 0)
        end).kind)
    end)
end)
