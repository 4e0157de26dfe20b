local progress = require "wherry.progress"
local stream = require "tests.support.stream"

local function new(terminal, quiet)
    local self = { out = stream.new(), time = 0, width = 80 }
    self.progress = progress.new { stderr = self.out, terminal = terminal, quiet = quiet,
        width = function() return self.width end,
        clock = function() return self.time end }
    return self
end

describe("progress", function()
    it("says when its bar is on the terminal, and when it is gone", function()
        local told, out = {}, stream.new()
        local bar = progress.new { stderr = out, terminal = true, clock = function() return 0 end,
            drawn = function(is) told[#told + 1] = { is, out:text() ~= "" } end }
        bar:update { table = "a", rows = 10, total = 1000 }
        bar:clear()
        bar:clear()
        assert.are.same({ { true, false }, { false, true } }, told)
    end)

    it("groups digits", function()
        assert.are.equal("0", progress.grouped(0))
        assert.are.equal("999", progress.grouped(999))
        assert.are.equal("1,234,567", progress.grouped(1234567))
        assert.are.equal("-12,345", progress.grouped(-12345))
    end)

    it("writes a line for each finished table and one every ten seconds", function()
        local self = new(false)
        self.progress:update { table = "a", rows = 10, total = 1000 }
        self.time = 9
        self.progress:update { table = "a", rows = 20, total = 1000 }
        assert.are.equal("", self.out:text())
        self.time = 11
        self.progress:update { table = "a", rows = 30, total = 1000, seconds = 10 }
        assert.are.equal("a: 30 of 1,000 rows, 3 rows/s\n", self.out:text())
        self.progress:update { table = "a", rows = 1000, total = 1000, done = true }
        assert.are.equal("a: 30 of 1,000 rows, 3 rows/s\na: 1,000 of 1,000 rows, done\n", self.out:text())
    end)

    it("says no more than what is done where there is nothing to count, also where no line is too long", function()
        local self = new(false)
        self.progress:update { phase = "comparing", table = "a", done = false }
        self.time = 11
        self.progress:update { phase = "comparing", table = "a", done = false }
        assert.are.equal("comparing a\n", self.out:text())
    end)

    it("tells of lanes, of what is left and of what is built", function()
        local self = new(false)
        self.progress:update { table = "a, b", rows = 30, total = 100, all_rows = 30, all_before = 10, all_total = 100,
            seconds = 10, lanes = 2 }
        self.time = 11
        self.progress:update { table = "a, b", rows = 30, total = 100, all_rows = 30, all_before = 10, all_total = 100,
            seconds = 10, lanes = 2 }
        assert.are.equal("a, b: 30 of 100 rows, 3 rows/s, about 20 s left, 2 lanes\n", self.out:text())
        self.time = 22
        self.progress:update { table = "", rows = 0, total = 0, all_rows = 90, all_before = 10, all_total = 100,
            seconds = 21, lanes = 1, building = 1, builds_done = 2, builds = 5 }
        assert.matches("2 lanes\nbuilds indexes and constraints, 2 of 5 done\n$", self.out:text())
    end)

    it("draws the share of all rows where that is known", function()
        local self = new(true)
        self.progress:update { table = "a", rows = 10, total = 10, all_rows = 10, all_before = 15, all_total = 100 }
        assert.matches("%] +25%% a: 10 of 10 rows", self.out:text())
    end)

    it("draws no share over lanes while the rows of all are not counted", function()
        local self = new(true)
        self.progress:update { table = "a", rows = 10, total = 10, all_rows = 10, lanes = 2 }
        assert.equal("\r\27[Ka: 10 of 10 rows, 2 lanes", self.out:text())
        self.time = 1
        self.progress:update { table = "a, b", rows = 12, all_rows = 12, seconds = 1, lanes = 2 }
        assert.matches("\r\27%[Ka, b: 12 rows, 12 rows/s, 2 lanes$", self.out:text())
    end)

    it("takes no table for finished that is not told to be", function()
        local self = new(false)
        self.progress:update { table = "a", rows = 9, total = 9 }
        self.progress:update { table = "b", rows = 1, total = 9 }
        assert.are.equal("", self.out:text())
    end)

    it("leaves a line of each finished table above the bar", function()
        local self = new(true)
        self.progress:update { table = "a", rows = 50, total = 100 }
        self.progress:update { table = "a", rows = 100, total = 100, done = true }
        self.progress:update { table = "b", rows = 7, total = 7, done = true }
        self.progress:update { table = "c", rows = 1, total = 4 }
        local text = self.out:text()
        assert.equal("\r\27[K[##########..........]  50% a: 50 of 100 rows\r\27[Ka: 100 of 100 rows, done\n"
            .. "b: 7 of 7 rows, done\n\r\27[K[#####...............]  25% c: 1 of 4 rows", text)
    end)

    it("says what is done with a table where it is no load, and does without rows that nobody counts", function()
        local self = new(true)
        self.progress:update { phase = "comparing", table = "a", rows = 50, total = 100 }
        self.progress:update { phase = "comparing", table = "a", rows = 100, total = 100, done = true }
        self.time = 1
        self.progress:update { phase = "comparing", table = "b\27[2J", seconds = 1 }
        self.progress:update { phase = "comparing", table = "b", done = true }
        self.progress:update { phase = "looking for orphans", table = "", seconds = 1 }
        assert.equal("\r\27[K[##########..........]  50% comparing a: 50 of 100 rows\r\27[Kcomparing a: 100 of 100 "
            .. "rows, done\n\r\27[Kcomparing b\\x1b[2J\r\27[Kcomparing b: done\n\r\27[Klooking for orphans",
            self.out:text())
    end)

    it("tells how much waits for the connections while tables are loaded", function()
        local self = new(true)
        self.width = 120
        self.progress:update { table = "a", rows = 1, all_rows = 1, lanes = 2, unsent = 3 * 1024 * 1024 + 500000 }
        self.time = 1
        self.progress:update { table = "a", rows = 1, all_rows = 1, lanes = 2, unsent = 0 }
        assert.equal("\r\27[Ka: 1 rows, 2 lanes, 3.5 MB unsent\r\27[Ka: 1 rows, 2 lanes, 0.0 MB unsent",
            self.out:text())
    end)

    it("redraws one line on a terminal and removes it", function()
        local self = new(true)
        self.progress:update { table = "a", rows = 50, total = 100 }
        self.progress:clear()
        local text = self.out:text()
        assert.is_nil(text:find("\n", 1, true))
        assert.matches("\r\27%[K%[#+%.+%]  50%% a: 50 of 100 rows", text)
        assert.matches("\r\27%[K$", text)
    end)

    it("lets no name steer the terminal", function()
        local self = new(true)
        self.progress:update { table = "a\27[2J", rows = 1, total = 2 }
        self.progress:update { table = "a\xc2\x9b2J", rows = 2, total = 2, done = true }
        assert.is_nil(self.out:text():find("\27[2J", 1, true))
        assert.is_nil(self.out:text():find("\xc2\x9b", 1, true))
    end)

    it("shortens names, and not what is said of them, and within no character", function()
        for _, name in ipairs { ("long"):rep(30), ("ü€"):rep(60), ("\xff"):rep(120) } do
            local self = new(true)
            self.progress:update { table = name, rows = 1, total = 2, all_rows = 1, all_before = 0, all_total = 2,
                seconds = 2, lanes = 2 }
            local text = self.out:text():match "^\r\27%[K(.*)$"
            assert.matches("^ 50%% .*%.%.%.: 1 of 2 rows, 0 rows/s, about 2 s left, 2 lanes$", text)
            assert.equal(79, utf8.len(text) or #text)
        end
        local self = new(false)
        self.progress:update { table = ("long"):rep(30), rows = 2, total = 2, done = true }
        assert.equal(("long"):rep(30) .. ": 2 of 2 rows, done\n", self.out:text())
    end)

    it("leaves out of a narrow terminal what matters least, and cuts no number", function()
        local self = new(true)
        for _, wanted in ipairs {
            { 154, "^ 50%% events, messages: 1,000,000 of 2,000,000 rows, 500,000 rows/s, builds indexes and "
                .. "constraints, 2 of 16 done, about 2 s left, 2 lanes, 0.5 MB unsent$" },
            { 140, "^ 50%% events, messages: 1,000,000 of 2,000,000 rows, 500,000 rows/s, builds indexes and "
                .. "constraints, 2 of 16 done, about 2 s left, 2 lanes$" },
            { 120, "%] +50%% events, messages: 1,000,000 of 2,000,000 rows, 500,000 rows/s, builds 2 of 16, about "
                .. "2 s left$" },
            { 80, "^ 50%% events, me%.%.%.: 1,000,000 of 2,000,000 rows, 500,000 rows/s, builds 2 of 16$" },
            { 65, "^ 50%% events, mes...: 1,000,000 of 2,000,000 rows, builds 2 of 16$" },
            { 50, "^ 50%% events, mess...: 1,000,000 of 2,000,000 rows$" },
            { 28, "^ 50%% events, messages$" },
            { 12, "^ 50%% eve%.%.%.$" },
        } do
            self.width, self.time = wanted[1], self.time + 1
            self.progress:update { table = "events, messages", rows = 1000000, total = 2000000, all_rows = 1000000,
                all_before = 0, all_total = 2000000, seconds = 2, lanes = 2, building = 1, builds_done = 2,
                builds = 16, unsent = 524288 }
            local text = self.out:text():match "([^\r]*)$":gsub("^\27%[K", "")
            assert.matches(wanted[2], text)
            assert.is_true(#text < self.width, text)
        end
    end)

    it("says no rate of what has not moved", function()
        local self = new(true)
        self.progress:update { table = "a", rows = 20, total = 20, all_rows = 0, all_before = 20, all_total = 20,
            seconds = 2 }
        assert.matches("100%% a: 20 of 20 rows$", self.out:text())
    end)

    it("is silent with --quiet", function()
        local self = new(false, true)
        self.progress:update { table = "a", rows = 2, total = 2, done = true }
        assert.are.equal("", self.out:text())
    end)
end)
