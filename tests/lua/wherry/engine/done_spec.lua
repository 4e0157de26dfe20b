-- A run that is done and whose copy is gone, told of again.
local core = require "wherry.core"
local run_case = require "tests.support.run_case"

describe("a run that read a copy and is done", function()
    local case, state, path, conninfo
    setup(function()
        case, state = run_case.start(), core.sys.temp "wherry-test-"
    end)
    teardown(function()
        case:stop()
        core.sys.remove_tree(state)
    end)
    before_each(function()
        path = case:source "CREATE TABLE t(a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3)"
        conninfo = case.target:database()
        assert.equal("verified", case:run { source = path, target = conninfo, source_mode = "copy",
            getenv = function(name) return name == "XDG_STATE_HOME" and state or nil end }.status)
        run_case.change(path, "DELETE FROM t")
    end)

    local function again()
        return case:run { source = path, target = conninfo, resume = true,
            getenv = function(name) return name == "XDG_STATE_HOME" and state or nil end }
    end

    local function change(sql)
        local session = case.target:session { conninfo = conninfo }
        session:query(sql)
        session:close()
    end

    it("is counted again in the target, against what the journal has of the source", function()
        local result = again()
        assert.same({ "verified", 0, 1 }, { result.status, result.exit, result.run })
        assert.same({ 3, 3 }, { result.sources[1].tables[1].total, result.targets[1].inserted })
        change "DELETE FROM public.t WHERE a = 2"
        result = again()
        assert.same({ "differs", 1 }, { result.status, result.exit })
        assert.matches("holds 2 rows", result.findings[1].reason)
    end)

    it("can't be judged where the journal does not hold what was to be read", function()
        change "DELETE FROM wherry.source_table"
        local result = again()
        assert.matches("the journal does not hold what was to be read", result.error.message)
    end)
end)
