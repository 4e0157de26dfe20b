-- w.blob: bytes apart from texts.
local w = require "wherry"

describe("w.blob", function()
    it("keeps bytes as they are", function()
        local blob = w.blob "a\0\255"
        assert.equal("a\0\255", tostring(blob))
        assert.equal(3, #blob)
        assert.equal("", tostring(w.blob ""))
        assert.equal("userdata", type(blob))
    end)

    it("compares by bytes", function()
        assert.is_true(w.blob "ab" == w.blob "ab")
        assert.is_false(w.blob "ab" == w.blob "ac")
        assert.is_false(w.blob "ab" == w.blob "abc")
        assert.is_false(w.blob "ab" == io.stdout)
    end)

    it("takes a string or a blob, and nothing else", function()
        local blob = w.blob "x"
        assert.is_true(rawequal(blob, w.blob(blob)))
        for _, wrong in ipairs { 1, true, {}, print } do
            local ok, fault = pcall(w.blob, wrong)
            assert.is_false(ok)
            assert.equal("usage", fault.kind)
            assert.equal("blob: a string is wanted, not a " .. type(wrong), fault.message)
        end
        assert.equal("blob: a string is wanted, not a nil", select(2, pcall(w.blob)).message)
    end)
end)
