-- printf() and format() give what they give in SQLite, digit by digit; random values have the same class and length.
local Differential = require "tests.support.differential"

local REALS = { 0.0, -0.0, 1.0, -1.5, 2.675, 1.005, 0.005, 0.045, 99.995, 999999.5, 9999995.0, 123456.789,
    -0.001, 0.5, 1.5, 2.5,
    1e10, 1e15, 1e16, 1e-5, 1e-7, 1e100, 1e300, 5e-324, 1.7976931348623157e308, 1 / 3, 1e22, 1e23, 123456789012345680.0,
    math.huge, -math.huge, false }

local FLAGS = { "", "-", "+", " ", "0", "#", ",", "!", "-0", "+0", " 0", "+ ", "0,", "!#" }

describe("formats", function()
    local t

    setup(function()
        local reals, state = { table.unpack(REALS) }, 11
        local function random(n)
            state = (state * 6364136223846793005 + 1442695040888963407) & math.maxinteger
            return (state >> 33) % n
        end
        for _ = 1, 500 do
            reals[#reals] = random(2) == 0 and random(10 ^ 7 // 1) / 1000 or random(2 ^ 31 // 1) / 1024
            reals[#reals + 1] = false
        end
        t = Differential.open({ { name = "n", kind = "integer" }, { name = "r", kind = "real", values = reals },
            { name = "s", kind = "text", values = { "", "a", "it's",
                'quo"te', "é", "日本語", "a\nb", "-12.7x", "42", false } },
            { name = "f", kind = "boolean" } }, { rows = #reals })
    end)

    teardown(function()
        t:close()
    end)

    it("write integers", function()
        local list = {}
        for _, flags in ipairs(FLAGS) do
            for _, size in ipairs { "", "1", "12", "30", ".5", "12.5", ".0" } do
                list[#list + 1] = ("printf('%%%s%sd', n)"):format(flags, size)
            end
            for _, letter in ipairs { "u", "x", "X", "o" } do
                list[#list + 1] = ("format('%%%s8%s', n)"):format(flags, letter)
            end
        end
        assert.same({}, (t:problems(list, "exact")))
    end)

    it("write reals", function()
        local list = {}
        for _, size in ipairs { "", ".0", ".1", ".2", ".3", ".6", ".10", ".15", ".20", "12.2" } do
            for _, letter in ipairs { "f", "e", "g", "E", "G" } do
                list[#list + 1] = ("printf('%%%s%s', r)"):format(size, letter)
            end
        end
        for _, flags in ipairs(FLAGS) do
            list[#list + 1] = ("printf('%%%s12.2f|', r)"):format(flags)
            list[#list + 1] = ("printf('%%%s15g', r)"):format(flags)
        end
        assert.same({}, (t:problems(list, "exact")))
    end)

    it("write texts", function()
        local list = {}
        for _, letter in ipairs { "s", "q", "Q", "w" } do
            for _, size in ipairs { "", "8", "-8", "1", "!8", "!.2", "-!8.1" } do
                list[#list + 1] = ("'[' || printf('%%%s%s', s) || ']'"):format(size, letter)
            end
        end
        assert.same({}, (t:problems(list, "exact")))
    end)

    it("convert their arguments and put text between them", function()
        assert.same({}, (t:problems({ "printf('%d', s)", "printf('%d', r)", "printf('%d|%d', f, NULL)",
            "printf('%s', n)",
            "printf('%f', n)", "printf('%.2f', s)", "printf('%s-%s', s, n)", "printf('100%%')", "printf('%d of %d', n)",
            "printf('')", "printf('it''s %s', 'é')", "printf('%*d', 6, n)", "printf('%-*s|', 4, s)",
            "printf('%.*f', 3, r)",
            "printf('%05d', 42)", "printf('%lld %llu', n, n)", "printf('%s', r)", "printf(NULL, n)",
            "format('%d%%', n)",
            "printf('%i', n) || printf('%z', s)", "length(printf('%10s', s))", "printf('%5.1f', 2.25) = '  2.3'" },
            "exact")))
    end)

    it("are refused where they are not known or not translated", function()
        assert.same({}, (t:problems({ "printf(s, n)", "printf('%*d', n, n)", "printf('%n')", "printf('%p', n)",
            "printf('%')",
            "printf('%y', n)", "printf('%5c', s)" }, "refused")))
    end)

    it("round as SQLite does where a number lies between two", function()
        local result = t:compare "printf('%.2f', 2.675)"
        assert.equal("exact", result.outcome)
        assert.same({}, result.wrong)
    end)
end)

describe("random values", function()
    local t

    setup(function()
        t = Differential.open({ { name = "n", kind = "integer" } })
    end)

    teardown(function()
        t:close()
    end)

    it("have the length and the class that they have in SQLite", function()
        assert.same({}, (t:problems({ "length(randomblob(16))", "length(hex(randomblob(16)))",
            "length(randomblob(100))",
            "length(randomblob(0))", "length(randomblob(31))", "length(zeroblob(5))", "zeroblob(3)", "zeroblob(-1)",
            "typeof(random())", "abs(random() % 10) < 10", "hex(zeroblob(200))",
            "randomblob(8) <> randomblob(8)", "random() <> random()",
            "length(lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))))" }, "exact")))
    end)

    it("are refused where they say something of SQLite", function()
        assert.same({}, (t:problems({ "last_insert_rowid()", "changes()", "sqlite_version()" }, "refused")))
    end)
end)
