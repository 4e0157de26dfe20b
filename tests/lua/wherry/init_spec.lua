-- The public names, and that the annotations for editors say the same.
local process = require "tests.support.process"
local vocabulary = require "wherry.plan.vocabulary"
local w = require "wherry"

local META = process.read "lua/wherry/meta.lua"

local function keys_of(list)
    local found = {}
    for _, entry in ipairs(list) do
        found[#found + 1] = entry.key
    end
    table.sort(found)
    return found
end

-- The fields that a class has in the annotations.
local function fields_of(class)
    local found = {}
    local block = assert(META:match("%-%-%-@class " .. class:gsub("%.", "%%.") .. "\n(.-)\n\n"), class)
    for name in block:gmatch "%-%-%-@field ([%w_]+)" do
        found[#found + 1] = name
    end
    table.sort(found)
    return found
end

describe("require wherry", function()
    it("gives the public names, without the core", function()
        local names = {}
        for name in pairs(w) do
            names[#names + 1] = name
        end
        table.sort(names)
        assert.same({ "blob", "constant", "fold", "pg", "plan", "skip", "sql", "sqlite", "version" }, names)
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
    end)

    it("name the keys that the vocabulary checks", function()
        assert.same(keys_of(vocabulary.plan), fields_of "wherry.PlanFields")
        assert.same(keys_of(vocabulary.table), fields_of "wherry.TableFields")
        assert.same(keys_of(vocabulary.declaration), fields_of "wherry.DeclarationFields")
    end)
end)
