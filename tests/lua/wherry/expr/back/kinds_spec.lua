-- Kinds of PostgreSQL's types.
local kinds = require "wherry.expr.back.kinds"

describe("kinds", function()
    it("are known by the names of types", function()
        local function of(name, fields)
            local type = { name = name, arguments = {}, dimensions = 0 }
            for key, value in pairs(fields or {}) do
                type[key] = value
            end
            return kinds.of_name(type, { mood = true })
        end
        assert.same({ kind = "integer", bits = 32 }, of "integer")
        assert.same({ kind = "decimal", precision = 10, scale = 0 }, of("numeric", { arguments = { 10 } }))
        assert.same({ kind = "text", fixed = true, length = 1 }, of "character")
        assert.same({ kind = "array", element = { kind = "text" } }, of("text", { dimensions = 1 }))
        assert.same({ kind = "enum", name = "mood" }, of "mood")
        assert.same({ kind = "other", name = "text" }, of("text", { schema = "other" }))
        assert.same({ kind = "text", folded = true }, of("citext", { schema = "other" }))
    end)

    it("are known by the catalog's types", function()
        local function of(name, typmod, fields)
            local type = { name = name, typmod = typmod or -1, schema = "pg_catalog" }
            for key, value in pairs(fields or {}) do
                type[key] = value
            end
            return kinds.of_type(type)
        end
        assert.same({ kind = "decimal", precision = 12, scale = 2 }, of("numeric", (12 << 16 | 2) + 4))
        assert.same({ kind = "decimal", precision = 3, scale = -2 }, of("numeric", (3 << 16 | (-2 & 0x7ff)) + 4))
        assert.same({ kind = "text", length = 10 }, of("varchar", 14))
        assert.same({ kind = "timestamptz", digits = 3 }, of("timestamptz", 3))
        assert.same({ kind = "enum", name = "mood" }, of("mood", -1, { typtype = "e", schema = "public" }))
        assert.same({ kind = "array", element = { kind = "integer", bits = 64 } },
            of("_int8", -1, { category = "A", element = { name = "int8", typmod = -1 } }))
        assert.same({ kind = "other", name = "bool" }, of("bool", -1, { schema = "public" }))
        assert.same({ kind = "text", folded = true }, of("citext", -1, { schema = "public", extension = "citext" }))
        assert.same({ kind = "other", name = "citext" }, of("citext", -1, { schema = "public" }))
    end)
end)
