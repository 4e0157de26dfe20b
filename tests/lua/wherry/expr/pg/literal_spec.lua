-- Literals and columns as PostgreSQL's text; that they give the same is shown by tests/e2e/expressions_spec.lua.
local printing = require "tests.support.printing"

describe("pg.literal", function()
    it("prints what a person would write", function()
        assert.same({}, printing.wrong({
            { "5", "5" },
            { "-5", "-5" },
            { "9223372036854775807", "9223372036854775807" },
            { "-9223372036854775808", "'-9223372036854775808'::bigint" },
            { "9223372036854775808", "9.223372036854776e+18::double precision" },
            { "1.5", "1.5::double precision" },
            { "1e300", "1e+300::double precision" },
            { "9e999", "'Infinity'::double precision" },
            { "'it''s'", "'it''s'" },
            { [['a\b']], [[E'a\\b']] },
            { "x'00ff'", [['\x00ff'::bytea]] },
            { "TRUE", "TRUE" },
            { "NULL", "NULL" },
            { '"s"', "s" },
            { '"no such"', "'no such'" },
            { "[Order]", '"Order"' },
            { "rowid", "id" },
        }))
    end)
end)
