-- The tools of scripts: what they give, what they refuse and in which words; nil goes through all of them.
local process = require "tests.support.process"
local tools = require "wherry.tools"
local w = require "wherry"
local refusal = require "tests.support.refusal"

local META = process.read "lua/wherry/tools/meta.lua"

describe("tools", function()
    it("are annotated, and are in the help", function()
        local help = process.read "lua/wherry/help/tools.md"
        for _, name in ipairs(tools.names()) do
            local tool = w[name]
            assert.is_truthy(META:find("function w." .. name .. "(", 1, true)
                or META:find("---@field " .. name .. " ", 1, true), name)
            assert.is_truthy(help:find("w." .. name, 1, true), name)
            for part in pairs(type(tool) == "table" and tool or {}) do
                assert.is_truthy(help:find(("w.%s.%s"):format(name, part), 1, true), name .. "." .. part)
                assert.is_truthy(META:find(("function %s.%s("):format(name, part), 1, true)
                    or META:find("---@field " .. part .. " ", 1, true), name .. "." .. part)
            end
        end
        for name in META:gmatch "function w%.([%w_]+)" do
            assert.equal("function", type(tools.find(name)), name)
        end
        for _, name in ipairs { "hex", "base64", "uuid", "json", "time" } do
            for part in META:gmatch("function " .. name .. "%.([%w_]+)") do
                assert.equal("function", type(w[name][part]), part)
            end
        end
    end)

    it("give nil for nil, and refuse a call without a value", function()
        for _, call in ipairs { w.trim, w.lower, w.upper, w.sub, w.length, w.normalize, w.sha256, w.hex.encode,
            w.hex.decode, w.base64.encode, w.base64.decode } do
            assert.same({ n = 1 }, table.pack(call(nil))) -- another tool around it takes that, too
            assert.equal("value", refusal(call).kind)
        end
        assert.is_nil(w.uuid.parse(nil))
        assert.is_nil(w.uuid.bytes(nil))
        assert.is_nil(w.uuid.v5("dns", nil))
    end)

    it("take no number for a text", function()
        assert.equal("w.lower: a string is wanted, not a number", refusal(w.lower, 9007199254740993).message)
        assert.equal("w.sha256: a string is wanted, not a table", refusal(w.sha256, {}).message)
        assert.equal("w.trim: a string is wanted, not nothing at all", refusal(w.trim).message)
        assert.equal("w.trim: a string is wanted, not a blob", refusal(w.trim, w.blob "a").message)
    end)

    it("name the byte that is no UTF-8", function()
        for name, call in pairs { trim = w.trim, lower = w.lower, upper = w.upper, sub = w.sub, length = w.length,
            normalize = w.normalize } do
            local fault = refusal(call, "ab\xE4c")
            assert.equal("value", fault.kind)
            assert.equal(("w.%s: the text is not valid UTF-8: byte 3 (0xE4) belongs to no character"):format(name),
                fault.message)
            assert.equal([[ab\xE4c]], fault.value)
        end
    end)

    it("know characters, NUL among them", function()
        assert.equal("straße\0", w.lower "STRAẞE\0")
        assert.equal("STRASSE", w.upper "straße")
        assert.equal("οδυσσευς, i̇", w.lower "ΟΔΥΣΣΕΥΣ, İ")
        assert.equal("a\0b", w.trim "\u{A0}\n a\0b \u{3000}")
        assert.equal(4, w.length "a\0ä😀")
        assert.equal("é", w.normalize "e\u{301}")
        assert.equal("e\u{301}", w.normalize("é", "NFD"))
        assert.equal("", w.lower(""))
        assert.equal("", w.normalize(""))
        assert.equal("usage", refusal(w.normalize, "a", "nfc").kind)
        assert.equal("usage", refusal(w.normalize, nil, 5).kind)
    end)

    it("cut between characters", function()
        local text, ascii = "aäb€c😀", "abcdef"
        for first = -8, 8 do
            assert.equal(ascii:sub(first):gsub("%l", { b = "ä", c = "b", d = "€", e = "c", f = "😀" }),
                w.sub(text, first))
            for last = -8, 8 do
                assert.equal(ascii:sub(first, last):gsub("%l", { b = "ä", c = "b", d = "€", e = "c", f = "😀" }),
                    w.sub(text, first, last))
            end
        end
        assert.equal(text, w.sub(text, math.mininteger, math.maxinteger))
        assert.equal("", w.sub(text, math.maxinteger, math.mininteger))
        assert.equal(text, w.sub(text))
        assert.equal("äb", w.sub(text, 2.0, 3.0))
        assert.equal("w.sub: an integer is wanted as argument 2, not a number with a fraction",
            refusal(w.sub, text, 1.5).message)
        assert.equal("w.sub: an integer is wanted as argument 3, not a string", refusal(w.sub, text, 1, "2").message)
    end)

    it("take large texts", function()
        local text = ("ä"):rep(2000000)
        assert.equal(2000000, w.length(text))
        assert.equal(("Ä"):rep(2000000), w.upper(text))
        assert.equal(("ß"):rep(10), w.sub(("ß"):rep(2000000), 1000001, 1000010))
        assert.equal(#text, #w.base64.decode(w.base64.encode(text)))
    end)

    it("turn bytes into digits and back", function()
        local all = {}
        for byte = 0, 255 do
            all[#all + 1] = string.char(byte)
        end
        local bytes = table.concat(all)
        assert.equal(bytes, w.hex.decode(w.hex.encode(bytes)))
        assert.equal(bytes, w.base64.decode(w.base64.encode(bytes)))
        assert.equal(bytes, w.base64.decode(w.base64.encode(bytes, "url")))
        assert.equal("00ff", w.hex.encode(w.blob "\0\xff"))
        assert.equal("AP8=", w.base64.encode(w.blob "\0\xff"))
        assert.equal("\xab\xcd", w.hex.decode "abCD")
        assert.equal("", w.hex.decode "")
        assert.equal("w.hex.decode: byte 3 (0x67) is no hexadecimal digit", refusal(w.hex.decode, "abgd").message)
        assert.equal("w.hex.decode: 3 digits are no whole number of bytes", refusal(w.hex.decode, "abc").message)
        assert.equal("w.base64.decode: byte 1 (0x21) is no digit of base64", refusal(w.base64.decode, "!").message)
        assert.equal("usage", refusal(w.base64.encode, "a", "URL").kind)
    end)

    it("give the digests of the standard", function()
        assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", w.sha256 "")
        assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", w.sha256 "abc")
        assert.equal(w.sha256 "a\0\xff", w.sha256(w.blob "a\0\xff"))
    end)

    it("are suggested for a name that is nearly theirs", function()
        assert.is_truthy(refusal(function() return w.lowr end).hint:find("lower", 1, true))
    end)
end)
