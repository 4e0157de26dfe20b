-- What get writes in each form of a type, read by a server: it takes the text as the same value.
local against = require "tests.support.codec_against"
local core = require "wherry.core"
local target = require "tests.support.target"

local function digits(random)
    local unit = 10 ^ random(0, 6) // 1
    return random(0, 999999) // unit * unit
end

local function date(random)
    return ("%04d-%02d-%02d"):format(random(6) == 1 and random(2, 9998) or random(1970, 2040), random(12), random(28))
end

local function clock(random)
    local kind = random(10)
    if kind == 1 then
        return "00:00:00"
    end
    return ("%02d:%02d:%02d.%06d"):format(random(0, 23), random(0, 59), kind == 2 and 0 or random(0, 59),
        kind < 4 and 0 or digits(random))
end

local function moment(random)
    return date(random) .. " " .. clock(random)
end

local function offset(random)
    return ("%s%02d:%02d"):format(random(2) == 1 and "+" or "-", random(0, 15), random(0, 3) * 15)
end

local function interval(random)
    local sign = random(3) == 1 and "-" or "+"
    return ("%s%d mons %s%d days %s%s"):format(sign, random(0, 2) * random(0, 30), sign, random(0, 1) * random(0, 99),
        sign, clock(random))
end

local function hex(count)
    return function(random)
        local text = {}
        for i = 1, count do
            text[i] = ("%x"):format(random(0, 15))
        end
        return table.concat(text)
    end
end

local function address(random)
    if random(2) == 1 then
        return ("%d.%d.%d.%d/%d"):format(random(0, 255), random(0, 255), random(0, 255), random(0, 255), random(16, 32))
    end
    return ("2001:db8:%x::%x/%d"):format(random(0, 65535), random(0, 65535), random(100, 128))
end

local function network(random)
    return random(2) == 1 and ("10.%d.0.0/16"):format(random(0, 255)) or ("2001:db8:%x::/48"):format(random(0, 65535))
end

local function decimal(random)
    return ("%d.%0" .. random(9) .. "d"):format(random(-9999, 9999), random(0, 9))
end

local function double(random)
    return ("%.17g"):format(random(-1000000000, 1000000000) / 2 ^ random(0, 40))
end

-- `send`: the type's send function, where it is not named as usual; `read`: how the server reads a text v of the type;
-- `not_read`: forms that it does not know, or the pattern of their texts that it does not.
local TYPES = {
    -- a cast to timestamp would drop an offset
    timestamp = { make = moment, read = "timestamp_send(v::timestamptz AT TIME ZONE 'UTC')" },
    timestamptz = { make = function(random) return moment(random) .. "+00" end },
    date = { make = date },
    time = { make = clock },
    timetz = { make = function(random) return clock(random) .. offset(random) end },
    interval = { make = interval, not_read = { net = true, ["iso -P"] = "^-P", ["iso 00"] = "^-P" } },
    bool = { make = function(random) return random(2) == 1 and "t" or "f" end, send = "boolsend" },
    int2 = { make = function(random) return tostring(random(-32768, 32767)) end, send = "int2send" },
    int4 = { make = function(random) return tostring(random(-(1 << 31), (1 << 31) - 1)) end, send = "int4send" },
    int8 = { make = function(random) return tostring(random(-(1 << 62), 1 << 62) // (1 << random(0, 40))) end,
        send = "int8send" },
    float8 = { make = double, send = "float8send" },
    -- a value is the same with fewer zeros behind its point
    numeric = { make = decimal, read = "convert_to(trim_scale(v::numeric)::text, 'UTF8')" },
    uuid = { make = hex(32) },
    inet = { make = address },
    cidr = { make = network },
    macaddr = { make = hex(12) },
    macaddr8 = { make = hex(16) },
}

local COUNT = 40 -- values in each form

describe("what is written in each form", function()
    local server, connection

    setup(function()
        server = target.start()
        connection = core.pg.connect(server:database(), 10)
        connection:query "SET timezone = 'UTC'"
    end)
    teardown(function()
        connection:close()
        server:stop()
    end)

    local function unhex(text)
        return (text:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
    end

    -- Whether the server knows this text of a form.
    local function is_read(unread, text)
        return not unread or (unread ~= true and not text:find(unread))
    end

    local function names(list)
        local found = {}
        for name in pairs(list) do
            found[#found + 1] = name
        end
        table.sort(found)
        return found
    end

    for _, name in ipairs(names(TYPES)) do
        it(("of %s is the same value to the server"):format(name), function()
            local type = TYPES[name]
            local send = ("%s(v::%s)"):format(type.send or name .. "_send", name)
            local read = ("encode(%s, 'hex')"):format(type.read or send)
            local forms = core.codec_forms { oid = 0, name = name }
            local made = against.values(COUNT * #forms, type.make)
            local sent = against.ask(connection, ("encode(%s, 'hex')"):format(send), made)
            local is = against.ask(connection, read, made)
            local texts, written, expected = {}, {}, {}
            assert.is_true(#forms > 1)
            for i = 1, #made do
                local form = forms[(i - 1) % #forms + 1]
                local value, class = core.codec({ oid = 0, name = name, form = form }):get(unhex(sent[i]))
                if class == "text" and is_read((type.not_read or {})[form], value) then
                    texts[#texts + 1] = value
                    written[#texts] = ("%s: %s "):format(form, texts[#texts])
                    expected[#texts] = written[#texts] .. is[i]
                end
            end
            assert.is_true(#texts > #made / 4)
            for i, bytes in ipairs(against.ask(connection, read, texts)) do
                assert.equal(expected[i], written[i] .. bytes)
            end
        end)
    end

    it("in a zone names its offset", function()
        local made = against.values(3000, function(random) return moment(random) .. "+00" end)
        local sent = against.ask(connection, "encode(timestamptz_send(v::timestamptz), 'hex')", made)
        local texts = {}
        for i, wire in ipairs(sent) do
            local codec = core.codec { oid = 0, name = "timestamptz", zone = i % 31 * 3600 - 15 * 3600,
                form = ({ "space .6 +00:00", "T .3 Z", "space .* +00", "T .0 +0000", "T minutes +00:00" })[i % 5 + 1] }
            texts[i] = codec:get(unhex(wire))
        end
        assert.same(sent, against.ask(connection, "encode(timestamptz_send(v::timestamptz), 'hex')", texts))
    end)
end)
