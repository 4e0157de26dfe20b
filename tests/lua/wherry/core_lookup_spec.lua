-- core.lookup: maps as Lua sees them: values of all classes, filled by hand or by a SELECT.
local core = require "wherry.core"
local fault_of = require "tests.support.refusal"
local process = require "tests.support.process"

describe("wherry.core.lookup", function()
    local place

    before_each(function() place = core.sys.temp "wherry-test-" end)
    after_each(function() core.sys.remove_tree(place) end)

    it("keeps values of all classes by keys of all classes", function()
        local map = core.lookup.new {}
        for _, pair in ipairs { { 1, "one" }, { 2.5, 9007199254740993 }, { "text", 0.5 } } do
            assert.is_true(map:add(pair[1], pair[2]))
        end
        assert.is_false(map:add(true, 2)) -- which is 1
        assert.is_true(map:add(core.blob "b", core.blob "\0c"))
        assert.is_true(map:add("nothing", nil))
        assert.same({ "one", "one", 9007199254740993, 0.5, "\0c" }, { map:get(1), map:get(1.0), map:get(2.5),
            map:get "text", map:get(core.blob "b") })
        assert.is_nil(map:get "b")
        assert.is_nil(map:get(nil))
        assert.is_nil(map:get "nothing")
        assert.is_false(map:add(1.0, "again"))
        assert.equal(5, map:info().count)
        assert.matches("^%x+$", map:info().digest)
        assert.equal("lookup: a table is no value", fault_of(map.add, map, {}, 1).message)
        assert.equal("internal", fault_of(map.add, map, nil, 1).kind)
    end)

    it("goes by a collation and an affinity", function()
        local map = core.lookup.new { collation = "NOCASE", affinity = "integer" }
        map:add("Ada", 1)
        map:add(7, 2)
        assert.same({ 1, 2 }, { map:get "aDA", map:get "7" })
        assert.equal("usage", fault_of(core.lookup.new, { collation = "GERMAN" }).kind)
        assert.equal("usage", fault_of(core.lookup.new, { affinity = "date" }).kind)
    end)

    it("is filled from a file, asking others on the way", function()
        local file = place .. "/a.db"
        process.shell(("sqlite3 %s 'CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2), (2, 3), (3, 3)'"):format(file))
        local snapshot <close> = core.snapshot.open(file)
        local one, other = core.lookup.new {}, core.lookup.new {}
        assert.same({ rows = 2, marked = 0 }, one:fill { snapshot = snapshot, sql = "SELECT a, b FROM t WHERE a < 3" })
        assert.same({ rows = 3, marked = 1 }, other:fill { snapshot = snapshot, replaces = true, kept = { one },
            sql = "SELECT b, wherry_kept(b, 1), a = 1 FROM t" })
        assert.same({ 3, 3, 2 }, { other:get(2), other:get(3), other:info().count })
        assert.equal("plan", fault_of(one.fill, one, { snapshot = snapshot, sql = "SELECT a FROM t" }).kind)
        assert.equal("usage", fault_of(one.fill, one, { snapshot = snapshot }).kind)
        one:close()
        assert.equal("usage", fault_of(one.get, one, 1).kind)
        assert.equal("usage", fault_of(other.fill, other, { snapshot = snapshot, sql = "SELECT 1, 2, 3", keys = 1,
            kept = { one } }).kind)
    end)

    it("is for hooks by its name", function()
        assert.matches("w.lookup is for hooks", fault_of(core.lookup.find, "ids", 1).message, 1, true)
    end)
end)
