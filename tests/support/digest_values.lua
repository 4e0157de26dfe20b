-- For each type that has a codec: a column of it, and random and hostile values of SQLite's that it may be given. What
-- the codec refuses is left out by the spec.
local random_json = require "tests.support.random_json"
local scalars = require "tests.support.random_scalars"

local digest_values = {}

local of, pick, text, decimal, moment = scalars.of, scalars.pick, scalars.text, scalars.decimal, scalars.moment
local integer, clock, bits, points = scalars.integer, scalars.clock, scalars.bits, scalars.points
local address, xml = scalars.address, scalars.xml

---What the columns below need.
digest_values.DDL = [[
CREATE SCHEMA s;
CREATE TYPE s.mood AS ENUM ('sad', 'ok', 'it''s "odd"', '', 'Ünïcode');
CREATE DOMAIN s.price AS numeric(8,2);
CREATE DOMAIN s.short AS char(5);
CREATE DOMAIN s.shorter AS s.short;
CREATE DOMAIN s.document AS jsonb;
CREATE DOMAIN s.feeling AS s.mood;
CREATE DOMAIN s.span AS int4range;
CREATE DOMAIN s.markup AS xml;
CREATE DOMAIN s.list AS int4[];
CREATE TYPE s.part AS (n int8, t text);
CREATE TYPE s.pair AS (a int4, b jsonb, c char(4), d numeric(6,2), e s.price, f int4range, g s.mood, h xml,
    i s.part, j jsonb[], k s.document, l bit(3), m timestamp(3), n varchar(9));
CREATE TYPE s.textrange AS RANGE (subtype = text, collation = "C");
CREATE TYPE s.charrange AS RANGE (subtype = bpchar);
CREATE TYPE s.realrange AS RANGE (subtype = float8);
CREATE TYPE s.smallrealrange AS RANGE (subtype = float4);
CREATE TYPE s.timerange AS RANGE (subtype = time);
CREATE TYPE s.zonerange AS RANGE (subtype = timetz);
CREATE TYPE s.intervalrange AS RANGE (subtype = interval);
CREATE TYPE s.intrange AS RANGE (subtype = int4);
CREATE TYPE s.uuidrange AS RANGE (subtype = uuid);
]]

local function quoted(value)
    return '"' .. tostring(value):gsub('[\\"]', "\\%0"):gsub("%c", function(c)
        return ("\\u%04x"):format(c:byte())
    end) .. '"'
end

-- A JSON array of values, which are JSON themselves where `raw`.
local function array(value, raw, dimensions)
    local function one(random, depth, size)
        local list = {}
        for i = 1, size do
            local given = depth == 1 and value(random)
            list[i] = depth > 1 and one(random, depth - 1, size) or random(6) == 1 and "null"
                or raw and tostring(given) or quoted(given)
        end
        return "[" .. table.concat(list, ",") .. "]"
    end
    return function(random)
        local depth = dimensions and random(dimensions) or 1
        return one(random, depth, depth > 1 and random(3) or random(6) - 1)
    end
end

-- A literal of a range whose lower bound is no greater than the upper one, as far as `less` can tell.
local function range(bound, less)
    return function(random)
        if random(12) == 1 then
            return pick({ "empty", "(,)", "[,]" }, random)
        end
        local low, high = tostring(bound(random)), tostring(random(5) == 1 and nil or bound(random))
        high = random(5) == 1 and low or high
        if less(high, low) then
            low, high = high, low
        end
        local function written(value)
            return random(8) == 1 and "" or '"' .. value:gsub('[\\"]', "\\%0") .. '"'
        end
        return pick({ "[", "(" }, random) .. written(low) .. "," .. written(high) .. pick({ "]", ")" }, random)
    end
end

local function multirange(one)
    return function(random)
        local list = {}
        for i = 1, random(12) - 1 do
            list[i] = one(random)
        end
        return "{" .. table.concat(list, ",") .. "}"
    end
end

local function by_number(a, b) return tonumber(a) < tonumber(b) end
local function by_bytes(a, b) return a < b end

local function small(random) return tostring(random(24) - 12) end

local function day(random)
    return random(15) == 1 and pick({ "-infinity", "infinity" }, random) or ("2024-01-%02d"):format(random(20))
end

local function day_order(a, b)
    local rank = { ["-infinity"] = "0", infinity = "9" }
    return (rank[a] or a) < (rank[b] or b)
end

local function tenth(random) return pick({ "0.5", "0.50", "1", "1.0", "1.00", "2.5", "-3", "7" }, random) end
local function second(random) return ("2024-01-01 00:00:%02d"):format(random(12)) end
local function zoned(random) return second(random) .. "Z" end
local function hour(random) return ("%02d:00:00"):format(random(9)) end
local function zoned_hour(random) return hour(random) .. pick({ "+00:00", "+02:00", "-03:00" }, random) end

-- By the moment, then the offset, which counts westward.
local function by_moment(a, b)
    local function parts(time)
        local offset = tonumber(time:sub(9, 11))
        return tonumber(time:sub(1, 2)) - offset, -offset
    end
    local left, left_offset = parts(a)
    local right, right_offset = parts(b)
    return left < right or left == right and left_offset < right_offset
end

local function days(random) return ("%d days"):format(random(9)) end

local function month_or_days(random) return pick({ "1 mon", "30 days", "720:00:00", "2 mons", "60 days" }, random) end

local MONTHS = { ["1 mon"] = 1, ["30 days"] = 1, ["720:00:00"] = 1, ["2 mons"] = 2, ["60 days"] = 2 }
local function by_months(a, b) return MONTHS[a] < MONTHS[b] end
local function letter(random) return pick({ "a", "b", "b ", "c", "é", "", "a b", 'q"' }, random) end
local function zero(random) return pick({ "0", "-0", "1", "1.5", "-2" }, random) end

local ranges = {
    int4range = range(small, by_number), int8range = range(small, by_number), numrange = range(tenth, by_number),
    daterange = range(day, day_order), tsrange = range(second, by_bytes), tstzrange = range(zoned, by_bytes),
    ["s.intrange"] = range(small, by_number), ["s.textrange"] = range(letter, by_bytes),
    ["s.realrange"] = range(zero, by_number), ["s.smallrealrange"] = range(zero, by_number),
    ["s.timerange"] = range(hour, by_bytes), ["s.zonerange"] = range(zoned_hour, by_moment),
    ["s.uuidrange"] = range(scalars.uuid, by_bytes), ["s.intervalrange"] = range(days, by_bytes),
}

local json = random_json.document

local function whole_pair(random)
    local fields = { ('"a": %d'):format(random(100)), '"b": ' .. json(random), '"c": ' .. quoted(text(4)(random)),
        '"d": ' .. random(99) .. pick({ ".5", ".50", "" }, random), '"e": 1.1', '"f": "(1,5]"', '"g": "ok"',
        '"h": ' .. quoted(xml(random)), '"i": {"t": "x", "n": 5}', '"j": ' .. array(json, true)(random),
        '"k": ' .. json(random), '"l": "101"', '"m": "2024-01-01 00:00:00.125"', '"n": "é"' }
    local place = random(2 * #fields)
    if fields[place] then
        fields[place] = fields[place]:gsub(":.*", ": null")
    end
    return "{" .. table.concat(fields, ", ") .. "}"
end

---{ type, make(random) or nil, hostile or nil } each.
digest_values.COLUMNS = {
    { "bool", of(0, 1, "t", "No", "TRUE") },
    { "int2", integer(16) },
    { "int4", integer(32) },
    { "int8", integer(63) },
    { "oid", of(0, 4294967295, 17) },
    { "float4", scalars.single },
    { "float8", scalars.real },
    { "numeric", scalars.numeric },
    { "numeric(10,2)", of(decimal(8, 2), "-0", "5", "1e3", 2.5, 7) },
    { "numeric(5,-2)", of("100", "12300", 0, "-1200") },
    { "numeric(3,5)", of("0.001", "0.00999", "-0.00001", 0) },
    { "numeric(1000,500)", decimal(300, 300) },
    { "text", of(text(30), 5, 2.5, ("x"):rep(5000)) },
    { "varchar(20)", text(15) },
    { "varchar", text(9) },
    { "char(7)", text(7) },
    { "char", of("a", "", "é") },
    { "bpchar", of("a ", "a", "", text(5)) },
    { "name", text(8) },
    { '"char"', of("a", "", " ") },
    { "bytea", of(scalars.blob, { blob = "" }, "text") },
    { "uuid", scalars.uuid },
    { "date", scalars.date },
    { "time", of(clock(6), "24:00:00") },
    { "time(3)", clock(3) },
    { "timetz", function(random) return clock(6)(random) .. scalars.zone(random) end },
    { "timestamp", moment(6) },
    { "timestamp(3)", moment(3) },
    { "timestamptz", moment(6, true) },
    { "timestamptz(0)", moment(0, true) },
    { "interval", scalars.interval },
    { "interval(2)", of("00:00:01.25", "P1Y") },
    { "interval year to month", of("P1Y2M", "P-3M", "PT0S") },
    { "interval day to second(3)", of("P1DT2.125S", "P3D") },
    { "json", json, random_json.hostile() },
    { "jsonb", json, random_json.hostile() },
    { "xml", xml },
    { "inet", address },
    { "cidr", address },
    { "macaddr", scalars.hex(12) },
    { "macaddr8", scalars.hex(16) },
    { "bit(5)", bits(5, 5) },
    { "bit(1)", of(0, 1) },
    { "varbit", bits(0, 40) },
    { "varbit(11)", bits(0, 11) },
    { "money", decimal(9, 2) },
    { "pg_lsn", of("16/B374D848", "0/0", "FFFFFFFF/FFFFFFFF") },
    { "point", scalars.point },
    { "lseg", points("[", "]", 2, 2) },
    { "box", points("", "", 2, 2) },
    { "path", of(points("[", "]", 1), points("(", ")", 2)) },
    { "polygon", points("(", ")", 2) },
    { "line", of("{1,2,3}", "{0,-1,0.5}", "{-0,2,0}") },
    { "circle", of("<(1,2),3>", "<(-0,0),0>", "<(1,NaN),5>") },
    { "tsvector", scalars.lexemes },
    { "s.mood", of("sad", "ok", "", "it's \"odd\"", "Ünïcode") },
    { "s.price", decimal(6, 2) },
    { "s.shorter", text(5) },
    { "s.document", json },
    { "s.feeling", of("sad", "") },
    { "s.span", range(small, by_number) },
    { "s.markup", xml },
    { "s.list", array(small, true, 2) },
    { "int4[]", array(small, true, 3) },
    { "text[]", array(text(6), false, 2) },
    { "char(3)[]", array(text(3)) },
    { "varchar(4)[]", array(text(4)) },
    { "numeric(6,2)[]", array(tenth, true) },
    { "jsonb[]", array(json, true) },
    { "json[]", array(json, true) },
    { "s.mood[]", array(of("ok", "sad")) },
    { "s.price[]", array(tenth, true) },
    { "s.document[]", array(json, true) },
    { "s.shorter[]", array(text(5)) },
    { "xml[]", array(xml) },
    { "timestamptz(3)[]", array(moment(3, true)) },
    { "bit(2)[]", array(bits(2, 2)) },
    { "bytea[]", array(of("\\x0102")) },
    { "int4range[]", array(ranges.int4range) },
    { "nummultirange[]", array(multirange(ranges.numrange)) },
    { "s.pair", whole_pair },
    { "s.pair[]", array(whole_pair, true) },
    { "s.part", of('{"n":1,"t":null}', '{"n":null}') },
    { "s.charrange", range(letter, function(a, b) return a:gsub(" $", "") < b:gsub(" $", "") end) },
    { "s.intervalrange", range(month_or_days, by_months) },
    { "box[]", array(points("", "", 2, 2)) },
    { "tsvector[]", array(scalars.lexemes) },
    { "inet[]", array(address) },
    { "s.textrange[]", array(ranges["s.textrange"]) },
}
for _, name in ipairs { "int4", "int8", "num", "date", "ts", "tstz" } do
    table.insert(digest_values.COLUMNS, { name .. "range", ranges[name .. "range"] })
    table.insert(digest_values.COLUMNS, { name .. "multirange", multirange(ranges[name .. "range"]) })
end
for _, name in ipairs { "int", "real", "smallreal", "time", "zone", "interval", "uuid" } do
    table.insert(digest_values.COLUMNS, { "s." .. name .. "range", ranges["s." .. name .. "range"] })
    table.insert(digest_values.COLUMNS, { "s." .. name .. "multirange", multirange(ranges["s." .. name .. "range"]) })
end

---What extensions add, by their names.
digest_values.OF_EXTENSIONS = {
    citext = { { "citext", text(9) }, { "citext[]", array(text(5)) } },
    hstore = { { "hstore", scalars.pairs_of_texts }, { "hstore[]", array(scalars.pairs_of_texts, true) } },
    vector = { { "vector", of("[1,2.5,-3]", "[0,-0]") }, { "vector(3)", of("[1,2,3]") } },
}

return digest_values
