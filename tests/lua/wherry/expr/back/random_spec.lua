-- Random values on the way back.
local way_back = require "tests.support.way_back"

describe("random values on the way back", function()
    it("are UUIDs of version 4", function()
        local sql, outcome = way_back.assign("gen_random_uuid()", "u")
        assert.equal("exact", outcome)
        assert.matches("'%-4'", sql)
        assert.equal(sql, (way_back.assign("ext.uuid_generate_v4()", "u")))
        assert.equal(sql, (way_back.assign("(gen_random_uuid())::text", "t")))
    end)

    it("are bytes of hashed UUIDs, of the wanted number", function()
        local hashed = "sha256((uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))"
        way_back.each({
            [("encode(substr(%s, 1, 16), 'hex'::text)"):format(hashed)] = { "lower(hex(randomblob(16)))" },
            [("upper(encode(substr(%s, 1, 16), 'hex'::text))"):format(hashed)] = { "hex(randomblob(16))" },
            [("encode(%s, 'hex'::text)"):format(hashed)] = { "lower(hex(randomblob(32)))" },
            [("encode(substr(%s, 2, 16), 'hex'::text)"):format(hashed)] = { nil, "substr" },
            [("encode(substr(%s, 1, 33), 'hex'::text)"):format(hashed)] = { nil, "substr" },
            ["encode(uuid_send(gen_random_uuid()), 'hex'::text)"] = { nil, "hex" },
            ["encode(sha256('\\x00'::bytea), 'hex'::text)"] = { nil, "sha256" },
            ["uuid_send(u)"] = { nil, "column" },
        }, "default")
    end)
end)
