-- Values as a column of SQLite stores them.
local way_back = require "tests.support.way_back"

describe("values on the way back", function()
    it("get the column's stored form", function()
        way_back.each({
            ["0"] = { "'0.00'" }, ["1.005"] = { "'1.01'" }, ["NULL::numeric"] = { "NULL" }, ["'-5'::integer"] =
                { "'-5.00'" },
        }, "default", function(sql) return way_back.assign(sql, "n") end)
        way_back.each({ ["0"] = { "0" }, ["1.5"] = { "2" } }, nil, function(sql) return way_back.assign(sql, "w") end)
        way_back.each({
            ["'{a,NULL,\"b \\\"c\"}'::text[]"] = { "'[\"a\",null,\"b \\\"c\"]'" },
            ["ARRAY['x'::text]"] = { "'[\"x\"]'" },
            ["ARRAY[]::text[]"] = { "'[]'" }, ["'{{a},{b}}'::text[]"] = { nil, "array" },
            ["ARRAY[upper('x'::text)]"] = { nil, "no constant" },
        }, nil, function(sql) return way_back.assign(sql, "ar") end)
        way_back.each({ ["true"] = { "1" } }, nil, function(sql) return way_back.assign(sql, "b") end)
        way_back.each({ ["'ab'::bpchar"] = { "'ab   '" } }, nil, function(sql) return way_back.assign(sql, "c") end)
    end)

    it("write computed decimals with the column's digits, NULL as NULL", function()
        assert.same({ "CASE WHEN CAST(n AS REAL) * i IS NOT NULL THEN printf('%.2f', CAST(n AS REAL) * i) END" },
            { (way_back.assign("(n * (i)::numeric)", "n", "generated")) })
        assert.same({ "n", "exact" }, { way_back.assign("n", "n", "generated") })
        assert.matches("any scale", select(2, way_back.assign("(n * nn)", "nn", "generated")))
    end)

    it("keep to the digits of a second that the column keeps", function()
        local short = { kind = "timestamp", digits = 3 }
        assert.equal("'2024-01-01 00:00:00.120000'",
            (way_back.assign("'2024-01-01 00:00:00.12'::timestamp without time zone", short)))
        assert.is_nil((way_back.assign("'2024-01-01 00:00:00.1234'::timestamp without time zone", short)))
        assert.equal("strftime('%Y-%m-%d %H:%M:%S.000000+00:00', 'now')",
            (way_back.assign("now()", { kind = "timestamptz", digits = 0 })))
    end)
end)
