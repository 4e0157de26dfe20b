-- Casts on the way back.
local way_back = require "tests.support.way_back"

describe("casts on the way back", function()
    it("put constants into their stored form", function()
        way_back.each {
            ["'-1'::integer"] = { "-1" }, ["'t'::boolean"] = { "1" }, ["(1.50)::numeric(10,1)"] = { "1.5" },
            ["'abc'::character varying(2)"] = { "'ab'" }, ["'ab'::character(4)"] = { "'ab  '" },
            ["'2020-01-01 12:00:00+02'::timestamp with time zone"] = { "'2020-01-01 10:00:00.000000+00:00'" },
            ["'\\x61'::bytea"] = { "X'61'" }, ["'{\"a\": 1}'::jsonb"] = { "'{\"a\": 1}'" },
            ["'1 mon'::interval"] = { "'P1M'" }, ["NULL::text"] = { "NULL" }, ["(2)::double precision"] = { "2.0" },
            ["'1e2'::double precision"] = { "1e2" },
        }
    end)

    it("refuse constants that are not understood", function()
        way_back.each {
            ["'now'::timestamp without time zone"] = { nil, "now" }, ["'NaN'::double precision"] = { nil, "NaN" },
            ["'infinity'::date"] = { nil, "infinity" }, ["'x'::uuid"] = { nil, "uuid" }, ["'1.2.3.4'::inet"] =
                { nil, "inet" }, ["'101'::\"bit\""] = { nil, "bit" }, ["'1'::other.integer"] = { nil, "integer" },
            ["'2024-01-01 00:00:00.12'::timestamp(1) without time zone"] = { nil, "timestamp" },
        }
    end)

    it("convert other terms where SQLite's conversion is the same", function()
        way_back.each {
            ["(i)::bigint"] = { "i" }, ["(k)::integer"] = { "k", "overflow" }, ["(i)::text"] = { "CAST(i AS TEXT)" },
            ["(b)::text"] = { "CASE WHEN b THEN 'true' WHEN NOT b THEN 'false' END" }, ["(b)::integer"] = { "b" },
            ["(i)::boolean"] = { "i <> 0" }, ["(n)::double precision"] = { "CAST(n AS REAL)" }, ["(ci)::text"] =
                { "ci COLLATE BINARY" }, ["(u)::text"] = { "u" }, ["(t)::character varying(2)"] = { "substr(t, 1, 2)" },
            ["(f)::integer"] = { "CAST(round(f) AS INTEGER)", "overflow" },
            ["(t)::integer"] = { nil, "text to integer" },
            ["(f)::text"] = { nil, "real as text" }, ["(f)::real"] = { "f", "4 bytes" },
            ["(t)::date"] = { nil, "date" },
            ["(nn)::numeric(10,2)"] = { "round(CAST(nn AS REAL), 2)", "decimal" },
        }
    end)
end)
