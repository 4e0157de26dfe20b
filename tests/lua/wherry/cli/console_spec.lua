local console = require "wherry.cli.console"
local stream = require "tests.support.stream"

local function new(options)
    options = options or {}
    local out, err = stream.new(options.fails), stream.new()
    local environment = options.environment or {}
    return console.new { stdout = out, stderr = err, getenv = function(name) return environment[name] end,
        isatty = function() return options.terminal or false end }, out, err
end

describe("console", function()
    it("keeps result and log apart and masks both", function()
        local self, out, err = new()
        self:hide { "geheim1" }
        self:out "a geheim1\n"
        self:log("warning", "postgresql://u:x@h/d geheim1")
        assert.are.equal("a ****\n", out:text())
        assert.are.equal("warning: postgresql://u:****@h/d ****\n", err:text())
    end)

    it("shows what the user wants to see", function()
        local self, _, err = new()
        self:log("info", "i")
        self:log("verbose", "v")
        self.quiet = true
        self:log("info", "i2")
        self:log("warning", "w")
        assert.are.equal("i\nwarning: w\n", err:text())
    end)

    it("has colours on a terminal only, and honours NO_COLOR", function()
        assert.are.equal("x", (new()):paint("bad", "x"))
        assert.are.equal("\27[31mx\27[0m", (new { terminal = true }):paint("bad", "x"))
        assert.are.equal("x", (new { terminal = true, environment = { NO_COLOR = "1" } }):paint("bad", "x"))
    end)

    it("draws progress as wide as the terminal is now, and none on a dumb one", function()
        local width, time, drawn = 80, 0, nil
        local core = { sys = { clock = function() time = time + 1 return time end, drawn = function(is) drawn = is end,
            columns = function() return width end } }
        local report = { table = "events", rows = 1000000, total = 2000000 }
        local self, _, err = new { terminal = true }
        self:begin_progress(core)
        self.progress:update(report)
        assert.matches("events: 1,000,000 of 2,000,000 rows$", err:text())
        width = 18
        self.progress:update(report)
        assert.matches("\r\27%[K 50%% events$", err:text())
        assert.is_true(drawn)
        self, _, err = new { terminal = true, environment = { TERM = "dumb" } }
        self:begin_progress(core)
        self.progress:update(report)
        assert.are.equal("", err:text())
    end)

    it("remembers that stdout could not be written", function()
        local self = new { fails = "No space left on device" }
        self:out "x"
        assert.are.equal("No space left on device", self.failed)
    end)

    it("makes room for a line where the progress bar is", function()
        local self = new()
        local cleared = false
        self.progress = { clear = function() cleared = true end }
        self:log("info", "x")
        assert.is_true(cleared)
    end)
end)
