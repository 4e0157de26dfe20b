-- Type names as format_type prints them.
local pg_parse = require "wherry.expr.pg_parse"

describe("pg_type_name.read", function()
    local function type_of(text)
        local node = assert(pg_parse.expression("x::" .. text))
        assert.equal("pg_cast", node.t)
        return node.type
    end

    it("reads names of several words with their modifiers", function()
        for text, name in pairs { ["character varying(10)"] = "character varying", ["numeric(10,2)"] = "numeric",
            ["timestamp(3) without time zone"] = "timestamp without time zone",
            ["double precision"] = "double precision",
            ["time with time zone"] = "time with time zone", ["bit varying(5)"] = "bit varying", text = "text" } do
            assert.equal(name, type_of(text).name)
        end
        assert.same({ 10, 2 }, type_of("numeric(10,2)").arguments)
        assert.same({ 3 }, type_of("timestamp(3) with time zone").arguments)
        assert.equal("interval", type_of("interval day to second(3)").name)
    end)

    it("reads arrays, schemas and quoted names", function()
        assert.equal(2, type_of("text[][]").dimensions)
        local type = type_of 'public."Mood"'
        assert.same({ "public", "Mood", true }, { type.schema, type.name, type.quoted })
        assert.same({ "bit", true }, { type_of('"bit"').name, type_of('"bit"').quoted })
    end)
end)
