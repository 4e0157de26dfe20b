-- Which files a pattern finds, and what they are called.
local core = require "wherry.core"
local process = require "tests.support.process"
local source_files = require "wherry.engine.source_files"
local fault_of = require "tests.support.refusal"
local w = require "wherry"

describe("source_files", function()
    local place
    before_each(function()
        place = core.sys.temp "wherry-test-"
        process.shell(("cd %s && mkdir -p t/x t/y 'u[1]' && touch t/a.db t/b.db t/B.DB t/.hidden.db t/a.db-wal "
            .. "t/x/app.db t/y/app.db t/y/other.db 'u[1]/c.db' && ln -s /nowhere t/gone.db"):format(place))
    end)
    after_each(function() core.sys.remove_tree(place) end)

    local function names(pattern, folder)
        local list = {}
        for i, file in ipairs(source_files.of({ from = w.sqlite.glob(pattern), folder = folder or place },
            function(name) return name == "PLACE" and place or nil end)) do
            list[i] = file.name
            assert.equal("/", file.path:sub(1, 1))
        end
        return table.concat(list, " ")
    end

    it("finds what matches within one folder, case and dots counting", function()
        assert.equal("a b gone", names "t/*.db")
        assert.equal("a b", names "t/?.db")
        assert.equal("b", names "t/[b-z].db")
        assert.equal("hidden", names "t/.*.db")
        assert.equal("x y", names "t/*/app.db")
        assert.equal("x/app y/app y/other", names "t/*/*.db")
        assert.equal("a b gone", names "$PLACE/t/*.db")
        assert.equal("B.DB a.db b.db gone.db", names "t/*")
        assert.equal("a b gone", names(place .. "/t/./*.db", "/elsewhere"))
    end)

    it("gives main another name, which no other file has; its tag stays", function()
        process.shell(("cd %s/t && touch main.db main_.db"):format(place))
        assert.equal("main_ main__", names "t/[m]*.db")
        local files = source_files.of { from = w.sqlite.glob { place .. "/t/[m]*.db", tag = "of" }, folder = place }
        assert.same({ "main__", "main" }, { files[2].name, files[2].given.options.tag.value })
    end)

    it("says where nothing is found, and what has no wildcard", function()
        local none = fault_of(names, "t/*.sqlite")
        assert.same({ "environment", true }, { none.kind, none.message:find("t/*.sqlite", 1, true) ~= nil })
        assert.equal("plan", fault_of(names, "t/a.db").kind)
        assert.equal("environment", fault_of(names, "nowhere/*/a.db").kind)
    end)

    it("gives named files in the order of their names, relative to the script", function()
        local files = source_files.of({ from = { b = w.sqlite "t/b.db", a = w.sqlite "/t/a.db" }, folder = place })
        assert.same({ "a", "/t/a.db", "b", place .. "/t/b.db" }, { files[1].name, files[1].path, files[2].name,
            files[2].path })
        assert.is_nil(files[1].lenient)
        local strict = source_files.of { from = w.sqlite.glob { "t/?.db", strict = true }, folder = place }
        assert.same({ false, "a" }, { strict[1].lenient, strict[1].name })
    end)
end)
