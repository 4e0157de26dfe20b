-- Functions on the way back, by name and kinds.
local way_back = require "tests.support.way_back"

describe("calls on the way back", function()
    it("keep what SQLite has", function()
        way_back.each {
            ["abs(f)"] = { "abs(f)" }, ["abs(i)"] = { "abs(i)", "overflow" }, ["abs(n)"] = { "abs(CAST(n AS REAL))" },
            ["round(n, 1)"] = { "round(CAST(n AS REAL), 1)", "double" }, ["mod(i, 3)"] = { "i % 3" },
            ["cardinality(ar)"] = { "json_array_length(ar)", "dimension" },
            ["array_length(ar, 1)"] = { "nullif(json_array_length(ar), 0)", "dimension" },
            ["encode(y, 'hex'::text)"] = { "lower(hex(y))" },
        }
    end)

    it("refuse other functions and the same names over other kinds", function()
        way_back.each {
            ["md5(t)"] = { nil, "md5" }, ["lower(i)"] = { nil, "lower of integer" }, ["other.lower(t)"] =
                { nil, "other.lower" }, ["round(f)"] = { nil, "round of real" }, ["length(ip)"] = { nil, "inet" },
            ["lower()"] = { nil, "lower" }, ["abs()"] = { nil, "abs" }, ["concat(VARIADIC ar)"] = { nil, "concat" },
            ["count(*)"] = { nil, "count" }, ["array_length(ar, 2)"] = { nil, "dimension" },
            ["floor(f)"] = { nil, "floor" }, ["encode(y, 'base64'::text)"] = { nil, "hex" },
            ["now()"] = { nil, "present time" }, ["gen_random_uuid()"] = { nil, "random" },
            ["nextval('s'::regclass)"] = { nil, "nextval" }, ["now(1)"] = { nil, "arguments" },
        }
    end)
end)
