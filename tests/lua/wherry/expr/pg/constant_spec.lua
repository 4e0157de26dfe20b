-- SQLite's conversions of values that are known when an expression is translated.
local constant = require "wherry.expr.pg.constant"

local function all(convert, cases)
    local wrong = {}
    for _, case in ipairs(cases) do
        local got = convert(case[1])
        if got ~= case[2] or math.type(got) ~= math.type(case[2]) then
            wrong[#wrong + 1] = ("%q: %s, not %s"):format(case[1], got, case[2])
        end
    end
    return wrong
end

describe("constant", function()
    it("casts to an integer by the digits in front, within 64 bits", function()
        assert.same({}, all(constant.integer, { { "12abc", 12 }, { " -7", -7 }, { "1e3", 1 }, { "", 0 }, { "abc", 0 },
            { "9223372036854775808", math.maxinteger }, { "-9223372036854775809", math.mininteger }, { 2.9, 2 },
            { -2.9, -2 }, { 1e300, math.maxinteger }, { -1e300, math.mininteger }, { "0x10", 0 } }))
    end)

    it("casts to a real by the number in front", function()
        assert.same({}, all(constant.real, { { "1e3x", 1000.0 }, { ".5", 0.5 }, { "5.", 5.0 }, { "1e", 1.0 },
            { "-", 0.0 }, { 3, 3.0 }, { "1e400", math.huge } }))
    end)

    it("calculates with texts as integers where they are", function()
        assert.same({}, all(constant.number, { { "5", 5 }, { "5.0", 5.0 }, { "3abc", 3 }, { "x", 0 }, { "+4", 4 },
            { "9223372036854775808", 9223372036854775808.0 } }))
    end)

    it("takes a text for a number only as a whole", function()
        assert.same({}, all(constant.numeric, { { "5", 5 }, { " 5 ", 5 }, { "5.0", 5 }, { "5.5", 5.5 }, { "5x", nil },
            { "", nil }, { "1e3", 1000 }, { "0x10", nil } }))
    end)

    it("writes reals with 15 digits and a point", function()
        assert.same({}, all(constant.text, { { 5, "5" }, { 5.0, "5.0" }, { 0.1 + 0.2, "0.3" }, { 1e15, "1.0e+15" },
            { 1e100, "1.0e+100" }, { -0.0, "0.0" }, { math.huge, "Inf" }, { 123456789.125, "123456789.125" } }))
    end)

    it("counts the bits of integers", function()
        assert.same({}, all(constant.bits, { { 0, 0 }, { 1, 1 }, { -1, 1 }, { 255, 8 }, { 256, 9 },
            { math.maxinteger, 63 }, { math.mininteger, nil } }))
    end)
end)
