local place = require "wherry.place"

describe("place", function()
    it("names table, column and key, without control characters", function()
        assert.are.equal("table a\\nb, column c, key id=1", place.of { table = "a\nb", column = "c", key = "id=1" })
        assert.are.equal("", place.of {})
        assert.equal('table a, row {"id": 1}', place.of { table = "a", key = '{"id": 1}' })
    end)

    it("shows nothing that steers a terminal: C1 controls, line ends, directions of writing", function()
        assert.are.equal("a\\u009b31m\\u0085\\u2028\\u202e\\u2066b é – 名", place.printable(
            "a\u{9b}31m\u{85}\u{2028}\u{202e}\u{2066}b é – 名"))
        assert.are.equal("\xc2\xe2\x80", place.printable "\xc2\xe2\x80")
    end)

    it("shows a value with its class, cut where it is long", function()
        assert.are.equal('"x\\x1b" (text)', place.value { value = "x\27", value_class = "text" })
        assert.are.equal("00ff (blob)", place.value { value = { class = "blob", hex = "00ff" } })
        assert.are.equal("NULL", place.value { value_class = "null" })
        assert.is_nil(place.value {})
        assert.is_true(#place.value { value = ("ü"):rep(300), value_class = "text" } < 220)
    end)

    it("leaves out of a finding's place what its reason says", function()
        assert.are.equal("table t", place.of_finding { code = "missing_right", table = "t", key = "SELECT",
            reason = "not granted" })
        assert.are.equal("table t", place.of_finding { code = "x", table = "t", key = "t", reason = "r" })
        assert.are.equal("table t", place.of_finding { code = "x", table = "t", key = "tr", reason = "trigger tr" })
        assert.are.equal("table t, key 7", place.of_finding { code = "x", table = "t", key = "7", reason = "r" })
        assert.are.equal("", place.of_finding { code = "x", key = "CREATE", reason = "r" })
    end)
end)
