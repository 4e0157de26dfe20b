-- NULL tests, CASE and choices on the way back.
local way_back = require "tests.support.way_back"

describe("logic on the way back", function()
    it("keeps conditions", function()
        way_back.each {
            ["(b AND (NOT (i = 1)))"] = { "b AND NOT (i = 1)" }, ["(b IS TRUE)"] = { "b IS TRUE" },
            ["(b IS NOT FALSE)"] = { "b IS NOT FALSE" }, ["(b IS UNKNOWN)"] = { "b IS NULL" },
            ["(t IS NOT NULL)"] = { "t IS NOT NULL" }, ["((i > 0) = b)"] = { "i > 0 = b" },
            ["(t AND b)"] = { nil, "no condition" }, ["(ARRAY[1] IS NULL)"] = { nil, "not translated" },
        }
    end)

    it("chooses among terms of one kind", function()
        way_back.each {
            ["CASE WHEN (i > 0) THEN 'a'::text ELSE NULL::text END"] = { "CASE WHEN i > 0 THEN 'a' ELSE NULL END" },
            ["CASE i WHEN 1 THEN t END"] = { "CASE WHEN i = 1 THEN t END" },
            ["COALESCE(t, ''::text)"] = { "coalesce(t, '')" }, ["COALESCE(n, 0)"] = { nil, "beside" },
            ["COALESCE(n, (0)::numeric)"] = { "coalesce(CAST(n AS REAL), 0)" },
            ["NULLIF(t, ''::text)"] = { "nullif(t, '')" }, ["COALESCE(t)"] = { "t" },
            ["COALESCE(ar, '{}'::text[])"] = { nil, "not translated" }, ["COALESCE(t, d)"] = { nil, "beside" },
            ["GREATEST(i, 5)"] = { "coalesce(max(i, 5), i, 5)" }, ["LEAST(t, bytes)"] =
                { "coalesce(min(t, bytes), t, bytes)", "byte by byte" }, ["GREATEST(ci, 'a'::citext)"] = { nil, "max" },
        }
    end)
end)
