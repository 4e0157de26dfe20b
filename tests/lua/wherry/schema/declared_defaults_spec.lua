-- DEFAULT of columns whose type is declared: literals by the codec, and now in the declared unit.
local declared_defaults = require "wherry.schema.declared_defaults"
local declared_type = require "wherry.plan.declared_type"

local function type_of(text, stored, zone)
    local type = declared_type.read(text)
    type.stored, type.zone = stored, zone
    return type
end

describe("declared_defaults.literal", function()
    local function is(expected, class, value, ...)
        assert.equal(expected, (declared_defaults.literal(class, value, type_of(...))))
    end

    it("reads a literal as the values are read, and writes it with its type", function()
        is("'2023-11-14 22:13:20.001000+00:00'::timestamp with time zone", "integer", 1700000000001, "timestamptz",
            "unix_ms")
        is("'2023-12-31 22:00:00.000000+00:00'::timestamp with time zone", "text", "2024-01-01", "timestamptz", nil,
            7200)
        is("'2024-01-01 10:00:00.000000'::timestamp without time zone", "text", "2024-01-01T10:00", "timestamp", "iso")
        is("'2024-01-01'::date", "real", 2460310.5, "date", "julian")
        is("'00112233-4455-6677-8899-aabbccddeeff'::uuid", "blob", "33221100554477668899aabbccddeeff", "uuid",
            "uuid_net")
        is("true", "text", "yes", "boolean")
        is("false", "integer", 0, "boolean")
        is("'5'::smallint", "integer", 5, "smallint")
        is("'it''s'::character varying(4)", "text", "it's", "varchar(4)")
        is("'1.50'::numeric(10,2)", "text", "1.50", "numeric(10,2)")
        is("E'\\\\x616200'::bytea", "blob", "616200", "bytea")
        is("'10.0.0.1'::inet", "text", "10.0.0.1", "inet")
    end)

    it("says why a type does not take it, or no literal of it is written", function()
        local sql, reason = declared_defaults.literal("text", "n/a", type_of("timestamptz", "unix_ms"))
        assert.is_nil(sql)
        assert.matches("declared to hold unix_ms", reason)
        for _, text in ipairs { "integer[]", "int4range", "point" } do
            assert.same({ n = 2, [2] = "no literal of type " .. text .. " is written" },
                table.pack(declared_defaults.literal("text", "[1,2]", type_of(text))))
        end
    end)
end)

describe("declared_defaults.now", function()
    it("knows now where it is counted in the declared unit", function()
        for stored, list in pairs {
            unix = { "unixepoch()", "(strftime('%s', 'now'))", "CAST(strftime('%s','now') AS INTEGER)" },
            unix_ms = { "(unixepoch() * 1000)", "(CAST(strftime('%s', 'now') AS INT) * 1000)" },
            unix_us = { "1000000 * unixepoch('now')" }, unix_ns = { "unixepoch()*1000000000" },
        } do
            for _, sql in ipairs(list) do
                assert.equal("date_trunc('second', statement_timestamp())",
                    declared_defaults.now(sql, type_of("timestamptz", stored)), sql)
            end
        end
        assert.equal("date_trunc('milliseconds', statement_timestamp())",
            declared_defaults.now("(unixepoch('subsec') * 1000)", type_of("timestamptz", "unix_ms")))
        assert.equal("(date_trunc('milliseconds', statement_timestamp()) AT TIME ZONE 'UTC')",
            declared_defaults.now("julianday('now')", type_of("timestamp", "julian")))
    end)

    it("takes nothing else for now", function()
        for _, sql in ipairs { "unixepoch()", "unixepoch('now', '+1 day') * 1000", "(1) + (2)", "1000" } do
            assert.is_nil(declared_defaults.now(sql, type_of("timestamptz", "unix_ms")), sql)
        end
        assert.is_nil(declared_defaults.now("unixepoch()", type_of "timestamptz"))
        assert.is_nil(declared_defaults.now("unixepoch()", type_of("timestamptz", "core_data")))
        assert.is_nil(declared_defaults.now("unixepoch()", type_of("date", "unix")))
        assert.is_nil(declared_defaults.now("unixepoch()", type_of("timestamptz(0)", "unix")))
    end)
end)
