-- Several snapshots as one: who is asked what, and in which order answers come.
local core = require "wherry.core"
local process = require "tests.support.process"
local source_set = require "wherry.engine.source_set"
local fault_of = require "tests.support.refusal"

describe("source_set", function()
    local place, list
    before_each(function()
        place, list = core.sys.temp "wherry-test-", {}
        for i, name in ipairs { "a", "b" } do
            local path = ("%s/%s.db"):format(place, name)
            process.shell(("sqlite3 %s 'create table t(v); insert into t values (%d), (2)'"):format(path, i))
            list[i] = { name = name, snapshot = core.snapshot.open(path) }
        end
    end)
    after_each(function()
        for _, one in ipairs(list) do
            one.snapshot:close()
        end
        core.sys.remove_tree(place)
    end)

    it("is the snapshot itself where there is one", function()
        local one = source_set.new { { name = "main", snapshot = list[1].snapshot } }
        assert.equal(list[1].snapshot, one)
        assert.equal(one, source_set.of(one, { from = "main" }))
        assert.equal(one, source_set.of(one, {}))
        assert.same({ { name = "main", snapshot = one } }, source_set.snapshots(one))
    end)

    it("asks the source from which a table comes", function()
        local set = source_set.new(list)
        assert.equal(2, source_set.of(set, { from = "b" }):query("select min(v) as v from t")[1].v)
        assert.equal("b", source_set.from { from = "b" })
        assert.equal("main", source_set.from {})
        assert.equal(list, source_set.snapshots(set))
        assert.is_true(set:unchanged())
    end)

    it("gives counts by the statements' places, and why one failed", function()
        local set = source_set.new(list)
        set:check_start { check = true, counts = { { table = "t", from = "b", sql = "select sum(v) from t" },
            { table = "t", from = "a", sql = "select sum(v) from t" },
            { table = "t", from = "b", sql = "select 7" } } }
        local numbers, fault, count = set:counts(true)
        assert.same({ 4, 3, 7 }, numbers)
        assert.same({ 3 }, { count, fault })
        assert.equal("passed", set:check(true))
    end)

    it("knows the other counts where one failed, and raises what a check found", function()
        local set = source_set.new(list)
        set:check_start { counts = { { table = "t", from = "a", sql = "select v from nothing" },
            { table = "t", from = "b", sql = "select count(*) from t" } } }
        local numbers, fault = set:counts(true)
        assert.equal("t", fault.table)
        process.wait(5, function()
            numbers = set:counts()
            return numbers[2] ~= nil
        end)
        assert.same({ nil, 2 }, { numbers[1], numbers[2] })
    end)

    it("tells which file has changed", function()
        local set = source_set.new(list)
        for _, one in ipairs(list) do
            one.snapshot:close()
        end
        list = {}
        assert.is_truthy(fault_of(set.unchanged, set))
    end)
end)
