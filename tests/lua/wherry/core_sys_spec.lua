local sys = require("wherry.core").sys
local fault_of = require "tests.support.refusal"

describe("wherry.core", function()
    it("tells the versions of its libraries", function()
        local versions = require("wherry.core").versions()
        for _, name in ipairs { "sqlite", "libpq", "lua", "xxhash" } do
            assert.truthy(versions[name]:match "^%d+%.%d+")
        end
    end)

    it("raises errors that print as their message", function()
        local fault = fault_of(sys.listdir, "/no/such/directory")
        assert.are.equal("environment", fault.kind)
        assert.are.equal(fault.message, tostring(fault))
        assert.is_nil(fault.sqlstate)
    end)
end)

describe("wherry.core.sys", function()
    local place

    before_each(function() place = sys.temp "wherry-test-" end)
    after_each(function() sys.remove_tree(place) end)

    it("makes, lists, looks at and removes directories", function()
        sys.mkdir(place .. "/a/b", tonumber("700", 8))
        assert.are.same({ "a" }, sys.listdir(place))
        assert.are.same({}, sys.listdir(place .. "/a/b"))
        local found = sys.stat(place .. "/a/b")
        assert.are.equal("directory", found.type)
        assert.are.equal(tonumber("700", 8), found.mode)
        assert.is_true(found.writable)
        sys.remove_tree(place .. "/a")
        assert.is_nil(sys.stat(place .. "/a"))
        sys.remove_tree(place .. "/a")
    end)

    it("looks at files", function()
        local path = place .. "/file"
        local file = assert(io.open(path, "w"))
        file:write "hello"
        file:close()
        sys.fsync(path)
        local found = sys.stat(path)
        assert.are.equal("file", found.type)
        assert.are.equal(5, found.size)
        assert.is_true(math.abs(found.mtime_ns // 1000 - sys.now()) < 60 * 1000000)
        assert.are.equal(sys.realpath(path), sys.realpath(place .. "/../" .. place:match "[^/]+$" .. "/file"))
        assert.is_nil(sys.realpath(place .. "/none"))
    end)

    it("hashes as XXH3 does", function()
        assert.are.equal("2d06800538d394c2", sys.hash "")
        assert.are_not.equal(sys.hash "a", sys.hash "a\0")
    end)

    it("knows the time and sleeps", function()
        local start = sys.clock()
        sys.sleep(0.05)
        assert.is_true(sys.clock() - start >= 0.045)
        assert.is_true(math.abs(sys.now() // 1000000 - os.time()) <= 1)
    end)

    it("says who and where it is", function()
        assert.is_true(#sys.user() > 0 and #sys.host() > 0)
        assert.are.equal("integer", math.type(sys.pid()))
        assert.are.equal(sys.spawn({ "id", "-u" }), 0)
        assert.are.equal(tostring(sys.euid()), (select(2, sys.spawn { "id", "-u" }):gsub("\n", "")))
        assert.is_nil(sys.stopped())
        assert.is_nil(sys.acknowledge_stop())
    end)

    it("says how wide a terminal is", function()
        assert.is_nil(sys.columns(99))
        local print_it = "print(require[[wherry.core]].sys.columns(1))"
        local pipe <close> = io.popen(([[script -qec "stty cols 93; lua5.4 -e '%s'" /dev/null </dev/null]]):format(
            print_it))
        local said = pipe:read "a"
        assert.equal("93", said:match "%d+")
    end)

    it("starts programs without a shell", function()
        local script = "printf '%s|' \"$@\" $A; echo no >&2; exit 4"
        local status, out, err = sys.spawn({ "sh", "-c", script, "sh", "a b", "$A" }, { env = { A = "1 2" } })
        assert.are.equal(4, status)
        assert.are.equal("a b|$A|1|2|", out)
        assert.are.equal("no\n", err)
        status, out = sys.spawn({ "echo", "hello" }, { stdout = place .. "/out" })
        assert.are.equal(0, status)
        assert.are.equal("", out)
        assert.are.equal("hello", io.lines(place .. "/out")())
    end)

    it("sets and takes away variables", function()
        sys.setenv("WHERRY_TEST", "yes")
        assert.are.equal("yes\n", select(2, sys.spawn { "printenv", "WHERRY_TEST" }))
        assert.are.equal(1, sys.spawn({ "printenv", "WHERRY_TEST" }, { env = { WHERRY_TEST = false } }))
        sys.setenv("WHERRY_TEST", nil)
        assert.are.equal(1, (sys.spawn { "printenv", "WHERRY_TEST" }))
    end)

    it("tells of a program that is missing, and of wrong arguments", function()
        assert.are.equal("environment", fault_of(sys.spawn, { "/no/such/program" }).kind)
        assert.are.equal("usage", fault_of(sys.spawn, {}).kind)
        assert.are.equal("usage", fault_of(sys.spawn, { "echo", {} }).kind)
        assert.are.equal("usage", fault_of(sys.spawn, { "echo", "a\0b" }).kind)
    end)
end)
