-- What the commands about runs share: words in any order, where the journal is.
local argparse = require "argparse"
local runs = require "wherry.cli.runs"
local stand_in = require "tests.support.private"

describe("runs.options", function()
    local said = {}
    local context = { getenv = function() end, console = { log = function(_, level, text)
        said[#said + 1] = level .. " " .. text
    end }, core = function() return stand_in.core { files = { ["user=name.db"] = { type = "file" } } } end }

    local function options(...)
        local parser = argparse "x"
        parser:argument("ENDS"):args "*":target "ends"
        runs.define(parser, parser:option "--more")
        local ok, values = parser:pparse { ... }
        assert.is_true(ok, values)
        return runs.options(values, "status", context)
    end

    local function refused(...)
        local ok, fault = pcall(options, ...)
        assert.is_false(ok)
        assert.equal("usage", fault.kind)
        return fault.hint
    end

    it("takes a number for the run, a database for the target, all else for the source", function()
        for _, words in ipairs { { "7", "dbname=x", "a.db" }, { "a.db", "7", "dbname=x" } } do
            local found = options(table.unpack(words))
            assert.same({ 7, "dbname=x", "a.db", "wherry", 60 }, { found.run, found.target, found.source,
                found.journal, found.retry })
        end
        assert.equal("rel.db", options("sqlite:///rel.db").source)
        assert.equal("user=name.db", options("user=name.db").source) -- such a file is there
        local found = options("--target=dbname=x", "--journal=j", "--retry=2m", "m.lua")
        assert.same({ "dbname=x", "j", 120, "m.lua", nil }, { found.target, found.journal, found.retry, found.source,
            found.run })
        found.log("info", "told")
        assert.equal("info told", said[#said])
    end)

    it("takes a file for a script's own, and --source for the source otherwise", function()
        local found = options("m.lua", "--source", "dir/a.db")
        assert.same({ "m.lua", "dir/a.db" }, { found.source, found.from })
        found = options("--sqlite-path=sqlite:///a.db", "7")
        assert.same({ "a.db", nil, 7 }, { found.source, found.from, found.run })
        assert.is_truthy(refused("b.db", "--source=a.db"))
        assert.is_truthy(refused("m.lua", "--source=n.lua"))
        assert.is_truthy(refused("m.lua", "--source=postgresql:///x"))
        assert.is_truthy(refused("m.lua", "--source="))
    end)

    it("refuses two of a kind, and what is none", function()
        for _, words in ipairs { { "1", "2" }, { "a.db", "b.db" }, { "dbname=x", "--target=dbname=y" },
            { "99999999999999999999" }, { "--target=out.sql" }, { "mysql://h/d" } } do
            assert.is_string(refused(table.unpack(words)) or "")
        end
        assert.equal("wherry help status", refused("1", "2"))
    end)
end)
