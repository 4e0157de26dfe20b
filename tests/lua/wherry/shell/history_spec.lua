-- The lines that were typed: kept for the next time, without passwords, for nobody else.
local core = require "wherry.core"
local history = require "wherry.shell.history"
local process = require "tests.support.process"

describe("the history", function()
    local place
    before_each(function() place = process.directory "history" .. "/state" end)

    it("is kept in a file that nobody else may read", function()
        local one = history.open(core, place)
        one:add "select 1;"
        one:add "select 1;"
        one:add "  "
        one:add "x = 2"
        assert.same({ "select 1;", "x = 2" }, history.open(core, place).lines)
        assert.equal("600", process.shell("stat -c %a " .. place .. "/shell_history"))
        assert.equal(core.sys.euid() == 0 and "755" or "700", process.shell("stat -c %a " .. place))
    end)

    it("remembers lines with passwords for this time alone", function()
        local one = history.open(core, place)
        one:add 'db = w.pg("postgresql://me:secret@h/db"):open()'
        one:add "ALTER ROLE me PASSWORD 'secret'"
        one:add "1 + 1"
        assert.equal(3, #one.lines)
        assert.same({ "1 + 1" }, history.open(core, place).lines)
    end)

    it("is there without a file, too", function()
        local one = history.open(core, "/proc/nowhere")
        one:add "1 + 1"
        assert.same({ "1 + 1" }, one.lines)
        one = history.open(core, nil)
        one:add "1 + 1"
        assert.same({ "1 + 1" }, one.lines)
    end)
end)
