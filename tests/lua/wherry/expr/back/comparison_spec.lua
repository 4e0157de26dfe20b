-- Comparisons on the way back: exact where the stored forms compare as the values do, noted or refused otherwise.
local way_back = require "tests.support.way_back"

describe("comparisons on the way back", function()
    it("keep those of equal kinds", function()
        way_back.each {
            ["(i = 5)"] = { "i = 5" }, ["(i <> k)"] = { "i <> k" }, ["(b = true)"] = { "b = 1" },
            ["(t = 'a'::text)"] = { "t = 'a'" }, ["(u = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid)"] =
                { "u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'" }, ["(y < '\\x61'::bytea)"] = { "y < X'61'" },
            ["(m = 'ok'::mood)"] = { "m = 'ok'" }, ["(c = 'ab'::bpchar)"] = { "c = 'ab'" },
            ["(t IS DISTINCT FROM 'a'::text)"] = { "t IS NOT 'a'" }, ["(tm > '12:30:00'::time without time zone)"] =
                { "tm > '12:30:00.000000'" },
        }
    end)

    it("compare decimals as numbers", function()
        way_back.each {
            ["(n > (0)::numeric)"] = { "CAST(n AS REAL) > 0" }, ["(n = 1.10)"] = { "CAST(n AS REAL) = 1.1" },
            ["(w > (0)::numeric)"] = { "w > 0" }, ["(nn > 0.5)"] = { "CAST(nn AS REAL) > 0.5", "15 digits" },
            ["(n > 0.12345678901234567)"] = { "CAST(n AS REAL) > 0.12345678901234567", "15 digits" },
        }
    end)

    it("say where the order or equality is another one", function()
        way_back.each {
            ["(t > 'a'::text)"] = { "t > 'a'", "byte by byte" }, ["(bytes > 'a'::text)"] = { "bytes > 'a'" },
            ["((t COLLATE \"C\") > 'a'::text)"] = { "t > 'a'" },
            ["(ci = 'a'::citext)"] = { "ci = 'a'", "ASCII" },
            ["(d > '2020-01-01'::date)"] = { "d > '2020-01-01'", "years" }, ["(d = '2020-01-01'::date)"] =
                { "d = '2020-01-01'" }, ["(k < f)"] = { "k < f", "53 bits" },
            ["(j = '{}'::jsonb)"] = { "j = '{}'", "as it is written" },
        }
    end)

    it("refuse what would be wrong", function()
        way_back.each {
            ["(odd = 'a'::text)"] = { nil, "collation" }, ["(m < 'ok'::mood)"] = { nil, "enum" },
            ["(iv = '1 day'::interval)"] = { nil, "interval" }, ["(ip = '1.2.3.4'::inet)"] = { nil, "inet" },
            ["(tz > d)"] = { nil, "timestamptz" }, ["(c = t)"] = { nil, "fixed" },
            ["(ar = ARRAY['a'::text])"] = { nil, "array" }, ["(i OPERATOR(other.=) 5)"] = { nil, "other" },
            ["(unknown = 1)"] = { nil, "no column" }, ["(t COLLATE \"de_DE\" = 'a')"] = { nil, "collation" },
        }
    end)

    it("make lists of ANY and ALL", function()
        way_back.each {
            ["((t)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))"] =
                { "t IN ('a', 'b')" },
            ["(i <> ALL (ARRAY[1, NULL::integer]))"] = { "i NOT IN (1, NULL)" },
            ["(t = ANY ('{a,\"b,c\"}'::text[]))"] = { "t IN ('a', 'b,c')" },
            ["(i = ANY ('{}'::integer[]))"] = { "0" }, ["(i <> ALL ('{}'::integer[]))"] = { "1" },
            ["(i > ANY (ARRAY[1, 2]))"] = { "i > 1 OR i > 2" }, ["(i > ALL (ARRAY[1, 2]))"] = { "i > 1 AND i > 2" },
            ["(t ~~ ANY (ARRAY['a%'::text, '%b'::text]))"] = { "t GLOB 'a*' OR t GLOB '*b'" },
            ["(t = ANY (ar))"] = { nil, "no constant" }, ["i IN (1, 2)"] = { "i IN (1, 2)" },
            ["i NOT BETWEEN 1 AND 2"] = { "NOT (i >= 1 AND i <= 2)" },
        }
    end)
end)
