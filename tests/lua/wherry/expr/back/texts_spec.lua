-- Functions over text on the way back.
local way_back = require "tests.support.way_back"

describe("functions over text on the way back", function()
    it("keep what is the same, and say where only ASCII is known", function()
        way_back.each {
            ["lower(t)"] = { "lower(t)", "ASCII" }, ["lower(bytes)"] = { "lower(bytes)" },
            ["upper((t COLLATE \"C\"))"] = { "upper(t)" }, ["length(t)"] = { "length(t)" }, ["char_length(c)"] =
                { "length(rtrim(c, ' '))" }, ["octet_length(t)"] = { "length(CAST(t AS BLOB))" },
            ["length(y)"] = { "length(y)" }, ["TRIM(BOTH FROM t)"] = { "trim(t)" }, ["ltrim(t, 'x'::text)"] =
                { "ltrim(t, 'x')" }, ["POSITION(('a'::text) IN (t))"] = { "instr(t, 'a')" },
            ["substr(t, 2, 3)"] = { "substr(t, 2, 3)" }, ["\"left\"(t, 2)"] = { "substr(t, 1, 2)" },
            ["\"right\"(t, 2)"] = { "substr(t, -2)" },
            ["replace(t, 'a'::text, 'b'::text)"] = { "replace(t, 'a', 'b')" },
            ["concat(t, '-', i)"] = { "coalesce(t, '') || '-' || coalesce(CAST(i AS TEXT), '')" },
            ["starts_with(t, 'a*'::text)"] = { "t GLOB 'a[*]*'" },
            ["num_nonnulls(t, i)"] = { "(t IS NOT NULL) + (i IS NOT NULL)" },
        }
    end)

    it("refuse places whose meaning differs", function()
        way_back.each {
            ["substr(t, 0)"] = { nil, "from 1" }, ["substr(t, i)"] = { nil, "no constant" },
            ["\"left\"(t, '-1'::integer)"] = { nil, "from 0" }, ["\"right\"(t, 0)"] = { nil, "from 1" },
            ["lower(ci)"] = { nil, "lower" }, ["starts_with(t, bytes)"] = { nil, "no constant" },
        }
    end)
end)
