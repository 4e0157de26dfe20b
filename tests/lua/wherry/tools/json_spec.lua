-- JSON for scripts: what is decoded comes back the same, and what has no JSON form is refused with its place.
local plan_value = require "wherry.plan.value"
local w = require "wherry"
local refusal = require "tests.support.refusal"

local decode, encode, null = w.json.decode, w.json.encode, w.json.null

local function refused(value, said)
    local fault = refusal(encode, value)
    assert.equal("value", fault.kind)
    assert.equal("w.json.encode: " .. said, fault.message)
end

describe("json", function()
    it("is, when called, what fills a column", function()
        assert.same(plan_value.json "raw", w.json "raw")
        assert.is_true(plan_value.is(w.json "raw"))
        assert.equal("plan", refusal(w.json, 5).kind)
    end)

    it("gives back what it decoded", function()
        for _, text in ipairs { "{}", "[]", "[[],{}]", '""', "0", "true", "false", "null", "[null]", '{"a":null}',
            '{"":{"":[]}}', "9223372036854775807", "-9223372036854775808", "9007199254740993", "0.1", "-0.0", "1.0",
            "12345678901234567890123", "0.10000000000000001", "3.14159265358979323846", "1E400", "1e-400",
            [["\"\\\n\t\b\f\r\u0000\u001f/é😀"]] } do
            assert.equal(text, encode(decode(text)))
        end
    end)

    it("sorts keys by their bytes and leaves spaces out", function()
        assert.equal('{"B":1,"a":[1,{"x":"y"}],"aa":3,"b":2,"é":0}',
            encode(decode ' {"b" : 2, "é":0,\n"aa":3, "a": [ 1 ,\t{"x":"y"} ], "B":1}\r\n'))
        assert.equal('{"a":1,"a\\u0000":2}', encode { ["a\0"] = 2, a = 1 })
    end)

    it("keeps integers, reals and large numbers apart", function()
        local value = decode "[9007199254740993, 1.0, 1e2, 18446744073709551616, -0]"
        assert.equal("integer", math.type(value[1]))
        assert.equal(9007199254740993, value[1])
        assert.equal("float", math.type(value[2]))
        assert.equal(100.0, value[3])
        assert.equal("18446744073709551616", value[4].text)
        assert.equal("18446744073709551616", tostring(value[4]))
        assert.equal(-math.huge, 1 / value[5])
        assert.is_true(value[4] == w.json.number "18446744073709551616")
        assert.is_false(value[4] == w.json.number "18446744073709551617")
        assert.equal("[9007199254740993,1.0,100.0,18446744073709551616,-0.0]", encode(value))
        assert.equal('{"price":0.10000000000000000001}', encode { price = w.json.number "0.10000000000000000001" })
        for _, text in ipairs { "", "1 ", " 1", "+1", "01", ".5", "1,2", "[1]", '"1"', "NaN", "-", "1\0" } do
            assert.equal("value", refusal(w.json.number, text).kind, text)
        end
        local changed = w.json.number "1"
        changed.text = '1,"x"'
        refused({ changed }, "[1]: the text of a w.json.number is not a number as JSON writes one")
        changed.text = nil
        refused({ changed }, "[1]: the text of a w.json.number is not a number as JSON writes one")
    end)

    it("keeps arrays apart from objects", function()
        assert.is_true(w.json.is_array(decode "[]"))
        assert.is_false(w.json.is_array(decode "{}"))
        assert.is_false(w.json.is_array "[]")
        assert.equal("[]", encode(w.json.array()))
        assert.equal("[]", encode(w.json.array {}))
        assert.equal("{}", encode {})
        assert.equal("[1,2]", encode { 1, 2 })
        local list = decode '["a"]'
        table.insert(list, "b")
        assert.equal('["a","b"]', encode(list))
        table.remove(list)
        table.remove(list)
        assert.equal("[]", encode(list))
        assert.equal("usage", refusal(w.json.array, setmetatable({}, {})).kind)
        assert.equal("usage", refusal(w.json.array, "a").kind)
        assert.equal("usage", refusal(w.json.array, w.json.number "1").kind)
    end)

    it("keeps null apart from nil", function()
        assert.is_nil(decode(nil))
        assert.is_nil(encode(nil))
        assert.equal(null, decode "null")
        assert.equal(null, decode '{"a":null}'.a)
        assert.equal("null", tostring(null))
        assert.equal("null", encode(null))
        assert.equal("[1,null,3]", encode { 1, null, 3 })
        assert.is_false(pcall(decode))
        assert.is_false(pcall(encode))
    end)

    it("takes the last of members with one name", function()
        assert.equal('{"a":3}', encode(decode '{"a":1,"a":{"b":2},"a":3}'))
        assert.equal('{"a":null}', encode(decode '{"a":1,"\\u0061":null}'))
    end)

    it("decodes escapes, and blobs", function()
        assert.equal("a\0é😀/\n", decode [["a\u0000\u00e9\ud83d\uDE00\/\n"]])
        assert.equal("ü", decode(w.blob '"ü"'))
        assert.equal("w.json.decode: a string has a surrogate escape without its other half",
            refusal(decode, [=[["\ud800"]]=]).message)
        refusal(decode, [["\udc00\ud800"]])
    end)

    it("names the place where a text is not JSON", function()
        for text, place in pairs { [""] = 1, ["[1,]"] = 4, ["{'a':1}"] = 2, ["nul"] = 1, ["[1] 2"] = 5, ["01"] = 2,
            ['"a\xff"'] = 3, ['"\1"'] = 2, ["\u{FEFF}1"] = 1, ["[1"] = 3, ["1\0"] = 2, ["NaN"] = 1, ['{"a"}'] = 5 } do
            local fault = refusal(decode, text)
            assert.equal("value", fault.kind)
            assert.is_truthy(fault.message:find "^w.json.decode: the text is not JSON: ", fault.message)
            assert.is_truthy(fault.message:find(("(byte %d)"):format(place), 1, true), fault.message)
        end
        assert.equal("w.json.decode: a string is wanted, not a number", refusal(decode, 5).message)
    end)

    it("goes 1000 levels deep, and no further", function()
        local text = ("["):rep(1000) .. ("]"):rep(1000)
        assert.equal(text, encode(decode(text)))
        refusal(decode, "[" .. text .. "]")
        local deep = decode(text)
        assert.is_truthy(refusal(encode, { deep }).message:find("the nesting is deeper than 1000 levels", 1, true))
        local objects = ('{"a":'):rep(999) .. "{}" .. ("}"):rep(999)
        assert.equal(objects, coroutine.wrap(function() return encode(decode(objects)) end)())
    end)

    it("refuses what has no JSON form, and says where it stands", function()
        local cycle = { x = { {} } }
        cycle.x[1].y = cycle
        refused(cycle, ".x[1].y: the table stands inside of itself")
        refused(0 / 0, "JSON has no number for NaN")
        refused({ a = math.huge }, ".a: JSON has no number for Infinity")
        refused({ 1, -math.huge }, "[2]: JSON has no number for -Infinity")
        refused({ a = { 1, { b = print } } }, ".a[2].b: JSON has no form for a function")
        refused(io.stdout, "JSON has no form for a userdata")
        refused({ w.blob "x" }, "[1]: JSON has no form for a blob")
        refused({ [3] = 1 }, "a list of 1 elements, of which one is number 3, has holes")
        refused({ 1, a = 2 }, "the table's keys are neither an object's nor an array's")
        refused({ [0] = 2 }, "the table's keys are neither an object's nor an array's")
        refused({ [1.5] = 2 }, "the table's keys are neither an object's nor an array's")
        refused({ [true] = 2 }, "the table's keys are neither an object's nor an array's")
        refused(w.json.array { a = 1 }, "an array has other keys than the integers from 1 on")
        refused({ a = "x\xff" }, ".a: the text is not valid UTF-8: byte 2 (0xFF) belongs to no character")
        refused({ ["\xff"] = 1 }, ".\\xFF: the text is not valid UTF-8: byte 1 (0xFF) belongs to no character")
    end)

    it("writes a table that stands in two places, not inside of itself, twice", function()
        local shared = { 1 }
        assert.equal('{"a":[1],"b":[1]}', encode { a = shared, b = shared })
    end)

    it("reads tables raw", function()
        assert.equal('{"a":1}', encode(setmetatable({ a = 1 }, { __index = error, __pairs = error, __len = error })))
    end)

    it("takes large documents", function()
        local list = {}
        for index = 1, 200000 do
            list[index] = { id = index, text = "é\n" }
        end
        local text = encode(list)
        local again = decode(text)
        assert.equal(200000, #again)
        assert.equal("é\n", again[200000].text)
        assert.equal(text, encode(again))
        assert.equal(("\n"):rep(3000000), decode(encode(("\n"):rep(3000000))))
    end)

    it("gives back random documents", function()
        math.randomseed(6)
        local function random(depth)
            local kind = math.random(depth > 4 and 5 or 7)
            if kind == 1 then
                return math.random(0)
            elseif kind == 2 then
                return (math.random() - 0.5) * 10.0 ^ math.random(-300, 300)
            elseif kind == 3 then
                return math.random(2) == 1
            elseif kind == 4 then
                return null
            elseif kind == 5 then
                local points = {}
                for index = 1, math.random(0, 8) do
                    points[index] = math.random(0, 0x2FF)
                end
                return utf8.char(table.unpack(points))
            end
            local made = kind == 6 and w.json.array() or {}
            for index = 1, math.random(0, 5) do
                made[kind == 6 and index or "k" .. math.random(100)] = random(depth + 1)
            end
            return made
        end
        for _ = 1, 2000 do
            local value = random(1)
            local text = encode(value)
            assert.same(value, decode(text))
            assert.equal(text, encode(decode(text)))
        end
    end)
end)
