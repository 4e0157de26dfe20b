-- JSON functions give what they give in SQLite: valid and malformed documents, paths, equal names, numbers as written.
local Differential = require "tests.support.differential"

local DOCUMENTS = {
    "{}", "[]", "null", "true", "false", "0", "-0", "1.50", "1e5", "9223372036854775808", "1e999", '""',
    '"text"', '"\\u0041\\n"',
    '{"a":1,"b":"x"}', ' { "a" : [ 1 , 2.0 , { "b" : null } ] } ', '{"a":1,"a":2}', '{"a":{"b":{"c":[true,false]}}}',
    '{"b":5,"a":"5"}', '{"\\u0061":1,"a b":2,"é":"日本"}', '["a",["b"],{"a":-7}]', '{"a":9007199254740993}',
    '{"a":0.1,"b":1e-7}', '{"a":"x\\u0000y"}', '{"a":"\\"q\\" \\\\ \\/"}', '{"":0,"a":""}', "[1,2,3,4,5]", '{"a":"{}"}',
    '{"a":[]}', '{"a":12345678901234567890}', '{"a":true,"b":"yes"}', '{"a":false}', '{"a":null}', false,
}

local TEXTS = {
    "{}", "[]", " [1] ", "", " ", "nul", "null", "nullx", "01", "-", "-0", "+1", "1.", ".5", "1e", "1e+5",
    "0x10", "NaN",
    "Infinity", "[1,]", "[,1]", '{"a":1,}', "{a:1}", "{'a':1}", '{"a"}', '{"a":}', '{"a" 1}', "[1 2]", "[", "]", "[]]",
    '"',
        '"a', '"\t"', '"\\t"', '"\\x"', '"\\u00"', '"\\u0000"', '"\\ud800"',
    '"\\uD83D\\uDE00"', '"é"', "'a'", "// c\n1", "1 // c",
    "\f[]", "\u{a0}[]", "\u{feff}[]", "truefalse", "[true,false,null]", "1 1", "tRue", '{"a":1}{"b":2}',
    '"\x7f"', '"\x01"',
    ("["):rep(2000) .. ("]"):rep(2000), ("["):rep(2001) .. ("]"):rep(2001), ("["):rep(900) .. "1" .. ("]"):rep(899),
    '[' .. ('{"a":[]},'):rep(1500) .. '1]', false,
}

local PATHS = { "$", "$.a", "$.b", "$.a.b", "$.a[0]", "$.a[1]", "$[0]", "$[1][0]", "$[#-1]", "$[#-1].a",
    "$[#]", "$.a[#-1].b",
    '$."a b"', "$.é", "$.a.b.c[0]", '$."a"' }

describe("documents in PostgreSQL", function()
    local t

    setup(function()
        t = Differential.open({ { name = "j", kind = "text", values = DOCUMENTS },
            { name = "s", kind = "text", values = { "x", "5", "", 'quo"te\\', "é\n\t\u{1}\u{7f}", "{}", false } },
            { name = "n", kind = "integer" },
            { name = "r", kind = "real", values = { 1.0, 5.0, 0.1, 1e-7, 2.0, -7.0, 9007199254740992.0, 1e19, 0.0,
                math.huge, -math.huge, false } } }, { rows = 60 })
    end)

    teardown(function()
        t:close()
    end)

    local function each_path(...)
        local list = {}
        for _, form in ipairs { ... } do
            for _, path in ipairs(PATHS) do
                list[#list + 1] = (form:gsub("PATH", function() return "'" .. path .. "'" end))
            end
        end
        return list
    end

    it("have the same elements", function()
        assert.same({}, (t:problems(each_path("CAST(json_extract(j, PATH) AS TEXT)", "json_type(j, PATH)",
            "CAST(json_extract(j, PATH) AS INTEGER)", "CAST(j ->> PATH AS REAL)", "j -> PATH",
            "json_array_length(j, PATH)",
            "json_extract(j, PATH) IS NULL"), "exact")))
    end)

    it("compare in the same way", function()
        local list = each_path("json_extract(j, PATH) = 5", "j ->> PATH = '5'", "json_extract(j, PATH) > 1",
            "json_extract(j, PATH) <= 'b'", "json_extract(j, PATH) <> s", "json_extract(j, PATH) IS 1",
            "json_extract(j, PATH) IN (1, 'x', 0.1, NULL)", "json_extract(j, PATH) BETWEEN 0 AND 'm'")
        for _, value in ipairs { "9007199254740993", "9007199254740992.0", "1.5", "-7", "1e300", "'{}'", "''",
            "NULL", "1 = 1" } do
            list[#list + 1] = ("json_extract(j, '$.a') = %s"):format(value)
            list[#list + 1] = ("json_extract(j, '$.a') < %s"):format(value)
        end
        for _, column in ipairs { "n", "r", "s", "CAST(s AS INTEGER)", "round(r)" } do
            list[#list + 1] = ("json_extract(j, '$.a') = %s"):format(column)
            list[#list + 1] = ("%s >= json_extract(j, '$.a')"):format(column)
            list[#list + 1] = ("EXISTS (SELECT 1 FROM json_each(j) AS e WHERE e.value = %s)"):format(column)
        end
        list[#list + 1] = "json_extract(j, '$.a') = json_extract(j, '$.b')"
        list[#list + 1] = "json_extract(j, '$.a') >= json_extract(j, '$.b')"
        assert.same({}, (t:problems(list, "exact")))
    end)

    it("are conditions by the same rules", function()
        assert.same({}, (t:problems({ "json_extract(j, '$.a')", "NOT j ->> '$.b'", "json_extract(j, '$.a') AND n > 0",
            "json_extract(j, '$.a') LIKE '%5%'", "length(json_extract(j, '$.a')) > 1" }, "exact", "condition")))
    end)

    it("are written in the same way", function()
        assert.same({}, (t:problems({ "json(j)", "json_quote(s)", "json_quote(n)", "json_quote(r)", "json_quote(NULL)",
            "json_array()", "json_array(s, n, r, NULL, 1.0, 'it''s', json(j))", "json_object()",
            "json_object('a', s, 'b', n, 'c\"', json_array(r))", "json_array(json_object('x', json_array(1, s)))",
            "json_extract(j, '$.a', '$.b')", "json_array(j -> '$.a')", "upper(json_extract(j, '$.a'))",
            "'<' || json_extract(j, '$.a') || '>'", "json_type(j)", "json_array_length(j)" }, "exact")))
    end)

    it("are changed in the same way", function()
        local list = { "json_remove(j, '$.a', '$.b')", "json_set(j, '$.a', s, '$.z', n)", "json_remove(j)",
            "json_insert(j, '$[#]', 1, '$[#]', 2)",
            [[json_patch(j, '{"a":{"b":null,"x":[null]},"c":null,"é":{"y":null}}')]],
            [[json_patch(j, '{"b":{"b1":null},"a":5}')]], "json_remove(j, '$[0]', '$[0]')",
            "json_set(j, '$.z', json_array(s, json_object('n', n)))", "json_extract(json_set(j, '$.z', n), '$.z') = 1" }
        for _, path in ipairs { "$.a", "$.b.c", "$.a.b", "$.z.y[0].x", "$.z[1]", "$.z[#]", "$[1]", "$[#]", "$[#-1]",
            '$."a b"', "$.a[0]", "$.a[#]", "$.é" } do
            for _, form in ipairs { "json_set(j, '%s', s)", "json_insert(j, '%s', n)",
                "json_replace(j, '%s', json('[1]'))",
                "json_remove(j, '%s')" } do
                list[#list + 1] = form:format(path)
            end
        end
        assert.same({}, (t:problems(list, "exact")))
        local patched = t:compare "json_patch('{\"a\":[1],\"z\":2}', j)"
        assert.equal("changed", patched.outcome)
        assert.same({}, patched.wrong)
        assert.same({}, (t:problems({ "json_set(j, '$', 1)", "json_set(j, '$.a', 1, '$.a.b', 2)", "json_set(j, s, 1)",
"json_set(j, '$.a')" }, "refused")))
    end)

    it("are tables in the same way", function()
        assert.same({}, (t:problems({ "(SELECT count(*) FROM json_each(j))", "(SELECT count(*) FROM json_tree(j))",
            "EXISTS (SELECT 1 FROM json_each(j) WHERE value = 'x')", "(SELECT count(*) FROM json_each(j, '$.a'))",
            "(SELECT max(fullkey) FROM json_tree(j))", "(SELECT min(type) FROM json_each(j, '$[2]'))",
            "(SELECT count(*) FROM json_tree(j) WHERE key = 'b')", "(SELECT count(*) FROM json_each(j) WHERE key = 1)",
            "(SELECT count(atom) FROM json_tree(j))", "(SELECT max(path) FROM json_tree(j) AS e WHERE e.atom > 1)",
            "(SELECT count(*) FROM json_each(j) WHERE typeof(type) = 'text' AND value IS NOT NULL)" }, "exact")))
        assert.equal("refused", t:compare("(SELECT max(id) FROM json_each(j))").outcome)
    end)

    it("give one type where SQLite gives several, with a note", function()
        for _, expression in ipairs { "json_extract(j, '$.a')", "j ->> 'b'", "coalesce(j ->> 'b', 'none')",
            "json_extract(j, '$.a') + 1", "CASE WHEN n > 0 THEN json_extract(j, '$.a') END" } do
            local result = t:compare(expression)
            assert.equal("changed", result.outcome)
        end
        local result = t:compare "typeof(json_extract(j, '$.a'))"
        assert.equal("refused", result.outcome)
    end)
end)

describe("json_valid", function()
    local t

    setup(function()
        local texts, state = { table.unpack(TEXTS) }, 7
        local function random(n)
            state = (state * 6364136223846793005 + 1442695040888963407) & math.maxinteger
            return (state >> 33) % n + 1
        end
        -- Documents with one byte changed.
        local other = { "[", "]", "{", "}", ",", ":", '"', "\\", "0", "-", ".", "e", "n", " ", "\n", "\x01", "" }
        for _ = 1, 1500 do
            local text = DOCUMENTS[random(#DOCUMENTS - 1)]
            local at = random(#text)
            local changed = text:sub(1, at - 1) .. other[random(#other)] .. text:sub(at + random(2) - 1)
            texts[#texts] = utf8.len(changed) and changed or "[]"
            texts[#texts + 1] = false
        end
        t = Differential.open({ { name = "s", kind = "text", values = texts } }, { rows = #texts })
    end)

    teardown(function()
        t:close()
    end)

    it("is the same for every text", function()
        assert.same({}, (t:problems({ "json_valid(s)" }, "exact")))
        assert.same({}, (t:problems({ "json_valid(s)", "s IS NULL OR json_valid(s)", "NOT json_valid(s)" }, "exact",
            "condition")))
    end)
end)
