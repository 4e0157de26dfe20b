-- Random JSON documents as no careful program writes them: keys twice and in any order, escapes that are not needed,
-- white space anywhere, numbers in every spelling.
local random_json = {}

local LETTERS = { "a", "b", "B", "z", "é", "日", "🚢", "\u{7f}", "\u{80}", "\u{fffd}", "'", "%", " ", "\u{2028}", "aa" }
local ESCAPES = { '\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0001", "\\u001f", "\\u0020", "\\u0041",
    "\\u00e9", "\\u00E9", "\\u0022", "\\u005c", "\\u002F", "\\u000a", "\\u007f", "\\u0080", "\\u07ff", "\\u0800",
    "\\ud83d\\udea2", "\\uD83D\\uDEA2", "\\uffff", "\\u2028" }
local NUMBERS = { "0", "-0", "0.0", "-0.0", "-0.00", "1", "-1", "1.10", "1e5", "1E5", "1e+5", "1E-7", "1.5e1", "1.50e1",
    "1.500e-2", "-1e0", "0e5", "0e-3", "-0e2", "0.0e1", "0.00e-1", "12345678901234567890", "0.1", "1e-20", "1e40",
    "100e-2", "1.00", "9007199254740993", "-12.5E+3", "1.7976931348623157e308", "5e-324", "0.000001e6", "10e-1" }
local SPACES = { "", "", "", " ", "  ", "\n", "\t", "\r\n " }

local function pick(list, random)
    return list[random(#list)]
end

local function string_of(random, most)
    local parts = {}
    for i = 1, random(most) - 1 do
        parts[i] = random(5) == 1 and pick(ESCAPES, random) or random(60) == 1 and ("x"):rep(random(70))
            or pick(LETTERS, random)
    end
    return '"' .. table.concat(parts) .. '"'
end

local function number_of(random)
    if random(3) > 1 then
        return pick(NUMBERS, random)
    end
    local whole = random(2) == 1 and "0" or tostring(random(1000000))
    local fraction = random(2) == 1 and "" or "." .. ("%0" .. random(12) .. "d"):format(random(1000) - 1)
    local exponent = random(3) > 1 and "" or pick({ "e", "E" }, random) .. pick({ "", "+", "-" }, random)
        .. ("%0" .. random(3) .. "d"):format(random(40) - 1)
    return pick({ "", "-" }, random) .. whole .. fraction .. exponent
end

local value_of

local function members(random, depth, one)
    local parts = {}
    local count = random(10) == 1 and random(60) or random(6) - 1
    for i = 1, depth > 4 and math.min(count, 1) or count do
        parts[i] = pick(SPACES, random) .. one(random, depth + 1) .. pick(SPACES, random)
    end
    return #parts == 0 and pick(SPACES, random) or table.concat(parts, ",")
end

local function pair_of(random, depth)
    return string_of(random, 4) .. pick(SPACES, random) .. ":" .. pick(SPACES, random) .. value_of(random, depth)
end

function value_of(random, depth)
    local kind = random(depth > 6 and 4 or 8)
    if kind == 1 then
        return number_of(random)
    elseif kind == 2 then
        return string_of(random, 12)
    elseif kind == 3 then
        return pick({ "true", "false", "null" }, random)
    elseif kind == 4 then
        return pick({ "{}", "[]", "[ ]", "{\n}" }, random)
    elseif kind == 5 then
        return "[" .. members(random, depth, value_of) .. "]"
    end
    return "{" .. members(random, depth, pair_of) .. "}"
end

---A document.
---@param random fun(n: integer): integer  1..n
---@return string
function random_json.document(random)
    return pick(SPACES, random) .. value_of(random, 0) .. pick(SPACES, random)
end

---Documents that are hard in one way each.
---@return string[]
function random_json.hostile()
    local deep = ('{"b":'):rep(330) .. "1" .. (',"a":2}'):rep(330)
    local arrays = ("["):rep(999) .. ("]"):rep(999)
    local mixed = ('[{"bb":1,"a":'):rep(400) .. "0" .. ("}]"):rep(400)
    local many, equal = {}, {}
    for i = 1, 5000 do
        many[i] = ('"k%d":%d'):format(i * 7919 % 5000, i)
        equal[i] = ('"k":{"z":%d,"y":[{"b":1,"a":%d}]}'):format(i, i)
    end
    return { deep, arrays, mixed, "{" .. table.concat(many, ",") .. "}", "{" .. table.concat(equal, ",") .. "}",
        '{"a":1,"a":2}', '{"a":{"c":1,"b":2},"a":{"d":{"y":1,"x":2},"c":3}}', '{"":1,"\\u0000x":2}', '{"":1,"":2}',
        '{"\\n":1,"n":2,"\\\\":3,"\\"":4,"\\u0001":5}', '{"a\\n":1,"ab":2,"a":3}', '{"\\u0061":1,"a":2}',
        '{"é":1,"zz":2,"e":3}', "1e1000", "-1e-1000", "[1e131071]", "0.1e-16382", "0e-16383", '"\\ud800"',
        '"' .. ("\\u00e9"):rep(5000) .. '"', '"' .. ("x"):rep(70000) .. '"',
        '{"b":[{"d":1,"c":[{"f":1,"e":2}]}],"a":0}' }
end

return random_json
