-- Random values of SQLite's for types of PostgreSQL: usual ones, and those on which types part. Each generator takes
-- random(n), a number from 1 to n; some are made by a function that says how large values are.
local scalars = {}

local function pick(list, random)
    return list[random(#list)]
end
scalars.pick = pick

local function between(random, low, high)
    return low + random(high - low + 1) - 1
end

local LETTERS = { "a", "Z", "é", "日", "🚢", " ", "'", '"', "\\", "\n", "\t", "%", "{", ",", "\u{7f}", "ß", "\u{1}" }

-- So many of what one(random) gives, in a row.
local function several(random, count, one)
    local parts = {}
    for i = 1, count do
        parts[i] = one(random)
    end
    return table.concat(parts)
end

local function digit(random) return tostring(random(10) - 1) end
local function hex_digit(random) return ("%x"):format(random(16) - 1) end
local function bit(random) return tostring(random(2) - 1) end
local function letter(random) return pick(LETTERS, random) end

function scalars.text(most)
    return function(random)
        return several(random, random(most + 1) - 1, letter)
    end
end

---One of these values, or of what these generators make.
function scalars.of(...)
    local list = { ... }
    return function(random)
        local one = pick(list, random)
        return type(one) == "function" and one(random) or one
    end
end

function scalars.integer(bits)
    return function(random)
        local limit = 1 << (bits - 1)
        return pick({ random(1000) - 500, limit - random(3), -limit - 1 + random(3), random(limit) - 1, 0,
            tostring(random(1000)), (random(100) - 1) + 0.0 }, random)
    end
end

function scalars.real(random)
    local any = string.unpack("d", string.pack("i8", random(math.maxinteger) * pick({ 1, -1 }, random)))
    return pick({ any == any and any or 0.0, (random(100000) - 50000) / 64, "NaN", "Infinity", "-Infinity", "-0", -0.0,
        1e22, 1e-7, "0.1", 5e-324, random(1000) }, random)
end

function scalars.single(random)
    local any = string.unpack("f", string.pack("I4", random(0x7f7fffff)))
    return pick({ any, -any, "NaN", "Infinity", "-Infinity", -0.0, 0.5, random(1000), "1e-45" }, random)
end

function scalars.decimal(whole, fraction)
    return function(random)
        local text = pick({ "", "-" }, random) .. several(random, random(whole), digit)
        if fraction > 0 and random(3) > 1 then
            text = text .. "." .. several(random, random(fraction), digit)
        end
        return random(6) == 1 and text .. pick({ "e0", "e1", "E-1", "e+3" }, random) or text
    end
end

scalars.numeric = scalars.of(scalars.decimal(40, 40), scalars.decimal(4, 4), scalars.decimal(4, 0), scalars.integer(64),
    scalars.real, "NaN", "Infinity", "-Infinity", "-0", "-0.00", "0.000", "1.0", "1.00", "10000", "0.0001", "1e100",
    "1e-100", "00001.10", ".5", "5.")

function scalars.date(random)
    local year = pick({ between(random, 1, 9999), between(random, 1990, 2040) }, random)
    return ("%04d-%02d-%02d"):format(year, random(12), random(28))
end

function scalars.clock(digits)
    return function(random)
        local text = ("%02d:%02d:%02d"):format(random(24) - 1, random(60) - 1, random(60) - 1)
        return digits > 0 and random(3) == 1 and text .. "." .. several(random, digits, digit) or text
    end
end

function scalars.zone(random)
    return pick({ "Z", "+00:00", "-03:30", "+05:45", "+14:00", "-12:00" }, random)
end

function scalars.moment(digits, with_zone)
    return function(random)
        local text = scalars.date(random) .. pick({ " ", "T" }, random) .. scalars.clock(digits)(random)
        return with_zone and text .. scalars.zone(random) or text
    end
end

function scalars.interval(random)
    return pick({ ("P%dY%dM%dDT%dH%dM%d.%06dS"):format(random(9), random(30), random(60), random(90), random(90),
        random(90), random(1000000) - 1), "-" .. scalars.clock(6)(random), ("%d mons -%d days"):format(random(40),
        random(90)), "PT0S", "24:00:00", "1 day", "30 days", "1 mon" }, random)
end

function scalars.hex(count)
    return function(random)
        return several(random, count, hex_digit)
    end
end

function scalars.bits(least, most)
    return function(random)
        return several(random, between(random, least, most), bit)
    end
end

---The bytes of a blob, in a table.
function scalars.blob(random)
    return { blob = several(random, random(40), function() return string.char(random(256) - 1) end) }
end

function scalars.uuid(random)
    return (scalars.hex(32)(random):gsub("^(........)(....)(....)(....)", "%1-%2-%3-%4-"))
end

scalars.address = scalars.of(function(random)
    return ("%d.%d.%d.%d"):format(random(256) - 1, random(256) - 1, random(256) - 1, random(256) - 1)
end, function(random)
    return ("10.%d.0.0/16"):format(random(256) - 1)
end, function(random)
    return ("2001:db8:%x::/48"):format(random(65536) - 1)
end, "::1", "::ffff:1.2.3.4", "0.0.0.0/0", "::/0", "fe80::1/64")

function scalars.point(random)
    return ("(%.3f,%d)"):format(random(1000) / 7, random(100) - 50)
end

---At least so many points, up to two more, between two brackets.
function scalars.points(open, close, least, most)
    return function(random)
        local list = {}
        for i = 1, between(random, least, most or least + 2) do
            list[i] = scalars.point(random)
        end
        return open .. table.concat(list, ",") .. close
    end
end

local DECLARATIONS = { "", "\n", '<?xml version="1.0"?>', "<?xml version='1.0' encoding='UTF-8'?>\n",
    '<?xml version="1.1"?>\n', '<?xml version="1.0" standalone="yes"?>\n\n',
    "<?xml  version = '1.0'  standalone='no' ?>",
    "<?xml-x y?>", '<?xml version="1.0" encoding="utf-8" standalone=\'yes\'?>' }

function scalars.xml(random)
    return pick(DECLARATIONS, random)
        .. pick({ "<a/>", "<a>é&amp;</a>", "<a b='1'>\n</a>", "<!-- c --><a/>" }, random)
end

---A tsvector.
function scalars.lexemes(random)
    local parts = {}
    for i = 1, random(8) - 1 do
        parts[i] = pick({ "a", "'b c'", "zz", "'it''s'", "é", "a", "zz" }, random)
            .. pick({ "", ":1", ":3A,2", ":2B,2A,7", ":5,4,3" }, random)
    end
    return table.concat(parts, pick({ " ", "  " }, random))
end

---An hstore, as a JSON object.
function scalars.pairs_of_texts(random)
    local parts, seen = {}, {}
    for _ = 1, random(7) - 1 do
        local key = pick({ "a", "bb", "z", "é", "key", '\\"', "\\u0041", "" }, random)
        if not seen[key] then
            seen[key] = true
            parts[#parts + 1] = ('"%s" : %s'):format(key, pick({ "null", '""', '"1"', '"\\n\\u00e9"' }, random))
        end
    end
    return "{" .. table.concat(parts, ",") .. "}"
end

return scalars
