-- JSON on the way back.
local way_back = require "tests.support.way_back"

describe("JSON on the way back", function()
    it("is taken apart by plain keys and places", function()
        way_back.each {
            ["(j -> 'a'::text)"] = { "j -> 'a'" }, ["((j -> 'a'::text) ->> 0)"] =
                { "CAST(j -> 'a' ->> 0 AS TEXT)", "true and false" },
            ["((j ->> 'a'::text) IS NULL)"] = { "CAST(j ->> 'a' AS TEXT) IS NULL" },
            ["(js -> 'a'::text)"] = { "js -> 'a'", "twice" }, ["(j -> '$.a'::text)"] = { nil, "plain name" },
            ["(j -> '-1'::integer)"] = { nil, "plain name" }, ["(j -> t)"] = { nil, "plain name" },
            ["(j @> '{}'::jsonb)"] = { nil, "@>" }, ["(j ? 'a'::text)"] = { nil, "%?" },
        }
    end)

    it("tells types by PostgreSQL's names", function()
        way_back.each {
            ["(jsonb_typeof(j) = 'object'::text)"] = { "json_type(j) = 'object'" },
            ["(jsonb_typeof(j) <> 'number'::text)"] = { "json_type(j) NOT IN ('integer', 'real')" },
            ["jsonb_typeof(j)"] = { "CASE json_type(j) WHEN 'text' THEN 'string' WHEN 'integer' THEN 'number' "
                .. "WHEN 'real' THEN 'number' WHEN 'true' THEN 'boolean' WHEN 'false' THEN 'boolean' "
                .. "ELSE json_type(j) END" },
            ["jsonb_typeof(t)"] = { nil, "text" }, ["jsonb_array_length(j)"] = { "json_array_length(j)", "no array" },
        }
    end)
end)
