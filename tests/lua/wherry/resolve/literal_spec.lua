-- Values of Lua as SQL: what SQLite makes of it is the same value, with its class.
local core = require "wherry.core"
local literal = require "wherry.resolve.literal"

describe("literal.sqlite", function()
    local directory, source
    setup(function()
        directory = core.sys.temp "wherry-literal-"
        assert(core.sys.spawn { "sqlite3", directory .. "/a.db", "CREATE TABLE t(a)" } == 0)
        source = core.snapshot.open(directory .. "/a.db")
    end)
    teardown(function()
        source:close()
        core.sys.remove_tree(directory)
    end)

    local function back(value)
        local row = source:query(("SELECT %s AS v, typeof(%s) AS c"):format(literal.sqlite(value),
            literal.sqlite(value)))[1]
        return row.v, row.c
    end

    it("gives texts, integers and nothing", function()
        for _, value in ipairs { "", "it's", "a\0b", "\xFF", "ö", "-- x", math.mininteger, math.maxinteger, 0, -1 } do
            local got, class = back(value)
            assert.equal(value, got)
            assert.equal(type(value) == "string" and "text" or "integer", class)
        end
        assert.same({ nil, "null" }, { back(nil) })
        assert.same({ 1, "integer" }, { back(true) })
        assert.same({ 0, "integer" }, { back(false) })
    end)

    it("gives doubles to the bit", function()
        local list = { 0.0, 1.0, -1.5, 0.1, 1 / 3, 5e-324, -5e-324, 2.2250738585072011e-308, 2.2250738585072014e-308,
            1.7976931348623157e308, 1e15, 1e16, 1e22, 1e23, 123456789.123456789, 9007199254740993.0, 1e-7, 1e-8,
            math.huge, -math.huge, 4.35, 2 ^ 52, 2 ^ 53 + 2, 6.02214076e23 }
        math.randomseed(7)
        for _ = 1, 2000 do
            local value = ("d"):unpack(("I8"):pack(math.random(0)))
            list[#list + 1] = value == value and value or nil
        end
        for _, value in ipairs(list) do
            local got, class = back(value)
            assert.equal("real", class)
            assert.equal(("d"):pack(value), ("d"):pack(got), ("%a"):format(value))
        end
    end)
end)
