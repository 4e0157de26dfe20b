-- A verify function: what it is given, what it raises, what leaves it.
local core = require "wherry.core"
local failure = require "wherry.failure"
local fault_of = require "tests.support.refusal"
local support = require "tests.support.verify"
local verify = require "wherry.verify"

describe("verify.run", function()
    local ends
    setup(function()
        ends = support.start()
        ends:open("CREATE TABLE t(x INTEGER); INSERT INTO t VALUES (1)",
            "CREATE TABLE t(x int); INSERT INTO t VALUES (1)")
    end)
    teardown(function() ends:stop() end)

    it("gives both databases to read, and a line for each check in its order", function()
        local list = ends:run(function(check, src, dst)
            check.equal("one", src:value "SELECT x FROM t", dst:value "SELECT x FROM t")
            check.ok("two", false)
            check.ok("three", true)
        end)
        assert.same({ "one", "two", "three" }, { list[1].name, list[2].name, list[3].name })
        assert.is_true(verify.failed(list))
        assert.is_false(verify.failed { list[1], list[3] })
        assert.is_false(verify.failed(ends:run(function() end)))
        assert.is_false(verify.failed(nil))
    end)

    it("lets nothing be written", function()
        local faults = {}
        local list = ends:run(function(_, src, dst)
            for i, sql in ipairs { "INSERT INTO t VALUES (2)", "DELETE FROM t", "CREATE TABLE u(x int)" } do
                faults[2 * i - 1], faults[2 * i] = fault_of(src.exec, src, sql), fault_of(dst.exec, dst, sql)
            end
            faults[7] = fault_of(dst.writer, dst, "t", { "x" })
            faults[8] = fault_of(src.writer, src, "t", { "x" })
            faults[9] = fault_of(dst.transaction, dst, function(h) h:exec "DELETE FROM t" end)
            faults[10] = fault_of(dst.value, dst, "SELECT setval('s', 5)")
        end)
        assert.same({}, list)
        assert.equal(10, #faults)
        assert.matches("readonly", faults[1].message)
        assert.matches("read%-only", faults[2].message)
        assert.matches("opened to be read", faults[7].message)
        assert.matches("read%-only", faults[9].message)
        assert.equal(1, ends.target:value "SELECT count(*) FROM t")
        assert.equal(1, ends.source:value "SELECT count(*) FROM t")
    end)

    it("makes a line of what the function raises, with its line", function()
        for _, raise in ipairs { function() error "broken" end, function() error { 1 } end, function() error() end,
            function() failure.raise("value", "broken") end, function() return nil + 1 end,
            function(_, src) src:value "SELECT nowhere" end } do
            local list = ends:run(function(check, src)
                check.ok("before", true)
                raise(check, src)
                check.ok("behind", true)
            end)
            assert.equal(2, #list)
            assert.same({ "verify", "verify", false }, { list[2].kind, list[2].name, list[2].passed })
            assert.matches("init_spec.lua:%d+: .*; what stands behind it was not checked$", list[2].detail)
        end
    end)

    it("names the line of the script, not that of wherry", function()
        local before = debug.getinfo(1, "l").currentline
        local one = ends:one(function(check)
            check.counts "nothing"
        end)
        assert.equal(before + 2, tonumber(one.detail:match "init_spec.lua:(%d+): "))
    end)

    it("fails where the function gives false", function()
        local one = ends:one(function() return false, "not today" end)
        assert.same({ "verify", false, "not today" }, { one.kind, one.passed, one.detail })
        assert.equal("the function gives false", ends:one(function() return false end).detail)
        assert.same({}, ends:run(function() return true end))
    end)

    it("raises itself where a database does not answer any more, also inside of a check", function()
        local function lost() failure.raise("connection", "gone") end
        assert.equal("connection", fault_of(ends.run, ends, lost).kind)
        assert.equal("connection", fault_of(ends.run, ends, function(check)
            check.rows("x", "SELECT x FROM t", lost)
        end).kind)
        assert.equal("interrupted", fault_of(ends.run, ends, function(check)
            check.rows("x", "SELECT x FROM t", function() failure.raise("interrupted", "stop") end)
        end).kind)
    end)

    it("raises where a signal has asked to stop, whatever the function made of that", function()
        local stopped = core.sys.stopped
        finally(function() core.sys.stopped = stopped end)
        core.sys.stopped = function() return 2 end
        assert.equal("interrupted", fault_of(ends.run, ends, function() end).kind)
        assert.equal("interrupted", fault_of(ends.run, ends, function()
            pcall(function() while true do end end)
        end).kind)
    end)

    it("names sources where there are several", function()
        local both = { source = { core = ends.source, memory = ends.source } }
        local query = { "q", sqlite = "SELECT 1", pg = "SELECT 1" }
        local list = ends:run(function(check, src)
            check.equal("by name", src.core:value "SELECT x FROM t", 1)
            check.query(query)
            query.from = "memory"
            check.query(query)
            query.from = "memry"
            check.query(query)
            return src.cores
        end, both)
        assert.is_true(list[1].passed)
        assert.matches("from says which one is meant", list[2].detail)
        assert.is_true(list[3].passed, list[3].detail)
        assert.equal('did you mean "memory"?', list[4].hint)
        assert.matches('there is no source "cores"', list[5].detail)
        assert.equal('did you mean "core"?', list[5].hint)
    end)

    it("tells a check what it does not do", function()
        assert.same({}, verify.unseen {})
        assert.equal("verify", verify.unseen { verify = true }[1].name)
    end)
end)
