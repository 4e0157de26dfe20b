-- What the Tab key puts behind what was typed.
local complete = require "wherry.shell.complete"
local w = require "wherry"

local function handle_of(names)
    local at = 0
    return { kind = "sqlite", rows = function()
        return function()
            at = at + 1
            return names[at] and { table = names[at], kind = "table" }
        end
    end }
end

local function shell_of(names)
    return { current = "src", environment = { w = w, total = 1 }, databases = {
        open = function() return handle_of(names) end, rest = function() end } }
end

describe("the Tab key", function()
    it("knows commands, globals, tables and fields, in order", function()
        local shell = shell_of { "totals", "My Table" }
        assert.same({ { ".schema", ".src" }, 1 }, { complete.find(shell, ".s") })
        assert.same({ { "total", "totals" }, 6 }, { complete.find(shell, "from tota") })
        assert.same({ "w.sql", "w.sqlite" }, (complete.find(shell, "x = w.sql")))
        assert.same({ "w.trim" }, (complete.find(shell, "w.tri")))
        assert.same({ "string.format" }, (complete.find({ current = "src", environment = { string = string },
            databases = shell.databases }, "string.form")))
        assert.same({}, (complete.find(shell, "nothing.of.it")))
    end)

    it("does without tables where the database can't be opened", function()
        local shell = shell_of {}
        shell.databases.open = function() error "no" end
        assert.same({ "total" }, (complete.find(shell, "tota")))
    end)
end)
