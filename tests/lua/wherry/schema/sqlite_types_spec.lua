-- The declared types that keep PostgreSQL's values.
local sqlite_types = require "wherry.schema.sqlite_types"
local types = require "wherry.schema.types"

describe("sqlite_types.choose", function()
    local settings = { bytewise = true, ascii_case = true }

    local function choose(name, fields, column)
        local type = { name = name, display = name, typmod = -1, schema = "pg_catalog", typtype = "b" }
        for key, value in pairs(fields or {}) do
            type[key] = value
        end
        local given = { type = type }
        for key, value in pairs(column or {}) do
            given[key] = value
        end
        return sqlite_types.choose(given, "x", settings)
    end

    it("keeps every value by the declared type's affinity", function()
        for name, wanted in pairs { int2 = "integer", int4 = "integer", int8 = "integer", float4 = "real",
            float8 = "real", text = "text", varchar = "text", bpchar = "text", bytea = "blob", bool = "numeric",
            numeric = "text", date = "text", timestamp = "text", timestamptz = "text", time = "text", timetz = "text",
            interval = "text", uuid = "text", json = "text", jsonb = "text", inet = "text", money = "text",
            tsvector = "text", xml = "text", point = "text" } do
            assert.equal(wanted, types.affinity(choose(name).declared), name)
        end
    end)

    it("keeps decimals as integers where they fit", function()
        assert.equal("DECIMAL(18)", choose("numeric", { typmod = (18 << 16) + 4 }).declared)
        assert.is_true(choose("numeric", { typmod = (18 << 16) + 4 }).kind.as_integer)
        assert.equal("TEXT", choose("numeric", { typmod = (19 << 16) + 4 }).declared)
        assert.equal("TEXT", choose("numeric", { typmod = (5 << 16 | 2) + 4 }).declared)
    end)

    it("writes the type's own limits as conditions", function()
        assert.same({ "length(x) <= 10" }, choose("varchar", { typmod = 14 }).checks)
        assert.same({ "length(rtrim(x, ' ')) <= 3" }, choose("bpchar", { typmod = 7 }).checks)
        assert.same({ "x IN (0, 1)" }, choose("bool").checks)
        assert.same({ "x IS NULL OR json_valid(x)" }, choose("jsonb").checks)
        assert.same({ "x IN ('a', 'b''c')" }, choose("mood", { typtype = "e", schema = "public",
            labels = { "a", "b'c" } }).checks)
        assert.same({ "x IS NULL OR json_valid(x)" }, choose("_text", { category = "A",
            element = { name = "text", typmod = -1 } }).checks)
    end)

    it("says what is not checked or not the same", function()
        assert.equal("smallint", choose("int2").range)
        assert.equal("uuid", choose("uuid").form)
        assert.matches("ASCII", choose("citext", { schema = "public", extension = "citext" }).note)
        assert.equal("RTRIM", choose("bpchar").collation)
        local odd = choose("text", {}, { collation = "odd", deterministic = false })
        assert.is_true(odd.kind.uneven)
        assert.matches("odd", odd.note)
        assert.is_false(choose("text", {}, { collation = "de_DE", deterministic = true }).kind.bytewise)
        assert.is_true(choose("text", {}, { collation = "C", deterministic = true }).kind.bytewise)
    end)
end)
