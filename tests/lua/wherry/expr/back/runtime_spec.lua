-- The runtime functions of the way there, on the way back.
local way_back = require "tests.support.way_back"

describe("runtime functions on the way back", function()
    local found = { runtime = {} }
    for _, name in ipairs { "glob", "substr", "json_valid", "strftime", "current_date", "integer", "shift_left",
        "json_text", "randomblob" } do
        found.runtime["sqlite_" .. name] = "public"
    end

    local function translate(sql, use)
        return way_back.value(sql, use, found)
    end

    it("become what they stand for", function()
        way_back.each({
            ["sqlite_glob('[a-z]*'::text, t)"] = { "t GLOB '[a-z]*'" },
            ["public.sqlite_substr(t, '-2'::integer, 1)"] = { "substr(t, -2, 1)" },
            ["COALESCE(sqlite_json_valid(t), false)"] = { "coalesce(json_valid(t), 0)" },
            ["sqlite_json_valid(t)"] = { "CASE WHEN t IS NOT NULL THEN json_valid(t) END" },
            ["sqlite_strftime('%Y'::text, t)"] = { "strftime('%Y', t)" },
            ["sqlite_integer(t)"] = { "CAST(t AS INTEGER)" }, ["sqlite_shift_left(i, 2)"] = { "i << 2" },
            ["sqlite_json_text(t, '$.a'::text)"] = { "CAST(json_extract(t, '$.a') AS TEXT)" },
        }, "check", translate)
        way_back.each({ ["sqlite_current_date('now'::text)"] = { "date('now')" }, ["sqlite_randomblob(4)"] =
            { "randomblob(4)" } }, "default", translate)
    end)

    it("are not taken for others of the name, nor where the value has to stay the same", function()
        way_back.each({
            ["other.sqlite_glob('a'::text, t)"] = { nil, "other.sqlite_glob" },
            ["sqlite_round(f)"] = { nil, "sqlite_round" }, ["sqlite_current_date('now'::text)"] = { nil, "present" },
            ["sqlite_randomblob(4)"] = { nil, "random" },
            ["sqlite_strftime('%Y'::text, t, VARIADIC ar)"] = { nil, "sqlite_strftime" },
        }, "check", translate)
        way_back.each { ["sqlite_glob('a'::text, t)"] = { nil, "sqlite_glob" } }
    end)
end)
