-- The codecs of geometric types against a server: put makes what *_send sends, get reads it as the server shows it.
local core = require "wherry.core"
local Target = require "tests.support.target"
local against = require "tests.support.codec_against"

local TYPES = { point = 600, lseg = 601, path = 602, box = 603, polygon = 604, line = 628, circle = 718 }
local COUNT = 3000

-- Numbers of all sizes, as texts: every double, decimals, integers, edges.
local EDGES = {
    "0", "-0", "NaN", "Infinity", "-Infinity", "5e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "1e15",
    "999999999999999", "0.0001", "0.00001", "1e-6", "0.30000000000000004", ".5", "5.", "+7", "1E5", "123456789e-9",
}

local function double(random)
    local bits = random(0)
    if bits >> 52 & 0x7FF == 0x7FF then
        bits = bits ~ 1 << 60
    end
    return ("%.17g"):format((string.unpack("<d", string.pack("<i8", bits))))
end

local function number(random)
    local kind = random(8)
    if kind == 1 then
        return EDGES[random(#EDGES)]
    elseif kind <= 3 then
        return double(random)
    elseif kind <= 5 then
        return ("%%.%df"):format(random(0, 12)):format((random() - 0.5) * 10 ^ random(0, 20))
    end
    return tostring(random(-100, 100))
end

local function space(random)
    return random(6) == 1 and (" "):rep(random(2)) or random(30) == 1 and "\t\n" or ""
end

local function parts(random, ...)
    local list = {}
    for i, part in ipairs { ... } do
        list[i] = space(random) .. part .. space(random)
    end
    return table.concat(list)
end

local function pair(random, bare)
    local x, y = number(random), number(random)
    return bare and parts(random, x, ",", y) or parts(random, "(", x, ",", y, ")")
end

-- Points in one of the spellings that the server takes.
local function points(random, count, opening, closing)
    local bare, list = random(4) == 1, {}
    for i = 1, count do
        list[i] = pair(random, bare)
    end
    local inside = table.concat(list, ",")
    if random(3) == 1 and opening ~= "[" then
        return inside
    end
    return parts(random, opening, inside, closing)
end

local GENERATE = {
    point = function(random)
        return pair(random, random(3) == 1)
    end,
    lseg = function(random)
        local open = random(2) == 1
        return points(random, 2, open and "[" or "(", open and "]" or ")")
    end,
    box = function(random)
        return points(random, 2, "(", ")")
    end,
    path = function(random)
        local open = random(2) == 1
        return points(random, random(7), open and "[" or "(", open and "]" or ")")
    end,
    polygon = function(random)
        return points(random, random(7), "(", ")")
    end,
    circle = function(random)
        local bare, radius = random(4) == 1, number(random):gsub("^%-", "")
        local center, kind = pair(random, bare), random(3)
        if kind == 1 then
            return parts(random, "<", center, ",", radius, ">")
        elseif kind == 2 and not bare then
            return parts(random, "(", center, ",", radius, ")")
        end
        return parts(random, center, ",", radius)
    end,
    line = function(random)
        local first = random(2) == 1
        local a, b = first and "1.5" or number(random), first and number(random) or "-2"
        return parts(random, "{", a, ",", b, ",", number(random), "}")
    end,
}

describe("the codecs of geometric types", function()
    local target, connection

    setup(function()
        target = Target.start()
        connection = core.pg.connect(target:database(), 10)
    end)
    teardown(function()
        connection:close()
        target:stop()
    end)

    for name, oid in pairs(TYPES) do
        it("agree with the server on " .. name, function()
            against.server(connection, { oid = oid, name = name }, against.values(COUNT, GENERATE[name]),
                { send = name == "polygon" and "poly_send" or nil })
        end)
    end

    -- Texts that are near to values: what the codec takes, the server takes, and as the same value.
    it("take nothing that the server refuses", function()
        connection:query [[CREATE FUNCTION sent(type text, v text) RETURNS text LANGUAGE plpgsql AS $$
            DECLARE result text;
            BEGIN
                EXECUTE format('SELECT encode(%s_send($1::%s), ''hex'')', replace(type, 'gon', ''), type)
                    INTO result USING v;
                RETURN result;
            EXCEPTION WHEN data_exception THEN RETURN 'refused';
            END $$]]
        local signs = { "(", ")", "[", "]", "<", ">", "{", "}", ",", " ", "1", "-" }
        for name, oid in pairs(TYPES) do
            local codec = core.codec { oid = oid, name = name }
            local values = against.values(COUNT, function(random)
                local value = GENERATE[name](random)
                for _ = 1, random(2) do
                    local at, sign = random(#value), signs[random(#signs)]
                    value = value:sub(1, at - 1) .. (random(2) == 1 and "" or sign) .. value:sub(at + random(0, 1))
                end
                return value
            end)
            local sent = against.ask(connection, ("sent('%s', v)"):format(name), values)
            local taken = 0
            for i, value in ipairs(values) do
                local ok, wire = pcall(codec.put, codec, value)
                if ok then
                    taken = taken + 1
                    local hex = wire:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)
                    assert.equal(name .. value .. " " .. sent[i], name .. value .. " " .. hex)
                end
            end
            assert.is_true(taken > COUNT / 20 and taken < COUNT, name .. ": " .. taken)
        end
    end)
end)
