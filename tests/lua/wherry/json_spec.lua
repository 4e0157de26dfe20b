local cjson = require "cjson"
local json = require "wherry.json"

describe("json.encode", function()
    it("keeps integers exact and writes floats with the digits that they need", function()
        assert.are.equal("[9007199254740993,-9223372036854775808,0.1,1e+300,2]",
            json.encode { 9007199254740993, math.mininteger, 0.1, 1e300, 2.0 })
    end)

    it("knows arrays from objects", function()
        assert.are.equal('{"a":[],"b":{},"c":[1],"d":[null,2]}',
            json.encode { b = {}, a = json.array(), c = { 1 }, d = json.array { json.null, 2 } })
    end)

    it("writes valid UTF-8 whatever comes in", function()
        local text = json.encode { "a\xffb\xc3", "\0\n\"\\/é\127" }
        assert.is_truthy(utf8.len(text))
        assert.are.same({ "a\\xffb\\xc3", "\0\n\"\\/é\127" }, cjson.decode(text))
    end)

    it("does not escape slashes, and leaves backslashes right", function()
        assert.are.equal([["/a\\/b\\\\/"]], json.encode [[/a\/b\\/]])
    end)

    it("writes by their numbers what would steer a terminal", function()
        local text = "a\u{7f}b\u{9b}31m \u{202e}x\u{2066}\u{200f} \u{e9}\u{2026}\u{1f600}"
        local encoded = json.encode(text)
        assert.are.equal('"a\\u007fb\\u009b31m \\u202ex\\u2066\\u200f \u{e9}\u{2026}\u{1f600}"', encoded)
        assert.are.equal(text, require "cjson".decode("[" .. encoded .. "]")[1])
    end)

    it("writes infinite numbers as text", function()
        assert.are.equal('["inf","-inf"]', json.encode { math.huge, -math.huge })
    end)
end)

describe("json.value", function()
    it("names the storage class", function()
        assert.are.same({ class = "integer", text = "9007199254740993" }, json.value(9007199254740993))
        assert.are.same({ class = "real", text = "0.10000000000000001" }, json.value(0.1))
        assert.are.same({ class = "text", text = "x" }, json.value "x")
        assert.are.same({ class = "null" }, json.value(nil))
        assert.are.same({ class = "blob", hex = "00ff" }, json.value("\0\xff", "blob"))
        assert.are.same({ class = "text", hex = "ff" }, json.value "\xff")
    end)

    it("takes what the core made fit for display as it is", function()
        assert.are.same({ class = "blob", hex = "00ff" }, json.displayed("00ff", "blob"))
        assert.are.same({ class = "text", text = "a\\xff" }, json.displayed("a\\xff", "text"))
    end)
end)
