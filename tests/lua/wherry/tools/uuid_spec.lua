-- UUIDs: random, of names (RFC 9562's examples), and in all forms that are read.
local w = require "wherry"
local refusal = require "tests.support.refusal"

local UUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"

describe("uuid", function()
    it("makes random ones of version 4", function()
        local seen = {}
        for _ = 1, 1000 do
            local one = w.uuid()
            assert.is_truthy(one:match "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$")
            assert.is_nil(seen[one])
            seen[one] = true
        end
    end)

    it("makes the same of the same name, as others do", function()
        assert.equal("2ed6657d-e927-568b-95e1-2665a8aea6a2", w.uuid.v5("dns", "www.example.com"))
        assert.equal("2ed6657d-e927-568b-95e1-2665a8aea6a2",
            w.uuid.v5("{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}", "www.example.com"))
        assert.equal("90d222de-5d7c-5ced-a245-d09badfd335e", w.uuid.v5("url", "http://www.google.com"))
        assert.not_equal(w.uuid.v5("dns", ""), w.uuid.v5("url", ""))
        assert.not_equal(w.uuid.v5("dns", "a"), w.uuid.v5("dns", "a\0"))
        assert.equal("w.uuid.v5: the text is not a UUID", refusal(w.uuid.v5, "urn", "a").message)
        assert.equal("w.uuid.v5: a name is a string, not 5", refusal(w.uuid.v5, "dns", 5).message)
        assert.equal("value", refusal(w.uuid.v5, nil, "a").kind)
    end)

    it("reads every form", function()
        local bytes = w.uuid.bytes(UUID)
        assert.equal(16, #bytes)
        for _, form in ipairs { UUID, UUID:upper(), "{" .. UUID .. "}", (UUID:gsub("-", "")), bytes, w.blob(bytes) } do
            assert.equal(UUID, w.uuid.parse(form))
            assert.equal(bytes, w.uuid.bytes(form))
        end
    end)

    it("refuses what is none, and shows it", function()
        for _, text in ipairs { "", "zz", UUID .. "0", UUID:sub(2), " " .. UUID, UUID:gsub("a", "g"), "\xff\0" } do
            local fault = refusal(w.uuid.parse, text)
            assert.equal("value", fault.kind)
            assert.equal("w.uuid.parse: the text is not a UUID", fault.message)
            assert.is_truthy(fault.value)
        end
        assert.equal("w.uuid.parse: a string or a blob is wanted, not 5", refusal(w.uuid.parse, 5).message)
        assert.equal("value", refusal(w.uuid.parse, w.blob "short").kind)
    end)
end)
