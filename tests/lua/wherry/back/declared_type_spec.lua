-- Declared types that a journal keeps, as SQL.
local declared_type = require "wherry.back.declared_type"
local h = require "tests.support.harness"

describe("declared_type", function()
    after_each(h.cleanup)

    it("leaves plain types as they are", function()
        for text, affinity in pairs { INTEGER = "integer", ["double precision"] = "real", ["DECIMAL(10,2)"] = "numeric",
            ["VARCHAR( 255 )"] = "text", ["unsigned big int"] = "integer", [""] = "blob",
            ["NUMERIC(-1, +5)"] = "numeric", DATETIME = "numeric" } do
            assert.equal(text, declared_type.sql(text, affinity))
        end
    end)

    it("takes a type's affinity where its name means another one in an ordinary table", function()
        assert.equal("BLOB", declared_type.sql("ANY", "blob"))
        assert.equal("INTEGER", declared_type.sql("NUMERIC", "integer"))
    end)

    it("keeps every other text a type, whatever it says", function()
        local odd = { "PRIMARY KEY", "not null default 5", 'a"b', "x) ; DROP TABLE t; --", "TEXT CHECK (1)", "a-b",
            "VARCHAR(10) UNIQUE", "date'", "Zeit/Datum", "TEXT(1,2,3)", "line\nbreak", "GENERATED ALWAYS AS (1)" }
        local columns = {}
        for i, text in ipairs(odd) do
            local affinity = require "wherry.schema.types".affinity(text)
            columns[i] = ("c%d %s"):format(i, declared_type.sql(text, affinity))
        end
        local file = h.source(("CREATE TABLE t (%s);"):format(table.concat(columns, ", ")))
        for i, text in ipairs(odd) do
            assert.equal(text, h.sqlite(file,
                ("SELECT type FROM pragma_table_info('t') WHERE name = 'c%d';"):format(i)))
        end
    end)
end)
