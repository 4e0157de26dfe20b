-- Lines that are typed: each key does what it says, and the cursor stands where the next character goes.
local editor = require "wherry.shell.editor"

local function typed(keys, options)
    options = options or {}
    local drawn = {}
    local edited = editor.new { history = options.history or {}, columns = function() return options.columns or 80 end,
        write = function(text) drawn[#drawn + 1] = text end, complete = options.complete }
    local chunks = type(keys) == "table" and keys or { keys }
    local at = 0
    local line, how = edited:read("> ", function()
        at = at + 1
        return chunks[at]
    end)
    return line, how, table.concat(drawn), edited
end

describe("the editor", function()
    it("gives what was typed", function()
        local line, how = typed "h\xc3\xa9llo\r"
        assert.same({ "héllo", "line" }, { line, how })
        assert.equal("héllo", (typed { "h\xc3", "\xa9l", "lo", "\n" }))
    end)

    it("moves and changes", function()
        assert.equal("abc", (typed "ac\27[Db\r"))
        assert.equal("abc", (typed { "ac\27", "[", "Db\r" }))
        assert.equal("xabc", (typed "abc\1x\r"))
        assert.equal("abcx", (typed "abc\1\5x\r"))
        assert.equal("ac", (typed "abc\2\127\r"))
        assert.equal("bc", (typed "abc\27[H\27[3~\r"))
        assert.equal("bc", (typed "abc\1\4\r"))
        assert.equal("ab", (typed "abcd\2\2\11\r"))
        assert.equal("cd", (typed "abcd\2\2\21\r"))
        assert.equal("one ", (typed "one two\23\r"))
        assert.equal("one xtwo", (typed "one two\27bx\r"))
        assert.equal("", (typed "é\127\r"))
        assert.equal("a", (typed "a\27[Z\0\r"))
    end)

    it("cancels by Ctrl-C, and ends by Ctrl-D where nothing is typed, or when the keys end", function()
        local line, how = typed "abc\3"
        assert.same({ nil, "cancelled" }, { line, how })
        assert.equal("end", (select(2, typed "\4")))
        assert.equal("end", (select(2, typed "abc")))
        assert.equal("end", (select(2, typed "a\127\4")))
    end)

    it("brings earlier lines back, and what was being typed", function()
        local history = { "first", "second" }
        assert.equal("second", (typed("\27[A\r", { history = history })))
        assert.equal("first", (typed("\27[A\27[A\27[A\r", { history = history })))
        assert.equal("new", (typed("new\27[A\27[B\27[B\r", { history = history })))
        assert.equal("second!", (typed("\16!\r", { history = history })))
    end)

    it("keeps what was typed ahead for the next line", function()
        local _, _, _, edited = typed "one\rtwo\r"
        assert.equal("two", (edited:read("> ", function() end)))
    end)

    it("shows the part of a long line around the cursor", function()
        local _, _, drawn = typed("0123456789abcdefghijklmnopqrstuvwxyz\r", { columns = 20 })
        assert.matches("> jklmnopqrstuvwxyz\27[K", drawn, 1, true)
        for line in drawn:gmatch "\r> ([^\27]*)\27" do
            assert.is_true(#line <= 17)
        end
    end)

    it("completes as far as it is clear, and shows the rest", function()
        local function complete(before)
            assert.equal("sel", before)
            return { "select", "selected" }, 1
        end
        assert.equal("select", (typed("sel\t\r", { complete = complete })))
        local _, _, drawn = typed("a\t\r", { complete = function() return { "ab", "ac" }, 1 end })
        assert.matches("ab  ac", drawn)
        assert.equal("a", (typed("a\t\r", { complete = function() return {}, 2 end })))
    end)
end)
