-- LIKE and regular expressions as GLOB, and texts out of JSON beside constants.
local way_back = require "tests.support.way_back"

describe("matching on the way back", function()
    it("keeps the case that SQLite's LIKE does not heed", function()
        way_back.each {
            ["(t ~~ 'a%'::text)"] = { "t GLOB 'a*'" }, ["(t ~~ '%@%'::text)"] = { "t LIKE '%@%'" },
            ["(t !~~ 'a_[*'::text)"] = { "t NOT GLOB 'a?[[][*]'" }, ["(t ~~ 'a\\%'::text)"] = { "t GLOB 'a%'" },
            ["(t ~~* 'a%'::text)"] = { "t LIKE 'a%'", "ASCII" }, ["(bytes ~~* 'a%'::text)"] = { "bytes LIKE 'a%'" },
            ["(bytes ~~* 'é'::text)"] = { "bytes LIKE 'é'", "ASCII" },
            ["(bytes !~~* 'a\\_'::text)"] = { "bytes NOT LIKE 'a\\_' ESCAPE '\\'" },
            ["(t ~~ bytes)"] = { nil, "no constant" }, ["(t ~~ 'a\\'::text)"] = { nil, "backslash" },
            ["(c ~~ 'a'::text)"] = { nil, "text" }, ["(odd ~~ 'a'::text)"] = { nil, "text" },
        }
    end)

    it("takes the regular expressions that GLOB can say", function()
        way_back.each {
            ["(t ~ '^[a-z]+$'::text)"] = { "t NOT GLOB '*[^a-z]*' AND length(t) >= 1" },
            ["(t !~ '^[a-z]+$'::text)"] = { "NOT (t NOT GLOB '*[^a-z]*' AND length(t) >= 1)" },
            ["(t ~ '^[A-Z]{2}-[0-9]'::text)"] = { "t GLOB '[A-Z][A-Z]-[0-9]*'" },
            ["(t ~ '^\\d+$'::text)"] = { "t NOT GLOB '*[^0-9]*' AND length(t) >= 1", "scripts" },
            ["(bytes ~ '^\\d{1,3}$'::text)"] =
                { "bytes NOT GLOB '*[^0-9]*' AND length(bytes) >= 1 AND length(bytes) <= 3" },
            ["(t ~ 'a|b'::text)"] = { nil, "GLOB" }, ["(t ~* 'a'::text)"] = { nil, "case" },
            ["(ci ~ 'a'::citext)"] = { nil, "case" }, ["(t ~ '^\\w+$'::text)"] = { nil, "GLOB" },
        }
    end)

    it("compares a text out of JSON with what only a string can be", function()
        way_back.each {
            ["((j ->> 'a'::text) = 'x'::text)"] = { "j ->> 'a' = 'x'" },
            ["((j ->> 'a'::text) IS DISTINCT FROM 'x'::text)"] = { "j ->> 'a' IS NOT 'x'" },
            ["((j ->> 'a'::text) = '5'::text)"] = { "CAST(j ->> 'a' AS TEXT) = '5'", "true and false" },
            ["((j ->> 'a'::text) = 'true'::text)"] = { "CAST(j ->> 'a' AS TEXT) = 'true'", "true and false" },
            ["((js ->> 'a'::text) = 'x'::text)"] = { "js ->> 'a' = 'x'", "twice" },
        }
    end)
end)
