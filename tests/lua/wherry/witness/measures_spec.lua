-- What is computed of columns, by their types.
local measures = require "wherry.witness.measures"

describe("measures of the witness", function()
    local function of(name, more)
        local type_of = { name = name, typmod = -1 }
        for key, value in pairs(more or {}) do
            type_of[key] = value
        end
        return measures.of { target = "c", type = type_of, affinity = more and more.affinity }
    end

    it("are of numbers their values, of others what both sides have of them", function()
        for name, expected in pairs { int2 = "value", int8 = "value", oid = "value", float8 = "value",
            numeric = "value",
            bool = "true", text = "characters", citext = "characters", json = "characters", bpchar = "characters",
            bytea = "bytes", uuid = "digits", date = "seconds", timestamptz = "seconds", timetz = "seconds" } do
            assert.equal(expected, of(name).of, name)
        end
        for _, name in ipairs { "jsonb", "inet", "point", "tsvector", "interval", "money", "xml", "hstore" } do
            assert.is_nil(of(name), name)
        end
        assert.is_nil(of("_int4", { kind = "array" }))
        assert.equal("characters", of("mood", { kind = "enum" }).of)
        assert.equal("seconds", of("interval", { stored = "ms" }).of)
    end)

    it("count decimals of few digits in whole numbers of their last place", function()
        local function decimal(precision, scale)
            local measure = of("numeric", { typmod = (precision << 16 | scale) + 4 })
            return measure.of, measure.like, measure.what[3]
        end
        assert.same({ "value * 100", "integer", "sum" }, { decimal(10, 2) })
        assert.same({ "value", "integer", "sum" }, { decimal(15, 0) })
        assert.same({ "value", "near" }, { decimal(16, 2) })
        assert.same({ "value", "near" }, { decimal(3, 2044) }) -- a scale below 0
    end)

    it("compare reals exactly where the source can hold no texts that are numbers", function()
        assert.equal("exact", of("float8", { affinity = "real" }).like)
        assert.equal("near", of("float8", { affinity = "text" }).like)
        assert.equal("near", of("float8").like)
        assert.equal("single", of("float4").like)
    end)

    it("are of a default's text what they are of a value's", function()
        local function default(name)
            return measures.of_default { target = "c", type = { name = name, typmod = -1, stored = "unix" } }
        end
        assert.matches("strftime", default("timestamptz")[3])
        assert.matches("length", default("text")[1])
        assert.is_nil(default "bytea")
        assert.is_nil(default "jsonb")
    end)
end)
