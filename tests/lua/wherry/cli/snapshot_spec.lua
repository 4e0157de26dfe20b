local cli = require "wherry.cli"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

local function snapshot(files, ...)
    local out = stream.new()
    local core, log = stand_in.core { files = files }
    core.snapshot.copy = function(source, file)
        log.copied = { source, file }
        files[file] = { type = "file", size = 8192 }
    end
    local code = cli.main({ "snapshot", ... }, { stdout = out, stderr = stream.new(), core = core,
        isatty = function() return false end, getenv = function() end })
    return code, out:text(), log
end

describe("wherry snapshot", function()
    it("copies", function()
        local code, out, log = snapshot({}, "sqlite:///app.db", "copy.db")
        assert.are.equal(0, code)
        assert.are.same({ "app.db", "copy.db" }, log.copied)
        assert.are.equal("copy.db: 8,192 bytes, a copy of app.db.\n", out)
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
