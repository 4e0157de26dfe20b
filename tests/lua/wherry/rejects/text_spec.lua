-- Rejected rows as text.
local text = require "wherry.rejects.text"

describe("the text of rejects", function()
    it("names key and value, whatever is in them", function()
        assert.equal('id=1: "a\\tb" (text)', text.example { key = "id=1", value = { class = "text", text = "a\tb" } })
        assert.equal("id=2: NULL", text.example { key = "id=2", value = { class = "null" } })
        assert.equal("id=3: 00ff (blob)", text.example { key = "id=3", value = { class = "blob", hex = "00ff" } })
        assert.equal("a row without a key", text.example {})
    end)

    it("gives a group a line, its examples, and how many more there are", function()
        local lines = {}
        text.group({ table = "t", column = "v", sqlstate = "22P02", reason = "no\ngood", count = 1200,
            examples = { { key = "id=1" }, { key = "id=2" } } }, lines)
        assert.same({ "  t.v: 1,200 rows: no\\ngood (SQLSTATE 22P02)", "      id=1", "      id=2",
            "      ... and 1,198 more" }, lines)
        lines = {}
        text.group({ table = "t", reason = "why", count = 1, examples = { { key = "id=1" } } }, lines)
        assert.same({ "  t: 1 row: why", "      id=1" }, lines)
    end)

    it("counts the rows of all groups", function()
        assert.equal("1 row", text.count { { count = 1 } })
        assert.equal("1,002 rows", text.count { { count = 1000 }, { count = 2 } })
    end)
end)
