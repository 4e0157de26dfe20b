-- The object `check`: what each call adds, and what goes wrong inside of one.
local core = require "wherry.core"
local process = require "tests.support.process"
local verify = require "wherry.verify"
local verify_check = require "wherry.verify.check"

describe("check", function()
    local handle = { cursor = function() end }

    local function lines(work)
        return verify.run(work, { source = handle, target = handle, resolved = { tables = {}, target_schema = "x" } })
    end

    local function line(kind, ...)
        local arguments = table.pack(...)
        local list = lines(function(check) return check[kind](table.unpack(arguments, 1, arguments.n)) end)
        return list[1]
    end

    it("ok passes when its condition holds", function()
        local one = line("ok", "a", 0)
        assert.same({ true, "a", "ok" }, { one.passed, one.name, one.kind })
        assert.is_false(line("ok", "a", false).passed)
        assert.is_false(line("ok", "a", nil).passed)
        assert.equal("3 rows", line("ok", "a", true, "3 rows").detail)
        assert.equal("7", line("ok", "a", true, 7).detail)
    end)

    it("equal compares values", function()
        assert.is_true(line("equal", "sum", 5, "5.00").passed)
        assert.equal("5 (integer)", line("equal", "sum", 5, 5).detail)
        local one = line("equal", "sum", nil, "x")
        assert.is_false(one.passed)
        assert.equal('NULL is not "x" (text)', one.detail)
        assert.matches("check_spec.lua:%d+: what check.equal compares is a value, not a table",
            line("equal", "x", {}, 1).detail)
    end)

    it("within takes what is near", function()
        assert.is_true(line("within", "x", 100, "100.5", { relative = 0.01 }).passed)
        local one = line("within", "x", 100, 102, { relative = 0.01 })
        assert.is_false(one.passed)
        assert.equal("100 (integer) is not near 102 (integer), 2 apart", one.detail)
        assert.is_false(line("within", "x", nil, 1, { absolute = 5 }).passed)
        assert.matches("takes how far", line("within", "x", 1, 1).detail)
    end)

    it("wants a name for a line", function()
        for _, kind in ipairs { "ok", "equal", "within", "rows" } do
            for _, name in ipairs { "", " ", false, 5 } do
                local one = line(kind, name, 1, 1, { absolute = 1 })
                assert.is_false(one.passed)
                assert.equal("name", (one.detail:match "a (name)"))
            end
        end
    end)

    it("gives whether it has passed", function()
        local given = {}
        lines(function(check)
            given = { check.ok("a", true), check.equal("b", 1, 2), (check.query {}) }
        end)
        assert.same({ true, false, false }, given)
    end)

    it("is called with a dot", function()
        local list = lines(function(check) check:equal("a", 1, 1) end)
        assert.is_false(list[1].passed)
        assert.matches("check.equal is called with a dot", list[1].detail)
        assert.equal("equal", list[1].name)
    end)

    it("names the line after what it is about where a call fails", function()
        local list = lines(function(check)
            check.counts "t"
            check.json("t", "c")
            check.alembic()
        end)
        assert.same({ "counts: t", "json: t", "alembic" }, { list[1].name, list[2].name, list[3].name })
    end)

    it("has no other names, and says which was meant", function()
        local one = lines(function(check) check.eqal("a", 1, 1) end)[1]
        assert.same({ "verify", false, 'did you mean "equal"?' }, { one.name, one.passed, one.hint })
        assert.matches("there is no check.eqal", one.detail)
        assert.matches("no place for a field", lines(function(check) check.mine = 1 end)[1].detail)
    end)

    it("is over when the function is", function()
        local kept
        lines(function(check) kept = check.ok end)
        local ok, fault = pcall(kept, "late", true)
        assert.is_false(ok)
        assert.matches("the verification has ended", fault.message)
    end)

    it("counts the time of each call", function()
        local slow = { cursor = function() core.sys.sleep(0.03) error "enough" end }
        local list = lines(function(check)
            check.ok("a", true)
            check.rows("slow", "select", function() end, slow)
        end)
        assert.is_true(list[1].seconds >= 0 and list[1].seconds < 0.03)
        assert.is_true(list[2].seconds >= 0.03 and list[2].seconds < 10)
    end)

    it("is what the annotations describe", function()
        local meta, described = process.read "lua/wherry/verify/meta.lua", {}
        for name in meta:gmatch "\nfunction check%.([%w_]+)%(" do
            described[#described + 1] = name
        end
        table.sort(described)
        assert.same(verify_check.names(), described)
        local help = process.read "lua/wherry/help/verification.md"
        for _, name in ipairs(described) do
            assert.is_truthy(help:find("    check." .. name, 1, true), name)
        end
    end)
end)
