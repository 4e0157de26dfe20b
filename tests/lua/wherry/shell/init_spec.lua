-- The loop of the shell, with databases and a console that are none.
local console = require "wherry.cli.console"
local failure = require "wherry.failure"
local shell = require "wherry.shell"
local stream = require "tests.support.stream"

describe("the shell", function()
    local ran, opened, signal

    -- Types lines; gives the exit code, stdout and stderr.
    local function typed(lines, options)
        options = options or {}
        local out, err, at = stream.new(), stream.new(), 0
        local handle = { kind = "sqlite" }
        function handle.gives_rows(_, sql) return sql:find "SELECT" ~= nil end
        function handle.exec(_, sql)
            ran[#ran + 1] = sql
            if sql:find "FAIL" then
                failure.raise("usage", "it fails")
            end
            return 2
        end
        function handle.cursor(_, sql)
            ran[#ran + 1] = sql
            local rows = { { 1 } }
            return setmetatable({ columns = function() return { "a" } end, list = function()
                return table.remove(rows)
            end }, { __close = function() end })
        end
        local core = { sys = { stopped = function() return signal end, acknowledge_stop = function() signal = nil end,
            signals = function() end, columns = function() end } }
        local one = shell.new { core = core, console = console.new { stdout = out, stderr = err },
            databases = { known = { src = { kind = "sqlite", label = "x" } }, names = { "src" },
                open = function() opened = opened + 1 return handle end, value = function() return handle end,
                rest = function() end },
            input = { interactive = options.interactive or false, line = function()
                at = at + 1
                local line = lines[at]
                if type(line) == "function" then
                    return line()
                end
                return line, line and "line" or "end"
            end } }
        return one:run(), out:text(), err:text()
    end

    before_each(function() ran, opened, signal = {}, 0, nil end)

    it("opens no database before one is named", function()
        local code, out = typed { "1 + 1" }
        assert.same({ 0, "2\n" }, { code, out })
        assert.equal(0, opened)
    end)

    it("runs statements of one line and of several, and what is left at the end", function()
        typed { "INSERT INTO t", "VALUES (1); DELETE FROM t; SELECT 1", "" }
        assert.same({ "INSERT INTO t\nVALUES (1)", " DELETE FROM t", " SELECT 1\n" }, ran)
    end)

    it("goes on in the next line where Lua does not end", function()
        local code, out = typed { "x = {", "1, 2,", "}", "#x" }
        assert.same({ 0, "2\n" }, { code, out })
        assert.equal("3\n", (select(2, typed { "1 +", "2" })))
        assert.equal("a\nb\n", (select(2, typed { "print [[a", "b]]" })))
    end)

    it("ends a file at its first error", function()
        local code, out, err = typed { "INSERT FAIL INTO t;", "print 'after'" }
        assert.same({ 4, "" }, { code, out })
        assert.matches("it fails", err)
        assert.equal(4, (typed { "x = = 1" }))
        assert.equal(4, (typed { "f(" }))
        assert.equal(3, (typed { "error(setmetatable({ kind = 'environment', message = 'gone' }, {}))" }))
    end)

    it("goes on after errors where somebody types", function()
        local code, out, err = typed({ "INSERT FAIL INTO t;", "nothing.at.all", "print 'after'" },
            { interactive = true })
        assert.same({ 0, "after\n" }, { code, out })
        assert.matches("it fails.*shell:1: attempt to index a nil value", err)
    end)

    it("drops what was typed by Ctrl-C, and ends a file by it", function()
        local function cancelled() return nil, "cancelled" end
        local code, out = typed({ "x = {", cancelled, "1" }, { interactive = true })
        assert.same({ 0, "1\n" }, { code, out })
        assert.equal(130, (typed { "x = {", cancelled, "1" }))
        assert.equal(143, (typed { function() return nil, "stopped" end, "1" }))
    end)

    it("ends a loop by Ctrl-C, whatever the loop catches", function()
        _G.press = function() signal = 2 end
        local code, out, err = typed({ "press() while true do pcall(function() while true do end end) end", "'after'" },
            { interactive = true })
        _G.press = nil
        assert.same({ 0, "after\n", "interrupted\n" }, { code, out, err })
    end)

    it("leaves by .quit", function()
        local code, out = typed { "1", ".quit", "2" }
        assert.same({ 0, "1\n" }, { code, out })
    end)
end)
