-- Values of both databases in one form.
local fault_of = require "tests.support.refusal"
local value = require "wherry.verify.value"

local TYPES = {
    numeric = { name = "numeric", oid = 1700 }, int8 = { name = "int8", oid = 20 }, float8 = { name = "float8",
        oid = 701 }, text = { name = "text", oid = 25 }, jsonb = { name = "jsonb", oid = 3802 },
    timestamptz = { name = "timestamptz", oid = 1184 }, timestamp = { name = "timestamp", oid = 1114 },
    bool = { name = "bool", oid = 16 }, bytea = { name = "bytea", oid = 17 }, uuid = { name = "uuid", oid = 2950 },
    ints = { name = "_int4", oid = 1007, kind = "array", element = { name = "int4", oid = 23 } },
}

-- Whether SQLite's cell is the same as what the codec of the type has read.
local function same(type_name, cell, read, zone)
    local reader = value.reader(TYPES[type_name], zone or 0)
    local left, why = reader.source(cell)
    return not why and value.same(left, reader.target(read))
end

describe("value.equal", function()
    it("takes numbers by their value, whatever their class is", function()
        assert.is_true(value.equal(1, 1.0))
        assert.is_true(value.equal("12.50", 12.5))
        assert.is_true(value.equal(0.1, "0.10"))
        assert.is_true(value.equal(2.3333333333333335, "2.3333333333333333"))
        assert.is_true(value.equal(1000, "1e3"))
        assert.is_true(value.equal(true, 1))
        assert.is_false(value.equal(false, 1))
        assert.is_true(value.equal(0 / 0, "NaN"))
        assert.is_true(value.equal(-math.huge, "-Infinity"))
    end)

    it("does not round integers of 64 bits, and numbers beyond them", function()
        assert.is_false(value.equal(9007199254740993, 9007199254740992.0))
        assert.is_false(value.equal(9223372036854775807, "9223372036854775808"))
        assert.is_true(value.equal(math.mininteger, "-9223372036854775808"))
        assert.is_false(value.equal(math.mininteger, "-9223372036854775809"))
        assert.is_true(value.equal(math.maxinteger, "9223372036854775807.000"))
    end)

    it("takes texts by their bytes", function()
        assert.is_true(value.equal("a", "a"))
        assert.is_false(value.equal("1", "1.0"))
        assert.is_false(value.equal("a", "A"))
        assert.is_false(value.equal("x", 1))
        assert.is_false(value.equal("", 0))
        assert.is_false(value.equal("1e99999999", 1))
    end)

    it("takes nil as the same as nil alone", function()
        assert.is_true(value.equal(nil, nil))
        assert.is_false(value.equal(nil, 0))
        assert.is_false(value.equal("", nil))
        assert.is_false(value.equal(nil, false))
    end)
end)

describe("a reader", function()
    it("compares numbers by their value", function()
        assert.is_true(same("numeric", 1.5, "1.500"))
        assert.is_true(same("numeric", "0.10000000000000000001", "0.100000000000000000010"))
        assert.is_false(same("numeric", "0.10000000000000000001", "0.10000000000000000002"))
        assert.is_true(same("int8", 5.0, 5))
        assert.is_true(same("int8", "5", 5))
        assert.is_false(same("int8", "five", 5))
        assert.is_true(same("float8", 0 / 0, "NaN"))
        assert.is_false(same("int8", nil, 0))
        assert.is_true(same("int8", nil, nil))
    end)

    it("compares documents by their content", function()
        assert.is_true(same("jsonb", '{"b":[1,2.50,1e2,{}],"a":null}', '{"a": null, "b": [1, 2.50, 100, {}]}'))
        assert.is_true(same("jsonb", "1e400", "1" .. ("0"):rep(400)))
        assert.is_false(same("jsonb", "[]", "{}"))
        assert.is_false(same("jsonb", '"1"', "1"))
        assert.is_false(same("jsonb", "9007199254740993", "9007199254740992"))
        assert.is_false(same("jsonb", "null", nil))
        assert.is_false(same("jsonb", "no json", '"no json"'))
        assert.is_true(same("jsonb", 5, "5"))
        local there, back = {}, {}
        for i = 1, 40 do
            there[i], back[41 - i] = ('"k%d":%d'):format(i, i), ('"k%d":%d'):format(i, i)
        end
        assert.is_true(same("jsonb", "{" .. table.concat(there, ",") .. "}", "{" .. table.concat(back, ",") .. "}"))
    end)

    it("reads times as the codec does, those without an offset in the plan's zone", function()
        assert.is_true(same("timestamptz", "2024-01-01 10:00", "2024-01-01 10:00:00.000000+00:00"))
        assert.is_true(same("timestamptz", "2024-01-01T10:00:00Z", "2024-01-01 10:00:00.000000+00:00", 7200))
        assert.is_true(same("timestamptz", "2024-01-01 10:00", "2024-01-01 08:00:00.000000+00:00", 7200))
        assert.is_false(same("timestamptz", "2024-01-01 10:00", "2024-01-01 10:00:00.000000+00:00", 7200))
        assert.is_false(same("timestamptz", 1704103200, "2024-01-01 10:00:00.000000+00:00"))
    end)

    it("compares the rest as the codec writes it", function()
        assert.is_true(same("bool", 1, 1))
        assert.is_false(same("bool", 0, 1))
        assert.is_true(same("text", "a\xc3\xa9", "a\xc3\xa9"))
        assert.is_true(same("bytea", "a\0\xff", "a\0\xff"))
        assert.is_true(same("uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"))
        assert.is_true(same("uuid", "\xa0\xee\xbc\x99\x9c\x0bN\xf8\xbbmk\xb9\xbd8\n\x11",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"))
        assert.is_true(same("ints", "[1, 2]", "[1,2]"))
        assert.is_false(same("uuid", "none", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"))
    end)
end)

describe("value.shown", function()
    it("tells classes apart, and shows bytes as digits", function()
        assert.equal('NULL, 1 (integer), 1.5 (real), "x\\n" (text), ff00 (blob)', table.concat({ value.shown(nil),
            value.shown(1), value.shown(1.5), value.shown "x\n", value.shown "\xff\0" }, ", "))
    end)

    it("cuts a row", function()
        local text = value.shown_row({ "a", "b", "c" }, { a = ("x"):rep(1000), b = ("y"):rep(1000) })
        assert.is_true(#text < 600)
        assert.matches("%.%.%.%)$", text)
        assert.equal("(a = 1 (integer), b = NULL)", value.shown_row({ "a", "b" }, { a = 1 }))
    end)
end)

describe("value.check", function()
    it("refuses what is no value", function()
        assert.matches("is a value, not a table", fault_of(value.check, {}, "what is compared").message)
        assert.equal("usage", fault_of(value.check, require "wherry".blob "x", "x").kind)
        value.check(nil, "x")
        value.check(1.5, "x")
    end)
end)
