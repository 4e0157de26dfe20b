-- Codecs one by one, through the border.
local core = require "wherry.core"

describe("core.codec", function()
    local function fault(work, ...)
        local ok, raised = pcall(work, ...)
        assert.is_false(ok)
        return raised
    end

    it("puts values into wire and gets them back, with their class", function()
        local codec = core.codec { oid = 20, name = "int8" }
        assert.equal(("\0"):rep(6) .. "\1\2", codec:put(258))
        assert.same({ 258, "integer" }, { codec:get(codec:put(258)) })
        codec = core.codec { oid = 17, name = "bytea" }
        assert.same({ "a\0b", "blob" }, { codec:get(codec:put("a\0b", "blob")) })
        codec = core.codec { oid = 1700, name = "numeric" }
        assert.same({ "1.50", "text" }, { codec:get(codec:put "1.50") })
    end)

    it("heeds what a column adds to its type", function()
        local codec = core.codec { oid = 1043, name = "varchar", typmod = 7 }
        assert.equal("abc", codec:put "abc")
        assert.equal("value", fault(codec.put, codec, "abcd").kind)
    end)

    it("heeds how values are stored", function()
        local codec = core.codec { oid = 1184, name = "timestamptz", stored = "unix_ms" }
        assert.same({ 1709210096789, "integer" }, { codec:get(codec:put(1709210096789)) })
        assert.matches("declared to hold unix_ms", fault(codec.put, codec, "2024-02-29").message)
        local zoned = core.codec { oid = 1184, name = "timestamptz", zone = 7200 }
        assert.equal(codec:put(1709210096000), zoned:put "2024-02-29 14:34:56")
        for _, bad in ipairs { { oid = 1184, name = "timestamptz", stored = "millis" },
            { oid = 25, name = "text", stored = "unix" }, { oid = 1184, name = "timestamptz", zone = 57600 } } do
            assert.equal("usage", fault(core.codec, bad).kind)
        end
    end)

    it("writes values in a form, and names those that a column has", function()
        local codec = core.codec { oid = 1184, name = "timestamptz", form = "T .3 Z" }
        assert.equal("2024-02-29T12:34:56.000Z", (codec:get(codec:put "2024-02-29 12:34:56")))
        assert.equal("space .6 +00:00", core.codec_forms({ oid = 1184, name = "timestamptz" })[1])
        assert.same({ "number", "real", "text" },
            core.codec_forms { oid = 1184, name = "timestamptz", stored = "unix" })
        assert.same({ "text" }, core.codec_forms { oid = 1184, name = "timestamptz", stored = "go" })
        assert.same({ "blob" }, core.codec_forms { oid = 2950, name = "uuid", stored = "uuid_net" })
        assert.same({}, core.codec_forms { oid = 3220, name = "pg_lsn" })
        local text = { oid = 25, name = "text" }
        local array = { oid = 1009, name = "_text", kind = "array", element = text, form = "spaced ascii" }
        assert.equal('["a", "\\u00e9"]', (core.codec(array):get(core.codec(array):put '["a","é"]')))
        local documents = { oid = 3807, name = "_jsonb", kind = "array", element = { oid = 3802, name = "jsonb" } }
        assert.same({ "text" }, core.codec_forms(documents))
        documents.form = "spaced"
        assert.matches("have no form", fault(core.codec, documents).message)
        assert.same({ "text" }, core.codec_forms { oid = 1, name = "x", kind = "array" })
        for _, bad in ipairs { { oid = 1184, name = "timestamptz", form = "number" },
            { oid = 1184, name = "timestamptz", stored = "unix", form = "T .3 Z" },
            { oid = 25, name = "text", form = "lower" } } do
            assert.matches("have no form", fault(core.codec, bad).message)
        end
    end)

    it("knows the labels of an enum", function()
        local codec = core.codec { oid = 99999, name = "mood", kind = "enum", labels = { "sad", "ok" } }
        assert.equal("ok", codec:put "ok")
        assert.same({ "sad", "text" }, { codec:get "sad" })
        assert.matches("none of the enum's 2 labels", fault(codec.put, codec, "OK").message)
        assert.matches("label of the enum", fault(codec.put, codec, 1).message)
        assert.equal("value", fault(codec.get, codec, "\xff").kind)
    end)

    it("gives the wire that the server sends of what it has stored", function()
        local codec = core.codec { oid = 3802, name = "jsonb" }
        assert.equal('\1{"a": 2, "bb": 1}', codec:canonical(codec:put '{"bb":1,"a":1,"a":2}'))
        assert.equal("value", fault(codec.canonical, codec, "\1{").kind)
        local range = { oid = 3904, name = "int4range", kind = "range", element = { oid = 23, name = "int4" } }
        codec = core.codec(range)
        assert.equal("[2,6)", (codec:get(codec:canonical(codec:put "(1,5]"))))
        range.oid = 99999
        codec = core.codec(range)
        assert.equal("(1,5]", (codec:get(codec:canonical(codec:put "(1,5]"))))
        assert.is_nil(codec:unknown())
        range.own_canonical = true
        assert.matches("a function of the type's own", core.codec(range):unknown())
    end)

    it("has none for what it does not know, and for what is made of that", function()
        assert.is_nil(core.codec { oid = 28, name = "xid" })
        assert.is_nil(core.codec { oid = 5, name = "t", kind = "nonsense" })
    end)

    it("refuses what is no type", function()
        for _, bad in ipairs { {}, { oid = -1, name = "x" }, { oid = 20, name = "int8", typmod = 1 << 40 },
            { oid = 9, name = "e", kind = "enum", labels = { 1, {} } } } do
            assert.equal("usage", fault(core.codec, bad).kind)
        end
        local codec = core.codec { oid = 20, name = "int8" }
        assert.equal("usage", fault(codec.put, codec, {}).kind)
    end)
end)
