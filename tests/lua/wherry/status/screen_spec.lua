-- A run that is watched: redrawn in its place on a terminal, lines elsewhere.
local console_of = require "wherry.cli.console"
local screen_of = require "wherry.status.screen"
local stream = require "tests.support.stream"

describe("screen", function()
    local function screen(terminal, changes)
        local out, now = stream.new(), { 0 }
        local console = console_of.new { stdout = out, getenv = function() end,
            isatty = function(fd) return terminal and fd == 1 end }
        console:hide { "geheim" }
        for name, value in pairs(changes or {}) do
            console[name] = value
        end
        return screen_of.new(console, function() return now[1] end), out, now
    end

    local function run(changes)
        local one = { id = 1, state = "running", phase = "loading", accepted = {}, lanes = 0, sessions = 0, started = 0,
            seconds = 1, read = 1, expected = 10, rejects = 0, objects = {}, command = "wherry run geheim" }
        for name, value in pairs(changes or {}) do
            one[name] = value
        end
        return one
    end

    it("draws over what it has drawn, without letting lines wrap", function()
        local s, out = screen(true)
        s:update(run())
        local first = out:text()
        local rows = select(2, first:gsub("\n", ""))
        assert.equal("\27[J\27[?7l", first:sub(1, 8))
        assert.equal("\27[?7h\n", first:sub(-6))
        assert.is_nil(first:find("geheim", 1, true))
        s:update(run { rejects = 2 })
        assert.equal(("\27[%dA\r\27[J"):format(rows), out:text():sub(#first + 1):match "^\27%[%d+A\r\27%[J")
        local second = #out:text()
        s:clear()
        assert.equal(("\27[%dA\r\27[J"):format(rows + 1), out:text():sub(second + 1))
        s:clear()
        assert.equal(second + #("\27[%dA\r\27[J"):format(rows + 1), #out:text())
    end)

    it("begins below what was said in between", function()
        local s, out = screen(true)
        s:update(run())
        local before = #out:text()
        s:leave()
        s:update(run())
        assert.equal("\27[J\27[?7l", out:text():sub(before + 1, before + 8))
    end)

    it("says elsewhere what has changed, and every ten seconds how far it is", function()
        local s, out, now = screen(false)
        local function said(changes, at)
            now[1] = at
            local before = #out:text()
            s:update(run(changes))
            return out:text():sub(before + 1)
        end
        assert.equal("run 1 is running: loads rows, 1 of 10 rows (10%)\n", said({}, 0))
        assert.equal("", said({ read = 5 }, 9))
        assert.equal("run 1 is running: loads rows, 6 of 10 rows (60%)\n", said({ read = 6 }, 10))
        assert.equal("", said({ read = 7 }, 11))
        assert.matches("compares both sides", said({ phase = "finishing" }, 12))
        assert.matches("0 of 1 loaded", said({ tables = { { table = "t", state = "waiting" } } }, 13))
        assert.matches("1 of 1 loaded", said({ tables = { { table = "t", state = "loaded" } } }, 14))
    end)

    it("is silent with --quiet, but on a terminal", function()
        local s, out = screen(false, { quiet = true })
        s:update(run())
        assert.equal("", out:text())
        s, out = screen(true, { quiet = true })
        s:update(run())
        assert.are_not.equal("", out:text())
    end)
end)
