local cjson = require "cjson"
local cli = require "wherry.cli"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

local function snapshot(files, ...)
    local out = stream.new()
    local core, log = stand_in.core { files = files }
    core.snapshot.copy = function(options)
        log.copied = options
        return { size = 8192, taken = 86400000000, held = 0.25, fenced = true }
    end
    local code = cli.main({ "snapshot", ... }, { stdout = out, stderr = stream.new(), core = core,
        isatty = function() return false end, getenv = function() end })
    return code, out:text(), log
end

describe("wherry snapshot", function()
    it("copies", function()
        local code, out, log = snapshot({}, "sqlite:///app.db", "copy.db")
        assert.are.equal(0, code)
        assert.are.same({ from = "app.db", to = "copy.db", check = true, utf16 = true, shared = true }, log.copied)
        assert.are.equal("copy.db: 8,192 bytes, a copy of app.db as it was at 1970-01-02 00:00:00 UTC.\n", out)
    end)

    it("answers with a document", function()
        local _, out = snapshot({}, "app.db", "copy.db", "--json")
        local document = cjson.decode(out)
        assert.are.equal("1970-01-02T00:00:00Z", document.taken)
        assert.are.equal(0.25, document.held_seconds)
        assert.are.equal(8192, document.size)
    end)

    it("overwrites nothing", function()
        local code, _, log = snapshot({ ["copy.db"] = { type = "file", size = 0 } }, "app.db", "copy.db")
        assert.are.equal(2, code)
        assert.is_nil(log.copied)
    end)

    it("needs both names", function()
        assert.are.equal(2, (snapshot({}, "app.db")))
    end)
end)
