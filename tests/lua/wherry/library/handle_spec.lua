-- What handles of both kinds have in common, by a connection that is none; and their annotations.
local handle = require "wherry.library.handle"
local process = require "tests.support.process"
local fault_of = require "tests.support.refusal"

local INTERNAL = { class = true, claim = true, release = true, open_connection = true, writer = true }

describe("a handle", function()
    local Class, said, opened

    before_each(function()
        Class, said = handle.class "pg", {}
        function Class:begin() table.insert(said, "begin") return self end
        function Class:commit() table.insert(said, "commit") return self end
        function Class:run(sql) table.insert(said, sql) return self and 0 end
        opened = setmetatable({ connection = { close = function() table.insert(said, "close") end } }, Class)
    end)

    it("has one use at a time", function()
        opened:claim("a writer of t", print)
        local fault = fault_of(opened.claim, opened, "rows", print)
        assert.equal("the connection is in use for a writer of t", fault.message)
        opened:release()
        opened:claim("rows", print)
        opened:close()
        assert.is_nil(opened.use)
        assert.equal("the handle is closed", fault_of(opened.claim, opened, "rows", print).message)
    end)

    it("closes once", function()
        opened:close()
        opened:close()
        assert.same({ "close" }, said)
    end)

    it("commits, or rolls back and raises the first error", function()
        opened:transaction(function() said[#said + 1] = "work" end)
        assert.same({ "begin", "work", "commit" }, said)
        said = {}
        function Class:run(sql) table.insert(said, sql) error("lost " .. tostring(self ~= nil)) end
        assert.same({ false, "mine" }, { pcall(opened.transaction, opened, function() error("mine", 0) end) })
        assert.same({ "begin", "ROLLBACK" }, said)
        assert.is_false(opened.in_transaction)
    end)

    it("rolls back when a use outlives the transaction's function", function()
        local closed = 0
        local fault = fault_of(opened.transaction, opened, function()
            opened:claim("a writer of t", function()
                closed = closed + 1
                opened:release()
            end)
        end)
        assert.truthy(fault.message:find("a writer of t", 1, true))
        assert.equal(1, closed)
        assert.same({ "begin", "ROLLBACK" }, said)
    end)
end)

describe("the annotations", function()
    local META = process.read "lua/wherry/meta.lua"

    it("name what a handle has", function()
        for name in META:gmatch "\nfunction handle:([%w_]+)" do
            assert.equal("function", type(handle[name]), name)
        end
        for name in pairs(handle) do
            assert.is_truthy(INTERNAL[name] or META:find("function handle:" .. name .. "(", 1, true), name)
        end
    end)
end)
