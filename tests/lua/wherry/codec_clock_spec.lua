-- time, timetz and interval against a server: put gives the bytes of the type's own send function, get reads them, and
-- a value is refused exactly where the server would change it.
local Target = require "tests.support.target"
local core = require "wherry.core"

describe("codec of", function()
    local target, connection
    local seed = 0

    setup(function()
        target = Target.start()
        connection = core.pg.connect(target:database(), 10)
    end)

    teardown(function()
        connection:close()
        target:stop()
    end)

    before_each(function()
        seed = seed + 1
        math.randomseed(seed)
    end)

    local function bytes(hex)
        return (hex:gsub("%x%x", function(pair)
            return string.char(tonumber(pair, 16))
        end))
    end

    -- What the server makes of each text by an expression in v.
    local function server(texts, expression)
        local values = {}
        for i, row in ipairs(connection:query(([[SELECT %s AS value FROM pg_catalog.unnest($1::text[])
            WITH ORDINALITY AS t(v, n) ORDER BY n]]):format(expression),
            { '{"' .. table.concat(texts, '","') .. '"}' })) do
            values[i] = row.value
        end
        assert.equal(#texts, #values)
        return values
    end

    local function wires(texts, type, send)
        local sent = server(texts, ("pg_catalog.encode(pg_catalog.%s(v::%s), 'hex')"):format(send, type))
        for i, hex in ipairs(sent) do
            sent[i] = bytes(hex)
        end
        return sent
    end

    -- Each text goes out as the server sends it; what comes back in a form is `canonical` (the text itself when nil),
    -- and the server reads that as the same value.
    local function assert_same(texts, type, send, canonical, form)
        local codec = core.codec { oid = 0, name = type, form = form }
        local back = {}
        local sent = wires(texts, type, send)
        for i, text in ipairs(texts) do
            local got, class = codec:get(sent[i])
            back[i] = got
            assert.equal(sent[i], codec:put(text), text)
            assert.equal("text", class)
            assert.equal((canonical or texts)[i], got)
            assert.equal(sent[i], codec:put(got), got)
        end
        assert.same(sent, wires(back, type, send))
    end

    -- A column that keeps less takes what the server would keep as it is, and refuses the rest.
    local function assert_kept(texts, name, typmod, type, send)
        local codec = core.codec { oid = 0, name = name, typmod = typmod }
        local entire, kept = wires(texts, name, send), wires(texts, type, send)
        local count = { [true] = 0, [false] = 0 }
        for i, text in ipairs(texts) do
            local taken, wire = pcall(codec.put, codec, text)
            assert.equal(entire[i] == kept[i], taken, type .. " " .. text)
            count[taken] = count[taken] + 1
            if taken then
                assert.equal(kept[i], wire)
            else
                assert.equal("value", wire.kind)
            end
        end
        return count
    end

    local function time_of_day(digits)
        local text = ("%02d:%02d:%02d"):format(math.random(0, 23), math.random(0, 59), math.random(0, 59))
        local fraction = digits > 0 and math.random(0, 10 ^ digits // 1 - 1) or 0
        if fraction == 0 then
            return text
        end
        return ("%s.%s"):format(text, (("%%0%dd"):format(digits):format(fraction):gsub("0+$", "")))
    end

    local function times(count, suffix)
        local texts = {}
        for _, edge in ipairs { "00:00:00", "00:00:00.000001", "23:59:59", "23:59:59.999999", "24:00:00" } do
            texts[#texts + 1] = edge .. suffix()
        end
        for i = 1, count do
            texts[#texts + 1] = time_of_day(i % 7) .. suffix()
        end
        return texts
    end

    local function no_offset()
        return ""
    end

    local function offset()
        local text = ("%s%02d"):format(math.random(2) == 1 and "+" or "-", math.random(1, 15))
        local more = math.random(0, 2)
        for _ = 1, more do
            text = ("%s:%02d"):format(text, math.random(1, 59))
        end
        return math.random(10) == 1 and "+00" or text
    end

    local function typmod(type)
        connection:query(("CREATE TEMP TABLE kept (c %s)"):format(type))
        local found = connection:query [[SELECT atttypmod AS n FROM pg_catalog.pg_attribute
            WHERE attrelid = 'kept'::regclass AND attnum = 1]][1].n
        connection:query "DROP TABLE kept"
        return math.tointeger(tonumber(found))
    end

    it("time", function()
        local texts = times(4000, no_offset)
        assert_same(texts, "time", "time_send", server(texts, "v::time::text"), ".*")
    end)

    it("timetz, in the server's own texts too", function()
        local texts = times(4000, offset)
        assert_same(texts, "timetz", "timetz_send", server(texts, "v::timetz::text"), ".* +00")
        local codec = core.codec { oid = 1266, name = "timetz" }
        local sent = wires(texts, "timetz", "timetz_send")
        for i, text in ipairs(server(texts, "v::timetz::text")) do
            assert.equal(sent[i], codec:put(text), text)
        end
    end)

    it("time and timetz with fewer fraction digits", function()
        for digits = 0, 6 do
            for name, suffix in pairs { time = no_offset, timetz = offset } do
                local type = ("%s(%d)"):format(name, digits)
                local count = assert_kept(times(700, suffix), name, typmod(type), type, name .. "_send")
                assert.is_true(count[true] > 50 and (digits == 6) == (count[false] == 0), type)
            end
        end
    end)

    -- Parts of all sizes; each is often 0.
    local function part(bits)
        local size = math.random(0, (1 << math.random(0, bits)) - 1)
        return math.random(3) == 1 and 0 or math.random(2) == 1 and -size or size
    end

    local function interval(digits)
        local seconds, fraction = part(41), math.random(0, 10 ^ digits // 1 - 1)
        local size = math.abs(seconds)
        local time = ("%d:%02d:%02d.%s"):format(size // 3600, size // 60 % 60, size % 60,
            (("%%0%dd"):format(digits):format(fraction) .. "000000"):sub(1, math.max(digits, 1)))
        return ("%+d mons %+d days %s%s"):format(part(31), part(31), seconds < 0 and "-" or "+", time)
    end

    local function intervals(count)
        local texts = { "+0 mons", "-1 mons", "+0 mons -1 days", "-00:00:00.000001", "+00:00:59.999999",
            "+2147483647 days", "-2147483648 days", "+2147483647 mons", "-2147483648 mons" }
        for i = 1, count do
            texts[#texts + 1] = interval(i % 7)
        end
        return texts
    end

    it("interval, in three of the server's styles; back it is ISO 8601", function()
        local texts = intervals(4000)
        local codec = core.codec { oid = 1186, name = "interval" }
        local sent = wires(texts, "interval", "interval_send")
        for _, style in ipairs { "postgres", "postgres_verbose", "iso_8601" } do
            connection:query("SET IntervalStyle = " .. style)
            local printed = server(texts, "v::interval::text")
            for i, text in ipairs(printed) do
                assert.equal(sent[i], codec:put(text), text)
            end
            if style == "iso_8601" then
                assert_same(texts, "interval", "interval_send", printed)
            end
        end
        connection:query "RESET IntervalStyle"
    end)

    it("interval from texts that the server reads the same way", function()
        local texts = { "@ 0", "P2W", "P1W2D", "PT90S", "P14M", "1 02:03:04", "1 -36:00:00.25", "-1 +02:03:04",
            "36:00:00", "100000:00:00", "2 weeks", "1 hour 2 minutes 3.5 seconds", "@ 1 year -2 mons 3 days ago",
            "1 Day", "P-1Y2M3DT-4H5M-6.5S", "1 mon -3 days 04:05:06" }
        local codec = core.codec { oid = 1186, name = "interval" }
        for i, wire in ipairs(wires(texts, "interval", "interval_send")) do
            assert.equal(wire, codec:put(texts[i]), texts[i])
        end
        -- Not so the form of .NET, which no server reads.
        assert.equal(codec:put "-P1DT2H3M4S", codec:put "-1.02:03:04")
    end)

    it("interval of some fields, and with fewer fraction digits", function()
        local texts = intervals(600)
        for year = -1, 1 do
            for _, rest in ipairs { " year", " year +1 mons", " year +2 days", " year +05:00:00", " year +05:06:00" } do
                texts[#texts + 1] = year .. rest:gsub("year", "years")
            end
        end
        for _, fields in ipairs { "year", "month", "day", "hour", "minute", "second", "year to month", "day to hour",
            "day to minute", "day to second", "hour to minute", "hour to second", "minute to second" } do
            local type = "interval " .. fields
            local count = assert_kept(texts, "interval", typmod(type), type, "interval_send")
            assert.is_true(count[true] > 5 and (count[false] > 5 or fields:find "second$" ~= nil), type)
        end
        for digits = 0, 6 do
            for _, form in ipairs { "interval(%d)", "interval day to second(%d)", "interval second(%d)" } do
                local type = form:format(digits)
                local count = assert_kept(texts, "interval", typmod(type), type, "interval_send")
                assert.equal(digits == 6, count[false] == 0)
            end
        end
    end)

    it("each refuses what the server would bend", function()
        for name, texts in pairs {
            time = { "allballs", "now", "", "10:00:60", "10:00:00.1234567", "10:00+02", "10:00 PM", "J2460000.5" },
            timetz = { "allballs", "now", "", "10:00:60+00", "10:00:00.1234567Z", "10:00", "10:00 Europe/Berlin" },
            interval = { "", "5", "1.5 days", "P1.5D", "04:05", "10:00:60", "-1 day 02:00:00", "00:00:00.1234567",
                "1-2", "1 century", "infinity" },
        } do
            local codec = core.codec { oid = 0, name = name }
            for _, text in ipairs(texts) do
                assert.equal("value", Target.fault(codec.put, codec, text).kind, name .. " " .. text)
            end
            for _, number in ipairs { 90, 0.5 } do
                assert.matches("no unit by itself", Target.fault(codec.put, codec, number).hint)
            end
        end
    end)
end)
