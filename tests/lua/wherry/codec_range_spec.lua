-- Ranges and multiranges against a real server: the same bytes, the same text.
local core = require "wherry.core"
local target = require "tests.support.target"
local values = require "tests.support.values"

local COUNT = 700 -- of each type

-- name, oid, the type of the bounds, and a bound
local TYPES = {
    { "int4", 3904, 23, function(random) return tostring(random(4001) - 2001) end },
    { "int8", 3926, 20, function(random) return tostring(random(1 << 62) - (1 << 61)) end },
    { "num", 3906, 1700, function(random)
        return ("%d.%0" .. random(9) .. "d"):format(random(20001) - 10001, random(1000000) - 1)
    end },
    { "date", 3912, 1082, function(random)
        return random(40) == 1 and (random(2) == 1 and "-infinity" or "infinity")
            or ("%04d-%02d-%02d"):format(random(9998), random(12), random(28))
    end },
    { "ts", 3908, 1114, function(random)
        return ("%04d-%02d-%02d %02d:%02d:%02d%s"):format(random(9998), random(12), random(28), random(24) - 1,
            random(60) - 1, random(60) - 1, random(3) == 1 and (".%05d1"):format(random(99999)) or "")
    end },
    { "tstz", 3910, 1184, function(random)
        return random(40) == 1 and (random(2) == 1 and "-infinity" or "infinity")
            or ("%04d-%02d-%02d %02d:%02d:%02d+00"):format(random(9998), random(12), random(28), random(24) - 1,
                random(60) - 1, random(60) - 1)
    end },
}
local NAMES = { [20] = "int8", [23] = "int4", [1082] = "date", [1114] = "timestamp", [1184] = "timestamptz",
    [1700] = "numeric", [25] = "text", [700] = "float4", [701] = "float8" }

local function range_type(name, oid, element)
    return { oid = oid, name = name, kind = "range", element = { oid = element, name = NAMES[element] } }
end

local function multirange_type(name, range)
    return { oid = 99999, name = name, kind = "multirange", element = range }
end

local function literal(bound, random)
    if random(25) == 1 then
        return "empty"
    end
    local function one()
        local text = random(8) == 1 and "" or bound(random)
        return text:find "[ \\\",()%[%]]" and '"' .. text:gsub('[\\"]', "\\%0") .. '"' or text
    end
    return ({ "[", "(" })[random(2)] .. one() .. "," .. one() .. ({ "]", ")" })[random(2)]
end

local function hex(bytes)
    return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local function unhex(digits)
    return (digits:gsub("%x%x", function(byte) return string.char(tonumber(byte, 16)) end))
end

describe("ranges on the wire", function()
    local server, connection

    setup(function()
        server = target.start()
        connection = core.pg.connect(server:database(), 10)
        connection:query "CREATE SCHEMA s"
        connection:query 'CREATE TYPE s.textrange AS RANGE (subtype = text, collation = "C")'
    end)
    teardown(function()
        connection:close()
        server:stop()
    end)

    -- What the server makes of a literal: its text and its bytes; nil and why when it refuses.
    local function ask(type_name, text)
        local ok, rows = pcall(connection.query, connection, ([[SELECT v::text AS text, encode(%s(v), 'hex') AS wire
            FROM (SELECT $1::%s AS v) AS q]]):format(type_name:find "multi" and "multirange_send" or "range_send",
            type_name), { text })
        return ok and rows[1] or nil, rows
    end

    -- The bytes as the server takes them: by COPY, as the engine sends them. Gives the text of each in order.
    local function receive(type_name, wires)
        connection:query "DROP TABLE IF EXISTS s.t"
        connection:query(("CREATE TABLE s.t (n int, v %s)"):format(type_name))
        local path = os.tmpname()
        local file = assert(io.open(path, "wb"))
        assert(file:write("PGCOPY\n\255\r\n\0", ("\0"):rep(8)))
        for index, wire in ipairs(wires) do
            assert(file:write(string.pack(">i2i4i4s4", 2, 4, index, wire)))
        end
        assert(file:write(string.pack(">i2", -1)))
        assert(file:close())
        core.sys.spawn { "chmod", "644", path }
        connection:query(("COPY s.t FROM '%s' (FORMAT binary)"):format(path))
        os.remove(path)
        return connection:query "SELECT v::text AS text FROM s.t ORDER BY n"
    end

    -- Both directions for literals of a type.
    local function prove(type_name, type_table, literals)
        local codec = assert(core.codec(type_table))
        local wires, expected, refused = {}, {}, 0
        for _, text in ipairs(literals) do
            local there, why = ask(type_name, text)
            if not there then
                refused = refused + 1
                assert.is_false(pcall(codec.put, codec, text), text .. ": " .. why.message)
            else
                wires[#wires + 1], expected[#expected + 1] = codec:put(text), there.text
                local value, class = codec:get(unhex(there.wire))
                assert.same({ there.text, "text" }, { value, class })
                assert.equal(there.wire, hex(codec:put(there.text)))
            end
        end
        for index, row in ipairs(receive(type_name, wires)) do
            assert.equal(expected[index], row.text)
        end
        assert.truthy(#wires > 0 and refused < #literals / 1.5)
        return #wires
    end

    for number, entry in ipairs(TYPES) do
        local name, oid, element, bound = table.unpack(entry)
        it("carries " .. name .. "range and " .. name .. "multirange", function()
            local random = values.random(number)
            local range = range_type(name .. "range", oid, element)
            local literals = { "empty", "(,)", "[,]" }
            for _ = 1, COUNT do
                table.insert(literals, literal(bound, random))
            end
            prove(name .. "range", range, literals)
            literals = { "{}", "{empty}", "{(,)}" }
            for _ = 1, COUNT do
                local parts = {}
                for _ = 1, random(3) - 1 do
                    local text
                    repeat
                        text = literal(bound, random)
                    until ask(name .. "range", text)
                    table.insert(parts, text)
                end
                table.insert(literals, "{" .. table.concat(parts, ",") .. "}")
            end
            prove(name .. "multirange", multirange_type(name .. "multirange", range), literals)
        end)
    end

    it("prints floats as the server does", function()
        local random = values.random(7)
        for name, oid in pairs { float4 = 700, float8 = 701 } do
            local least = oid == 700 and 0 or 11 -- large floats of 24 bits may lie between two decimals
            connection:query(("CREATE TYPE s.%srange AS RANGE (subtype = %s)"):format(name, name))
            local codec = assert(core.codec(range_type(name .. "range", 99999, oid)))
            for _ = 1, 500 do
                local one = (random(2001) - 1001) / 10 ^ (random(20 + least) - least)
                local there = assert(ask("s." .. name .. "range", ("[%.6g,)"):format(one)))
                assert.equal(there.text, codec:get(unhex(there.wire)))
                assert.equal(there.wire, hex(codec:put(there.text)))
            end
        end
    end)

    it("reads quotes and escapes as the server does", function()
        local random = values.random(99)
        local pieces = { "a", '"', '""', "\\", "\\\\", ",", "(", ")", "[", "]", " ", "é", "{", "}", "z" }
        local codec = assert(core.codec(range_type("textrange", 99999, 25)))
        local taken = 0
        for _ = 1, 3000 do
            local text = random(2) == 1 and "[" or "("
            for side = 1, 2 do
                for _ = 1, random(4) do
                    text = text .. pieces[random(#pieces)]
                end
                text = text .. (side == 1 and "," or random(2) == 1 and "]" or ")")
            end
            local there, why = ask("s.textrange", text)
            local ok, wire = pcall(codec.put, codec, text)
            if there then
                taken = taken + 1
                assert.is_true(ok, text)
                assert.equal(there.text, codec:get(unhex(there.wire)))
                assert.equal(there.wire, hex(codec:put(there.text)))
                if there.text ~= "empty" then
                    assert.equal(there.wire, hex(wire))
                end
            elseif why.sqlstate ~= "22000" then -- the order of texts is known to the server alone
                assert.is_false(ok, text)
            end
        end
        assert.truthy(taken > 300)
    end)
end)
