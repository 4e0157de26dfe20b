-- The codecs of addresses against a server: put makes what *_send sends, get reads it as the server shows it.
local core = require "wherry.core"
local Target = require "tests.support.target"
local against = require "tests.support.codec_against"

local TYPES = { inet = 869, cidr = 650, macaddr = 829, macaddr8 = 774 }

local FORMS = {
    inet = {
        "0.0.0.0", "0.0.0.0/0", "255.255.255.255", "1.2.3.4/32", "1.2.3.4/1", "::", "::/0", "::1", "::1/128", "1::",
        "::ffff:1.2.3.4", "::FFFF:1.2.3.4/96", "::1.2.3.4", "::0.1.0.0", "::1:2", "::ffff:0:0", "::ffff:0:1.2.3.4",
        "0:0:0:0:0:ffff:0:0", "::fffe:1:2", "1:0:0:4:0:0:7:8", "1:0:0:4:5:0:0:8", "1:0:3:4:5:6:7:8", "0:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:0", "1:2:3:4:5:6:0:0", "0:0:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "ABCD:EF::/20",
        "0001:0020:0300:4000::", "1:2:3:4:5:6:7.8.9.10", "::7.8.9.10", "1:2::7.8.9.10/100", "64:ff9b::192.0.2.33",
        "::1:0:0", "::1:0", "0:0:0:0:0:0:1:0", "0:0:0:0:0:0:0.1.0.2",
    },
    cidr = {
        "0.0.0.0/0", "10.0.0.0/8", "10.0.0.0", "10.1.2.3", "224.0.0.0", "224.0.0.0/4", "192.168.100.128/25", "::/0",
        "128.0.0.0/1", "::", "::ffff:1.2.3.0/120", "2001:4f8:3:ba::/64", "2001:4f8:3:ba:2e0:81ff:fe22:d1f1", "ff00::/8",
        "::ffff:1.2.3.0/120",
    },
    macaddr = {
        "08:00:2b:01:02:af", "08-00-2B-01-02-AF", "08002b:0102af", "08002b-0102af", "0800.2b01.02af", "0800-2b01-02af",
        "08002b0102af", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff",
    },
    macaddr8 = {
        "08:00:2b:01:02:03:04:05", "08-00-2B-01-02-03-04-05", "08002b:0102030405", "08002b-0102030405",
        "0800.2b01.0203.0405", "0800-2b01-0203-0405", "08002b01:02030405", "08002b0102030405",
        "08:00:2b:ff:fe:01:02:03",
    },
}

local function groups(random)
    local list = {}
    for i = 1, 8 do
        local kind = random(4)
        list[i] = kind <= 2 and "0" or ("%x"):format(kind == 3 and random(0, 0xFFFF) or random(0, 15))
    end
    return list
end

-- "::" in the place of any run of zero groups, the last groups dotted now and then.
local function address6(random)
    local list = groups(random)
    if random(5) == 1 then
        list[1], list[2], list[3], list[4], list[5] = "0", "0", "0", "0", "0"
        list[6] = random(2) == 1 and "ffff" or "0"
    end
    local first = random(8)
    local last = first - 1
    while last < 8 and list[last + 1] == "0" and random(6) > 1 do
        last = last + 1
    end
    if last < 7 and random(4) == 1 then
        local high, low = tonumber(list[7], 16), tonumber(list[8], 16)
        list[7], list[8] = ("%d.%d.%d.%d"):format(high >> 8, high & 255, low >> 8, low & 255), nil
    end
    if last < first then
        return table.concat(list, ":")
    end
    return table.concat(list, ":", 1, first - 1) .. "::" .. table.concat(list, ":", last + 1)
end

local function address(random)
    if random(3) == 1 then
        return ("%d.%d.%d.%d"):format(random(0, 255), random(0, 255), random(0, 255), random(0, 255)), 32
    end
    return address6(random), 128
end

local function mac(size)
    return function(random)
        local bytes = {}
        for i = 1, size do
            bytes[i] = ("%02x"):format(random(0, 255))
        end
        return table.concat(bytes, ({ ":", "-", "" })[random(3)])
    end
end

local GENERATED = {
    inet = function(random)
        local text, most = address(random)
        return random(2) == 1 and text or text .. "/" .. random(0, most)
    end,
    macaddr = mac(6), macaddr8 = mac(8),
}

describe("the codecs of addresses", function()
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
        it("agree with the server on the forms of " .. name, function()
            against.server(connection, { oid = oid, name = name }, FORMS[name])
        end)
    end

    for name, generate in pairs(GENERATED) do
        it("agree with the server on generated values of " .. name, function()
            against.server(connection, { oid = TYPES[name], name = name }, against.values(3000, generate))
        end)
    end

    it("agree with the server on generated networks, which the server cuts from addresses", function()
        local values = against.values(3000, GENERATED.inet)
        for i, row in ipairs(against.ask(connection, "set_masklen(v::inet, masklen(v::inet))::cidr::text", values)) do
            values[i] = row
        end
        against.server(connection, { oid = TYPES.cidr, name = "cidr" }, values)
    end)

    it("refuse what the server refuses, and what it only guesses", function()
        local wrong = { "1.2.3.256", "::g", "1::2::3", "1:2:3:4:5:6:7:8:9", "1.2.3.4/33", "::/129", "fe80::1%eth0",
            "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:", ":1", "1.2.3.4 x" }
        local inet = core.codec { oid = TYPES.inet, name = "inet" }
        for _, value in ipairs(wrong) do
            assert.equal("value", Target.fault(inet.put, inet, value).kind)
            assert.equal("22P02", Target.fault(connection.query, connection, "SELECT $1::inet", { value }).sqlstate)
        end
        local cidr = core.codec { oid = TYPES.cidr, name = "cidr" }
        assert.matches("bits to the right", Target.fault(cidr.put, cidr, "10.0.0.1/8").message)
        assert.equal("22P02", Target.fault(connection.query, connection, "SELECT '10.0.0.1/8'::cidr").sqlstate)
        for _, value in ipairs { "10", "10/8", "10.1/16" } do
            assert.equal("value", Target.fault(cidr.put, cidr, value).kind)
        end
    end)
end)
