-- The public names, and that the annotations for editors say the same.
local process = require "tests.support.process"
local w = require "wherry"

local META = process.read "lua/wherry/meta.lua"

describe("require wherry", function()
    it("gives the public names, without the core", function()
        local names = {}
        for name in pairs(w) do
            names[#names + 1] = name
        end
        table.sort(names)
        assert.same({ "blob", "check", "constant", "drop", "fold", "hook", "is_blob", "pg", "plan", "run", "skip",
            "sql", "sqlite", "verify", "version" }, names)
        assert.equal(require "wherry.version", w.version)
        local said = process.shell [[lua5.4 -e 'require "wherry"; io.write(tostring(package.loaded["wherry.core"]))']]
        assert.equal("nil", said)
    end)

    it("takes w.pg as a function and as a table", function()
        assert.equal("postgresql://h/db", w.pg("postgresql://h/db").url)
        assert.equal("private", w.pg.private().kind)
    end)
end)

describe("the annotations", function()
    it("name what there is", function()
        for name in pairs(w) do
            assert.is_truthy(META:find("function w." .. name .. "(", 1, true)
                or META:find("---@field " .. name .. " ", 1, true), name)
        end
        for name in META:gmatch "function w%.([%w_]+)" do
            assert.equal("function", type(w[name]), name)
        end
        for name in META:gmatch "function pg%.([%w_]+)" do
            assert.equal("function", type(w.pg[name]), name)
        end
        for name in META:gmatch "function sqlite_maker%.([%w_]+)" do
            assert.equal("function", type(w.sqlite[name]), name)
        end
    end)
end)
