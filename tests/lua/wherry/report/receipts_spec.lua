-- Receipts as lines of the summary.
local receipts_text = require "wherry.report.receipts"

describe("receipts_text.lines", function()
    local function receipts(count, note)
        local list = {}
        for i = 1, count do
            list[i] = { kind = "column", name = ("t.c%d"):format(i), note = note and note:format(i) }
        end
        return list
    end

    it("says once what holds for many, whatever their counts", function()
        assert.same({ "column t.c1, t.c2, t.c3 and 2 more: text by what it holds" },
            receipts_text.lines(receipts(5, "text by what it holds (%d text)"), false))
    end)

    it("lists a few by themselves, and all where everything is asked for", function()
        assert.same({ "column t.c1: odd (1)", "column t.c2: odd (2)", "column t.c3: odd (3)" },
            receipts_text.lines(receipts(3, "odd (%d)"), false))
        assert.equal(5, #receipts_text.lines(receipts(5, "odd (%d)"), true))
    end)

    it("keeps kinds and reasons apart, and what has no reason by itself", function()
        local list = receipts(4, "odd")
        table.insert(list, { kind = "index", name = "i", note = "odd" })
        table.insert(list, { kind = "column", name = "t.x", note = "even" })
        assert.same({ "column t.c1, t.c2, t.c3 and 1 more: odd", "index i: odd", "column t.x: even" },
            receipts_text.lines(list, false))
        assert.equal(6, #receipts_text.lines(receipts(6), false))
    end)

    it("lets no control character of a name through", function()
        assert.same({ "column a\\nb: odd" },
            receipts_text.lines({ { kind = "column", name = "a\nb", note = "odd" } }, false))
    end)
end)
