-- drill/text.lua: a table that travels as text becomes one whose columns without codec are texts, on both sides.
local text = require "wherry.drill.text"

describe("a table that travels as text", function()
    local id = { source = "id", target = "id", type = { oid = 23, name = "int4", typmod = -1, display = "integer" },
        codec = true }
    local query = { source = "q", target = "q", codec = false, on_null = { text = "a\tb" },
        type = { oid = 3615, name = "tsquery", typmod = -1, display = "tsquery" } }
    local load = { source = "t", binary = false, columns = { id, query } }
    local other = { source = "u", binary = true, columns = { id } }
    local target = { text = true, target_sql = "public.t", key = { "id" }, columns = {}, loads = { { place = 2 } } }
    local beside = { text = false, columns = {}, loads = { { place = 1 } } }

    it("is read with its texts, of which the server is asked", function()
        local context = text.of({ resolved = { tables = { other, load }, mode = "create" }, list = { beside, target } },
            target)
        local made = context.resolved.tables[2]
        assert.equal(other, context.resolved.tables[1])
        assert.equal("create", context.resolved.mode)
        assert.is_true(made.binary)
        assert.same({ { field = 2, type = "tsquery" } }, made.foreign)
        assert.equal(id, made.columns[1])
        assert.same({ 25, true, "610962" }, { made.columns[2].type.oid, made.columns[2].codec,
            made.columns[2].on_null.wire })
        assert.is_false(load.binary)
    end)

    it("is read for what is made of its rows, and nothing is asked then", function()
        local made = text.readable(load)
        assert.is_true(made.binary)
        assert.is_nil(made.foreign)
        assert.same({ true, "text" }, { made.columns[2].codec, made.columns[2].type.name })
        assert.equal(other, text.readable(other))
    end)

    it("is one whose rows are hashed, for this comparison alone", function()
        local context, made = text.of({ resolved = { tables = { other, load } }, list = { beside, target } }, target)
        assert.same({ beside, made }, context.list)
        assert.is_false(made.text)
        assert.equal(target.columns, made.columns)
        assert.is_true(target.text)
    end)
end)
