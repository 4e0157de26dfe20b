-- The codecs of bits, money, log sequence numbers, XML and "char" against a server.
local core = require "wherry.core"
local Target = require "tests.support.target"
local against = require "tests.support.codec_against"

local function bits(random, length)
    local list = {}
    for i = 1, length do
        list[i] = tostring(random(0, 1))
    end
    return table.concat(list)
end

describe("the codecs of bits and other small types", function()
    local target, connection

    setup(function()
        target = Target.start()
        connection = core.pg.connect(target:database(), 10)
        connection:query "SET lc_monetary = 'C'"
    end)

    teardown(function()
        connection:close()
        target:stop()
    end)

    it("agree with the server on bits of every length", function()
        local varbit = { oid = 1562, name = "varbit", typmod = 80 }
        against.server(connection, varbit, against.values(3000, function(random)
            return bits(random, random(0, 80))
        end), { cast = "varbit(80)" })
        for length = 1, 33 do
            local values = against.values(60, function(random)
                return bits(random, length)
            end)
            against.server(connection, { oid = 1560, name = "bit", typmod = length }, values,
                { cast = ("bit(%d)"):format(length) })
        end
    end)

    it("send lengths of bits that a column takes, and no other", function()
        connection:query "CREATE TEMPORARY TABLE b(exact bit(3), most varbit(3), one bit, free varbit)"
        local types = {}
        for _, row in ipairs(connection:query [[SELECT attname AS name, atttypid::int8 AS oid, atttypmod AS typmod
            FROM pg_attribute WHERE attrelid = 'b'::regclass AND attnum > 0]]) do
            local codec = core.codec { oid = tonumber(row.oid), name = row.name == "most" and "varbit" or "bit",
                typmod = tonumber(row.typmod) }
            types[row.name] = codec
        end
        for column, values in pairs { exact = { "10", "1010", "" }, most = { "1010" }, one = { "", "10" } } do
            for _, value in ipairs(values) do
                assert.equal("value", Target.fault(types[column].put, types[column], value).kind)
                assert.matches("^22", Target.fault(connection.query, connection,
                    ("INSERT INTO b(%s) VALUES ('%s')"):format(column, value)).sqlstate)
            end
        end
        assert.equal("\0\0\0\3\xa0", types.exact:put "101")
        assert.equal("\0\0\0\0", types.most:put "")
        assert.equal("\0\0\0\1\x80", types.one:put(1))
        assert.equal("\0\0\0\16\xff\xff", types.free:put(("1"):rep(16)))
    end)

    it("agree with the server on money where its locale has two digits", function()
        local money = { oid = 790, name = "money" }
        local values = against.values(3000, function(random)
            local size = random(0, math.maxinteger) >> random(0, 62)
            return ("%s%d.%02d"):format(random(2) == 1 and size > 0 and "-" or "", size // 100, size % 100)
        end)
        against.server(connection, money, values, { send = "cash_send", text = "%s::numeric::text" })
        against.server(connection, money, { "12.34", "-0.01", "0", "-0", "12", "+3.5", "92233720368547758.07", "1.500",
            "-92233720368547758.08" }, { send = "cash_send", text = "%s::numeric::text" })
    end)

    it("agree with the server on log sequence numbers", function()
        local values = against.values(3000, function(random)
            return ("%X/%x"):format(random(0, 0xFFFFFFFF) >> random(0, 32), random(0, 0xFFFFFFFF) >> random(0, 32))
        end)
        against.server(connection, { oid = 3220, name = "pg_lsn" }, values)
    end)

    it("agree with the server on XML", function()
        local pieces = { "<a>é</a>", "<b x=\"1\"/>", "text ", "&lt;", "<![CDATA[<]]>", "<!-- c -->", "\n", "\u{1F600}" }
        local values = against.values(1000, function(random)
            local list = {}
            for i = 1, random(0, 8) do
                list[i] = pieces[random(#pieces)]
            end
            -- The server shows no line break at the head.
            return table.concat(list):gsub("^\n+", "")
        end)
        against.server(connection, { oid = 142, name = "xml" }, values)
    end)

    it("agree with the server on every ASCII character of \"char\"", function()
        local values = { "" }
        for byte = 1, 127 do
            values[#values + 1] = string.char(byte)
        end
        against.server(connection, { oid = 18, name = "char" }, values, { cast = '"char"', send = "charsend" })
    end)
end)
