-- Plans as text: every byte and every integer comes back.
local packing = require "wherry.journal.packing"

describe("packing", function()
    it("gives everything back", function()
        local value = { a = { 1, 2, { b = "caf\xe9 ü \\x41" } }, n = 4294967295, t = true, f = false, e = {},
            s = 'quote " and\nline', invalid = "\xff\xfe\x80", empty = "",
            ["caf\xe9"] = "named", inner = { ["\xff"] = 1 } }
        assert.same(value, packing.decode(packing.encode(value)))
        assert.equal("integer", math.type(packing.decode(packing.encode(value)).n))
    end)

    it("makes valid UTF-8, and leaves the value alone", function()
        local value = { name = "na\xefve", ["caf\xe9"] = 1 }
        assert.truthy(utf8.len(packing.encode(value)))
        assert.same({ name = "na\xefve", ["caf\xe9"] = 1 }, value)
    end)
end)
